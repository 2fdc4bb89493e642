"""Files of papers: every variant that is read, every mistake that is named with its line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballot.counting.formats import BadFile, read_papers, write_blt, write_csv, write_json
from ballot.counting.profile import Profile, Ranking

NAMES = '"Astri"\n"Bjarne"\n"Cecilie"\n"Valg"\n'
NAMES_IN_COMMENTS = "".join(
    f"# ALTERNATIVE NAME {k}: {name}\n" for k, name in enumerate(("Astri", "Bjarne", "Cecilie"), start=1)
)


def blt(text: str, *, drop_withdrawn: bool = False) -> Profile:
    return read_papers(text.encode(), "papers.blt", drop_withdrawn=drop_withdrawn).profile


def test_a_plain_blt_file_is_read() -> None:
    papers = read_papers(f"3 2\n4 1 2 0\n2 3 0\n1 0\n0\n{NAMES}".encode(), "papers.blt")
    assert papers.profile == Profile.of(["Astri", "Bjarne", "Cecilie"], [(4, (1, 2)), (2, (3,)), (1, ())])
    assert (papers.seats, papers.title) == (2, "Valg")


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("byte order mark", f"\ufeff3 2\n4 1 2 0\n2 3 0\n0\n{NAMES}"),
        ("line ends of old", f"3 2\n4 1 2 0\n2 3 0\n0\n{NAMES}".replace("\n", "\r")),
        ("Windows line ends", f"3 2\n4 1 2 0\n2 3 0\n0\n{NAMES}".replace("\n", "\r\n")),
        ("comments", f"# valg\n3 2 # to\n4 1 2 0 # fire\n\n2 3 0\n0\n{NAMES}"),
        ("no final 0 on a line", f"3 2\n4 1 2\n2 3\n0\n{NAMES}"),
        ("ids before the weights", f"3 2\n(a 1) 4 1 2 0\n(b) 2 3 0\n0\n{NAMES}"),
        ("several papers on a line", f"3 2\n4 1 2 0 2 3 0\n0\n{NAMES}"),
        (
            "everything after the papers on the same line",
            '3 2\n4 1 2 0\n2 3 0 0 "Astri" "Bjarne" "Cecilie" "Valg"',
        ),
        ("skipped ranks", f"3 2\n4 1 - 2 0\n2 - 3 0\n0\n{NAMES}"),
        ("equal papers apart", f"3 2\n3 1 2 0\n2 3 0\n1 1 2 0\n0\n{NAMES}"),
        ("single words without quotes", "3 2\n4 1 2 0\n2 3 0\n0\nAstri Bjarne Cecilie Valg"),
        ("lines without quotes", "3 2\n4 1 2 0\n2 3 0\n0\nAstri\nBjarne\nCecilie\nValg"),
        ("tabs and spaces", f"3\t2\n  4\t1  2 0 \n2 3 0\n 0 \n{NAMES}"),
        ("names in one line of quotes", '3 2\n4 1 2 0\n2 3 0\n0\n"Astri" "Bjarne" "Cecilie" "Valg" "kilde"'),
        (
            "names in comments only",
            f"{NAMES_IN_COMMENTS}3 2\n4 1 2 0\n2 3 0\n0\n",
        ),
    ],
)
def test_every_variant_of_blt_says_the_same(what: str, text: str) -> None:
    assert blt(text) == Profile.of(["Astri", "Bjarne", "Cecilie"], [(4, (1, 2)), (2, (3,))])


def test_equal_ranks_of_both_kinds_are_read() -> None:
    assert blt(f"3 1\n1 1=3 2 0\n1 (3 1) 2 0\n0\n{NAMES}").papers == ((2, ((1, 3), 2)),)


def test_names_keep_their_quotes_hashes_and_parties() -> None:
    profile = blt('2 1\n1 1 0\n0\n"Astri ""Partiet"" # 1"\n"Bjarne (Uavh.)"\n')
    assert profile.candidates == ('Astri "Partiet" # 1', "Bjarne (Uavh.)")


def test_withdrawn_candidates_are_known_and_their_numbers_stay() -> None:
    profile = blt(f"3 1\n-2\n4 1 3 0\n0\n{NAMES}")
    assert (profile.withdrawn, profile.standing) == (frozenset({2}), (1, 3))
    dropped = blt(f"3 1\n-2 -1\n4 1 2 3 0\n1 2 0\n0\n{NAMES}", drop_withdrawn=True).without_withdrawn()
    assert (dropped.papers, dropped.invalid) == (((4, (3,)),), 1)


BAD_BLT = {
    "empty": ("", 1, "empty"),
    "only comments": ("# intet\n", 2, "empty"),
    "header of words": ("valg\n", 1, "numbers of candidates and seats"),
    "header of three": ("3 2 1\n", 1, "numbers of candidates and seats"),
    "CSV called BLT": ("weight,1,2\n4,Astri,Bjarne\n", 1, "CSV"),
    "CSV after a header": ("3 2\n4,1,2,\n", 2, "CSV"),
    "no seats": ("3 0\n1 1 0\n0\n" + NAMES, 1, "0 seats"),
    "too many seats": ("3 4\n1 1 0\n0\n" + NAMES, 1, "4 seats for 3 candidates"),
    "negative seats": ("3 -1\n1 1 0\n0\n" + NAMES, 1, "-1 seats"),
    "no candidates": ("0 0\n0\n", 1, "0 candidates"),
    "enormous candidates": ("999999999 1\n0\n", 1, "999999999 candidates"),
    "header only": ("3 2\n", 2, "cut short"),
    "cut in the papers": ("3 2\n4 1 2 0\n2 3", 3, "cut short"),
    "cut in the names": ('3 2\n4 1 2 0\n0\n"Astri"\n"Bja', 5, "cut short"),
    "names missing": ('3 2\n4 1 2 0\n0\n"Astri"\n"Bjarne"\n', 6, "2 names for 3 candidates"),
    "an unnamed candidate": ('2 1\n4 1 0\n0\n"Astri"\n""\n', 6, "candidate 2 has no name"),
    "names too many": ('1 1\n4 1 0\n0\n"A"\n"b"\n"c"\n"d"\n"e"\n', 9, "more names"),
    "unknown candidate": ("3 2\n4 1 2 0\n2 4 0\n0\n" + NAMES, 3, "no candidate 4"),
    "negative candidate": ("3 2\n4 1 -2 0\n0\n" + NAMES, 2, "no candidate -2"),
    "twice on a paper": ("3 2\n4 1 2 1 0\n0\n" + NAMES, 2, "candidate 1 is ranked twice"),
    "twice in a group": ("3 2\n4 1=1 0\n0\n" + NAMES, 2, "candidate 1 is ranked twice"),
    "more ranks than candidates": ("3 2\n4 1 2 3 1 0\n0\n" + NAMES, 2, "4 are ranked"),
    "ranked though withdrawn": ("3 1\n-2\n4 1 3 0\n4 1 2 0\n0\n" + NAMES, 4, "candidate 2 has withdrawn"),
    "unknown withdrawn": ("3 1\n-4\n4 1 3 0\n0\n" + NAMES, 2, "no candidate 4 to withdraw"),
    "negative weight": ("3 1\n4 1 0\n-3 1 2 0\n0\n" + NAMES, 3, "is -3, below 1"),
    "negative weight first": ("3 1\n-3 1 2 0\n0\n" + NAMES, 2, "number of papers"),
    "weight nought": ("3 1\n0 1 2 0\n0\n" + NAMES, 2, "is 0, below 1"),
    "enormous weight": (f"3 1\n{10**30} 1 2 0\n0\n{NAMES}", 2, "no election has"),
    "very large weight": (f"3 1\n{10**12} 1 2 0\n0\n{NAMES}", 2, "above"),
    "digits without end": (f"3 1\n{'9' * 5000} 1 2 0\n0\n{NAMES}", 2, "no election has"),
    "fraction of a paper": ("3 1\n1.5 1 2 0\n0\n" + NAMES, 2, "'1.5', not a whole number"),
    "other digits": ("3 1\n١ 1 2 0\n0\n" + NAMES, 2, "not a whole number"),
    "underscored": ("3 1\n1_0 1 2 0\n0\n" + NAMES, 2, "not a whole number"),
    "open bracket": ("3 1\n1 (1 2 0\n0\n" + NAMES, 2, "no )"),
    "closed bracket": ("3 1\n1 1) 2 0\n0\n" + NAMES, 2, "no ("),
    "bracket in bracket": ("3 1\n1 (1 (2 3)) 0\n0\n" + NAMES, 2, "inside another"),
    "id alone": ("3 1\n(7)\n0\n" + NAMES, 2, "nothing else"),
    "names before the end": ('3 1\n1 1 0\n"Astri"\n', 3, "before the 0"),
    "half a group": ("3 1\n1 1= 2 0\n0\n" + NAMES, 2, "'', not a whole number"),
}

BAD_CSV = {
    "empty": ("", 1, "empty"),
    "no columns": ("weight\n4\n", 1, "names no ranks"),
    "a name twice": ("Astri,Astri\n1,2\n", 1, "two have the same"),
    "ranked twice": ("1,2\nAstri,Bjarne\nAstri,Astri\n", 3, "'Astri' is ranked twice"),
    "more cells": ("1,2\nAstri,Bjarne,Cecilie\n", 2, "more than the first row"),
    "negative weight": ("weight,1,2\n-4,Astri,Bjarne\n", 2, "-4, below 1"),
    "no weight": ("weight,1,2\n,Astri,Bjarne\n", 2, "not a whole number"),
    "rank nought": ("Astri,Bjarne\n0,1\n", 2, "a rank is below 1"),
    "rank of words": ("Astri,Bjarne\nfirst,1\n", 2, "'first', not a whole number"),
    "open quotation": ('Astri,Bjarne\n"1,2\n', 3, "not CSV"),
    "Scottish, cut short": ('3,2,\n4,1,2,\n"Candidate 1","Astri","A",\n', 3, "cut short"),
    "Scottish, unknown candidate": ("3,2,\n4,1,7,\n", 2, "no candidate 7"),
    "Scottish, ranked twice": ("3,2,\n4,1,1,\n", 2, "ranked twice"),
    "Scottish, seats": ("3,5,\n4,1,2,\n", 1, "5 seats for 3"),
}

BAD_JSON = {
    "not JSON": ('{"candidates": [\n"Astri",,\n', 2, "not JSON"),
    "a list": ("[]", 1, "not an object"),
    "no candidates": ('{"papers": []}', 1, "candidates is not a list"),
    "seats above": ('{"candidates": ["A"], "seats": 2, "papers": []}', 1, "2 seats for 1"),
    "seats true": ('{"candidates": ["A"], "seats": true, "papers": []}', 1, "seats is not"),
    "a fraction": ('{"candidates": ["A"], "seats": 1, "papers": [[1.5, [[1]]]]}', None, "'1.5' is not"),
    "not a number": ('{"candidates": ["A"], "seats": 1, "papers": [[NaN, [[1]]]]}', None, "'NaN' is not"),
    "weight below": ('{"candidates": ["A"], "seats": 1, "papers": [[0, [[1]]]]}', 1, "weight of paper 1"),
    "unknown": ('{"candidates": ["A"], "seats": 1, "papers": [[1, [[2]]]]}', 1, "paper 1 names '2'"),
    "text for a number": ('{"candidates": ["A"], "papers": [[1, [["1"]]]]}', 1, "paper 1 names '1'"),
    "twice": ('{"candidates": ["A", "B"], "papers": [[1, [[1], [1]]]]}', 1, "names candidate 1 twice"),
    "flat ranks": ('{"candidates": ["A", "B"], "papers": [[1, [1, 2]]]}', 1, "paper 1 is not"),
    "unknown field": ('{"candidates": ["A"], "papers": [], "voters": 1}', 1, "no field 'voters'"),
    "key twice": ('{"candidates": ["A"], "papers": [[1, {"1": 2, "1": 3}]]}', None, "'1' stands twice"),
    "points below": ('{"candidates": ["A"], "papers": [[1, {"1": -2}]]}', 1, "no whole number from 0"),
    "mixed": ('{"candidates": ["A"], "papers": [[1, {"1": 2}], [1, [[1]]]]}', None, "others points"),
    "withdrawn and named": (
        '{"candidates": ["A", "B"], "withdrawn": [2], "papers": [[1, [[2]]]]}',
        1,
        "candidate 2, who has withdrawn",
    ),
    "the third of three lines": (
        '{"candidates": ["A", "B"],\n "papers": [\n [1, [[1]]],\n [2, [[2], [1]]],\n [1, [[3]]]\n]}',
        5,
        "paper 3 names '3'",
    ),
    "nested too deep": ("[" * 100_000, 1, "nested too deep"),
    "digits without end": (f'{{"candidates": ["A"], "seats": {"9" * 5000}}}', None, "more digits"),
}

PREFLIB = "# TITLE: Valg\n# NUMBER ALTERNATIVES: 2\n# NUMBER VOTERS: 3\n" + "".join(
    f"# ALTERNATIVE NAME {k}: {name}\n" for k, name in ((1, "Astri"), (2, "Bjarne"))
)
BAD_PREFLIB = {
    "cut short": (PREFLIB + "1: 1,2\n", 7, "3' voters, and there are 1 papers"),
    "no header": ("1: 1,2\n", 1, "NUMBER ALTERNATIVES"),
    "unknown": (PREFLIB + "3: 1,3\n", 6, "no candidate 3"),
    "twice": (PREFLIB + "3: 1,{2,1}\n", 6, "ranked twice"),
    "brace": (PREFLIB + "3: 1,{2\n", 6, "brace"),
    "empty place": (PREFLIB + "3: 1,,2\n", 6, "empty"),
    "no colon": (PREFLIB + "3 1,2\n", 6, "colon"),
    "no names": ("# NUMBER ALTERNATIVES: 2\n1: 1,2\n", 3, "not names"),
}
BAD_ABIF = {
    "no colon": ("Astri>Bjarne\n", 1, "colon"),
    "twice": ("2:Astri>Bjarne>Astri\n", 1, "twice"),
    "weight": ("2:A\nx:A\n", 2, "not a whole number"),
    "separator": ("2:A>>B\n", 1, "no candidate"),
    "commas": ("2:A,B\n", 1, "commas"),
    "metadata": ("{title\n", 1, "key: value"),
    "name line": ("=A[Astri]\n", 1, "=token:[name]"),
    "named twice": ("=A:[Astri]\n=A:[Anna]\n", 2, "named twice"),
}

TABLE = [
    pytest.param(name, text, line, what, id=f"{name} {case}")
    for name, cases in (
        ("papers.blt", BAD_BLT),
        ("papers.csv", BAD_CSV),
        ("papers.json", BAD_JSON),
        ("papers.toc", BAD_PREFLIB),
        ("papers.abif", BAD_ABIF),
    )
    for case, (text, line, what) in cases.items()
]


@pytest.mark.parametrize(("name", "text", "line", "what"), TABLE)
def test_a_bad_file_is_refused_with_the_line_and_what_is_wrong(
    name: str, text: str, line: int | None, what: str
) -> None:
    with pytest.raises(BadFile) as refused:
        read_papers(text.encode(), name)
    assert what in refused.value.what
    assert refused.value.line == line
    assert len(refused.value.what) < 200


@pytest.mark.parametrize(
    ("data", "name", "what"),
    [
        (b"3 2\n\xff\xfe", "papers.blt", "not UTF-8"),
        (b"3 2\n\0", "papers.blt", "not text"),
        (b"3 2\n1 1 0\n0\n", "papers.xlsx", "does not end in"),
        (b"3 2\n" + b"1 " * 600_000, "papers.blt", "longer than"),
        (b"A" * 2_000_000, "papers.csv", "longer than"),
    ],
)
def test_what_is_no_file_of_papers_is_refused(data: bytes, name: str, what: str) -> None:
    with pytest.raises(BadFile, match=what):
        read_papers(data, name)


def test_csv_with_rank_columns_numbers_the_names_alphabetically() -> None:
    rows = ["1,2,3", "Cecilie,Astri,", "Astri,skipped,Bjarne", "Cecilie,overvote,Astri", ",,"]
    profile = read_papers("\n".join(rows).encode(), "papers.csv").profile
    assert profile.candidates == ("Astri", "Bjarne", "Cecilie")
    assert profile.papers == ((1, (1, 2)), (1, (3,)), (1, (3, 1)))
    assert profile.blank == 1


def test_csv_with_candidate_columns_reads_ranks_equals_and_weights() -> None:
    text = "weight;Astri;Bjarne;Cecilie\n3;1;2;\n2;2;1;1\n4;;;\n"
    profile = read_papers(text.encode(), "papers.csv").profile
    assert profile == Profile.of(["Astri", "Bjarne", "Cecilie"], [(3, (1, 2)), (2, ((2, 3), 1)), (4, ())])


def test_csv_with_candidate_columns_reads_points_where_points_are_counted() -> None:
    profile = read_papers(b"id,Astri,Bjarne\na,5,0\nb,,3\n", "papers.csv", points=True).profile
    assert profile == Profile.of_scores(["Astri", "Bjarne"], [(1, [(1, 5), (2, 0)]), (1, [(2, 3)])])


def test_the_csv_of_scotland_is_read() -> None:
    text = '3,2,\n4,1,2,\n2,3,\n"Candidate 1","Astri","A",\n"Candidate 2","Bjarne","B",\n'
    text += '"Candidate 3","Cecilie","A",\n"Ward 1",\n'
    papers = read_papers(text.encode(), "ward.csv")
    assert (papers.seats, papers.title) == (2, "Ward 1")
    assert papers.profile == Profile.of(["Astri (A)", "Bjarne (B)", "Cecilie (A)"], [(4, (1, 2)), (2, (3,))])


def test_preflib_orders_with_ties_are_read() -> None:
    papers = read_papers((PREFLIB + "2: {1,2}\n1: 2\n").encode(), "00001-00000001.toi")
    assert papers.profile == Profile.of(["Astri", "Bjarne"], [(2, ((1, 2),)), (1, (2,))])
    assert (papers.seats, papers.title) == (None, "Valg")


def test_abif_is_read_with_names_ties_points_and_comments() -> None:
    text = '{title: "Valg"}\n# e-post\n=B:[Bjarne Bø]\n=A:Astri\n27:A>B=C\n3:C/5>A/1\n2:A/1,C/4  # poeng\n'
    papers = read_papers(text.encode(), "papers.abif")
    assert papers.title == "Valg"
    assert papers.profile == Profile.of(
        ["Bjarne Bø", "Astri", "C"], [(27, (2, (1, 3))), (3, (3, 2)), (2, (3, 2))]
    )
    points = read_papers(b"2:A/1,C/4\n1:[C]/2\n", "papers.abif", points=True).profile
    assert points == Profile.of_scores(["A", "C"], [(2, [(1, 1), (2, 4)]), (1, [(2, 2)])])


name_text = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12).map(
    lambda text: " ".join(text.split()) or "x"
)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    names = draw(st.lists(name_text, min_size=1, max_size=5, unique=True))
    numbers = list(range(1, len(names) + 1))
    papers: list[tuple[int, Ranking]] = []
    for _ in range(draw(st.integers(0, 6))):
        order = draw(st.permutations(numbers))[: draw(st.integers(0, len(numbers)))]
        cut = draw(st.integers(0, max(0, len(order) - 1)))
        ranking = (*order[:cut], tuple(order[cut:])) if draw(st.booleans()) and order[cut:] else tuple(order)
        papers.append((draw(st.integers(1, 9)), ranking))
    return Profile.of(names, papers)


@settings(deadline=None)
@given(profile=profiles(), title=name_text, data=st.data())
def test_what_is_written_reads_back_the_same(profile: Profile, title: str, data: st.DataObject) -> None:
    seats = data.draw(st.integers(1, len(profile.candidates)))
    back = read_papers(write_blt(profile, seats, title).encode(), "papers.blt")
    assert (back.profile, back.seats, back.title) == (profile, seats, title)
    back = read_papers(write_json(profile, seats, title).encode(), "papers.json")
    assert (back.profile, back.seats, back.title) == (profile, seats, title)


def test_written_csv_reads_back_the_same_with_points_and_equals_too() -> None:
    ranked = Profile.of(["Astri", 'B "Bø", B', "Cecilie"], [(3, ((1, 3), 2)), (1, ()), (2, (2,))])
    assert read_papers(write_csv(ranked).encode(), "papers.csv").profile == ranked
    scored = Profile.of_scores(["Astri", "Bjarne"], [(3, [(1, 5), (2, 0)]), (1, [(2, 3)])])
    assert read_papers(write_csv(scored).encode(), "papers.csv", points=True).profile == scored
    assert read_papers(write_json(scored, 1).encode(), "papers.json").profile == scored


def test_what_is_written_strikes_the_withdrawn_and_keeps_the_numbers() -> None:
    profile = Profile.of(["Astri", "Bjarne", "Cecilie"], [(3, (2, 3)), (1, (1, 2))], withdrawn=[2])
    assert write_blt(profile, 1, "Valg") == (
        '3 1\n-2\n1 1 0\n3 3 0\n0\n"Astri"\n"Bjarne"\n"Cecilie"\n"Valg"\n'
    )
    assert read_papers(write_json(profile, 1).encode(), "papers.json").profile.withdrawn == frozenset({2})
