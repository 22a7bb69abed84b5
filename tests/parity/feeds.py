"""Makes every SQL file run, so that its calls can be repeated on a cluster: a home of two nights, and tests."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

from tests.parity.capture import Call, recording
from tests.parity.spec_calls import VARIABLE
from tests.support.old_home import FIRST, SECOND, TESTS, golden_night, morning, second_day
from xuanpin.pipelines.answers import standing_answers, warehouse_ground
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.feedback.labels import export_labels
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.home import plan_of
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

FEEDING = (
    "integration/test_read_anew.py::test_a_day_keeps_what_was_read_of_it_when_its_words_are_gone",
    "spec/test_agent_evidence.py",
    "spec/test_answer_history.py",
    "spec/test_backtest_sql.py",
    "spec/test_chat_nights.py::test_an_archive_that_is_sent_whole_again_brings_what_is_new_alone",
    "spec/test_compared_runs.py",
    "spec/test_content_bins.py",
    "spec/test_danger_reports.py",
    "spec/test_derived_alternates.py",
    "spec/test_look_alikes.py",
    "spec/test_match_evidence.py",
    "spec/test_persona_suggestions.py",
    "spec/test_pick_answers.py",
    "spec/test_promise_audit.py",
    "spec/test_publishing_sql.py",
    "spec/test_quality_votes.py",
    "spec/test_report_sql.py",
    "spec/test_retention_sql.py",
    "spec/test_spread_lines.py::test_a_later_row_of_a_spread_return_replaces_the_same_rows",
    "spec/test_stand_ins.py::test_stock_is_judged_by_the_best_day_and_never_under_a_trial",
    "spec/test_style_vectors.py::test_only_what_is_known_counts_and_a_later_version_without_one_takes_none_away",
)
"""Tests that reach what two nights do not: later days, another list of the same date, reports, erasure, other drops."""
MOST = 3
"""Calls of a file that a group of tests adds at most: the largest ones."""

Calls = dict[str, list[Call]]


def all_calls(folder: Path) -> Calls:
    """Run what feeds the files, in a `folder`, and return their calls by stem."""
    calls: Calls = {}
    for fed in (of_a_home(folder), of_tests(folder)):
        for stem, found in fed.items():
            calls.setdefault(stem, []).extend(found)
    return calls


def of_a_home(folder: Path) -> Calls:
    """Return the calls of two nights of the golden platform, of which the second knows the first, and of commands."""
    home = Home(folder / "home")
    with recording() as record:
        golden_night(home, FIRST)
        golden_night(home, SECOND, second_day(folder / "sources"))
        _commands(home, folder)
    return record.calls


def _commands(home: Home, folder: Path) -> None:
    plan_of(home, None, Draft())
    with open_night(RunRequest(SECOND, home, None, Settings(), morning(SECOND))) as night:
        export_labels(night, folder / "labels.csv")
        standing_answers(night)
        ground = warehouse_ground(night)
        ground.known_agents({"A1", "A 1"})
        ground.spoken({FIRST, SECOND}, None)


def of_tests(folder: Path) -> Calls:
    """Return the calls of the tests that are named in FEEDING; raises RuntimeError where one of them fails."""
    calls = folder / "tests.pickle"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.parity.spec_calls", "-p", "no:cacheprovider"]
    nodes = [str(TESTS / node) for node in FEEDING]
    variables = {**os.environ, VARIABLE: str(calls)}
    ran = subprocess.run([*command, *nodes], check=False, capture_output=True, text=True, env=variables)
    if ran.returncode:
        raise RuntimeError(f"the tests that feed the parity of SQL files fail:\n{ran.stdout[-4000:]}{ran.stderr}")
    found: Calls = pickle.loads(calls.read_bytes())
    return {stem: sorted(several, key=_size, reverse=True)[:MOST] for stem, several in found.items()}


def _size(call: Call) -> tuple[int, int]:
    return call.result.num_rows, sum(rows.num_rows for rows in call.inputs.values())
