"""Bars: one stage of a count with what was carried over, received and given away, and two against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from ballot.pictures.svg import element, percent, picture, short

ROW = 48
BAR_TOP = 24
BAR = 14
WIDEST = 78
"""Per cent of the width that the longest bar takes; the change stands to the right of it."""


@dataclass(frozen=True)
class Bar:
    """One line: the name, the total and the change as texts, and the parts of the bar.

    `carried` stays from before, `received` came in this stage, `given` left in it. `mark` says what became
    of her in this stage. `kind` is "elected", "standing" or "spent" (papers that count for nobody).
    """

    label: str
    total: str
    change: str
    carried: Fraction
    received: Fraction = Fraction(0)
    given: Fraction = Fraction(0)
    mark: str = ""
    kind: str = "standing"


def stage_bars(
    key: str, title: str, described: str, bars: Sequence[Bar], most: Fraction, quota: Fraction | None = None
) -> Markup:
    """The bars of a stage on a scale where `most` is the longest; a tick in each at the quota."""
    drawn: list[Markup] = []
    for place, bar in enumerate(bars):
        drawn += _row(bar, place * ROW, most, quota)
    return picture(
        key, title, described, *drawn, class_="gr-stage-bars", width="100%", height=len(bars) * ROW or 1
    )


def _row(bar: Bar, top: int, most: Fraction, quota: Fraction | None) -> list[Markup]:
    scale = Fraction(WIDEST) / most if most else Fraction(0)
    name: list[str] = [short(bar.label)]
    if bar.mark:
        name.append(element("tspan", f" {bar.mark}", class_="gr-stage-bars__mark"))
    drawn = [
        element("text", *name, class_="gr-stage-bars__name", x=0, y=top + 16),
        element("text", bar.total, class_="gr-stage-bars__total", x="100%", y=top + 16, text_anchor="end"),
    ]
    start = Fraction(0)
    parts = ((bar.carried, bar.kind), (bar.received, "received"), (bar.given, "given"))
    for size, kind in parts:
        if size <= 0:
            continue
        drawn.append(
            element(
                "rect",
                class_=f"gr-stage-bars__part gr-stage-bars__part--{kind}",
                x=percent(start * scale),
                y=top + BAR_TOP,
                width=percent(size * scale),
                height=BAR,
            )
        )
        start += size
    if quota is not None and bar.kind != "spent":
        at = percent(quota * scale)
        drawn.append(
            element(
                "line",
                class_="gr-stage-bars__quota",
                x1=at,
                x2=at,
                y1=top + BAR_TOP - 4,
                y2=top + BAR_TOP + BAR + 4,
            )
        )
    if bar.change:
        drawn.append(
            element(
                "text",
                bar.change,
                class_="gr-stage-bars__change",
                x="100%",
                y=top + BAR_TOP + BAR - 1,
                text_anchor="end",
            )
        )
    return drawn


@dataclass(frozen=True)
class Duel:
    """Two against each other: how many put the one before the other, and the other way."""

    other: str
    won: int
    lost: int
    won_text: str
    lost_text: str


def duels(key: str, title: str, described: str, rows: Sequence[Duel]) -> Markup:
    """One against each of the others: her part from the left, theirs from the right, even papers between."""
    drawn: list[Markup] = []
    most = max((row.won + row.lost for row in rows), default=0) or 1
    for place, row in enumerate(rows):
        top = place * ROW
        won, lost = Fraction(100 * row.won, most), Fraction(100 * row.lost, most)
        drawn += [
            element("text", row.won_text, class_="gr-stage-bars__total", x=0, y=top + 16),
            element(
                "text",
                short(row.other, 26),
                element("tspan", f"  {row.lost_text}", class_="gr-stage-bars__total"),
                class_="gr-stage-bars__name",
                x="100%",
                y=top + 16,
                text_anchor="end",
            ),
            element("rect", class_="gr-bars__track", x=0, y=top + BAR_TOP, width="100%", height=BAR),
            element(
                "rect",
                class_="gr-stage-bars__part gr-stage-bars__part--elected",
                x=0,
                y=top + BAR_TOP,
                width=percent(won),
                height=BAR,
            ),
            element(
                "rect",
                class_="gr-stage-bars__part gr-stage-bars__part--received",
                x=percent(100 - lost),
                y=top + BAR_TOP,
                width=percent(lost),
                height=BAR,
            ),
        ]
    return picture(
        key, title, described, *drawn, class_="gr-stage-bars", width="100%", height=len(rows) * ROW or 1
    )
