"""The application put together; create_app reads as the list of what it is made of."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from ballot import wiring as ballot
from forums import wiring as forums
from foundation import jobs
from foundation.extensions import babel, csrf, db, limiter, login_manager, mail, migrate, socketio
from foundation.transaction import listen
from members import wiring as members
from webapp import demo_pages, failures, headers, inputs, languages, logs, pages, templating
from webapp.config import ROOT, Config


class RowIntegerConverter(IntegerConverter):
    """A number in an address: one that no row can have is not found, before a database is asked and chokes on it."""

    def __init__(self, url_map: Map, *args: Any, **options: Any) -> None:
        super().__init__(url_map, *args, **{"max": 2**31 - 1, **options})


def create_app(config: Config | None = None) -> Flask:
    """The Flask application for these settings, or those of the environment."""
    config = config or Config.from_environment()
    app = Flask("grasrot", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.url_map.converters["int"] = RowIntegerConverter
    app.config.from_mapping(settings(config))
    logs.init_app(app)
    bind_extensions(app)
    if not config.development:
        # In production there is a proxy in front, and only one: rate limits count its clients, not itself.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]  # as its manual says
    templating.init_app(app)
    inputs.init_app(app)
    for package in (members, forums, ballot, pages, demo_pages):
        package.init_app(app)
    headers.init_app(app)
    failures.init_app(app)
    jobs.init_app(app)
    return app


def settings(config: Config) -> dict[str, object]:
    """Our settings as Flask and its extensions name them."""
    https = config.base_url.startswith("https:")
    return {
        "GRASROT": config,
        "TESTING": config.testing,
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(config.database_url),
        "INSTANCE": str(config.instance),
        "REDIS_URL": config.redis_url,
        "REDIS_PREFIX": config.redis_prefix,
        "BASE_URL": config.base_url,
        "TIMEZONE": config.timezone,
        "WAKE_WORKER": not config.testing,
        "ORGANISATION": config.organisation,
        # A post may hold 20 000 characters; a case paper or a register file more. Nothing needs 5 MB.
        "MAX_CONTENT_LENGTH": 5_000_000,
        "MAX_FORM_MEMORY_SIZE": 2_000_000,
        "SESSION_COOKIE_NAME": "__Host-grasrot" if https else "grasrot",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "BABEL_DEFAULT_LOCALE": "nb",
        "BABEL_DEFAULT_TIMEZONE": config.timezone,
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "RATELIMIT_STORAGE_URI": config.redis_url or "memory://",
        "RATELIMIT_STORAGE_OPTIONS": {"key_prefix": f"{config.redis_prefix}-limits"}
        if config.redis_url
        else {},
        "RATELIMIT_ENABLED": True,
        **_mail(config),
    }


def _engine_options(url: str) -> dict[str, object]:
    # An error's text goes into the log; what members wrote, voted or are called does not.
    quiet: dict[str, object] = {"hide_parameters": True}
    if url.startswith("sqlite"):
        return quiet | {
            "connect_args": {"timeout": 10, "check_same_thread": False},
            "pool_size": 40,
            "max_overflow": 100,
        }
    return quiet | {"pool_size": 10, "max_overflow": 40, "pool_pre_ping": True}


def _mail(config: Config) -> dict[str, object]:
    sender = {"MAIL_DEFAULT_SENDER": "grasrot@" + (urlsplit(config.base_url).hostname or "localhost")}
    if config.testing:
        return {"MAIL_BACKEND": "locmem", **sender}
    if not config.mail_url:
        return {"MAIL_BACKEND": "file", "MAIL_FILE_PATH": str(config.instance / "mail"), **sender}
    url = urlsplit(config.mail_url)
    return {
        "MAIL_BACKEND": "smtp",
        "MAIL_SERVER": url.hostname,
        "MAIL_PORT": url.port or (465 if url.scheme == "smtps" else 25),
        "MAIL_USERNAME": unquote(url.username) if url.username else None,
        "MAIL_PASSWORD": unquote(url.password) if url.password else None,
        "MAIL_USE_SSL": url.scheme == "smtps",
        "MAIL_USE_TLS": url.scheme == "smtp+starttls",
        "MAIL_TIMEOUT": 20,
        **sender,
    }


def bind_extensions(app: Flask) -> None:
    """Bind each extension to this application."""
    db.init_app(app)
    with app.app_context():
        listen(db.engine, durable=not app.testing)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    csrf.init_app(app)
    login_manager.init_app(app)
    babel.init_app(app, locale_selector=languages.chosen)
    limiter.init_app(app)
    mail.init_app(app)
    socketio.init_app(
        app,
        async_mode="threading",
        # The tests' own socket client works without a queue only.
        message_queue=None if app.testing else app.config["REDIS_URL"] or None,
        channel=app.config["REDIS_PREFIX"],
        cors_allowed_origins=app.config["BASE_URL"],
        transports=["websocket"],
    )
