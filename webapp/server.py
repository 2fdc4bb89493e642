"""The production server: gunicorn with threads, and the queue's worker beside it."""

from __future__ import annotations

import subprocess
import sys
import threading
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


class _Timer(threading.Thread):
    """The queue's worker as a process beside the server, started again when it ends before it is told to."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        while not self._stopping.is_set():
            self._process = subprocess.Popen([sys.executable, "-m", "webapp", "work"])
            self._process.wait()
            # A worker that cannot start must not be tried a thousand times a second.
            self._stopping.wait(5)

    def stop(self) -> None:
        self._stopping.set()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)


def serve(app: Flask) -> None:
    """Serve until told to stop; the worker for mail and the timer runs as a process of its own."""
    config = app.config["GRASROT"]
    timer = _Timer()

    def when_ready(_server: object) -> None:
        timer.start()
        click.echo(f"Grasrot: {config.base_url}")
        if config.demo:
            click.echo(f"Try a role: {config.base_url}/demo")

    def on_exit(_server: object) -> None:
        timer.stop()

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
