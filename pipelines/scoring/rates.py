"""Fits how often goods of each kind are returned and regretted, and what that makes too risky and how goods sell."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.beta_binomial import STRENGTH_RANGE, HierarchicalRate, pooled_rates
from xuanpin.models.risk.demand import units_per_showing
from xuanpin.models.risk.detection import Seeing
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.scoring.detection import learn_heard
from xuanpin.pipelines.scoring.evidence import codes, doubles, folds, read_evidence
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
    """What the kind of each SKU says of its rate: means (0-1) of shape (skus,) and their strength in lines."""

    mean: Floats
    strength: float


def fit_rates(night: Night) -> StepCount:
    """Learn how the return and regret rates vary between and within kinds of goods, and how well regrets are seen.

    Reads night.int_sku_evidence, int_complaints, int_window_mentions and history.order_line_timeline. Writes
    night.int_detection, int_rate_priors (a row a measure and SKU) and int_sku_baselines (a row a SKU: its landmine
    ceiling and demand). Returns SKUs and priors.
    """
    settings = night.settings.scoring
    evidence = read_evidence(night)
    seeing = learn_heard(night, evidence).seeing
    # Threads of the linear algebra would only wait for each other beside ours.
    with threadpool_limits(1):
        priors = _fit_priors(evidence)
    baselines = {
        "sku_id": pa.array(evidence["sku_id"]),
        "landmine_ceiling": regret_ceilings(evidence, seeing, settings),
        "demand_per_post": demand_per_post(evidence, settings),
    }
    night.engine.store("night.int_sku_baselines", pa.table(baselines))
    return len(evidence), night.engine.store("night.int_rate_priors", _stored(evidence, priors))


def read_priors(night: Night) -> dict[str, Prior]:
    """Read the fitted priors of each measure, in the order of the evidence."""
    rows = night.engine.query("select * from night.int_rate_priors order by measure, sku_id").to_pandas()
    by_measure = {measure: rows[rows["measure"] == measure] for measure in MEASURES}
    return {measure: _prior(own) for measure, own in by_measure.items()}


def _prior(rows: pd.DataFrame) -> Prior:
    strength = rows["prior_strength"].to_numpy(np.float64)
    # Every row of a measure has one strength; a catalogue without goods has learnt the weakest.
    return Prior(rows["prior_mean"].to_numpy(np.float64), float(strength[0]) if len(strength) else STRENGTH_RANGE[0])


def _fit_priors(evidence: pd.DataFrame) -> dict[str, HierarchicalRate]:
    def fit(counts: tuple[str, str]) -> HierarchicalRate:
        events, exposure = (doubles(evidence, name) for name in counts)
        return HierarchicalRate().fit(evidence, events, exposure, folds(evidence))

    # The fits share nothing and their sums are long: a core each.
    with ThreadPoolExecutor() as cores:
        return dict(zip(MEASURES, cores.map(fit, MEASURES.values()), strict=True))


def _stored(evidence: pd.DataFrame, priors: Mapping[str, HierarchicalRate]) -> pa.Table:
    skus = pa.array(evidence["sku_id"], pa.string())
    parts = [
        pa.table(
            [pa.repeat(measure, len(skus)), skus, model.prior_mean_, np.full(len(skus), model.strength_)], PRIORS.names
        ).cast(PRIORS)
        for measure, model in priors.items()
    ]
    return pa.concat_tables(parts)


def regret_ceilings(evidence: pd.DataFrame, seeing: Seeing, settings: ScoringSettings) -> Floats:
    """Regret rate (0-1) above which a SKU is a landmine: a multiple of its category's mean, unless settings name one.

    One row a SKU of `evidence`; means are of regrets as they truly are, by `seeing`.
    """
    mean = pooled_rates(
        codes(evidence, "category"),
        codes(evidence, "department"),
        doubles(evidence, "regretted_lines"),
        doubles(evidence, "regret_exposure"),
        settings.ceiling_pooling_lines,
    )
    ceiling = np.minimum(settings.ceiling_ratio * seeing.true(mean), 1.0)
    for path in sorted(settings.category_ceilings, key=len):
        below = evidence["category"].eq(path) | evidence["category"].str.startswith(f"{path}/")
        ceiling[below.to_numpy()] = settings.category_ceilings[path]
    return ceiling


def demand_per_post(evidence: pd.DataFrame, settings: ScoringSettings) -> Floats:
    """Units that one agent's showing of a SKU is expected to sell, before returns; one row a SKU of `evidence`."""
    return units_per_showing(
        codes(evidence, "category"),
        codes(evidence, "department"),
        doubles(evidence, "ordered_units"),
        doubles(evidence, "showings"),
        settings.demand_pooling_showings,
    )
