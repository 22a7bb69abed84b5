"""Reads what was delivered and what came of it: by day, by delay, and all together of each product."""

from __future__ import annotations

import zlib
from datetime import timedelta

import numpy as np
import pandas as pd

from xuanpin.models.risk.beta_binomial import price_bands
from xuanpin.models.risk.right_truncation import share_by_oldest
from xuanpin.pipelines.context import Night

FOLDS = 5
FEWEST_AT_RISK = 10
"""Outcomes that must be old enough to have come as late as a day before the delay curve heeds that day.

On platforms too young for so many it is half of the most that any day has."""


def read_outcomes(night: Night) -> None:
    """Materialise deliveries and outcomes by day, and the delay curve of each category."""
    settings = night.settings.scoring
    for stem in ("int_sku_numbers", "int_delivery_days", "int_sku_outcomes"):
        night.engine.materialise(stem, as_of_date=night.as_of_date)
    night.engine.materialise(
        "int_delay_counts",
        as_of_date=night.as_of_date,
        horizon_days=settings.horizon_days,
        fewest_at_risk=FEWEST_AT_RISK,
    )
    night.engine.materialise(
        "int_delay_curve",
        horizon_days=settings.horizon_days,
        pooling_lines=settings.curve_pooling_lines,
        return_by_oldest=_share_by_oldest(night, "return"),
        regret_by_oldest=_share_by_oldest(night, "regret"),
        complaint_by_oldest=_share_by_oldest(night, "complaint"),
    )
    night.engine.materialise("int_number_curve")


def _share_by_oldest(night: Night, metric: str) -> float:
    counts = night.engine.query(
        "select day, shown, at_risk, is_told from night.int_delay_counts "
        "where level = 'platform' and metric = $metric order by day",
        metric=metric,
    ).to_pandas()
    return share_by_oldest(
        counts["day"].to_numpy(np.int64),
        counts["shown"].to_numpy(np.float64),
        counts["at_risk"].to_numpy(np.float64),
        counts["is_told"].to_numpy(bool),
        night.settings.scoring.horizon_days,
    )


def read_evidence(night: Night) -> pd.DataFrame:
    """Everything seen of each product, one row a SKU in the order of sku_id, with its price band and fold."""
    settings = night.settings.scoring
    first_on = night.as_of_date - timedelta(days=settings.demand_days)
    night.engine.materialise("int_exposure", as_of_date=night.as_of_date, horizon_days=settings.horizon_days)
    night.engine.materialise("int_demand", as_of_date=night.as_of_date, first_on=first_on)
    night.engine.materialise("int_kept_votes", as_of_date=night.as_of_date, happy_from=settings.happy_from)
    night.engine.materialise("int_sku_evidence")
    evidence: pd.DataFrame = night.engine.query("select * from night.int_sku_evidence order by sku_id").to_pandas()
    evidence["price_band"] = price_bands(evidence["list_price"].to_numpy())
    # A checksum of the id gives each SKU the same fold every night, whatever else is in the catalogue.
    evidence["fold"] = [zlib.crc32(sku_id.encode()) % FOLDS for sku_id in evidence["sku_id"]]
    return evidence
