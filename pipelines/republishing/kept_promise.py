"""What a list made from an earlier one promises: what that one did, as far as its SKUs allow."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from xuanpin.models.arrays import Floats
from xuanpin.models.assortment.count_spread import count_spread
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts.reason_codes import reason

PROMISE = pa.schema(
    [
        ("promise", pa.float64()),
        ("promise_confidence", pa.float64()),
        ("promise_bound", pa.float64()),
        ("can_promise", pa.bool_()),
        ("promise_reasons", pa.list_(pa.string())),
    ]
)
ROUNDING = 1e-6
"""What published probabilities, rounded to six places, may add to a share."""


def most_risk(before: dict[str, Any], promise: float) -> float:
    """Return the highest mean landmine probability of a list made from another.

    `before` is what base_promise tells of that one, `promise` the share (0-1) that settings ask for. One that kept
    its promise with confidence goes on to keep it. One that could not (a platform without outcomes) was allowed
    more, and its successor gets no worse.
    """
    if not before["can_promise"]:
        return max(promise, float(before["risk"]))
    spread = count_spread(before["promise_bound"], before["risk"], before["places"])
    return spread.most_mean(promise, before["places"])


def derived_promise(night: Night, probability: Floats) -> pa.Table:
    """Return one row with what the new list promises, given the landmine `probability` (0-1) of each SKU.

    Reads history.base_list, whose spread the new list has; nothing is promised where the earlier list promised nothing.
    """
    before, promise = night.engine.select("base_promise").to_pylist()[0], night.settings.scoring.landmine_promise
    bound = None
    if before["promise_bound"] is not None:
        bound = count_spread(before["promise_bound"], before["risk"], before["places"]).bound(probability)
    reasons = before["promise_reasons"] or []
    if before["can_promise"] and bound is not None and bound > promise + ROUNDING:
        reasons = [reason("no_promise_safe_skus", bound=bound, promise=promise)]
    row = {
        "promise": promise,
        "promise_confidence": before["promise_confidence"],
        "promise_bound": bound,
        "can_promise": before["can_promise"] and not reasons,
        "promise_reasons": reasons,
    }
    return pa.Table.from_pylist([row], schema=PROMISE)
