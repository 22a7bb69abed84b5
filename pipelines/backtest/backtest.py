"""Runs `xuanpin backtest`: past nights, each knowing only what was known then, compared with what happened next.

Everything happens in a copy of the home, which is deleted afterwards; the home itself is never written.
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
from xuanpin.pipelines.backtest.measures import Measures, calibration, coverage, hits, off_policy
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import Engine, open_engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.migration import open_home, refuse_newer
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import phrase

# A replayed night is judged by what followed, so no brake holds it.
REPLAYED_STEPS = tuple(step for step in STEPS if step.name not in ("ingest", "brakes", "report"))
OUTCOME_STEP_NAMES = ("stage", "feedback", "outcomes")
"""Steps after which a day's outcomes and the delay curve are known; nothing is decided on them."""
OUTCOME_STEPS = tuple(step for step in STEPS if step.name in OUTCOME_STEP_NAMES)
COPIED_FOLDERS = ("models", "reviews", "overrides", "answers", "labels", "published")

OnNight = Callable[[date], None]


@dataclass(frozen=True)
class BacktestRequest:
    """Name the nights to compare with what followed: as-of dates `first` to `last` of `home`.

    With `is_replay` they are run anew by `settings`, else as they were published.
    """

    home: Home
    first: date
    last: date
    settings: Settings
    is_replay: bool

    @property
    def list_dates(self) -> list[date]:
        """Return the list dates of the nights, in order."""
        return [self.first + timedelta(days=1 + offset) for offset in range((self.last - self.first).days + 1)]


def backtest(request: BacktestRequest, on_night: OnNight = lambda as_of: None) -> Measures:
    """Compute coverage of the list, calibration, matches against sales and off-policy estimates, ready for JSON.

    Nights of `request` that are not published, and all nights of a replay, are run in the copy; `on_night` is called
    with the as-of date of each. Raises UsageError for dates without a day of outcomes, HomeBusy while a night holds
    the home.
    """
    _check_order(request)
    logged = [run for run in run_store.current_runs(request.home) if _is_requested(request, run)]
    with _copy_of(request.home) as copy:
        judged_on = _newest_day(copy, request)
        if request.is_replay:
            for folder in copy.published.glob("list_date=*"):
                if folder.name.removeprefix("list_date=") >= request.list_dates[0].isoformat():
                    shutil.rmtree(folder)
        replayed = _run_missing(copy, request, judged_on, on_night)
        run_night(_request(copy, request, judged_on, judged_on), steps=OUTCOME_STEPS)
        with open_night(_request(copy, request, judged_on, judged_on)) as night:
            _store_published(night.engine, copy, request, logged)
            _materialise(night.engine, request, judged_on)
            return {
                "from": request.first.isoformat(),
                "to": request.last.isoformat(),
                "judged_on": judged_on.isoformat(),
                "nights_published": len(request.list_dates) - replayed,
                "nights_replayed": replayed,
                "coverage": coverage(night.engine.read("night.backtest_coverage")),
                "calibration": calibration(night.engine.read("night.backtest_rates")),
                "matches": hits(night.engine.read("night.backtest_hits")),
                "off_policy": off_policy(night.engine.read("night.backtest_draws"), request.is_replay),
            }


@contextmanager
def _copy_of(home: Home) -> Iterator[Home]:
    if not home.warehouse.exists():
        raise UsageError(phrase("{home} has no warehouse; run `xuanpin nightly` there first", home=home.root))
    # Opening and closing shows whether a night holds the home and leaves one whole file behind; the copy is brought
    # level with this program, the home is not.
    engine = open_engine(home.warehouse)
    try:
        refuse_newer(engine, home)
    finally:
        engine.close()
    with tempfile.TemporaryDirectory(prefix="xuanpin-backtest-") as folder:
        copy = Home(Path(folder))
        shutil.copy(home.warehouse, copy.warehouse)
        for name in COPIED_FOLDERS:
            if (home.root / name).exists():
                shutil.copytree(home.root / name, copy.root / name, ignore=shutil.ignore_patterns("report.*"))
        yield copy


