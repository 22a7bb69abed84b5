"""Find which rates have become worse, and estimate each SKU as of tonight: its rates, value, verdict and reasons."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from xuanpin.models.risk.change_point import ChangePosterior
from xuanpin.models.risk.cusum import RateChange, current_prior, unchanged
from xuanpin.models.risk.inheritance import RatePrior
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.scoring.breaks import date_breaks, lift_suppliers
from xuanpin.pipelines.scoring.change_points import change_posterior, changes_before, read_recent_regrets
from xuanpin.pipelines.scoring.detection import read_detection
from xuanpin.pipelines.scoring.doubts import Doubts, read_doubts, with_doubts
from xuanpin.pipelines.scoring.drift import ALARMS, AlarmLimits, alarm_rows, detect_drift, expectations, of_groups
from xuanpin.pipelines.scoring.drift_inputs import DriftInputs, read_drift_inputs
from xuanpin.pipelines.scoring.estimates import Knowledge, estimate
from xuanpin.pipelines.scoring.evidence import read_evidence
from xuanpin.pipelines.scoring.heritage import with_heritage
from xuanpin.pipelines.scoring.perishables import TOLD, perished_of, read_perishables
from xuanpin.pipelines.scoring.rates import Prior, read_priors
from xuanpin.pipelines.scoring.score_reasons import score_reasons, watched
from xuanpin.pipelines.scoring.selection_effect import with_selection_effect


@dataclass(frozen=True)
class Found:
    """Hold the findings of drift detection: `changes` by rate in the order of the evidence, and `alarms`, one a row."""

    changes: dict[str, RateChange]
    alarms: pd.DataFrame


def find_changes(night: Night) -> StepCount:
    """Look for changes for the worse, and estimate every SKU as of tonight.

    Reads history.predictions, night.int_candidates, int_sku_daily, stg_match_answers, int_agent_daily and what the
    steps outcomes, faults and rates have written (int_kin says whose past a SKU inherits). Writes
    night.int_selection_effect, int_drift_groups, int_drift_members, int_drift_alarms, the tables of `read_doubts`,
    int_sku_estimates (a row a SKU) and sku_scores (a row a candidate). Returns SKUs and candidates.
    """
    evidence, priors = read_evidence(night), read_priors(night)
    inputs = read_drift_inputs(night)
    # Threads of the linear algebra would only wait for each other beside ours.
    with threadpool_limits(1):
        found = _find(night, inputs, evidence, priors)
        posterior = _change_posterior(night, inputs, evidence, priors["regret"], found)
        doubts = read_doubts(night, evidence, priors["regret"])
        estimates = _estimates(night, evidence, priors, found.changes, posterior, doubts)
    settings = night.settings.scoring
    estimates["score_reasons"] = score_reasons(estimates, found.changes, inputs.first_on, settings)
    drifted = alarm_rows(inputs, found.alarms, found.changes, evidence, _limits(night))
    night.engine.store("night.int_drift_alarms", pa.concat_tables([drifted, _watched(night, estimates)]))
    night.engine.store("night.int_sku_estimates", estimates)
    return len(evidence), night.engine.materialise("sku_scores")


def _watched(night: Night, estimates: pd.DataFrame) -> pa.Table:
    """Return an alarm for each SKU whose last regrets may be a cluster: the agents of its buyers should be asked."""
    rows: list[dict[Hashable, Any]] = watched(estimates).sort_values("sku_id").to_dict("records")
    return pa.Table.from_pylist(
        [
            {
                "level": "sku",
                "entity_id": row["sku_id"],
                "metric": "watch",
                "since_on": night.as_of_date - timedelta(days=row["cluster_days"]),
                "severity": "info",
                "evidence": f"regrets={row['cluster_regrets']:.1f},chance={row['cluster_chance']:.3f}",
            }
            for row in rows
        ],
        schema=ALARMS,
    )


def _find(night: Night, inputs: DriftInputs, evidence: pd.DataFrame, priors: dict[str, Prior]) -> Found:
    settings = night.settings.scoring
    expected = expectations(evidence, priors)
    grouped = {metric: of_groups(inputs, evidence, own) for metric, own in expected.items()}
    findings = detect_drift(inputs, grouped, _limits(night))
    raised = _raised(findings)
    broken = date_breaks(inputs, raised, evidence["sku_id"], grouped, settings.changed_prior_lines)
    return Found(lift_suppliers(night, inputs, raised, evidence, broken, expected), findings)


def _raised(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings of the CUSUM, which change what is known of a SKU; the others are for people to read."""
    return findings[findings["is_raised"]]


def _limits(night: Night) -> AlarmLimits:
    settings = night.settings.scoring
    return AlarmLimits(settings.cusum_threshold, settings.alarm_days, settings.alarm_false_share)


def _change_posterior(
    night: Night, inputs: DriftInputs, evidence: pd.DataFrame, prior: Prior, found: Found
) -> ChangePosterior:
    weakest, change = night.settings.scoring.changed_prior_lines, found.changes["regret"]
    # Whether a supplier has changed is inferred here: the lift that follows from its alarm would count it twice.
    tonight = current_prior(prior.mean, prior.strength, replace(change, lift=np.ones_like(change.lift)), weakest)
    earlier, transit = changes_before(inputs, _raised(found.alarms)), read_detection(night).transit_days
    recent = read_recent_regrets(night, evidence)
    posterior = change_posterior(recent, evidence, tonight, change, weakest, transit, earlier)
    return with_selection_effect(night, evidence, tonight, posterior)


def _estimates(
    night: Night,
    evidence: pd.DataFrame,
    priors: dict[str, Prior],
    changes: dict[str, RateChange],
    posterior: ChangePosterior,
    doubts: Doubts,
) -> pd.DataFrame:
    settings = night.settings.scoring
    baselines = night.engine.read("night.int_sku_baselines", order_by=["sku_id"]).to_pandas()
    tonight = _tonight(priors, changes, settings.changed_prior_lines)
    spoiling = read_perishables(night, evidence["sku_id"])
    known = Knowledge(evidence, baselines, tonight, read_detection(night), changes, posterior, perished_of(spoiling))
    heirs, origin = with_heritage(night, known)
    estimates = origin.described(estimate(with_doubts(heirs, doubts), settings))
    return estimates.assign(**doubts.columns, **{name: spoiling[name] for name in TOLD})


def _tonight(priors: dict[str, Prior], changes: dict[str, RateChange], weakest: float) -> dict[str, RatePrior]:
    """Return the prior of each rate and SKU tonight; that of a changed one is worth at most `weakest` lines."""
    skus = len(changes["regret"].is_changed)
    return {
        measure: RatePrior(*current_prior(prior.mean, prior.strength, changes.get(measure, unchanged(skus)), weakest))
        for measure, prior in priors.items()
    }
