"""The production server: gunicorn with threads, and the queue's worker beside it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from foundation import jobs
from foundation.extensions import db

# Each live reader holds a thread for its socket; there must always be more threads than sockets.
THREADS = 200


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self.app = app
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app


def serve(app: Flask) -> None:
    """Serve until told to stop; the worker for mail and the timer runs as a process of its own."""
    config = app.config["GRASROT"]
    workers: list[subprocess.Popen[bytes]] = []

    def when_ready(_server: object) -> None:
        workers.append(subprocess.Popen([sys.executable, "-m", "webapp", "work"]))
        click.echo(f"Grasrot: {config.base_url}")
        if config.demo:
            click.echo(f"Try a role: {config.base_url}/demo")

    def on_exit(_server: object) -> None:
        for worker in workers:
            worker.terminate()
            worker.wait(timeout=10)

    def post_fork(_server: object, _worker: object) -> None:
        with app.app_context():
            db.engine.dispose(close=False)

    _Server(
        app,
        {
            "bind": f"{config.host}:{config.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": THREADS,
            "timeout": 120,
            "graceful_timeout": 5,
            "loglevel": "warning",
            # No access log: a line of it joins an address, a time and a ballot.
            "accesslog": None,
            "when_ready": when_ready,
            "on_exit": on_exit,
            "post_fork": post_fork,
            "control_socket_disable": True,
        },
    ).run()


def work(app: Flask) -> None:
    """Consume the queue: mail as it comes, `tick` each minute."""
    consumer = jobs.queue_of(app).create_consumer(workers=1, periodic=True, initial_delay=0.5, max_delay=5)
    consumer.run()
