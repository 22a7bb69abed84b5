"""Whatever is published, approved, recalled, taken back or killed: the feed leads from list to list, without a gap."""

import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support import tiny_runs
from tests.support.follower import Follower, rows_of_run
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.run_store import feed, journal, sealing

FIRST = date(2026, 11, 21)
DAYS = [FIRST + timedelta(days=nth) for nth in range(2)]
List = list[tuple[int, int]]
"""SKUs of a list, each with its rank or fit."""
LISTS = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3)), unique_by=lambda pair: pair[0], max_size=4)
ACTS = st.sampled_from(["publish", "recalled", "fallback", "wait", "approve", "reject", "take back", "older runs go"])
KILLS = st.sampled_from(["no", "no", "before it is noted", "while rows are written", "before the entry has its name"])


class Killed(BaseException):
    """Ends a process of its own accord, as a kill would."""


def sealed(home: Home, day: date, run_id: str, state: str, listed: List) -> run_store.CurrentRun:
    skus = [{"sku_id": f"S{sku}", "list_rank": value, "title": f"杯子{sku}"} for sku, value in listed]
    matches = [
        {"agent_id": f"A{agent}", "sku_id": f"S{sku}", "match_rank": value, "fit": value / 4, "reasons": ["a:b=1"]}
        for sku, value in listed
        for agent in range(value)
    ]
    return tiny_runs.seal(home, day, run_id, state, sku_list=skus, agent_matches=matches)


def act(home: Home, name: str, day: date, run_id: str, listed: List) -> None:
    waiting, shown = run_store.pending_run(home, day), run_store.current_run(home, day)
    states = {"publish": "auto_approved", "recalled": "recalled", "fallback": "fallback"}
    if name in states:
        run_store.point_to(home, sealed(home, day, run_id, states[name], listed))
    elif name == "wait":
        run_store.await_review(home, sealed(home, day, run_id, "pending", listed))
    elif name == "approve" and waiting:
        run_store.point_to(home, sealing.set_state(home, waiting, "approved", None))
        run_store.review_done(home, day)
    elif name == "reject" and waiting:
        sealing.set_state(home, waiting, "rejected", "不要")
        run_store.review_done(home, day)
    elif name == "take back" and shown:
        others = [run for run in run_store.current_runs(home) if run.list_date != shown.list_date]
        run_store.point_away(home, shown, others[-1] if others else None)
    elif name == "older runs go":
        kept = {run.run_dir for run in (waiting, shown) if run}
        for folder in home.list_dir(day).glob("run=*"):
            if folder.name not in kept:
                shutil.rmtree(folder)


def dies(*_: Any, **__: Any) -> None:
    raise Killed


def disturbed(home: Home, kill: str, doing: Callable[[], None]) -> None:
    """Do something under the lock of the published folder, and be killed."""
    with pytest.MonkeyPatch.context() as patched, pytest.raises(Killed) if kill != "no" else nullcontext():
        with sealing.lock_published(home):
            doing()
            if kill == "while rows are written":
                patched.setattr(feed, "_counted", dies)
            elif kill == "before the entry has its name":
                patched.setattr(journal, "open_like_folder", dies)
            elif kill == "before it is noted":
                raise Killed
        if kill != "no":  # there was nothing to note
            raise Killed


ONE, TWO, OTHER = [(1, 1), (2, 3)], [(1, 1), (2, 2), (3, 1)], [(3, 1), (4, 2)]
EARLIER, LATER = DAYS


@settings(max_examples=12, deadline=None)
@example(
    [
        ("publish", EARLIER, ONE, "no"),
        ("publish", LATER, TWO, "no"),
        ("recalled", EARLIER, OTHER, "no"),
        ("take back", LATER, [], "before it is noted"),
        ("publish", LATER, OTHER, "while rows are written"),
        ("take back", LATER, [], "no"),
        ("take back", EARLIER, [], "no"),
    ]
)
@example(
    [
        ("publish", LATER, ONE, "no"),
        ("publish", EARLIER, TWO, "before the entry has its name"),
        ("wait", LATER, OTHER, "no"),
        ("recalled", LATER, TWO, "no"),
        ("older runs go", LATER, [], "no"),
        ("wait", LATER, OTHER, "no"),
        ("approve", LATER, [], "no"),
        ("recalled", LATER, [], "before it is noted"),
    ]
)
@given(st.lists(st.tuples(ACTS, st.sampled_from(DAYS), LISTS, KILLS), min_size=1, max_size=8))
def test_who_follows_the_feed_holds_what_is_shown(acts: list[tuple[str, date, List, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.published.mkdir()
        followers = {None: Follower(home.published)} | {str(day): Follower(home.published, str(day)) for day in DAYS}
        for nth, (name, day, listed, kill) in enumerate(acts):
            disturbed(home, kill, partial(act, home, name, day, f"{nth:064x}", listed))
            with sealing.lock_published(home):
                pass
            for list_date, follower in followers.items():
                follower.catch_up()
                shown = run_store.current_run(home, None if list_date is None else date.fromisoformat(list_date))
                known = None if shown is None else json.loads(json.dumps(shown.__dict__))
                assert follower.run_id == (shown and shown.run_id)
                assert follower.rows == rows_of_run(home.published, known)
        assert followers[None].loaded == 0, "who follows the newest list from the first entry needs no whole run"