def _check_order(request: BacktestRequest) -> None:
    if request.first > request.last:
        raise UsageError(
            phrase(
                "--from {first} is after --to {last}; name the earlier night first",
                first=request.first,
                last=request.last,
            )
        )


def _newest_day(copy: Home, request: BacktestRequest) -> date:
    """Return the newest day of orders, up to two horizons after the last night: later ones change none of its figures.

    A row that was dated in a far future must not make the replay's present.
    """
    until = request.last + timedelta(days=2 * request.settings.scoring.horizon_days)
    engine = open_home(copy)
    try:
        found = engine.select("newest_arrivals", today=until).to_pylist()
    finally:
        engine.close()
    newest = next((row["newest"] for row in found if row["table_name"] == "orders"), None)
    if newest is None or request.list_dates[-1] > newest:
        raise UsageError(
            phrase(
                "the night as of {last} decides {list_date}, but orders are known up to {newest} only; choose "
                "an earlier --to",
                last=request.last,
                list_date=request.list_dates[-1],
                newest=newest,
            )
        )
    return date.fromisoformat(str(newest))


def _run_missing(copy: Home, request: BacktestRequest, judged_on: date, on_night: OnNight) -> int:
    """Run the nights that the copy does not show; return how many.

    A replay gives no slot to chance, so that what chance gave in the published nights can be weighed against it.
    """
    missing = [day for day in request.list_dates if run_store.current_run(copy, day) is None]
    for list_date in missing:
        as_of = list_date - timedelta(days=1)
        on_night(as_of)
        run_night(_request(copy, request, as_of, judged_on), steps=REPLAYED_STEPS)
    return len(missing)


def _request(copy: Home, request: BacktestRequest, as_of: date, judged_on: date) -> RunRequest:
    settings = request.settings
    if request.is_replay:
        settings = settings.model_copy(
            update={"matching": settings.matching.model_copy(update={"exploration_share": 0.0})}
        )
    # The newest day known is the present: what came in by then is no news from the future to an earlier night.
    now = datetime.combine(judged_on + timedelta(days=1), time(1, 30), BEIJING)
    return RunRequest(as_of, copy, None, settings, now)


def _is_requested(request: BacktestRequest, run: run_store.CurrentRun) -> bool:
    return request.list_dates[0].isoformat() <= run.list_date <= request.list_dates[-1].isoformat()


def _store_published(engine: Engine, copy: Home, request: BacktestRequest, logged: list[run_store.CurrentRun]) -> None:
    """Store the lists and matches under test, and the logged matches, where SQL can join them."""
    runs = [run_store.require_run(copy, day) for day in request.list_dates]
    engine.store("night.backtest_list", _read_all(copy, runs, "sku_list"))
    engine.store("night.backtest_matches", _read_all(copy, runs, "agent_matches"))
    engine.store("night.backtest_logged", _read_all(request.home, logged, "agent_matches"))


def _read_all(home: Home, runs: list[run_store.CurrentRun], table: str) -> pa.Table:
    schema = load_contract(table).arrow_schema()
    read = (run_store.with_columns(run_store.read_table(home, run, table), schema) for run in runs)
    return pa.concat_tables([schema.empty_table(), *(rows.select(schema.names).cast(schema) for rows in read)])


def _materialise(engine: Engine, request: BacktestRequest, judged_on: date) -> None:
    engine.materialise(
        "backtest_lines",
        judged_on=judged_on,
        first_list_date=request.list_dates[0],
        last_list_date=request.list_dates[-1],
        horizon_days=request.settings.scoring.horizon_days,
    )
    for stem in ("best_sellers", "coverage", "rates", "habits", "hits", "draws"):
        engine.materialise(f"backtest_{stem}")
