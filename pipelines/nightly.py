"""The night, read top to bottom: what happens between the day's last order and tomorrow's list."""

from __future__ import annotations

import logging
import pkgutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import cast

from xuanpin.pipelines.context import Night, RunRequest, StepCount
from xuanpin.pipelines.session import mark_begun, mark_done, open_night

log = logging.getLogger("xuanpin")


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
    Step(
        "outcomes",
        "xuanpin.pipelines.scoring.outcomes:count_outcomes",
        "night.int_sku_daily, int_complaints, int_window_mentions",
        "night.int_sku_outcomes, int_delay_curve, int_demand, int_kept_votes",
    ),
    Step(
        "faults",
        "xuanpin.pipelines.scoring.faults:attribute_faults",
        "night.int_delay_curve, history.order_line_timeline",
        "night.int_outliers, int_outlier_lines, int_fault_shares, int_exposure, int_sku_evidence",
    ),
    Step(
        "rates",
        "xuanpin.pipelines.scoring.rates:fit_rates",
        "night.int_sku_evidence",
        "night.int_rate_priors, int_detection, int_sku_baselines",
    ),
    Step(
        "changes",
        "xuanpin.pipelines.scoring.changes:find_changes",
        "night.int_sku_outcomes, int_sku_evidence, int_rate_priors, int_detection, int_sku_baselines",
        "night.int_drift_alarms, int_sku_estimates, sku_scores",
    ),
    Step(
        "calibrate",
        "xuanpin.pipelines.scoring.calibration:calibrate",
        "history.predictions, night.int_sku_outcomes, int_sku_estimates, int_detection, int_drift_alarms",
        "night.calibration, alarms, int_predictions_due",
    ),
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


def _never_empty(request: RunRequest, steps: Sequence[Step]) -> AbstractContextManager[None]:
    if steps is not STEPS:
        return nullcontext()
    from xuanpin.pipelines.republishing.fallback import FallbackOnFailure

    return FallbackOnFailure(request)


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
    mark_begun(night, step.name)
    function = cast(Callable[[Night], StepCount], pkgutil.resolve_name(step.function))
    started = time.perf_counter()
    with _failure_told(step, night):
        rows_in, rows_out = function(night)
    seconds = time.perf_counter() - started
    mark_done(night, step.name)
    log.info("%s %s: %d rows in, %d rows out, %.2f s", step.name, night.as_of_date, rows_in, rows_out, seconds)
    return rows_in, rows_out
