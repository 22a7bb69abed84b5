"""Fit the rates of return and regret by kind of SKU, the landmine ceilings and the demand."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.assumed_rates import ASSUMED_LINES, ASSUMED_RATES
from xuanpin.models.risk.beta_binomial import STRENGTH_RANGE, HierarchicalRate, pooled_rates
from xuanpin.models.risk.demand import units_per_post
from xuanpin.models.risk.detection import Detection
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.scoring.detection import learn_detection
from xuanpin.pipelines.scoring.evidence import codes, doubles, folds, read_evidence
from xuanpin.pipelines.scoring.kin import find_kin
from xuanpin.pipelines.scoring.outcomes_seen import OutcomesSeen, read_outcomes_seen
from xuanpin.pipelines.scoring.perishables import weigh_perishables
from xuanpin.pipelines.settings.deciding import ScoringSettings

MEASURES = {
    "return": ("returned_lines", "return_exposure"),
    "plain_return": ("plain_returned_lines", "return_exposure"),
    "regret": ("regretted_lines", "regret_exposure"),
}
"""Events and exposure of each rate, in columns of the evidence."""
PRIORS = pa.schema(
    [
        ("measure", pa.string()),
        ("sku_id", pa.string()),
        ("prior_mean", pa.float64()),
        ("prior_strength", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Prior:
    """Hold the prior of one rate: the `mean` (0-1) of each SKU's kind, shape (skus,), and its `strength` in lines."""

    mean: Floats
    strength: float


def fit_rates(night: Night) -> StepCount:
    """Learn how the return and regret rates vary between and within kinds of SKUs, and how well regrets are detected.

    Reads night.int_outcomes_seen, int_sku_evidence, int_complaints, int_window_mentions, stg_products, stg_overrides
    and history.order_line_timeline. Writes night.int_detection, int_rate_priors (a row a measure and SKU),
    int_sku_baselines (a row a SKU: its landmine ceiling and demand) and which SKUs are kin: int_sku_keys,
    int_near_titles and int_kin, and what `weigh_perishables` writes. Returns SKUs and priors.
    """
    settings, seen = night.settings.scoring, read_outcomes_seen(night)
    evidence = read_evidence(night)
    detection = learn_detection(night, evidence).regrets
    # Threads of the linear algebra would only wait for each other beside ours.
    with threadpool_limits(1):
        priors = _fit_priors(evidence, seen)
    mean = mean_regrets(evidence, settings) if seen.regrets else _assumed(evidence, "regret").mean
    baselines = {
        "sku_id": pa.array(evidence["sku_id"]),
        "landmine_ceiling": regret_ceilings(evidence, mean, detection, settings),
        "demand_per_post": demand_per_post(evidence, settings),
    }
    night.engine.store("night.int_sku_baselines", pa.table(baselines))
    find_kin(night)
    weigh_perishables(night, are_returns_seen=seen.returns)
    return len(evidence), night.engine.store("night.int_rate_priors", _stored(evidence, priors))


def read_priors(night: Night) -> dict[str, Prior]:
    """Read the fitted priors of each measure, in the order of the evidence."""
    rows = night.engine.read("night.int_rate_priors", order_by=["measure", "sku_id"]).to_pandas()
    by_measure = {measure: rows[rows["measure"] == measure] for measure in MEASURES}
    return {measure: _prior(own) for measure, own in by_measure.items()}


def _prior(rows: pd.DataFrame) -> Prior:
    strength = rows["prior_strength"].to_numpy(np.float64)
    # Every row of a measure has one strength; a catalogue without SKUs has learnt the weakest.
    return Prior(rows["prior_mean"].to_numpy(np.float64), float(strength[0]) if len(strength) else STRENGTH_RANGE[0])


def _fit_priors(evidence: pd.DataFrame, seen: OutcomesSeen) -> dict[str, Prior]:
    def fit(measure: str) -> Prior:
        if not seen.by_measure(measure):
            return _assumed(evidence, measure)
        events, exposure = (doubles(evidence, name) for name in MEASURES[measure])
        model = HierarchicalRate().fit(evidence, events, exposure, folds(evidence))
        return Prior(model.prior_mean_, model.strength_)

    # The fits share nothing and their sums are long: a core each.
    with ThreadPoolExecutor() as cores:
        return dict(zip(MEASURES, cores.map(fit, MEASURES), strict=True))


def _assumed(evidence: pd.DataFrame, measure: str) -> Prior:
    """Return the prior of a measure of which the platform knows no outcome: the same of every SKU."""
    return Prior(np.full(len(evidence), ASSUMED_RATES[measure]), ASSUMED_LINES)


def _stored(evidence: pd.DataFrame, priors: Mapping[str, Prior]) -> pa.Table:
    skus = pa.array(evidence["sku_id"], pa.string())
    parts = [
        pa.table(
            [pa.repeat(measure, len(skus)), skus, prior.mean, np.full(len(skus), prior.strength)], PRIORS.names
        ).cast(PRIORS)
        for measure, prior in priors.items()
    ]
    return pa.concat_tables(parts)


def mean_regrets(evidence: pd.DataFrame, settings: ScoringSettings) -> Floats:
    """Return the mean regret rate, as it is observed (0-1), of the category of each SKU of `evidence`; `settings` give
    the pooling."""
    return pooled_rates(
        codes(evidence, "category"),
        codes(evidence, "department"),
        doubles(evidence, "regretted_lines"),
        doubles(evidence, "regret_exposure"),
        settings.ceiling_pooling_lines,
    )


def regret_ceilings(evidence: pd.DataFrame, mean: Floats, detection: Detection, settings: ScoringSettings) -> Floats:
    """Return landmine ceilings (0-1): a multiple of the category's `mean` regret rate, unless settings name one.

    One row a SKU of `evidence`; the ceiling is of true regrets, by `detection`. `settings` give the ratio.
    """
    ceiling = np.minimum(settings.ceiling_ratio * detection.true(mean), 1.0)
    for path in sorted(settings.category_ceilings, key=len):
        below = evidence["category"].eq(path) | evidence["category"].str.startswith(f"{path}/")
        ceiling[below.to_numpy()] = settings.category_ceilings[path]
    return ceiling


def demand_per_post(evidence: pd.DataFrame, settings: ScoringSettings) -> Floats:
    """Estimate the units that one post sells, before returns; one row a SKU of `evidence`, pooled by `settings`."""
    return units_per_post(
        codes(evidence, "category"),
        codes(evidence, "department"),
        doubles(evidence, "ordered_units"),
        doubles(evidence, "posts"),
        settings.demand_pooling_posts,
    )
