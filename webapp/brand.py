"""Turn an organisation's brand colour into colour tokens that keep their contrast, in light and in dark."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

DEFAULT_BRAND = "#1d4d3a"

# Contrast asked for by WCAG 2.2, success criteria 1.4.3 (text) and 1.4.11 (controls and focus).
TEXT_CONTRAST = 4.5
CONTROL_CONTRAST = 3.0

# The grounds that a brand colour must be readable on: static/css/tokens.css holds the same values.
LIGHT_GROUNDS = ("#faf7f0", "#f3eee3", "#fffefb")
DARK_GROUNDS = ("#141612", "#1a1d18", "#1d201b")

_INK = "#14170f"
_PAPER = "#fffefb"
_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")


@dataclass(frozen=True)
class Palette:
    """Token name (without prefix) to hex colour, for a light and a dark page."""

    light: Mapping[str, str]
    dark: Mapping[str, str]


def parse_hex(colour: str) -> str:
    """`#rgb`, `#rrggbb`, with or without the hash, to lower-case `#rrggbb`; ValueError for anything else."""
    found = _HEX.fullmatch(colour.strip())
    if found is None:
        raise ValueError(f"not a hex colour: {colour!r}")
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(d * 2 for d in digits))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two hex colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def palette(brand: str) -> Palette:
    """Tokens of one colour family named as the design system names them; ValueError for a bad colour."""
    brand = parse_hex(brand)
    return Palette(light=_light(brand), dark=_dark(brand))


def theme_css(brand: str) -> str:
    """A style sheet that gives the pages `brand` as their colour, light and dark; ValueError for a bad colour."""
    colours = palette(brand)
    return (
        f":root{{{_declarations(colours.light)}}}\n"
        # "screen": paper is white whatever the screen is set to.
        f"@media screen and (prefers-color-scheme:dark){{:root{{{_declarations(colours.dark)}}}}}\n"
    )


def _declarations(tokens: Mapping[str, str]) -> str:
    own = {"deep", "deep-text", "deep-text-subtle", "deep-border"}
    names = {
        name: f"--gr-{name}"
        if name in own
        else f"--ds-color-{'' if name.startswith('focus') else 'accent-'}{name}"
        for name in tokens
    }
    return ";".join(f"{names[name]}:{value}" for name, value in tokens.items())


def _light(brand: str) -> dict[str, str]:
    _, chroma, hue = _to_oklch(brand)
    tint = min(chroma, 0.09)
    tinted = _hex(0.945, tint * 0.24, hue)
    hover = _hex(0.915, tint * 0.34, hue)
    active = _hex(0.88, tint * 0.42, hue)
    grounds = (*LIGHT_GROUNDS, tinted)
    base = _darken(brand, lambda c: min(contrast(c, g) for g in grounds) >= CONTROL_CONTRAST)
    on_base, base = _readable_on(base)
    step = -0.05 if on_base == _PAPER else 0.05
    base_hover = _shifted(base, step)
    base_active = _shifted(base, step * 2)
    subtle = _darken(
        brand, lambda c: min(contrast(c, g) for g in (*grounds, hover, active)) >= TEXT_CONTRAST + 0.3
    )
    strong = _darken(_hex(0.29, min(chroma, 0.06), hue), lambda c: contrast(c, active) >= 9)
    deep = _darken(_hex(0.29, min(chroma, 0.055), hue), lambda c: contrast(c, _PAPER) >= 12)
    return {
        "background-default": LIGHT_GROUNDS[0],
        "background-tinted": tinted,
        "surface-default": LIGHT_GROUNDS[2],
        "surface-tinted": tinted,
        "surface-hover": hover,
        "surface-active": active,
        "border-subtle": _hex(0.84, tint * 0.5, hue),
        "border-default": _darken(
            brand if chroma < 0.01 else _hex(0.56, min(chroma, 0.1), hue),
            lambda c: min(contrast(c, g) for g in grounds) >= CONTROL_CONTRAST + 0.2,
        ),
        "border-strong": subtle,
        "text-subtle": subtle,
        "text-default": strong,
        "base-default": base,
        "base-hover": base_hover,
        "base-active": base_active,
        "base-contrast-subtle": on_base,
        "base-contrast-default": on_base,
        "focus-inner": LIGHT_GROUNDS[2],
        "focus-outer": subtle,
        **_deep(deep, hue),
    }


def _dark(brand: str) -> dict[str, str]:
    _, chroma, hue = _to_oklch(brand)
    tint = min(chroma, 0.09)
    tinted = _hex(0.275, tint * 0.4, hue)
    hover = _hex(0.32, tint * 0.45, hue)
    active = _hex(0.365, tint * 0.5, hue)
    grounds = (*DARK_GROUNDS, tinted)
    base = _lighten(_hex(0.74, min(chroma, 0.12), hue), lambda c: min(contrast(c, g) for g in grounds) >= 5)
    subtle = _lighten(
        _hex(0.78, min(chroma, 0.1), hue),
        lambda c: min(contrast(c, g) for g in (*grounds, hover, active)) >= TEXT_CONTRAST + 0.3,
    )
    strong = _lighten(_hex(0.93, min(chroma, 0.03), hue), lambda c: contrast(c, active) >= 7)
    deep = _darken(_hex(0.225, min(chroma, 0.035), hue), lambda c: contrast(c, _PAPER) >= 12)
    return {
        "background-default": DARK_GROUNDS[0],
        "background-tinted": tinted,
        "surface-default": DARK_GROUNDS[2],
        "surface-tinted": tinted,
        "surface-hover": hover,
        "surface-active": active,
        "border-subtle": _hex(0.4, tint * 0.5, hue),
        "border-default": _lighten(
            _hex(0.62, min(chroma, 0.09), hue),
            lambda c: min(contrast(c, g) for g in grounds) >= CONTROL_CONTRAST + 0.2,
        ),
        "border-strong": subtle,
        "text-subtle": subtle,
        "text-default": strong,
        "base-default": base,
        "base-hover": _shifted(base, 0.05),
        "base-active": _shifted(base, 0.09),
        "base-contrast-subtle": _INK,
        "base-contrast-default": _INK,
        "focus-inner": DARK_GROUNDS[0],
        "focus-outer": subtle,
        **_deep(deep, hue),
    }


def _deep(deep: str, hue: float) -> dict[str, str]:
    """The dark band at the foot of each page and what is written on it."""
    _, chroma, _ = _to_oklch(deep)
    return {
        "deep": deep,
        "deep-text": _hex(0.97, min(chroma, 0.01), hue),
        "deep-text-subtle": _lighten(_hex(0.84, min(chroma, 0.03), hue), lambda c: contrast(c, deep) >= 7),
        "deep-border": _lighten(_hex(0.5, chroma, hue), lambda c: contrast(c, deep) >= CONTROL_CONTRAST),
    }


def _readable_on(base: str) -> tuple[str, str]:
    """The text colour for `base`, and `base` itself, darkened where its hover would fall below 4.5:1."""
    if contrast(base, _PAPER) >= TEXT_CONTRAST:
        return _PAPER, base
    if contrast(base, _INK) >= TEXT_CONTRAST:
        return _INK, base
    return _PAPER, _darken(base, lambda c: contrast(c, _PAPER) >= TEXT_CONTRAST)


def _darken(colour: str, enough: Callable[[str], bool]) -> str:
    """`colour`, or the lightest darker one in the same hue that is `enough`."""
    return _until(colour, enough, -0.004)


def _lighten(colour: str, enough: Callable[[str], bool]) -> str:
    """`colour`, or the darkest lighter one in the same hue that is `enough`."""
    return _until(colour, enough, 0.004)


def _until(colour: str, enough: Callable[[str], bool], step: float) -> str:
    lightness, chroma, hue = _to_oklch(colour)
    while not enough(colour) and 0 < lightness < 1:
        lightness = min(1.0, max(0.0, lightness + step))
        colour = _hex(lightness, chroma, hue)
    return colour


def _shifted(colour: str, step: float) -> str:
    lightness, chroma, hue = _to_oklch(colour)
    return _hex(min(1.0, max(0.0, lightness + step)), chroma, hue)


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> tuple[float, float, float]:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return red, green, blue


def _to_oklch(colour: str) -> tuple[float, float, float]:
    """Lightness 0-1, chroma, hue in radians (CSS Color 4, sample code for OKLab)."""
    r, g, b = _linear(colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b_axis = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b_axis), math.atan2(b_axis, a)


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """The nearest colour a screen can show: chroma gives way until all three channels fit."""
    while True:
        channels = _from_oklch(lightness, chroma, hue)
        if chroma <= 0 or all(-0.0005 <= c <= 1.0005 for c in channels):
            break
        chroma = max(0.0, chroma - 0.004)
    encoded = (_encode(min(1.0, max(0.0, c))) for c in channels)
    return "#" + "".join(f"{round(c * 255):02x}" for c in encoded)


def _encode(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _from_oklch(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
