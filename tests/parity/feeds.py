"""Makes every SQL file run, so that its calls can be repeated on a cluster: two nights, and specs of small tables."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

from tests.parity.capture import Call, recording
from tests.parity.spec_calls import VARIABLE
from tests.support.old_home import FIRST, SECOND, TESTS, golden_night, second_day
from xuanpin.pipelines.context import Home

SPECS = (
    "test_agent_evidence",
    "test_answer_history",
    "test_backtest_sql",
    "test_compared_runs",
    "test_content_bins",
    "test_danger_reports",
    "test_derived_alternates",
    "test_look_alikes",
    "test_match_evidence",
    "test_persona_suggestions",
    "test_pick_answers",
    "test_promise_audit",
    "test_publishing_sql",
    "test_quality_votes",
    "test_report_sql",
    "test_retention_sql",
)
"""Specs that reach what two nights do not: later days, another list of the same date, reports, backtests, erasure."""
MOST = 3
"""Calls of a file that a group of specs adds at most: the largest ones."""

Calls = dict[str, list[Call]]


def all_calls(folder: Path) -> Calls:
    """Run what feeds the files, in a `folder`, and return their calls by stem."""
    calls: Calls = {}
    for fed in (of_two_nights(folder), of_specs(folder)):
        for stem, found in fed.items():
            calls.setdefault(stem, []).extend(found)
    return calls


def of_two_nights(folder: Path) -> Calls:
    """Return the calls of two nights of the golden platform; the second knows what the first has written."""
    home = Home(folder / "home")
    with recording() as record:
        golden_night(home, FIRST)
        golden_night(home, SECOND, second_day(folder / "sources"))
    return record.calls


def of_specs(folder: Path) -> Calls:
    """Return the calls of the specs that are named in SPECS; raises CalledProcessError where one of them fails."""
    calls = folder / "specs.pickle"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.parity.spec_calls", "-p", "no:cacheprovider"]
    files = [str(TESTS / "spec" / f"{spec}.py") for spec in SPECS]
    subprocess.run([*command, *files], check=True, capture_output=True, env={**os.environ, VARIABLE: str(calls)})
    found: Calls = pickle.loads(calls.read_bytes())
    return {stem: sorted(several, key=_size, reverse=True)[:MOST] for stem, several in found.items()}


def _size(call: Call) -> tuple[int, int]:
    return call.result.num_rows, sum(rows.num_rows for rows in call.inputs.values())
