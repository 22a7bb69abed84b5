"""The night, read top to bottom: what happens between the day's last order and tomorrow's list."""

from __future__ import annotations

import logging
import pkgutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pyarrow as pa

from xuanpin.pipelines.context import Home, Night, StepCount
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.migration import Upgrade, open_home
from xuanpin.pipelines.settings import Settings, load_settings

BEIJING = ZoneInfo("Asia/Shanghai")
log = logging.getLogger("xuanpin")
DONE = "ops.steps_done"
"""For which as-of date each step ran last; a step that was cut short has no row."""
DONE_SCHEMA = pa.schema([("step", pa.string()), ("as_of_date", pa.date32())])


@dataclass(frozen=True)
class Step:
    """One step of the night: its name, the function that does it, and what it reads and writes."""

    name: str
    function: str
    reads: str
    writes: str


STEPS = (
    Step("ingest", "xuanpin.pipelines.ingest.step:ingest", "source drops", "source.*, ops.*"),
    Step(
        "load_history",
        "xuanpin.pipelines.history.load_history:load_history",
        "published/",
        "history.listed, given, predictions",
    ),
    Step("check_sources", "xuanpin.pipelines.quality.step:check_sources", "source.*", "night.run_quality"),
    Step(
        "stage",
        "xuanpin.pipelines.history.stage:stage",
        "source.*",
        "night.stg_*, history.order_line_timeline, daily_*",
    ),
    Step(
        "feedback",
        "xuanpin.pipelines.feedback.step:feedback",
        "source.chat_messages",
        "night.feedback_mentions, int_sku_feedback",
    ),
    Step("score", "xuanpin.pipelines.scoring.step:score", "night.int_*", "night.sku_scores, alarms, calibration"),
    Step(
        "affinity",
        "xuanpin.pipelines.affinity.step:affinity",
        "night.sku_scores, history.posts",
        "night.segment_demand",
    ),
    Step(
        "select",
        "xuanpin.pipelines.selection.step:select",
        "night.sku_scores, segment_demand",
        "night.sku_list, sku_scorecard",
    ),
    Step(
        "match",
        "xuanpin.pipelines.matching.step:match",
        "night.sku_list, stg_agents",
        "night.agent_matches, agent_summary",
    ),
    Step("check_outputs", "xuanpin.pipelines.quality.step:check_outputs", "night.*", "night.run_quality"),
    Step("write", "xuanpin.pipelines.publishing.step:write", "night.*", "the run folder's tables"),
    Step("report", "xuanpin.pipelines.reporting.step:report", "the run folder's tables", "report.html, report.xlsx"),
    Step("publish", "xuanpin.pipelines.publishing.step:publish", "the run folder", "published.duckdb, current.json"),
)

ARRIVALS = (
    Step(
        "ingest_reference",
        "xuanpin.pipelines.ingest.arrivals:ingest_reference",
        "drops of goods, stock, agents",
        "source.*, ops.*",
    ),
    Step("ingest_orders", "xuanpin.pipelines.ingest.arrivals:ingest_orders", "drops of orders", "source.orders, ops.*"),
    Step(
        "ingest_returns",
        "xuanpin.pipelines.ingest.arrivals:ingest_returns",
        "drops of returns",
        "source.returns, ops.*",
    ),
    Step(
        "ingest_chat",
        "xuanpin.pipelines.ingest.arrivals:ingest_chat",
        "drops of messages",
        "source.chat_messages, ops.*",
    ),
)
"""The first step in parts, for a scheduler that takes each source in as it comes; `ingest` then finds nothing new."""


@dataclass(frozen=True)
class RunRequest:
    """What a caller asks for: one as-of date, where to read, where to live and by which settings."""

    as_of_date: date
    home: Home
    sources: Path | None
    settings: Settings
    now: datetime

    @property
    def list_date(self) -> date:
        """The day that the night publishes for."""
        return self.as_of_date + timedelta(days=1)


