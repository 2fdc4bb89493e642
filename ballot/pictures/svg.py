"""A small writer of SVG: elements with escaped text, classes and presentation attributes, numbers without floats."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from markupsafe import Markup, escape

Length: TypeAlias = int | Fraction
LONGEST_LABEL = 22
"""Characters of a name that have room beside its number on a phone."""


def length(value: Length) -> str:
    """A length with at most two decimals: «12», «33.33»."""
    if isinstance(value, int):
        return str(value)
    hundredths = round(value * 100)
    whole, rest = divmod(abs(hundredths), 100)
    text = f"{whole}.{rest:02}".rstrip("0").rstrip(".")
    return f"-{text}" if hundredths < 0 else text


def percent(value: Length) -> str:
    """A length in per cent of the picture's width."""
    return f"{length(value)}%"


def element(name: str, *children: str, **attributes: str | Length) -> Markup:
    """An element. `class_` is `class`, and `text_anchor` is `text-anchor`. Children are escaped unless Markup."""
    parts = []
    for key, value in attributes.items():
        text = value if isinstance(value, str) else length(value)
        parts.append(f' {key.rstrip("_").replace("_", "-")}="{escape(text)}"')
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{name}{''.join(parts)}>{inner}</{name}>")  # noqa: S704  (everything in it is escaped above)


def picture(
    key: str, title: str, described: str, *drawn: str, class_: str, width: str, height: Length, **more: str
) -> Markup:
    """A whole picture with its name and description for those who do not see it; `key` begins its ids."""
    return element(
        "svg",
        element("title", title, id=f"{key}-title"),
        element("desc", described, id=f"{key}-desc"),
        *drawn,
        class_=class_,
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{key}-title",
        aria_describedby=f"{key}-desc",
        **more,
    )


def short(label: str, longest: int = LONGEST_LABEL) -> str:
    """A name as far as there is room for it."""
    return label if len(label) <= longest else label[: longest - 1].rstrip(" -,.") + "…"
