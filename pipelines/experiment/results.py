"""What a trial shows so far: outcomes of earlier list dates by arm, judged by every metric, and what they stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from xuanpin.models.experiment.effects import Cells, Effect, holdout_effect, switchback_effect
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.experiment.outcomes import Outcomes, read_outcomes
from xuanpin.pipelines.settings.experiment import ExperimentSettings

State = Literal["planned", "running", "stopped", "finished"]
"""Where a trial stands on a list date."""
RESULTS = pa.schema(
    [
        ("experiment", pa.string()),
        ("metric", pa.string()),
        ("trial_state", pa.string()),
        ("stopped_by", pa.string()),
        ("days_counted", pa.int32()),
        ("treated", pa.float64()),
        ("control", pa.float64()),
        ("effect", pa.float64()),
        ("effect_lower", pa.float64()),
        ("effect_upper", pa.float64()),
        ("looks_confidence", pa.float64()),
        ("verdict", pa.string()),
    ]
)


@dataclass(frozen=True)
class Metric:
    """A metric and its `name`: the column `total` is counted over the column `base`; `better` says which way, `alpha`
    the chance that its limits ever miss.

    With five guardrails, one side each, a policy without effect is stopped in at most 7.5 % of trials, mostly less.
    """

    name: str
    total: str
    base: str
    better: Literal[-1, 1]
    alpha: float


METRICS = (
    Metric("kept_units", "kept_units", "units", 1, 0.05),
    Metric("regret_rate", "regrets", "delivered_lines", -1, 0.025),
    Metric("return_rate", "returned_units", "delivered_units", -1, 0.025),
    Metric("complaint_rate", "complaints", "delivered_lines", -1, 0.025),
    Metric("recall_rate", "recalls", "units", -1, 0.025),
)
"""What is judged: kept units of a listed SKU (or agent) a day, and guardrails. All of them stop a trial when worse."""
SKUS_ALONE = ("recall_rate",)
"""Metrics of trials of SKUs: agents of both arms share one list, and so what is recalled of it."""


@dataclass(frozen=True)
class Trial:
    """What became of a trial until tonight: its `state`, the metric that stopped it (`stopped_by`, None: nothing has),
    and its `results`, a row a metric as in RESULTS."""

    state: State
    stopped_by: str | None
    results: pa.Table


def judge_trial(night: Night, trial: ExperimentSettings, first_on: date) -> Trial:
    """Count what the list dates of a `trial` that began on `first_on` have come to, and judge every metric.

    Only days that are outcome_days old count, each as it stood at that age.
    """
    counted_until = night.as_of_date - timedelta(days=trial.outcome_days)
    outcomes = read_outcomes(night, trial, first_on, counted_until)
    metrics = [metric for metric in METRICS if trial.kind == "switchback" or metric.name not in SKUS_ALONE]
    effects = {metric: _effect(trial, outcomes, metric) for metric in metrics}
    before = night.engine.select("int_trial_stops", experiment=trial.name, list_date=night.list_date)
    worse = [metric.name for metric, effect in effects.items() if verdict(metric, effect) == "worse"]
    stopped_by = next(iter([*before["stopped_by"].to_pylist(), *worse]), None)
    state = _state(trial, night.list_date, is_stopped=stopped_by is not None)
    days = outcomes.treated.shape[1]
    rows = [_row(trial, state, stopped_by, days, metric, effect) for metric, effect in effects.items()]
    return Trial(state, stopped_by, pa.Table.from_pylist(rows, schema=RESULTS))


def verdict(metric: Metric, effect: Effect) -> Literal["better", "worse", "open"]:
    """Say what the limits of an `effect` leave no doubt of."""
    low, high = sorted((metric.better * effect.lower, metric.better * effect.upper))
    return "better" if low > 0.0 else "worse" if high < 0.0 else "open"


def _state(trial: ExperimentSettings, list_date: date, *, is_stopped: bool) -> State:
    if is_stopped:
        return "stopped"
    if trial.runs_on(list_date):
        return "running"
    return "planned" if trial.starts_on is not None and list_date < trial.starts_on else "finished"


def _row(
    trial: ExperimentSettings, state: State, stopped_by: str | None, days: int, metric: Metric, effect: Effect
) -> dict[str, Any]:
    return {
        "experiment": trial.name,
        "metric": metric.name,
        "trial_state": state,
        "stopped_by": stopped_by,
        "days_counted": days,
        "treated": effect.treated,
        "control": effect.control,
        "effect": effect.difference,
        "effect_lower": effect.lower if isfinite(effect.lower) else None,
        "effect_upper": effect.upper if isfinite(effect.upper) else None,
        "looks_confidence": 1.0 - metric.alpha,
        "verdict": verdict(metric, effect),
    }


def _effect(trial: ExperimentSettings, outcomes: Outcomes, metric: Metric) -> Effect:
    total, base = outcomes.cells[metric.total], outcomes.cells[metric.base]
    cells = Cells(total, base, trial.planned_days)
    if trial.kind == "switchback":
        return switchback_effect(cells, outcomes.treated, metric.alpha)
    ratio = float(total.sum()) / max(float(base.sum()), 1.0)
    known = outcomes.before[metric.total] - ratio * outcomes.before[metric.base]
    return holdout_effect(cells, np.asarray(outcomes.treated.any(axis=1)), known, metric.alpha)
