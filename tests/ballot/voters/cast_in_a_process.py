"""A process of its own that casts, as a second server would; what to do comes as a line of JSON once it is ready.

First line in: the settings of the application. Second line in: ballot, value, members in order, when to begin; or until
when to look at the page again and again, which records the closing. Out: "ready", then for each attempt a line of JSON
[member id, receipt code or the code of the refusal].
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from ballot.services import casting, lifecycle
from foundation import clock
from foundation.errors import NotAllowed
from webapp.app import create_app
from webapp.config import Config


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def act(task: dict[str, Any]) -> None:
    while time.time() < task["begin"]:
        time.sleep(0.0005)
    while time.time() < task.get("until", 0):
        lifecycle.advance(task["ballot"], clock.now())
    for member_id in task["members"]:
        try:
            said = casting.cast(task["ballot"], member_id, [task["value"]])
        except NotAllowed as refusal:
            said = refusal.reason.code
        say(json.dumps([member_id, said]))


settings = json.loads(sys.stdin.readline())
app = create_app(Config(**(settings | {"instance": Path(settings["instance"])})))
with app.app_context():
    say("ready")
    act(json.loads(sys.stdin.readline()))
