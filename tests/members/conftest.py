"""What the tests of the register share: fresh rate limits, and pages that are read strictly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import html5lib
import pytest
from werkzeug.test import TestResponse

from foundation.extensions import limiter


@pytest.fixture(autouse=True)
def _fresh_limits(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test is refused for what another has sent."""
    yield
    if "app" in request.fixturenames:
        limiter.reset()


Page = Any  # an element tree, whose library has no types


@pytest.fixture
def read() -> Callable[[TestResponse], Page]:
    """Read an answer as strict HTML5 with a title, one h1 and a label for each field."""

    def reader(answer: TestResponse) -> Page:
        page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.text)
        assert "".join(page.find("head/title").itertext()).strip()
        assert len(page.findall(".//h1")) == 1
        ids = [element.get("id") for element in page.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), "an id stands twice"
        labelled = {label.get("for") for label in page.findall(".//label")}
        for field in [*page.findall(".//input"), *page.findall(".//select"), *page.findall(".//textarea")]:
            if field.get("type") not in {"hidden", "submit"}:
                assert field.get("id") in labelled, f"a field without a label: {field.attrib}"
        return page

    return reader
