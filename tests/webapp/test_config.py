"""Settings: quiet on one's own machine, loud in production."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.config import Config, ConfigError

PUBLIC = {
    "GRASROT_BASE_URL": "https://grasrot.example.org",
    "GRASROT_SECRET_KEY": "x" * 40,
    "GRASROT_DATABASE_URL": "postgresql://grasrot@db/grasrot",
    "GRASROT_MAIL_URL": "smtp://mail:25",
}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("GRASROT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GRASROT_INSTANCE", str(tmp_path))


def test_without_any_setting_it_runs_on_this_machine(tmp_path: Path) -> None:
    config = Config.from_environment()
    assert config.development
    assert not config.demo
    assert config.database_url == f"sqlite:///{tmp_path / 'grasrot.db'}"
    assert Config.from_environment().secret_key == config.secret_key, "sessions survive a restart"
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0, "nobody else reads the key"


@pytest.mark.parametrize("missing", ["GRASROT_SECRET_KEY", "GRASROT_DATABASE_URL", "GRASROT_MAIL_URL"])
def test_a_public_address_without_what_it_needs_stops_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name, value in PUBLIC.items():
        if name != missing:
            monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=missing):
        Config.from_environment()


def test_a_public_address_with_all_it_needs_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PUBLIC.items():
        monkeypatch.setenv(name, value)
    config = Config.from_environment()
    assert not config.development
    assert config.database_url == "postgresql+psycopg://grasrot@db/grasrot"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRASROT_BASE_URL", "grasrot.example.org"),
        ("GRASROT_BRAND_COLOUR", "green"),
        ("GRASROT_MAIL_URL", "http://mail"),
        ("GRASROT_PORT", "many"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=name):
        Config.from_environment()


def test_the_demonstration_has_no_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**PUBLIC, "GRASROT_DEMO": "1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="GRASROT_DEMO"):
        Config.from_environment()


def test_a_short_secret_is_refused_in_public(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**PUBLIC, "GRASROT_SECRET_KEY": "short"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="32"):
        Config.from_environment()
