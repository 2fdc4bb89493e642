"""`make bench`: every benchmark, as tables, and bench/results.json."""

from __future__ import annotations

import json
from pathlib import Path

from bench import counting, digests, rolls, thread

if __name__ == "__main__":
    rows = counting.measure()
    print(counting.table(rows))
    made = rolls.measure()
    print(rolls.table(made))
    written = digests.measure()
    print(digests.table(written))
    opened = thread.measure()
    print(thread.table(opened))
    figures = {"counting": rows, "rolls": made, "digests": written, "threads": opened}
    Path(__file__).with_name("results.json").write_text(json.dumps(figures, indent=1, default=str))
