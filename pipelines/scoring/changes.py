"""Finds what has become worse, and says what that makes of each SKU: its final rates, value, verdict and reasons."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from threadpoolctl import threadpool_limits

from xuanpin.models.risk.change_point import Turned
from xuanpin.models.risk.cusum import Change, current_prior
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.scoring.breaks import date_breaks, lift_suppliers
from xuanpin.pipelines.scoring.change_points import read_recent, turned_before, turns_of
from xuanpin.pipelines.scoring.detection import read_heard
from xuanpin.pipelines.scoring.drift import alarm_rows, expectations, of_groups, watch_metrics
from xuanpin.pipelines.scoring.drift_inputs import Watch, read_watch
from xuanpin.pipelines.scoring.estimates import Knowledge, estimate
from xuanpin.pipelines.scoring.evidence import read_evidence
from xuanpin.pipelines.scoring.rates import Prior, read_priors
from xuanpin.pipelines.scoring.score_reasons import score_reasons


@dataclass(frozen=True)
class Found:
    """What watching has found: the changes of each rate, in the order of the evidence, and its alarms, one row each."""

    changes: dict[str, Change]
    alarms: pd.DataFrame


def find_changes(night: Night) -> StepCount:
    """Watch for changes for the worse, and estimate every SKU as of tonight.

    Reads night.int_candidates, int_sku_daily and what the steps outcomes, faults and rates have written. Writes
    night.int_drift_groups, int_drift_members, int_drift_alarms, int_sku_estimates
    (a row a product) and sku_scores (a row a candidate). Returns products and candidates.
    """
    evidence, priors = read_evidence(night), read_priors(night)
    watch = read_watch(night)
    # Threads of the linear algebra would only wait for each other beside ours.
    with threadpool_limits(1):
        found = _find(night, watch, evidence, priors)
        turned = _turned(night, watch, evidence, priors["regret"], found)
        estimates = _estimates(night, evidence, priors, found.changes, turned)
    settings = night.settings.scoring
    estimates["score_reasons"] = score_reasons(estimates, found.changes, watch.first_on, settings)
    night.engine.store("night.int_drift_alarms", alarm_rows(watch, found.alarms, found.changes, evidence))
    night.engine.store("night.int_sku_estimates", estimates)
    return len(evidence), night.engine.materialise("sku_scores")


def _find(night: Night, watch: Watch, evidence: pd.DataFrame, priors: dict[str, Prior]) -> Found:
    settings = night.settings.scoring
    expected = expectations(evidence, priors)
    grouped = {metric: of_groups(watch, evidence, own) for metric, own in expected.items()}
    findings = watch_metrics(watch, grouped, settings.drift_threshold, settings.alarm_days)
    broken = date_breaks(watch, findings, evidence["sku_id"], grouped, settings.changed_prior_lines)
    return Found(lift_suppliers(night, watch, findings, evidence, broken, expected), findings)


def _turned(night: Night, watch: Watch, evidence: pd.DataFrame, prior: Prior, found: Found) -> Turned:
    weakest, change = night.settings.scoring.changed_prior_lines, found.changes["regret"]
    tonight = current_prior(prior.mean, prior.strength, change, weakest)
    earlier, transit = turned_before(watch, found.alarms), read_heard(night).transit_days
    return turns_of(read_recent(night, evidence), evidence, tonight, change, weakest, transit, earlier)


def _estimates(
    night: Night, evidence: pd.DataFrame, priors: dict[str, Prior], changes: dict[str, Change], turned: Turned
) -> pd.DataFrame:
    baselines = night.engine.query("select * from night.int_sku_baselines order by sku_id").to_pandas()
    known = Knowledge(evidence, baselines, priors, read_heard(night), changes, turned)
    return estimate(known, night.settings.scoring)
