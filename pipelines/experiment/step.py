"""Step `experiment`: draw tonight's arms of the trial in the settings, judge it, and stop it when it harms."""

from __future__ import annotations

import logging
from datetime import date

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Flags
from xuanpin.models.experiment.assignment import holdout_treated, sku_blocks, treated_blocks
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.experiment.outcomes import UNIT_KINDS
from xuanpin.pipelines.experiment.results import RESULTS, Trial, judge_trial
from xuanpin.pipelines.settings.experiment import ExperimentSettings

log = logging.getLogger("xuanpin")

ASSIGNMENTS = pa.schema(
    [
        ("experiment", pa.string()),
        ("unit_kind", pa.string()),
        ("unit_id", pa.string()),
        ("arm", pa.string()),
        ("arm_propensity", pa.float64()),
        ("block", pa.int32()),
        ("is_withdrawn", pa.bool_()),
    ]
)
SWITCHED_SHARE = 0.5
"""Chance of a block to be treated on a day."""


def run_trial(night: Night) -> StepCount:
    """Draw who or what is treated tonight; returns units drawn and metrics judged.

    Writes night.experiment_assignments, experiment_results and, where a guardrail has stopped the trial, a row of
    night.alarms. Both tables are empty where the settings name no trial; then nothing is read.
    """
    trial = night.settings.experiment
    if not trial.name or trial.starts_on is None:
        night.engine.store("night.experiment_assignments", ASSIGNMENTS.empty_table())
        night.engine.store("night.experiment_results", RESULTS.empty_table())
        return 0, 0
    found = judge_trial(night, trial, trial.starts_on)
    assigned = _assignments(night, trial, trial.starts_on, is_stopped=found.stopped_by is not None)
    night.engine.store("night.experiment_assignments", assigned)
    night.engine.store("night.experiment_results", found.results)
    night.engine.append("night.alarms", _alarms(night, trial, found))
    return assigned.num_rows, found.results.num_rows


def _assignments(night: Night, trial: ExperimentSettings, first_on: date, *, is_stopped: bool) -> pa.Table:
    """One row a unit in the order of the list or of ids; none on days that are not of the trial."""
    kind = UNIT_KINDS[trial.kind]
    units = night.engine.select("int_tried_units", unit_kind=kind)
    if not trial.runs_on(night.list_date):
        return ASSIGNMENTS.empty_table()
    families = units["family"].to_pylist()
    share = trial.share if kind == "agent" else SWITCHED_SHARE
    if kind == "sku":
        block = sku_blocks(families, trial.name)
        drawn: Flags = treated_blocks(trial.name, (night.list_date - first_on).days)[block]
        blocks = pa.array(block, pa.int32())
    else:
        drawn = holdout_treated(families, trial.name, share)
        blocks = pa.nulls(len(families), pa.int32())
    treated = drawn & (not is_stopped)
    chance = np.where(drawn, 1.0 - share, share)
    return pa.table(
        {
            "experiment": [trial.name] * len(families),
            "unit_kind": [kind] * len(families),
            "unit_id": units["unit_id"],
            "arm": np.where(treated, "treatment", "control"),
            "arm_propensity": np.ones(len(families)) if is_stopped else chance,
            "block": blocks,
            "is_withdrawn": np.zeros(len(families), np.bool_),
        },
        schema=ASSIGNMENTS,
    )


def _alarms(night: Night, trial: ExperimentSettings, found: Trial) -> pa.Table:
    """The alarm of a trial that was stopped, as a row of night.alarms, until its last list date."""
    schema = pa.schema([(name, pa.string()) for name in ("level", "entity_id", "metric", "severity", "evidence")])
    schema = schema.insert(3, pa.field("since_on", pa.date32()))
    if found.stopped_by is None or not trial.runs_on(night.list_date):
        return schema.empty_table()
    log.warning("the trial %s was stopped by %s: everything is control", trial.name, found.stopped_by)
    row = next(row for row in found.results.to_pylist() if row["metric"] == found.stopped_by)
    numbers = {name: row[name] for name in ("treated", "control", "effect", "effect_lower", "effect_upper")}
    shown = ",".join(f"{name}={value:.4f}" for name, value in numbers.items() if value is not None)
    alarm = {
        "level": "experiment",
        "entity_id": trial.name,
        "metric": f"trial_{found.stopped_by}",
        "since_on": min(trial.starts_on or night.as_of_date, night.as_of_date),
        "severity": "warning",
        "evidence": shown or "stopped=1",
    }
    return pa.Table.from_pylist([alarm], schema=schema)
