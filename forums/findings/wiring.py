"""What the findings add to the debate."""

from __future__ import annotations

from flask import Flask, get_template_attribute
from markupsafe import Markup

from forums.findings import services, views  # noqa: F401  (a page on the debate's blueprint)
from forums.findings.queries import decided_on, open_on
from forums.findings.words import CODES, SENTENCES
from forums.models import FindingCode, Post
from foundation import phrases
from members.access import current


def init_app(app: Flask) -> None:
    """Add the sentences and the names of the codes."""
    phrases.add(SENTENCES)
    phrases.name_words(CODES)
    app.add_template_filter(finding_code)
    app.add_template_global(not_a_contribution_of)
    app.add_template_global(findings_to_decide)


def findings_to_decide() -> Markup:
    """In the moderators' queue: what another has proposed is no contribution, for whoever can be the second."""
    drawn: Markup = get_template_attribute("forums/_finding.html", "to_decide")(services.to_decide(current()))
    return drawn


def finding_code(code: str) -> str:
    """The name of a code, in a letter."""
    return str(CODES[FindingCode(code)])


def not_a_contribution_of(post: Post) -> Markup:
    """Where a post is judged: the way to the page on which two find that it is no contribution."""
    drawn: Markup = get_template_attribute("forums/_finding.html", "way")(
        post, open_on(post.id), decided_on(post.id)
    )
    return drawn
