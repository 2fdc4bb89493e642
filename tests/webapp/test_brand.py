"""The brand colour: whatever an organisation chooses, what is written on it can be read."""

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.brand import (
    CONTROL_CONTRAST,
    DARK_GROUNDS,
    DEFAULT_BRAND,
    LIGHT_GROUNDS,
    TEXT_CONTRAST,
    contrast,
    palette,
    parse_hex,
    theme_css,
)

CSS = Path(__file__).parents[2] / "static" / "css"

TEXT_ON_GROUND = ("text-subtle", "text-default")
CONTROL_ON_GROUND = ("base-default", "border-default", "border-strong", "focus-outer")
TINTS = ("surface-tinted", "surface-hover", "surface-active")
TEXT_ON_BASE = ("base-contrast-default", "base-contrast-subtle")
BASES = ("base-default", "base-hover", "base-active")

colours = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


@given(colours)
def test_text_in_any_brand_colour_can_be_read_on_every_ground_and_tint(brand):
    for tokens, grounds in _both(brand):
        tinted = [tokens[name] for name in TINTS]
        for name, ground in product(TEXT_ON_GROUND, [*grounds, *tinted]):
            assert contrast(tokens[name], ground) >= TEXT_CONTRAST, (name, ground)


@given(colours)
def test_controls_and_focus_in_any_brand_colour_stand_out_from_every_ground(brand):
    for tokens, grounds in _both(brand):
        for name, ground in product(CONTROL_ON_GROUND, [*grounds, tokens["surface-tinted"]]):
            assert contrast(tokens[name], ground) >= CONTROL_CONTRAST, (name, ground)


@given(colours)
def test_the_words_on_a_button_can_be_read_at_rest_under_the_pointer_and_pressed(brand):
    for tokens, _grounds in _both(brand):
        for words, base in product(TEXT_ON_BASE, BASES):
            assert contrast(tokens[words], tokens[base]) >= TEXT_CONTRAST, (words, base)


@given(colours)
def test_the_words_at_the_foot_of_the_page_can_be_read(brand):
    for tokens, _grounds in _both(brand):
        for name in ("deep-text", "deep-text-subtle"):
            assert contrast(tokens[name], tokens["deep"]) >= TEXT_CONTRAST, name


@pytest.mark.parametrize("brand", [DEFAULT_BRAND, "#c8102e", "#00457c", "#6a1b9a"])
def test_a_brand_colour_that_can_be_read_is_left_as_it_was_chosen(brand):
    assert palette(brand).light["base-default"] == brand


def test_a_brand_colour_too_pale_for_a_button_is_darkened_and_keeps_its_hue():
    red, green, blue = (int(palette("#ffd500").light["base-default"][i : i + 2], 16) for i in (1, 3, 5))
    assert red > green > blue


@pytest.mark.parametrize(
    ("written", "meant"),
    [("#1D4D3A", "#1d4d3a"), ("1d4d3a", "#1d4d3a"), ("#abc", "#aabbcc"), (" #abc ", "#aabbcc")],
)
def test_a_hex_colour_may_be_written_in_the_usual_ways(written, meant):
    assert parse_hex(written) == meant


@pytest.mark.parametrize(
    "written", ["", "green", "#12345", "#ggg", "#1d4d3a}body{display:none", "rgb(0,0,0)"]
)
def test_what_is_not_a_hex_colour_is_refused_and_reaches_no_style_sheet(written):
    with pytest.raises(ValueError, match="not a hex colour"):
        theme_css(written)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ffffff", "#ffffff", 1.0)],
)
def test_contrast_is_the_ratio_of_wcag(one, other, ratio):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


def test_the_default_theme_that_error_pages_use_is_the_default_brand():
    assert (CSS / "brand.css").read_text() == theme_css(DEFAULT_BRAND), (
        "write what theme_css(DEFAULT_BRAND) answers to static/css/brand.css"
    )


@pytest.mark.parametrize(("scheme", "grounds"), [("light", LIGHT_GROUNDS), ("dark", DARK_GROUNDS)])
def test_the_fixed_colours_of_the_style_sheet_can_be_read_on_their_grounds(scheme, grounds):
    tokens = _fixed(scheme)
    assert tokens["--ds-color-neutral-background-default"] == grounds[0]
    assert tokens["--ds-color-neutral-surface-default"] == grounds[2]
    pairs = [
        (f"--ds-color-{family}-{text}", f"--ds-color-{family}-{ground}")
        for family in ("neutral", "info", "success", "warning", "danger")
        for text in TEXT_ON_GROUND
        for ground in ("background-default", "surface-default", "surface-tinted", "surface-hover")
    ]
    pairs += [
        (f"--ds-color-{family}-base-contrast-default", f"--ds-color-{family}-{base}")
        for family in ("info", "success", "warning", "danger")
        for base in BASES
    ]
    pairs += [(f"--gr-tone-{n}-ink", f"--gr-tone-{n}") for n in range(8)]
    pairs += [
        ("--gr-accent-text", "--gr-accent-surface"),
        ("--gr-accent-text", "--ds-color-neutral-background-default"),
        ("--gr-accent-contrast", "--gr-accent"),
        ("--ds-color-neutral-text-default", "--gr-accent-surface"),
        ("--ds-color-neutral-text-subtle", "--gr-accent-surface"),
    ]
    too_weak = [(a, b) for a, b in pairs if contrast(tokens[a], tokens[b]) < TEXT_CONTRAST]
    assert not too_weak


@given(colours)
def test_a_brand_can_be_read_on_the_accent_where_the_participation_line_stands(brand):
    for scheme, tokens in (("light", palette(brand).light), ("dark", palette(brand).dark)):
        assert contrast(tokens["text-subtle"], _fixed(scheme)["--gr-accent-surface"]) >= TEXT_CONTRAST


def _both(brand):
    tokens = palette(brand)
    return (tokens.light, LIGHT_GROUNDS), (tokens.dark, DARK_GROUNDS)


def _fixed(scheme):
    light, dark = (CSS / "tokens.css").read_text().split("@media screen and (prefers-color-scheme: dark)")
    return dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", light if scheme == "light" else dark))
