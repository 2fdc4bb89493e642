"""Settings from the environment: read once, frozen, and loud about what production cannot do without."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env, EnvError

ROOT = Path(__file__).resolve().parent.parent


class ConfigError(Exception):
    """A setting is missing or wrong; the message is one sentence for the operator."""


@dataclass(frozen=True)
class Config:
    """All settings. `development` is what `make run` and the tests use: loopback, files, no server beside it."""

    development: bool
    demo: bool
    secret_key: str
    database_url: str
    box_database_url: str
    redis_url: str
    mail_url: str
    base_url: str
    timezone: str
    instance: Path
    organisation: str
    brand_colour: str
    host: str
    port: int
    testing: bool = False
    # What our keys in Redis begin with; a test run has its own, so that it never touches another's.
    redis_prefix: str = "grasrot"

    @classmethod
    def from_environment(cls) -> Config:
        """Read GRASROT_*; raises ConfigError with one sentence that names the variable."""
        try:
            return cls._read(Env(prefix="GRASROT_"))
        except EnvError as problem:
            raise ConfigError(str(problem)) from problem

    @classmethod
    def _read(cls, env: Env) -> Config:
        demo = env.bool("DEMO", False)
        instance = Path(env.str("INSTANCE", str(ROOT / "instance")))
        host, port = env.str("HOST", "127.0.0.1"), env.int("PORT", 5000)
        base_url = env.str("BASE_URL", f"http://{host}:{port}").rstrip("/")
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ConfigError(f"GRASROT_BASE_URL must be an http or https address, not {base_url!r}.")
        development = parts.hostname in {"127.0.0.1", "localhost", "::1"}
        brand = env.str("BRAND_COLOUR", "#14532d")
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", brand):
            raise ConfigError(f"GRASROT_BRAND_COLOUR must look like #14532d, not {brand!r}.")
        secret = env.str("SECRET_KEY", "")
        database = env.str("DATABASE_URL", "")
        if not development:
            for name, value in (
                ("SECRET_KEY", secret),
                ("DATABASE_URL", database),
                ("MAIL_URL", env.str("MAIL_URL", "")),
            ):
                if not value:
                    raise ConfigError(
                        f"GRASROT_{name} must be set when GRASROT_BASE_URL is not on this machine."
                    )
            if len(secret) < 32:
                raise ConfigError("GRASROT_SECRET_KEY must have at least 32 characters.")
            if demo:
                raise ConfigError(
                    "GRASROT_DEMO is for this machine alone and cannot be set with a public address."
                )
        mail = env.str("MAIL_URL", "")
        if mail and urlsplit(mail).scheme not in {"smtp", "smtps", "smtp+starttls"}:
            raise ConfigError("GRASROT_MAIL_URL must be smtp://, smtps:// or smtp+starttls://.")
        return cls(
            development=development,
            demo=demo,
            secret_key=secret or _kept_secret(instance),
            database_url=_with_driver(database) or f"sqlite:///{instance / 'grasrot.db'}",
            box_database_url=_with_driver(env.str("BOX_DATABASE_URL", "")),
            redis_url=env.str("REDIS_URL", ""),
            mail_url=mail,
            base_url=base_url,
            timezone=env.str("TIMEZONE", "Europe/Oslo"),
            instance=instance,
            organisation=env.str("ORGANISATION", ""),
            brand_colour=brand,
            host=host,
            port=port,
        )


def _with_driver(url: str) -> str:
    """PostgreSQL addresses as people write them, with the driver we use."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _kept_secret(instance: Path) -> str:
    """The key of a development machine: made once, kept beside its database, readable by its owner alone."""
    path = instance / "secret_key"
    instance.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()