def settings_from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings of a deployment: the file that XUANPIN_CONFIG names, or the defaults."""
    config = environment.get("XUANPIN_CONFIG")
    return load_settings(Path(config) if config else None)


def request_from_environment(as_of_date: date, environment: Mapping[str, str]) -> RunRequest:
    """What a scheduled run asks for: home, sources and settings file as the deployment's environment names them.

    Reads XUANPIN_HOME (required), XUANPIN_SOURCES and XUANPIN_CONFIG; raises UsageError when the home is not named.
    """
    if "XUANPIN_HOME" not in environment:
        raise UsageError("XUANPIN_HOME is not set; set it to the deployment's home folder where the scheduler runs")
    sources = environment.get("XUANPIN_SOURCES")
    return RunRequest(
        as_of_date=as_of_date,
        home=Home(Path(environment["XUANPIN_HOME"])),
        sources=Path(sources) if sources else None,
        settings=settings_from_environment(environment),
        now=datetime.now(BEIJING),
    )


def run_night(
    request: RunRequest, on_step: Callable[[Step], None] = lambda step: None, steps: Sequence[Step] = STEPS
) -> dict[str, StepCount]:
    """Do one whole night, or only some of its steps in their order; returns rows in and out of each step.

    Raises the XuanpinError of the step that refused. Nothing newly computed is visible unless the last step finished;
    where a whole night fails, its list date keeps the last good list (see xuanpin.pipelines.republishing.fallback).
    """
    counts = {}
    with _never_empty(request, steps), open_night(request) as night:
        for step in steps:
            on_step(step)
            counts[step.name] = _run(step, night)
    return counts


def run_step(name: str, request: RunRequest) -> StepCount:
    """Do one step of a night by name, as the scheduler does; the steps before it must have run for the same date."""
    step = {step.name: step for step in (*ARRIVALS, *STEPS)}[name]
    with open_night(request) as night:
        return _run(step, night)


@contextmanager
def open_night(request: RunRequest) -> Iterator[Night]:
    """Open the home for one as-of date, brought to this program's warehouse version first.

    Raises HomeBusy while another process holds it, HomeNewer where a later release wrote it.
    """
    from xuanpin.pipelines import run_store

    previous = run_store.earlier_run(request.home, request.list_date)
    upgrades: list[Upgrade] = []
    engine = open_home(
        request.home,
        memory_limit=request.settings.engine.memory_limit,
        threads=request.settings.engine.threads,
        on_upgrade=upgrades.append,
    )
    try:
        with log_file(request.home):
            for upgrade in upgrades:
                log.info("%s", upgrade.sentence)
            yield Night(
                engine=engine,
                settings=request.settings,
                home=request.home,
                as_of_date=request.as_of_date,
                sources=request.sources,
                now=request.now,
                previous_run_id=previous.run_id if previous else None,
            )
    finally:
        engine.close()


@contextmanager
def log_file(home: Home) -> Iterator[None]:
    """Append the steps' lines to the home's log for as long as the work lasts, whoever started it."""
    home.logs.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(home.logs / "xuanpin.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()


def is_done(night: Night, step: str) -> bool:
    """Whether the warehouse holds what a step of this very night wrote."""
    return bool(
        night.engine.query(
            f"select 1 from {DONE} where step = $step and as_of_date = $as_of_date",
            step=step,
            as_of_date=night.as_of_date,
        ).num_rows
    )


def _never_empty(request: RunRequest, steps: Sequence[Step]) -> AbstractContextManager[None]:
    if steps is not STEPS:
        return nullcontext()
    from xuanpin.pipelines.republishing.fallback import ShelfKept

    return ShelfKept(request)


@contextmanager
def _failure_told(step: Step, night: Night) -> Iterator[None]:
    is_whole = False
    try:
        yield
        is_whole = True
    finally:
        if not is_whole:
            log.error("%s %s: failed", step.name, night.as_of_date)


def _run(step: Step, night: Night) -> StepCount:
    night.engine.replace_partition(DONE, DONE_SCHEMA.empty_table(), step=step.name)
    function = cast(Callable[[Night], StepCount], pkgutil.resolve_name(step.function))
    started = time.perf_counter()
    with _failure_told(step, night):
        rows_in, rows_out = function(night)
    seconds = time.perf_counter() - started
    mark = {"step": [step.name], "as_of_date": [night.as_of_date]}
    night.engine.append(DONE, pa.table(mark, schema=DONE_SCHEMA))
    log.info("%s %s: %d rows in, %d rows out, %.2f s", step.name, night.as_of_date, rows_in, rows_out, seconds)
    return rows_in, rows_out
