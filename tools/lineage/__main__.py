"""Derives pipelines/lineage/columns.csv from the statements of two traced nights.

Run `python -m tools.lineage` for the golden night and the one after it; it takes half a minute. tests/golden holds the
file against a trace, so that a change of SQL that forgets it is found.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from tools.lineage.deriving import CSV, csv_of, derived, followed
from tools.traced_night import trace_two_nights
from xuanpin.pipelines.context import Home

SOURCES = Path(__file__).resolve().parents[2] / "tests" / "golden" / "sources"
FIRST = date(2026, 11, 21)

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        traces = trace_two_nights(SOURCES, Home(Path(folder) / "home"), FIRST)
    CSV.write_text(csv_of(derived(traces, followed(traces))), encoding="utf-8")
