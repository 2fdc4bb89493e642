"""Fixtures that forbid: no mail, no clock but ours, a database that starts empty for every test."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from builders import oslo
from databases import a_postgresql_database, empty
from flask import Flask
from flask.testing import FlaskClient

from foundation import clock
from foundation.extensions import db
from webapp.app import create_app
from webapp.config import Config


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", default="", help="Run on this PostgreSQL server instead of SQLite.")
    parser.addoption(
        "--redis",
        default="",
        help="Keep queue and rate limits on this Redis, under a prefix of the run's own.",
    )


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> str:
    """The server to make databases on: the run's own, the environment's, or the one on loopback."""
    return (
        request.config.getoption("--postgresql")
        or os.environ.get("GRASROT_TEST_DATABASE_URL", "")
        or "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
    ).replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of the run's own: a file, or grasrot_test_<random> that is dropped at the end."""
    if not request.config.getoption("--postgresql"):
        yield f"sqlite:///{tmp_path_factory.mktemp('db') / 'test.db'}"
        return
    yield from a_postgresql_database(request.getfixturevalue("postgresql_server"))


@pytest.fixture(scope="session")
def redis_prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """What the run's keys begin with; they alone are deleted at the end."""
    prefix = f"grasrot_test_{secrets.token_hex(6)}"
    yield prefix
    if url := request.config.getoption("--redis"):
        with redis.Redis.from_url(url) as server:
            for key in [*server.scan_iter(f"*{prefix}*")]:
                server.delete(key)


@pytest.fixture(scope="session")
def config(
    request: pytest.FixtureRequest,
    database_url: str,
    redis_prefix: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Config:
    return Config(
        development=True,
        demo=False,
        secret_key="a key that only tests know, and long enough",
        database_url=database_url,
        box_database_url="",
        redis_url=request.config.getoption("--redis"),
        redis_prefix=redis_prefix,
        mail_url="",
        base_url="http://127.0.0.1:5000",
        timezone="Europe/Oslo",
        instance=tmp_path_factory.mktemp("instance"),
        organisation="",
        brand_colour="#14532d",
        host="127.0.0.1",
        port=5000,
        testing=True,
    )


@pytest.fixture(scope="session")
def the_app(config: Config) -> Iterator[Flask]:
    """One application for the whole run; tests ask for `app`, which empties its database."""
    app = create_app(config)
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(the_app: Flask) -> Iterator[Flask]:
    """The application on an empty database, with an application context around the test."""
    with the_app.app_context():
        yield the_app
        db.session.remove()
        empty(the_app)
        the_app.extensions["mailman"].outbox = []
        # Row numbers begin anew with the next test, and what was made for the old ones must not be found.
        the_app.extensions.pop("grasrot_pieces", None)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that is not signed in."""
    return app.test_client()


@pytest.fixture
def at() -> Iterator[None]:
    """Monday 2 March 2026, 09:00 in Oslo: the notice of PARTICIPATION.md's scenarios; the clock stands there."""
    with clock.stopped_at(oslo("2026-03-02 09:00"), all_threads=True):
        yield


# Pure rules, the counting core, words and files touch no database, or one only to draw a page, and the house's own
# rules do not depend on which: running them twice would say nothing new.
ONCE = (
    "tests/house",
    "tests/members/rules",
    "tests/members/test_member_phrases",
    "tests/members/test_register_reading",
    "tests/ballot/rules",
    "tests/ballot/counting",
    "tests/ballot/organisers/test_draft_form",
    "tests/ballot/organisers/test_phrases",
    "tests/ballot/secrecy/test_papers_and_receipts",
    "tests/ballot/tellers/test_result_pages",
    "tests/ballot/voters/test_counting_papers",
    "tests/ballot/voters/test_sentences",
    "tests/forums/test_forum_sentences",
    "tests/foundation/test_bounces",
    "tests/foundation/test_formats",
    "tests/foundation/test_links",
    "tests/foundation/test_text",
    "tests/foundation/test_visible",
    "tests/webapp/test_brand",
    "tests/webapp/test_config",
    "tests/webapp/test_demo",
    "tests/webapp/test_deploy",
    "tests/webapp/test_first_start",
    "tests/webapp/test_logs",
    "tests/webapp/test_pages",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    root = Path(__file__).parent.parent
    for item in items:
        where = item.path.relative_to(root).as_posix()
        if where.startswith(ONCE):
            item.add_marker(pytest.mark.anywhere)
        if "journey" in item.keywords:
            # One browser at a time: two on two cores make each other slow, and slow journeys flaky.
            item.add_marker(pytest.mark.xdist_group("browser"))
