"""Measure on past lists by how much what was listed is worse than it looked, and state changes accordingly."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.change_point import ChangePosterior
from xuanpin.models.risk.selection_effect import ListedOutcomes, SelectionEffect, selection_effect, with_odds
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.detection import read_detection
from xuanpin.pipelines.scoring.evidence import doubles

EFFECT = pa.schema(
    [("factor", pa.float64()), ("lines", pa.float64()), ("predicted", pa.float64()), ("observed", pa.float64())]
)


def with_selection_effect(
    night: Night, evidence: pd.DataFrame, prior: tuple[Floats, Floats], posterior: ChangePosterior
) -> ChangePosterior:
    """Return the `posterior` with the odds of every change multiplied by what past lists have shown.

    `evidence` has one row a SKU, whose order the `prior` of regret (mean, strength) keeps. Writes
    night.int_selection_effect, one row. Reads history.predictions.
    """
    listed: pd.DataFrame = night.engine.select(
        "int_listed_outcomes",
        as_of_date=night.as_of_date,
        first_on=night.as_of_date - timedelta(days=night.settings.scoring.calibration_days),
        horizon_days=night.settings.scoring.horizon_days,
    ).to_pandas()
    effect = _effect(night, listed, _changed_share(evidence, listed, prior, posterior))
    night.engine.store("night.int_selection_effect", pa.Table.from_pylist([asdict(effect)], schema=EFFECT))
    return replace(
        posterior,
        alone=with_odds(posterior.alone, effect.factor),
        with_supplier=with_odds(posterior.with_supplier, effect.factor),
    )


def _effect(night: Night, listed: pd.DataFrame, changed_share: float) -> SelectionEffect:
    lines, predicted = doubles(listed, "lines"), doubles(listed, "predicted")
    # Predictions are of true rates, so observed regrets are corrected as the rates were.
    observed = read_detection(night).regrets.corrected(doubles(listed, "observed"), lines)
    return selection_effect(ListedOutcomes(lines, predicted, observed), changed_share)


def _changed_share(
    evidence: pd.DataFrame, listed: pd.DataFrame, prior: tuple[Floats, Floats], posterior: ChangePosterior
) -> float:
    """Share of the regret expected of SKUs listed lately that their changes account for; the median SKU speaks.

    One whose change has shown since is no measure of what was expected of it when it was listed.
    """
    rows = pd.Index(evidence["sku_id"]).get_indexer(listed["sku_id"])
    if not len(rows):
        return 0.0
    mean, strength = prior
    steady = (mean * strength + doubles(evidence, "regretted_lines")) / (
        strength + doubles(evidence, "regret_exposure")
    )
    changed = posterior.alpha / (posterior.alpha + posterior.beta)
    added = posterior.chance * np.maximum(changed - steady, 0.0)
    return float(np.median((added / (steady + added))[rows]))
