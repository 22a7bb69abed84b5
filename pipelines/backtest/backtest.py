"""`xuanpin backtest`: past nights, each knowing only what was known then, held against what happened next.

Everything happens in a copy of the home, which is thrown away; the home itself is never written.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa

from xuanpin.pipelines import run_store
from xuanpin.pipelines.backtest.measures import Facts, calibration, coverage, hits, off_policy
from xuanpin.pipelines.context import BEIJING, Home, RunRequest, open_night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import Engine, open_engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.settings import Settings

REPLAYED_STEPS = tuple(step for step in STEPS if step.name not in ("ingest", "report"))
JUDGING = ("stage", "feedback", "outcomes")
"""Steps after which a day's outcomes and the delay curve are known; nothing is decided on them."""
JUDGING_STEPS = tuple(step for step in STEPS if step.name in JUDGING)
KEPT_FOLDERS = ("models", "reviews", "overrides", "labels", "published")

OnNight = Callable[[date], None]


@dataclass(frozen=True)
class Question:
    """Which nights to hold against what followed: as-of dates first..last, run anew or as published."""

    home: Home
    first: date
    last: date
    settings: Settings
    is_replay: bool

    @property
    def list_dates(self) -> list[date]:
        return [self.first + timedelta(days=1 + offset) for offset in range((self.last - self.first).days + 1)]


def backtest(question: Question, on_night: OnNight = lambda as_of: None) -> Facts:
    """Coverage of the list, calibration, matches against sales and off-policy estimates, ready for JSON.

    Nights that are not published, and all nights of a replay, are run in the copy. Raises UsageError for dates without
    a day to judge them by, HomeBusy while a night holds the home.
    """
    _check_order(question)
    logged = [run for run in run_store.current_runs(question.home) if _is_asked(question, run)]
    with _copy_of(question.home) as copy:
        judged_on = _newest_day(copy, question)
        if question.is_replay:
            for folder in copy.published.glob("list_date=*"):
                if folder.name.removeprefix("list_date=") >= question.list_dates[0].isoformat():
                    shutil.rmtree(folder)
        replayed = _run_missing(copy, question, judged_on, on_night)
        run_night(_request(copy, question, judged_on, judged_on), steps=JUDGING_STEPS)
        with open_night(_request(copy, question, judged_on, judged_on)) as night:
            _store_published(night.engine, copy, question, logged)
            _materialise(night.engine, question, judged_on)
            return {
                "from": question.first.isoformat(),
                "to": question.last.isoformat(),
                "judged_on": judged_on.isoformat(),
                "nights_published": len(question.list_dates) - replayed,
                "nights_replayed": replayed,
                "coverage": coverage(night.engine.read("night.backtest_coverage")),
                "calibration": calibration(night.engine.read("night.backtest_rates")),
                "matches": hits(night.engine.read("night.backtest_hits")),
                "off_policy": off_policy(night.engine.read("night.backtest_draws"), question.is_replay),
            }


@contextmanager
def _copy_of(home: Home) -> Iterator[Home]:
    if not home.warehouse.exists():
        raise UsageError(f"{home.root} has no warehouse; run `xuanpin nightly` there first")
    # Opening and closing tells whether a night holds the home and leaves one whole file behind.
    open_engine(home.warehouse).close()
    with tempfile.TemporaryDirectory(prefix="xuanpin-backtest-") as folder:
        copy = Home(Path(folder))
        shutil.copy(home.warehouse, copy.warehouse)
        for name in KEPT_FOLDERS:
            if (home.root / name).exists():
                shutil.copytree(home.root / name, copy.root / name, ignore=shutil.ignore_patterns("report.*"))
        yield copy


def _check_order(question: Question) -> None:
    if question.first > question.last:
        raise UsageError(f"--from {question.first} is after --to {question.last}; name the earlier night first")


def _newest_day(copy: Home, question: Question) -> date:
    engine = open_engine(copy.warehouse)
    try:
        found = engine.select("newest_arrivals").to_pylist()
    finally:
        engine.close()
    newest = next((row["newest"] for row in found if row["table_name"] == "orders"), None)
    if newest is None or question.list_dates[-1] > newest:
        raise UsageError(
            f"the night as of {question.last} decides {question.list_dates[-1]}, but orders are known up to {newest} "
            f"only; choose an earlier --to"
        )
    return date.fromisoformat(str(newest))


def _run_missing(copy: Home, question: Question, judged_on: date, on_night: OnNight) -> int:
    """Run the nights that the copy does not show; returns how many.

    A replay gives no slot to chance, so that what chance gave in the published nights can be weighed against it.
    """
    missing = [day for day in question.list_dates if run_store.current_run(copy, day) is None]
    for list_date in missing:
        as_of = list_date - timedelta(days=1)
        on_night(as_of)
        run_night(_request(copy, question, as_of, judged_on), steps=REPLAYED_STEPS)
    return len(missing)


def _request(copy: Home, question: Question, as_of: date, judged_on: date) -> RunRequest:
    settings = question.settings
    if question.is_replay:
        settings = settings.model_copy(
            update={"matching": settings.matching.model_copy(update={"exploration_share": 0.0})}
        )
    # The newest day known is the present: what came in by then is no news from the future to an earlier night.
    now = datetime.combine(judged_on + timedelta(days=1), time(1, 30), BEIJING)
    return RunRequest(as_of, copy, None, settings, now)


def _is_asked(question: Question, run: run_store.CurrentRun) -> bool:
    return question.list_dates[0].isoformat() <= run.list_date <= question.list_dates[-1].isoformat()


def _store_published(engine: Engine, copy: Home, question: Question, logged: list[run_store.CurrentRun]) -> None:
    """Put the lists and matches under test, and the logged matches, where SQL can join them."""
    runs = [run_store.require_run(copy, day) for day in question.list_dates]
    engine.store("night.backtest_list", _read_all(copy, runs, "sku_list"))
    engine.store("night.backtest_matches", _read_all(copy, runs, "agent_matches"))
    engine.store("night.backtest_logged", _read_all(question.home, logged, "agent_matches"))


def _read_all(home: Home, runs: list[run_store.CurrentRun], table: str) -> pa.Table:
    schema = load_contract(table).arrow_schema()
    return pa.concat_tables(
        [schema.empty_table(), *(run_store.read_table(home, run, table).cast(schema) for run in runs)]
    )


def _materialise(engine: Engine, question: Question, judged_on: date) -> None:
    engine.materialise(
        "backtest_lines",
        judged_on=judged_on,
        first_list_date=question.list_dates[0],
        last_list_date=question.list_dates[-1],
        horizon_days=question.settings.scoring.horizon_days,
    )
    for stem in ("best_sellers", "coverage", "rates", "habits", "hits", "draws"):
        engine.materialise(f"backtest_{stem}")
