"""Migrations up and down, with data in them, and their end equal to the models."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from databases import a_postgresql_database
from sqlalchemy import create_engine, inspect, text

import webapp.app
from foundation.extensions import Base

ROOT = Path(__file__).resolve().parents[2]
# Importing the application imports every table.
assert webapp.app


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of the kind this run is on."""
    if request.config.getoption("--postgresql"):
        yield from a_postgresql_database(request.getfixturevalue("postgresql_server"))
    else:
        yield f"sqlite:///{tmp_path / 'migrated.db'}"


def migrate(database: str, tmp_path: Path, code: str) -> None:
    """Run a few lines in a program of their own: an application belongs to one database."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRASROT_")}
    environment |= {"GRASROT_DATABASE_URL": database, "GRASROT_INSTANCE": str(tmp_path / "instance")}
    program = (
        "from webapp.app import create_app\nfrom flask_migrate import upgrade, downgrade\n"
        "from webapp.demo import seed\nwith create_app().app_context():\n" + code
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


UP = "    upgrade(directory='migrations')\n"
DOWN = "    downgrade(directory='migrations', revision='base')\n"


def test_the_last_migration_is_what_the_models_say(database: str, tmp_path: Path) -> None:
    migrate(database, tmp_path, UP)
    engine = create_engine(database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_every_migration_goes_down_and_up_again_with_data_in_it(database: str, tmp_path: Path) -> None:
    migrate(database, tmp_path, UP + "    seed.plant()\n")
    engine = create_engine(database)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM member")).scalar() == 240
    migrate(database, tmp_path, DOWN)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate(database, tmp_path, UP)
    assert "roll_entry" in inspect(engine).get_table_names()
    engine.dispose()


def test_the_box_has_no_row_numbers(database: str, tmp_path: Path) -> None:
    """On SQLite a rowid would count the papers in the order of voting (SECRECY.md)."""
    if not database.startswith("sqlite"):
        pytest.skip("a rowid is SQLite's")
    migrate(database, tmp_path, UP)
    engine = create_engine(database)
    with engine.connect() as connection:
        for table in ("sealed_paper", "receipt"):
            made = connection.execute(
                text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table}
            ).scalar()
            assert "WITHOUT ROWID" in str(made)
    engine.dispose()
