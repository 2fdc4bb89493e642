"""The flow picture: from stage to stage, how votes stay with somebody and where they go from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from ballot.pictures.svg import element, length, picture, short

MOST_STREAMS = 8
MOST_STAGES = 8
COLUMN = 160
NODE = 12
TALL = 300
"""Height that all votes together take."""
LABEL = 22
LABEL_CHARACTERS = 12
LAST_LABEL = 150


@dataclass(frozen=True)
class Stream:
    """One candidate, or the papers that count for nobody: votes after each stage, and each as text."""

    label: str
    votes: tuple[Fraction, ...]
    texts: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class _Node:
    x: int
    top: Fraction
    height: Fraction


def is_readable(candidates: int, stages: int) -> bool:
    """Whether a flow of so many helps: with more of them it is only a tangle."""
    return 2 <= stages <= MOST_STAGES and candidates <= MOST_STREAMS


def flow(key: str, title: str, described: str, streams: Sequence[Stream], heads: Sequence[str]) -> Markup:
    """The picture; `heads` stand above the stages. Everywhere a column holds the same sum."""
    total = sum((stream.votes[0] for stream in streams), Fraction(0)) or Fraction(1)
    scale = TALL / total
    columns = [_column(streams, stage, scale) for stage in range(len(heads))]
    ribbons: list[Markup] = []
    for stage in range(1, len(heads)):
        ribbons += _between(streams, stage, columns[stage - 1], columns[stage], scale)
    nodes = [
        drawn
        for stage, column in enumerate(columns)
        for drawn in _nodes(streams, stage, column, heads[stage])
    ]
    height = max(
        (node.top + node.height for column in columns for node in column.values()), default=Fraction(0)
    )
    wide = COLUMN * (len(heads) - 1) + LAST_LABEL
    tall = int(height) + 4
    return picture(
        key,
        title,
        described,
        *ribbons,
        *nodes,
        class_="gr-flow",
        width=str(wide),
        height=tall,
        viewBox=f"0 0 {wide} {tall}",
    )


def _column(streams: Sequence[Stream], stage: int, scale: Fraction) -> Mapping[int, _Node]:
    """Where each stream with votes stands after a stage, from the top down."""
    placed: dict[int, _Node] = {}
    top = Fraction(LABEL)
    for place, stream in enumerate(streams):
        height = stream.votes[stage] * scale
        if height <= 0:
            continue
        top += LABEL
        placed[place] = _Node(COLUMN * stage, top, max(height, Fraction(1)))
        top += max(height, Fraction(1)) + 4
    return placed


def _nodes(streams: Sequence[Stream], stage: int, column: Mapping[int, _Node], head: str) -> list[Markup]:
    drawn = [element("text", head, class_="gr-flow__head", x=COLUMN * stage, y=14)]
    for place, node in column.items():
        stream = streams[place]
        drawn += [
            element(
                "text",
                short(stream.label, LABEL_CHARACTERS),
                element("tspan", f" {stream.texts[stage]}", class_="gr-flow__number"),
                class_="gr-flow__label",
                x=node.x,
                y=node.top - 5,
            ),
            element(
                "rect",
                class_=f"gr-flow__node gr-flow__node--{stream.kind}",
                x=node.x,
                y=node.top,
                width=NODE,
                height=node.height,
            ),
        ]
    return drawn


def _between(
    streams: Sequence[Stream],
    stage: int,
    left: Mapping[int, _Node],
    right: Mapping[int, _Node],
    scale: Fraction,
) -> list[Markup]:
    """What stays, and what moves from those who lose votes in the stage to those who get them.

    With several who give, the log does not say whose votes went to whom: theirs are drawn together.
    """
    stays, moves = [], []
    givers: list[tuple[_Node, Fraction, Fraction]] = []
    takers: list[tuple[_Node, Fraction, Fraction]] = []
    for place, stream in enumerate(streams):
        before, after = stream.votes[stage - 1], stream.votes[stage]
        same = min(before, after) * scale
        if same > 0:
            stays.append(_ribbon(left[place], Fraction(0), right[place], Fraction(0), same, stream.kind))
        if before > after:
            givers.append((left[place], same, (before - after) * scale))
        elif after > before:
            takers.append((right[place], same, (after - before) * scale))
    if len(givers) == 1:
        giver, start, _size = givers[0]
        for taker, offset, size in takers:
            moves.append(_ribbon(giver, start, taker, offset, size, "moved"))
            start += size
    elif givers:
        moved = sum((size for _node, _offset, size in givers), Fraction(0))
        middle = sum((node.top + offset + size / 2 for node, offset, size in givers), Fraction(0)) / len(
            givers
        )
        pool = _Node(COLUMN * stage - (COLUMN - NODE) // 2 - NODE, middle - moved / 2, moved)
        moves.append(
            element(
                "rect",
                class_="gr-flow__ribbon gr-flow__ribbon--moved",
                x=pool.x,
                y=pool.top,
                width=NODE,
                height=pool.height,
            )
        )
        start = Fraction(0)
        for giver, offset, size in givers:
            moves.append(_ribbon(giver, offset, pool, start, size, "moved"))
            start += size
        start = Fraction(0)
        for taker, offset, size in takers:
            moves.append(_ribbon(pool, start, taker, offset, size, "moved"))
            start += size
    return [*stays, *moves]


def _ribbon(
    left: _Node, left_offset: Fraction, right: _Node, right_offset: Fraction, height: Fraction, kind: str
) -> Markup:
    x0, x1 = left.x + NODE, right.x
    middle = length(Fraction(x0 + x1, 2))
    y0, y1 = left.top + left_offset, right.top + right_offset
    a, b, c, d = (length(y) for y in (y0, y1, y1 + height, y0 + height))
    path = (
        f"M{length(x0)} {a}C{middle} {a} {middle} {b} {length(x1)} {b}"
        f"V{c}C{middle} {c} {middle} {d} {length(x0)} {d}Z"
    )
    return element("path", class_=f"gr-flow__ribbon gr-flow__ribbon--{kind}", d=path)
