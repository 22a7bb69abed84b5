"""Count deliveries and their outcomes, and estimate how late outcomes show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.risk.assumed_delays import ASSUMED_OUTCOMES, COMPLAINED, assumed_hazards, assumed_shares
from xuanpin.models.risk.right_truncation import SMALLEST_SHARE, share_by_oldest
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.scoring.outcomes_seen import find_outcomes_seen
from xuanpin.pipelines.scoring.returns_gap import MissingDays, find_missing_days
from xuanpin.pipelines.scoring.sale_lines import judge_sale_lines
from xuanpin.pipelines.scoring.witnesses import weigh_witnesses

FEWEST_AT_RISK = 10
"""Outcomes that must be old enough to have come as late as a day before the delay curve uses that day."""
ENOUGH_SHARE = 0.5
"""On platforms too young for so many: share of the most outcomes that any day has."""


def count_outcomes(night: Night) -> StepCount:
    """Count deliveries and outcomes by SKU and day, and estimate the delay curve of each category.

    Reads night.stg_products, int_sku_daily, int_agent_daily, int_complaints, int_window_mentions,
    history.order_line_timeline and posts. Writes night.int_sku_numbers, int_delivery_days, int_sku_outcomes,
    int_outcomes_seen, int_returns_gaps, int_delay_days, int_delay_counts, int_delay_curve, int_number_curve,
    int_demand, int_kept_votes, and the tables of `judge_sale_lines` and `weigh_witnesses`.
    Returns days of deliveries and rows of outcomes.
    """
    settings = night.settings.scoring
    judge_sale_lines(night)
    outcomes = night.engine.materialise("int_sku_outcomes")
    missing = find_missing_days(night)
    night.engine.materialise("int_sku_numbers")
    weighing: dict[str, Any] = {"as_of_date": night.as_of_date, "new_weight": weigh_witnesses(night)}
    deliveries = night.engine.materialise("int_delivery_days", **weighing)
    _estimate_delays(night, missing)
    first_on = night.as_of_date - timedelta(days=settings.demand_days)
    night.engine.materialise("int_demand", as_of_date=night.as_of_date, first_on=first_on)
    night.engine.materialise("int_kept_votes", happy_from=settings.happy_from, **weighing)
    return deliveries, outcomes


def _estimate_delays(night: Night, missing: MissingDays) -> None:
    settings = night.settings.scoring
    horizon = settings.horizon_days
    believed_on = missing.believed_on(night.as_of_date)
    night.engine.materialise("int_delay_days", believed_on=believed_on, horizon_days=horizon)
    counts = night.engine.select(
        "int_delay_counts", horizon_days=horizon, fewest_at_risk=FEWEST_AT_RISK, enough_share=ENOUGH_SHARE
    )
    night.engine.store("night.int_delay_counts", with_assumed_delays(counts, horizon))
    platform = counts.filter(pc.equal(counts["level"], "platform"))
    night.engine.materialise(
        "int_delay_curve",
        horizon_days=horizon,
        pooling_lines=settings.curve_pooling_lines,
        smallest_share=SMALLEST_SHARE,
        return_by_oldest=_share_by_oldest(platform, "return", horizon),
        regret_by_oldest=_share_by_oldest(platform, "regret", horizon),
        complaint_by_oldest=_share_by_oldest(platform, "complaint", horizon),
    )
    seen = find_outcomes_seen(night)
    night.engine.materialise(
        "int_number_curve",
        as_of_date=night.as_of_date,
        believed_on=believed_on,
        returns_seen=seen.returns,
        regrets_seen=seen.regrets,
    )


def with_assumed_delays(counts: pa.Table, horizon: int) -> pa.Table:
    """Return delay `counts` (rows of int_delay_counts) with what is assumed added to the platform's usable days.

    Categories borrow it with the platform's hazards. `horizon` is in days.
    """
    frame = counts.to_pandas().astype({"shown": np.float64, "at_risk": np.float64})
    hazard = np.zeros(len(frame))
    for metric in COMPLAINED:
        own = (frame["metric"] == metric).to_numpy()
        hazard[own] = assumed_hazards(metric, horizon)[frame["day"].to_numpy()[own]]
    lines = ASSUMED_OUTCOMES * ((frame["level"] == "platform") & frame["is_usable"]).to_numpy(np.float64)
    frame["shown"] += lines * hazard
    frame["at_risk"] += lines
    return pa.Table.from_pandas(frame, preserve_index=False)


def _share_by_oldest(platform: pa.Table, metric: str, horizon: int) -> float:
    counts = platform.filter(pc.equal(platform["metric"], metric)).sort_by("day")
    return share_by_oldest(
        counts["day"].to_numpy().astype(np.int64),
        counts["shown"].to_numpy().astype(np.float64),
        counts["at_risk"].to_numpy().astype(np.float64),
        counts["is_usable"].to_numpy().astype(bool),
        horizon,
        assumed_shares(metric, horizon),
    )
