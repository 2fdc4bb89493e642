"""`make bench`: every benchmark, as tables, and bench/results.json."""

from __future__ import annotations

import json
from pathlib import Path

from bench import counting

if __name__ == "__main__":
    rows = counting.measure()
    print(counting.table(rows))
    Path(__file__).with_name("results.json").write_text(json.dumps({"counting": rows}, indent=1, default=str))
