"""What happened in a count, in sentences: one for every event of its log, and why somebody was elected.

Made from the count as JSON (`ballot.counting.report.as_json`) and from nothing else, so that page, record and
command line say the same. Names and numbers come from the count; the words are here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeAlias

from babel.lists import format_list
from babel.numbers import format_decimal
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

Count: TypeAlias = Mapping[str, Any]
Event: TypeAlias = Mapping[str, Any]
Stage: TypeAlias = Mapping[str, Any]

SILENT = frozenset({"counted", "pairs"})
"""Events that say nothing the table and the other sentences do not."""


def figure(value: str | int | Fraction) -> str:
    """A number of the count as people write it: «1 019», «25,0001», «1/3»; zeros at the end left out."""
    if isinstance(value, Fraction):
        value = str(value) if value.denominator != 1 else value.numerator
    if isinstance(value, str) and "/" in value:
        return value
    return _written(str(value), str(get_locale() or "nb"))


@lru_cache(maxsize=4096)
def _written(value: str, language: str) -> str:
    # A count says the same numbers again and again, and Babel takes its time.
    return format_decimal(Decimal(value), locale=language, decimal_quantization=False)


def names(count: Count, numbers: Iterable[int]) -> str:
    """«Ane, Bo og Cato»."""
    candidates = count["candidates"]
    return format_list([candidates[number - 1] for number in numbers], locale=str(get_locale() or "nb"))


def stage_sentences(count: Count) -> list[tuple[int, tuple[str, ...]]]:
    """(stage, what happened in it) for each stage of the count that has something to tell.

    The parcels of papers that move in one stage are told as one sum; `event_sentences` tells each of them.
    """
    told = []
    before: Stage | None = None
    for stage in count["stages"]:
        sentences = _stage(count, stage, before)
        if sentences:
            told.append((stage["stage"], sentences))
        before = stage
    return told


def _stage(count: Count, stage: Stage, before: Stage | None) -> tuple[str, ...]:
    moves = [event for event in stage["events"] if event["kind"] == "moved"]
    fresh = before is None or any(event["kind"] == "deputy_count" for event in stage["events"])
    if fresh or before is None or len(moves) < 2:
        return event_sentences(count, stage["events"], fresh=fresh)
    told: list[str] = []
    for event in stage["events"]:
        if event["kind"] != "moved":
            told += event_sentences(count, [event])
        elif event is moves[0]:
            told.append(_sums(count, stage, before))
    return tuple(told)


def _sums(count: Count, stage: Stage, before: Stage) -> str:
    """What all parcels of a stage brought together, in votes."""
    gains = {
        int(key): Fraction(votes) - Fraction(before["votes"].get(key, "0"))
        for key, votes in stage["votes"].items()
    }
    parts = [
        _("%(votes)s stemmer til %(name)s", votes=_plain(gain), name=names(count, [candidate]))
        for candidate, gain in gains.items()
        if gain > 0
    ]
    spent = Fraction(stage["non_transferable"]) - Fraction(before["non_transferable"])
    if not parts:
        return _("Sedlene hadde ingen flere å gå til.")
    listed = format_list(parts, locale=str(get_locale() or "nb"))
    if spent <= 0:
        return _("Det ga %(parts)s.", parts=listed)
    return _(
        "Det ga %(parts)s. %(spent)s stemmer hadde ingen flere å gå til.", parts=listed, spent=_plain(spent)
    )


def event_sentences(count: Count, events: Iterable[Event], *, fresh: bool = False) -> tuple[str, ...]:
    """A sentence for each of these events, without those that need none.

    `fresh`: all papers are dealt anew in this stage, so that the first parcel is the first preferences.
    """
    told: list[str] = []
    for event in events:
        if event["kind"] in SILENT:
            continue
        if fresh and event["kind"] == "moved":
            told.append(_first_deal(count, event))
            fresh = False
        else:
            told.append(sentence_of(count, event))
    return tuple(sentence for sentence in told if sentence)


def sentence_of(count: Count, event: Event) -> str:
    """What one event means. Raises KeyError for a kind of event this house does not know."""
    return _SENTENCES[event["kind"]](count, event)


def why_elected(count: Count, candidate: int) -> tuple[str, ...]:
    """How a candidate came to be elected: what she began with, what she got, and what decided it.

    Everything is read from the stages up to the one that elected her; empty for somebody not elected.
    """
    chosen = next((one for one in count["elected"] if one["candidate"] == candidate), None)
    if chosen is None:
        return ()
    own = str(candidate)
    told: list[str] = []
    stages = [stage for stage in count["stages"] if stage["stage"] <= chosen["stage"]]
    if _is_transferable(count) and stages:
        told.append(
            _(
                "%(name)s sto først på %(votes)s stemmesedler.",
                name=names(count, [candidate]),
                votes=figure(_first_preferences(stages[0], candidate)),
            )
        )
        told += _gains(count, own, stages)
    beats_all = any(
        event["kind"] == "pairs" and candidate in event["candidates"]
        for stage in stages
        for event in stage["events"]
    )
    if beats_all:
        told.append(_("Mot hver av de andre satte flest %(name)s foran.", name=names(count, [candidate])))
    for stage in stages:
        for event in stage["events"]:
            told_already = beats_all and event["kind"] == "link_locked"
            if candidate in event["candidates"] and event["kind"] in _ABOUT_ONE and not told_already:
                told.append(sentence_of(count, event))
    return tuple(dict.fromkeys(sentence for sentence in told if sentence))


def _first_preferences(stage: Stage, candidate: int) -> int:
    dealt = next((event for event in stage["events"] if event["kind"] == "moved"), None)
    if dealt is None:
        return int(Fraction(stage["votes"].get(str(candidate), "0")))
    return int(dict(zip(dealt["candidates"], dealt["papers"], strict=True)).get(candidate, 0))


def _gains(count: Count, own: str, stages: Sequence[Stage]) -> list[str]:
    told = []
    for before, after in pairwise(stages):
        gain = Fraction(after["votes"].get(own, "0")) - Fraction(before["votes"].get(own, "0"))
        givers = [
            event["candidates"][0] for event in after["events"] if event["kind"] in ("excluded", "surplus")
        ]
        if gain > 0 and givers:
            told.append(
                _(
                    "I runde %(stage)s kom det %(gain)s stemmer fra %(givers)s.",
                    stage=after["stage"],
                    gain=_plain(gain),
                    givers=names(count, dict.fromkeys(givers)),
                )
            )
    return told


def what_quota_changed(count: Count, without: Count) -> str:
    """One sentence on what the quota changed: who was elected by it, and instead of whom; empty for a count
    that had none or that needed a lot.

    `without` is the same papers counted without the quota.
    """
    if without["lot_needed"] is not None:
        return ""
    mine = [one["candidate"] for one in count["elected"]]
    theirs = [one["candidate"] for one in without["elected"]]
    came = [number for number in mine if number not in theirs]
    went = [number for number in theirs if number not in mine]
    if not came and not went:
        return _("Kvoteringen endret ikke hvem som ble valgt.")
    return _(
        "Kvoteringen gjorde at %(came)s ble valgt i stedet for %(went)s.",
        came=names(count, came),
        went=names(count, went),
    )


def _is_transferable(count: Count) -> bool:
    return count["method"] in ("irv", "scottish-stv", "meek-stv", "uio-stv")


def _plain(value: Fraction) -> str:
    """A difference of two numbers of the count, with the decimals it has."""
    places = 0
    while places < 12 and (value * 10**places).denominator != 1:
        places += 1
    return figure(str(Decimal(int(value * 10**places)).scaleb(-places)))


# The sentences, by kind of event


def _mean(count: Count, event: Event) -> str:
    return _(
        "%(name)s fikk %(points)s poeng av %(papers)s som ga poeng.",
        name=names(count, event["candidates"]),
        points=figure(event["points"]),
        papers=figure(event["papers"]),
    )


def _quota(_count: Count, event: Event) -> str:
    return _(
        "Valgtallet er %(quota)s: %(papers)s gyldige sedler delt på %(places)s, rundet ned, pluss én.",
        quota=figure(event["quota"]),
        papers=figure(event["papers"]),
        places=event["seats"] + 1,
    )


def _valgtall(_count: Count, event: Event) -> str:
    return _(
        "Valgtallet er %(quota)s: %(papers)s gyldige sedler delt på %(places)s med %(decimals)s desimaler, "
        "og én i den siste av dem.",
        quota=figure(event["valgtall"]),
        papers=figure(event["papers"]),
        places=event["seats"] + 1,
        decimals=event["decimals"],
    )


def _moved(count: Count, event: Event) -> str:
    receivers, papers = event["candidates"], event["papers"]
    spent = int(Fraction(str(event["spent"])))
    if not receivers and not spent:
        return ""
    parts = [
        _("%(papers)s til %(name)s", papers=figure(number), name=names(count, [receiver]))
        for receiver, number in zip(receivers, papers, strict=True)
    ]
    listed = format_list(parts, locale=str(get_locale() or "nb")) if parts else ""
    without = ngettext(
        "%(papers)s seddel hadde ingen flere å gå til.",
        "%(papers)s sedler hadde ingen flere å gå til.",
        spent,
        papers=figure(spent),
    )
    if not parts:
        return without
    if Fraction(str(event["value"])) == 1:
        told = _("Sedlene gikk videre slik: %(parts)s.", parts=listed)
    else:
        told = _(
            "Sedlene gikk videre slik: %(parts)s. Hver av dem teller nå %(value)s.",
            parts=listed,
            value=figure(event["value"]),
        )
    return f"{told} {without}" if spent else told


def _first_deal(count: Count, event: Event) -> str:
    parts = [
        _("%(name)s på %(papers)s", papers=figure(number), name=names(count, [receiver]))
        for receiver, number in zip(event["candidates"], event["papers"], strict=True)
    ]
    if not parts:
        return _("Ingen sto øverst på noen seddel.")
    return _("Øverst på sedlene sto %(parts)s.", parts=format_list(parts, locale=str(get_locale() or "nb")))


def _surplus(count: Count, event: Event) -> str:
    if "factor" in event:
        return _(
            "%(name)s hadde %(surplus)s mer enn valgtallet. Av sedlene som avgjorde det, kunne %(papers)s gå videre, "
            "hver med faktoren %(factor)s.",
            name=names(count, event["candidates"]),
            surplus=figure(event["surplus"]),
            papers=figure(event["papers"]),
            factor=figure(event["factor"]),
        )
    return _(
        "%(name)s hadde %(surplus)s mer enn valgtallet. Alle sedlene går videre, hver med verdien "
        "ganget med %(surplus)s delt på %(votes)s.",
        name=names(count, event["candidates"]),
        surplus=figure(event["surplus"]),
        votes=figure(event["votes"]),
    )


def _elected(count: Count, event: Event) -> str:
    return _chosen(count, event, deputy=None)


def _deputy(count: Count, event: Event) -> str:
    return _chosen(count, event, deputy=event["place"])


def _chosen(count: Count, event: Event, deputy: int | None) -> str:
    name, votes = names(count, event["candidates"]), figure(event.get("votes", 0))
    if deputy is not None:
        told = {
            "quota": _("%(name)s er valgt som vara nummer %(place)s med %(votes)s stemmer."),
            "last": _("%(name)s er valgt som vara nummer %(place)s, fordi ingen andre var igjen."),
            "sum": _("%(name)s er valgt som vara nummer %(place)s med %(votes)s stemmer."),
        }
        return told[event["how"]] % {"name": name, "place": deputy, "votes": votes}
    told = {
        "quota": _("%(name)s når valgtallet med %(votes)s stemmer, og er valgt."),
        "majority": _("%(name)s har mer enn halvparten med %(votes)s stemmer, og er valgt."),
        "last": _("%(name)s er valgt med %(votes)s stemmer, fordi det ikke er flere igjen enn plassene."),
        "sum": _("%(name)s er valgt med %(votes)s stemmer."),
        "pairs": _("%(name)s står minst like sterkt mot hver av de andre som de gjør tilbake, og er valgt."),
        "lot": _("%(name)s er valgt etter loddtrekning."),
    }
    if count["method"] == "score":
        told["sum"] = _("%(name)s er valgt med %(votes)s poeng.")
    return told[event["how"]] % {"name": name, "votes": votes}


def _deputy_count(_count: Count, event: Event) -> str:
    return _("Ny telling av alle sedlene for vara nummer %(place)s.", place=event["place"])


def _excluded(count: Count, event: Event) -> str:
    told = {
        "lowest": _("%(name)s hadde færrest med %(votes)s stemmer, og går ut."),
        "hopeless": _("%(name)s kunne ikke lenger nå igjen de andre med %(votes)s stemmer, og går ut."),
        "quota": _("%(name)s går ut, fordi kvoteringen ikke har plass til flere fra gruppen."),
    }
    return told[event["why"]] % {
        "name": names(count, event["candidates"]),
        "votes": figure(event["votes"]),
    }


def _protected(count: Count, event: Event) -> str:
    return _(
        "Herfra verner kvoteringen %(names)s, som ikke kan gå ut.", names=names(count, event["candidates"])
    )


def _stopped(count: Count, event: Event) -> str:
    return _(
        "%(name)s blir hoppet over, fordi kvoteringen ikke har plass til flere fra gruppen.",
        name=names(count, event["candidates"]),
    )


def _tie_by_history(count: Count, event: Event) -> str:
    return _(
        "%(names)s sto likt med %(votes)s stemmer. En tidligere runde skilte dem, og avgjorde det for %(chosen)s.",
        names=names(count, event["candidates"]),
        votes=figure(event["votes"]),
        chosen=names(count, event["chosen"]),
    )


def _tie_by_recommendation(count: Count, event: Event) -> str:
    return _(
        "%(names)s sto likt. Innstillingen avgjorde det for %(first)s.",
        names=names(count, event["candidates"]),
        first=names(count, [event["first"]]),
    )


def _lot(count: Count, event: Event) -> str:
    return purpose_sentence(count, event["purpose"], event["candidates"])


def purpose_sentence(count: Count, purpose: str, order: Sequence[int]) -> str:
    """What a lot that was drawn decided."""
    told = {
        "elect": _("%(names)s sto likt, og loddet ga plassen til %(first)s."),
        "surplus": _("%(names)s hadde like mye å gi videre, og loddet tok %(first)s først."),
        "exclude": _("%(names)s sto likt nederst, og loddet tok ut %(last)s."),
        "winner": _("%(names)s sto likt øverst, og loddet valgte %(first)s."),
        "runoff": _("%(names)s sto likt, og loddet ga %(first)s plassen i andre omgang."),
        "deputy": _("%(names)s sto likt, og loddet satte %(first)s først blant vara."),
        "pairs": _("Seire var like klare. Loddet ga rekkefølgen %(order)s."),
    }
    return told[purpose] % {
        "names": names(count, sorted(order)),
        "first": names(count, order[:1]),
        "last": names(count, order[-1:]),
        "order": ", ".join(count["candidates"][number - 1] for number in order),
    }


def _iterated(_count: Count, event: Event) -> str:
    if event["iterations"] == 1:
        return _(
            "Valgtallet er %(quota)s, og %(surplus)s stemmer er til overs.",
            quota=figure(event["quota"]),
            surplus=figure(event["surplus"]),
        )
    return _(
        "Etter %(iterations)s beregninger er valgtallet %(quota)s, og %(surplus)s stemmer er til overs.",
        iterations=figure(event["iterations"]),
        quota=figure(event["quota"]),
        surplus=figure(event["surplus"]),
    )


def _link_locked(count: Count, event: Event) -> str:
    winner, loser = event["candidates"]
    return _(
        "%(votes)s satte %(winner)s foran %(loser)s. Seieren teller.",
        votes=figure(event["votes"]),
        winner=names(count, [winner]),
        loser=names(count, [loser]),
    )


def _link_left_out(count: Count, event: Event) -> str:
    winner, loser = event["candidates"]
    return _(
        "%(votes)s satte %(winner)s foran %(loser)s. Seieren ville gått i ring med klarere seire og teller ikke.",
        votes=figure(event["votes"]),
        winner=names(count, [winner]),
        loser=names(count, [loser]),
    )


def _tie(count: Count, event: Event) -> str:
    return _("%(names)s står likt øverst.", names=names(count, event["candidates"]))


def _runoff(count: Count, event: Event) -> str:
    return _(
        "Ingen fikk mange nok stemmer. %(names)s går videre til andre omgang.",
        names=names(count, event["candidates"]),
    )


_SENTENCES: Mapping[str, Callable[[Count, Event], str]] = {
    "mean": _mean,
    "quota": _quota,
    "valgtall": _valgtall,
    "moved": _moved,
    "surplus": _surplus,
    "elected": _elected,
    "deputy": _deputy,
    "deputy_count": _deputy_count,
    "excluded": _excluded,
    "protected_by_quota": _protected,
    "stopped_by_quota": _stopped,
    "tie_by_history": _tie_by_history,
    "tie_by_recommendation": _tie_by_recommendation,
    "lot": _lot,
    "iterated": _iterated,
    "link_locked": _link_locked,
    "link_left_out": _link_left_out,
    "tie": _tie,
    "runoff": _runoff,
}
_ABOUT_ONE = frozenset(
    {"elected", "lot", "tie_by_history", "tie_by_recommendation", "protected_by_quota", "mean", "link_locked"}
)
