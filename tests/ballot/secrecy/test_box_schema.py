"""What the tables of the box may hold: an allow-list, asked of the database itself (SECRECY.md, tests 1 and 2)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import inspect, text

from foundation.extensions import db

BOX = {
    "sealed_paper": {"ballot_id", "paper_key", "sealed"},
    "receipt": {"ballot_id", "code"},
}
ROLL = {
    "ballot_id",
    "roll_no",
    "member_id",
    "unit_id",
    "membership_class",
    "entitled",
    "otherwise_entitled",
    "reason",
    "basis",
    "credit_id",
    "voted",
}


@pytest.mark.parametrize("table", BOX)
def test_the_box_holds_a_random_key_and_its_content_and_nothing_else(app: Flask, table: str) -> None:
    columns = {column["name"]: column for column in inspect(db.engine).get_columns(table)}
    assert set(columns) == BOX[table]
    for column in columns.values():
        assert column.get("default") is None
        assert not column.get("autoincrement") or column["autoincrement"] == "auto"
        assert "TIME" not in str(column["type"]).upper()


@pytest.mark.parametrize("table", BOX)
def test_the_box_refers_to_nobody_and_nobody_refers_to_it(app: Flask, table: str) -> None:
    everything = inspect(db.engine)
    assert everything.get_foreign_keys(table) == []
    for other in everything.get_table_names():
        assert table not in {key["referred_table"] for key in everything.get_foreign_keys(other)}


@pytest.mark.parametrize("table", BOX)
def test_the_box_has_no_index_but_its_key(app: Flask, table: str) -> None:
    everything = inspect(db.engine)
    assert everything.get_indexes(table) == []
    assert set(everything.get_pk_constraint(table)["constrained_columns"]) == BOX[table] - {"sealed"}


def test_the_mark_in_the_roll_has_no_time(app: Flask) -> None:
    assert {column["name"] for column in inspect(db.engine).get_columns("roll_entry")} == ROLL


def test_no_hidden_number_tells_the_order_of_papers(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        for table in BOX:
            made = db.session.scalar(text(f"SELECT sql FROM sqlite_master WHERE name = '{table}'"))
            assert made.rstrip().upper().endswith("WITHOUT ROWID")
        assert not db.session.scalar(
            text("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'")
        )
    else:
        owned = db.session.scalars(
            text(
                "SELECT c.relname FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid"
                " JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'"
            )
        ).all()
        assert not set(owned) & set(BOX)
