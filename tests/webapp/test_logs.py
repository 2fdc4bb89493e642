"""Logs hold no personal data, also when the database says what it refused."""

from __future__ import annotations

import pytest
import structlog
from builders import a_member, a_unit
from flask import Flask
from sqlalchemy.exc import IntegrityError


def test_the_row_that_a_database_refused_is_not_in_the_log(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    unit = a_unit()
    address = "hemmelig." + "person@example.org"  # not as it would stand in a line of the trace
    a_member(unit, email=address)
    try:
        a_member(unit, email=address)
    except IntegrityError as refusal:
        structlog.get_logger().error("defect", exc_info=refusal)
    said = capsys.readouterr()
    logged = said.out + said.err
    assert "IntegrityError" in logged
    assert "hemmelig.person" not in logged
