"""A real server with the demonstration's data, and a real browser in front of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import PHONE, ROOT, Running, Visit
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

BROWSER = os.environ.get("GRASROT_TEST_BROWSER", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if not BROWSER:
                item.add_marker(pytest.mark.skip(reason="no Chromium: `make test` finds or installs it"))


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`grasrot run` as `make run` starts it, on a free port and an empty folder."""
    instance = tmp_path_factory.mktemp("running")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRASROT_")}
    environment |= {"GRASROT_DEMO": "1", "GRASROT_PORT": str(port), "GRASROT_INSTANCE": str(instance)}
    with (instance / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "webapp", "run"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{url}/healthz", server, instance / "server.log")
            yield Running(url, instance)
        finally:
            server.terminate()
            server.wait(timeout=15)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text()}")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  (our own server)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the server does not answer: {log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, which calls nobody."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=BROWSER,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def visit(running: Running, browser: Browser) -> Iterator[Visit]:
    """visit("bo", size=PHONE, scheme="dark", script=False): a page of somebody's own, signed in as the persona."""
    contexts: list[BrowserContext] = []

    def open_page(
        persona: str | None = None,
        *,
        size: dict[str, int] = PHONE,
        scheme: str = "light",
        script: bool = True,
        language: str = "nb",
    ) -> Page:
        context = browser.new_context(
            base_url=running.url,
            viewport=size,  # type: ignore[arg-type]  # width and height
            color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
            java_script_enabled=script,
            locale="nb-NO",
            timezone_id="Europe/Oslo",
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(f"/?lang={language}")
        if persona:
            page.goto("/demo")
            page.locator(f"form:has(input[value='{persona}']) button").click()
            page.wait_for_url(f"{running.url}/")
        return page

    yield open_page
    for context in contexts:
        context.close()
