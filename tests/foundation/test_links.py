"""Redirects stay on this site."""

from __future__ import annotations

import pytest

from foundation.links import is_ours


@pytest.mark.parametrize("target", ["/", "/trader/12?side=2#post-9", "/omrader/skole-oppvekst"])
def test_a_path_of_ours_is_ours(target: str) -> None:
    assert is_ours(target)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "",
        "evil",
        "/a\r\nSet-Cookie: x=1",
        "/\t/evil.example",
    ],
)
def test_what_a_browser_could_read_as_another_host_is_not(target: str) -> None:
    assert not is_ours(target)
