"""Say whether the platform has seen enough for a promise on tomorrow's list, and what would be needed."""

from __future__ import annotations

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.outcomes_seen import read_outcomes_seen

PROMISE_DAYS = 28
"""Days of deliveries of which half of the regrets have shown, below which nothing is promised.

In four weeks a platform sees how often its suppliers send bad batches, which last two to three."""
HALF_SHOWN = 0.5
"""Share of a day's regrets, 0-1, from which on the day tells more than is assumed of it."""
LINES_A_PLACE = 10
"""Mature lines for each place on the list, below which too many SKUs are judged by their kind alone."""


def judge_grounds(night: Night) -> None:
    """Write night.int_promise_grounds, one row: can_promise, reason_code, and days and deliveries seen and needed.

    Reads night.int_delivery_days, int_delay_curve, int_sku_evidence, int_returns_gaps and int_outcomes_seen. The reason
    (null where a promise can be stated) is one of no_returns (none is known), too_few_days,
    too_few_deliveries, returns_missing (of the whole platform) and no_regrets_seen; deliveries are thinned by the delay
    curve.
    """
    night.engine.materialise(
        "int_promise_grounds",
        promise_days=PROMISE_DAYS,
        half_shown=HALF_SHOWN,
        promise_lines=LINES_A_PLACE * night.settings.assortment.list_size,
        returns_seen=read_outcomes_seen(night).returns,
    )
