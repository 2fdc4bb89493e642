"""What members write is shown safely, counted fairly and compared as the participation rule says."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from pathlib import Path
from typing import Any

import html5lib
import nh3
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from foundation.text import copy_key, excerpt, own_visible, own_visible_characters, plain, render

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/visible.json").read_text(encoding="utf-8"))

TAGS = {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"}
ATTRIBUTES = {"a": {"href", "title", "rel"}, "ol": {"start"}, "p": {"dir"}, "li": {"dir"}, "code": {"dir"}}
DIRECTION_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

PIECES = [
    *"*_`[]()<>&'\"\\aø \n\t\u202e\u200b\x00\ud800",
    *(
        "**",
        "](",
        "> ",
        "- ",
        "1. ",
        "# ",
        "---\n",
        "```\n",
        "\n\n",
        "<script>",
        "</p>",
        "<!--",
        "&lt;",
        "&#x3c;",
    ),
    *("[a](https://a.no)", "[a](javascript:alert(1))", "https://a.no/?a=1&b=2", "www.a.no", "a@b.no"),
]
MARKDOWN = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
)


def tree(html: str) -> Any:
    return html5lib.parseFragment(html, namespaceHTMLElements=False)


def serialised(html: str) -> str:
    """The tree of `html` in one spelling, so that `&quot;` and `"`, `<br>` and `<br/>` compare alike."""
    text: str = html5lib.serialize(tree(html), alphabetical_attributes=True, omit_optional_tags=False)
    return text


def shown(html: str) -> str:
    """The text a reader sees, on one line."""
    return re.sub(r"\s+", " ", "".join(tree(str(html).replace("<br>", "<br> ")).itertext())).strip()


def assert_safe(html: Markup) -> None:
    """Only the tags, attributes and addresses of a post; nh3 with the same list finds nothing to take away."""
    assert isinstance(html, Markup)
    for element in tree(html).iter():
        if element.tag == "DOCUMENT_FRAGMENT":
            continue
        assert element.tag in TAGS
        assert set(element.attrib) <= ATTRIBUTES.get(element.tag, set())
        if element.tag == "a":
            assert re.match(r"https?://|mailto:|/(?![/\\])", element.attrib["href"], re.IGNORECASE)
            assert element.attrib["rel"] == "nofollow noopener ugc"
    oracle = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel=None
    )
    assert serialised(oracle) == serialised(html)
    assert not set(DIRECTION_CONTROLS) & set(html)


def link(address: str) -> str:
    return f'<a href="{address}" rel="nofollow noopener ugc">{address}</a>'


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("En\n\nto", '<p dir="auto">En</p>\n<p dir="auto">to</p>\n'),
        ("**sterk** og *svak*", '<p dir="auto"><strong>sterk</strong> og <em>svak</em></p>\n'),
        ("en\nto", '<p dir="auto">en<br>\nto</p>\n'),
        ("- a\n- b", '<ul>\n<li dir="auto">a</li>\n<li dir="auto">b</li>\n</ul>\n'),
        ("7. a", '<ol start="7">\n<li dir="auto">a</li>\n</ol>\n'),
        ("> a\nb", '<blockquote>\n<p dir="auto">a</p>\n</blockquote>\n<p dir="auto">b</p>\n'),
        ("`a`", '<p dir="auto"><code>a</code></p>\n'),
        ("```py\n<a>\n```", '<pre><code dir="auto">&lt;a&gt;\n</code></pre>\n'),
        ("# Stor **overskrift**", '<p dir="auto"><strong>Stor overskrift</strong></p>\n'),
        ("a\n\n---", '<p dir="auto">a</p>\n<hr>\n'),
        (
            '[a](/sak/7 "Sak 7")',
            '<p dir="auto"><a href="/sak/7" title="Sak 7" rel="nofollow noopener ugc">a</a></p>\n',
        ),
        ("https://a.no/?b&c", f'<p dir="auto">{link("https://a.no/?b&amp;c")}</p>\n'),
        ("(https://a.no/b_(c).)", f'<p dir="auto">({link("https://a.no/b_(c)")}.)</p>\n'),
        ('"https://a.no/&"<b>', f'<p dir="auto">&quot;{link("https://a.no/&amp;")}&quot;&lt;b&gt;</p>\n'),
        (
            "www.a.no",
            '<p dir="auto"><a href="https://www.a.no" rel="nofollow noopener ugc">www.a.no</a></p>\n',
        ),
        ("a@b.no", '<p dir="auto"><a href="mailto:a@b.no" rel="nofollow noopener ugc">a@b.no</a></p>\n'),
        ("`https://a.no`", '<p dir="auto"><code>https://a.no</code></p>\n'),
        ("bra.Se saken", '<p dir="auto">bra.Se saken</p>\n'),
        ("", ""),
    ],
)
def test_a_post_is_rendered_in_the_small_subset_of_markdown(source: str, html: str) -> None:
    assert render(source) == html


ATTACKS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)><style>*{display:none}</style>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=https://evil.no><input name=code></form>",
    "<a href='javascript:alert(1)' onclick=alert(1)>x</a>",
    "<p style='position:fixed'>x</p>",
    "</p></article><h1>Resultat</h1>",
    "<!-- <script> -->",
    "<![CDATA[<script>]]>",
    "<b><i><p>unclosed",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&#58;alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](\x01javascript:alert(1))",
    "[x](java\u200bscript:alert(1))",
    "[x](java\u00adscript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data:image/png;base64,AAAA)",
    "[x](file:///etc/passwd)",
    "[x](//evil.no)",
    "[x](/\\evil.no)",
    "[x](/&Tab;/evil.no)",
    "[x](</\n/evil.no>)",
    "[x](\\\\evil.no)",
    "[x]()",
    "[x](#)",
    '[x](https://a.no "\\" onmouseover=\\"alert(1)")',
    "[x](https://a.no '\" onmouseover=\"alert(1)')",
    '[x](https://a.no "&quot; onmouseover=&quot;alert(1)")',
    '[x](https://a.no "&#x202e;txet")',
    '[x](https://a.no/"onmouseover="alert(1))',
    "[x](https://a.no/&#x202e;gpj.exe)",
    "[x](https://a.no/\u202egpj.exe)",
    "![x](javascript:alert(1))",
    "![x](https://a.no/sporing.gif)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "<https://a.no/\"onmouseover='alert(1)'>",
    "https://a.no/<script>alert(1)</script>",
    "https://a.no/'onmouseover='alert(1)",
    "javascript:alert(1)//https://a.no",
    "javascript://www.a.no/%0aalert(1)",
    '"onmouseover=alert(1)"@a.no',
    "[[x](https://a.no)](javascript:alert(1))",
    "**[x](javascript:alert(1)**)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&amp;lt;script&amp;gt;",
    "`<script>alert(1)</script>`",
    '```html" onload=alert(1)\n<script>alert(1)</script>\n```',
    "> <script>\n> alert(1)",
    "\u202etxet sdrawkcab",
    "\u2067\u2067\u2067aldri lukket",
    "\u200b\u200b\u200b",
    "\u200b<\u200bscript>alert(1)</script>",
    "<scr\x00ipt>alert(1)</script>",
    "\ud800\udfff",
    "a" + "\u0301" * 500,
    "> bare et sitat",
    "1" * 300 + ". a",
    "|a|b|\n|-|-|\n|c|d|",
    "- [ ] a",
    "Tittel\n======",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_shown_as_text_or_not_at_all(attack: str) -> None:
    html = render(attack)
    assert_safe(html)
    html.encode()


@settings(deadline=None)
@given(source=MARKDOWN)
def test_whatever_is_written_is_rendered_safely(source: str) -> None:
    assert_safe(render(source))


@settings(max_examples=300, deadline=None)
@given(
    source=st.text(
        alphabet=st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="`*_[<\\"),
        max_size=80,
    )
)
@example("&lt;b&gt; &amp;amp; \"x\" 'y' a&b > c")
@example("https://a.no?a=1&copy=2&lt;b www.a.no/&amp; x@a.no &quot;")
def test_text_without_marks_is_shown_as_it_was_typed(source: str) -> None:
    line = "x " + re.sub(r"\s+", " ", source).strip()
    assert shown(render(line)) == line.strip()


@settings(deadline=None)
@given(source=MARKDOWN)
def test_what_counts_is_part_of_what_is_shown(source: str) -> None:
    def letters(text: str) -> list[str]:
        return [c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c)[0] in "LN"]

    visible = iter(letters(shown(render(source))))
    assert all(letter in visible for letter in letters(own_visible(source)))


def test_an_address_that_is_made_a_link_does_not_count() -> None:
    for address in ["https://a.no/b_(c)", "http://æ.no", "www.a.no", "kari.n@a.no", "HTTPS://A.NO"]:
        assert "<a " in render(f"se {address}, nå")
        assert own_visible(f"se {address}, nå") == "se , nå"


@pytest.mark.parametrize(
    "source",
    ["\u202e", "\u2066", "\u202a\u202b", "\u2067\u202e"],
)
def test_no_direction_reaches_out_of_a_post(source: str) -> None:
    html = render(f"før {source}etter\n\n> {source}sitat\n\n- {source}punkt\n\n```\n{source}kode\n```")
    assert not set(DIRECTION_CONTROLS) & set(html)
    assert html.count('dir="auto"') == 4


def test_joiners_that_languages_and_emoji_need_are_kept() -> None:
    assert "می\u200cخواهم" in render("می\u200cخواهم")
    assert "👩\u200d🏫" in render("👩\u200d🏫")
    assert "kommune\u00adstyre" in render("kommune\u00adstyre")


def test_a_tower_of_marks_does_not_cover_the_neighbours() -> None:
    assert render("a" + "\u0335" * 500).count("\u0335") == 8


def test_lists_too_deep_are_shown_as_text_and_lose_nothing() -> None:
    html = render("- " * 30 + "innerst\n\n" + "> " * 30 + "sitert\n\nsist")
    assert_safe(html)
    assert "innerst" in html
    assert "sitert" in html
    assert html.endswith('<p dir="auto">sist</p>\n')


@pytest.mark.parametrize("piece", ["[", "*", "- ", "<a", "\u202e"])
def test_a_post_of_200_000_characters_is_rendered(piece: str) -> None:
    source = (piece * 200_000)[:200_000]
    started = time.process_time()
    html = render(source)
    own_visible_characters(source)
    assert time.process_time() - started < 60
    assert not set(DIRECTION_CONTROLS) & set(html)


@pytest.mark.parametrize("piece", ["# a\n", "- *a*\n", "```\n"])
def test_the_cost_of_rendering_grows_with_the_length_and_not_with_its_square(piece: str) -> None:
    def seconds(length: int) -> float:
        source = (piece * length)[:length]
        started = time.process_time()
        render(source)
        return time.process_time() - started

    render("varm")
    assert seconds(64_000) < 10 * seconds(16_000)  # linear: 4 times, quadratic: 16 times


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_own_visible_characters_are_those_of_the_table(vector: dict[str, Any]) -> None:
    assert own_visible(vector["source"]) == vector["visible"]
    assert own_visible_characters(vector["source"]) == vector["characters"]


@settings(deadline=None)
@given(source=MARKDOWN)
def test_own_visible_text_is_one_line_of_nfc_without_category_c(source: str) -> None:
    text = own_visible(source)
    assert not [
        c for c in text if unicodedata.category(c)[0] == "C" or c == "\u034f" or (c.isspace() and c != " ")
    ]
    assert text == text.strip()
    assert "  " not in text
    assert 0 <= own_visible_characters(source) <= len(text)


@settings(deadline=None)
@given(source=MARKDOWN)
def test_a_quotation_in_front_changes_no_count(source: str) -> None:
    assert own_visible(f"> sitat\n\n{source}") == own_visible(source)


@pytest.mark.parametrize(
    ("source", "copy"),
    [
        ("Jeg er enig.", "jeg ER enig"),
        ("Jeg er enig.", "Jeg\n\ner  –  enig!!!"),
        ("Jeg er enig.", "**Jeg** er [enig](https://a.no)"),
        ("Jeg er enig.", "> sitat\n\nJeg er enig. https://a.no"),
        ("Jeg er enig.", "Jeg\u200b er\u00ad enig"),
        ("Straße", "STRASSE"),
        ("blåbær", "bla\u030abær"),
    ],
)
def test_copies_share_a_key_whatever_their_case_spacing_and_punctuation(source: str, copy: str) -> None:
    assert copy_key(source) == copy_key(copy)
    assert len(copy_key(source) or b"") == 32


@pytest.mark.parametrize(
    ("source", "other"),
    [
        ("Jeg er enig", "Jeg er uenig"),
        ("Ja 👍", "Ja 👎"),
        ("5 + 5", "55"),
        ("løft", "loft"),
    ],
)
def test_texts_that_say_different_things_have_different_keys(source: str, other: str) -> None:
    assert copy_key(source) != copy_key(other)


@pytest.mark.parametrize(
    "source", ["", "  \n", "...", "> bare sitat", "```\nkode\n```", "https://a.no", "\u200b", "—!?"]
)
def test_a_post_without_own_words_has_no_key(source: str) -> None:
    assert copy_key(source) is None


@pytest.mark.parametrize(
    ("source", "n", "expected"),
    [
        ("**Kort** tekst", 40, "Kort tekst"),
        ("Dette er en lengre tekst om skolen", 20, "Dette er en lengre…"),
        ("Donaudampfschifffahrtsgesellschaft", 10, "Donaudamp…"),
        ("> sitat\n\nsvar", 40, "svar"),
        ("> bare sitat", 40, "bare sitat"),
        ("a <b> &amp; c", 40, "a <b> &amp; c"),
        ("en\n\n- to\n- tre", 40, "en to tre"),
        ("Se [her](https://a.no) og https://b.no", 60, "Se her og https://b.no"),
        ("ae\u0301o\u0301u", 4, "ae\u0301…"),
        ("👩\u200d👩\u200d👧 hei", 4, "…"),
        ("abc", 0, ""),
        ("", 10, ""),
    ],
)
def test_an_excerpt_is_plain_and_cut_at_a_word(source: str, n: int, expected: str) -> None:
    assert excerpt(source, n) == expected
    assert not isinstance(excerpt(source, n), Markup)


@settings(deadline=None)
@given(source=MARKDOWN, n=st.integers(0, 60))
def test_an_excerpt_is_never_longer_than_asked_for(source: str, n: int) -> None:
    text = excerpt(source, n)
    assert len(text) <= n
    assert not set(text) & set(DIRECTION_CONTROLS + "\n\t\r\x00")


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Skole og oppvekst", "Skole og oppvekst"),
        ("  Skole\n\tog\u00a0 oppvekst ", "Skole og oppvekst"),
        ("bla\u030abær", "blåbær"),
        ("abc\u202etxt.exe", "abctxt.exe"),
        ("\u2067Åpen\u2069", "Åpen"),
        ("Ma\u200bri\u200d Mo\u00ad\ufeff\u200e\u200fe", "Mari Moe"),
        ("Mari\u034f\ufe0f", "Mari"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("\u3164\u2800", ""),
        ("\u0301\u0301Kari", "Kari"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Skole 👩\u200d🏫 ❤\ufe0f", "Skole 👩\u200d🏫 ❤\ufe0f"),
        ('<b>fet</b> & "x"', '<b>fet</b> & "x"'),
        ("a\ud800b\ue000", "ab"),
        ("", ""),
    ],
)
def test_a_label_cannot_change_how_the_page_around_it_reads(label: str, expected: str) -> None:
    assert plain(label) == expected


def test_a_label_has_no_tower_of_marks() -> None:
    assert plain("Z" + "\u0335" * 100 + "o") == "Z" + "\u0335" * 8 + "o"


INVISIBLE = st.sampled_from(
    "aå\u0301\u0335\u200c\u200d\ufe0f\u202e \u3164\u034f\u0627👩\u1100\u1161\u00a0\u2028\u00ad\t<"
)


@settings(max_examples=500, deadline=None)
@given(label=st.one_of(st.text(max_size=60), st.text(alphabet=INVISIBLE, max_size=30)))
def test_cleaning_a_clean_label_changes_nothing(label: str) -> None:
    once = plain(label)
    assert plain(once) == once
    assert once == once.strip()
    assert not [c for c in once if unicodedata.category(c) in {"Cc", "Cs", "Co", "Zl", "Zp"}]
    once.encode()
