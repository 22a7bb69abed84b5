"""Says what came of earlier lists, as far as it can have shown by now."""

from __future__ import annotations

import math
from typing import Any

from xuanpin.pipelines.reporting.facts import ReportRows
from xuanpin.pipelines.reporting.words import number, percent

LEAST_LINES = 1.0
"""Lines of which outcomes are due before any share of them is told: of a third of a line one regret is 300 %."""


def outcome_summary(nights: ReportRows) -> dict[str, Any] | None:
    """Return what the last `nights` promised to have shown by now and what came of it, all together.

    None where no night can be judged yet.
    """
    judged = [row for row in nights if row["units"] is not None and row["lines"]]
    lines = math.fsum(row["lines"] for row in judged)
    if lines < LEAST_LINES:
        return None
    return {
        "nights": len(judged),
        "promised": number(math.fsum(row["expected_by_now"] for row in judged)),
        "kept": number(sum(kept_so_far(row) or 0 for row in judged)),
        "predicted": percent(math.fsum(row["regrets_predicted"] for row in judged) / lines),
        "observed": percent(math.fsum(row["regrets_observed"] for row in judged) / lines),
    }


def kept_so_far(row: dict[str, Any]) -> int | None:
    """Return units that matched agents sold on the list date of `row` less those that have come back.

    None where nothing is known.
    """
    return None if row["units"] is None else row["units"] - row["returned_units"]


def regret_share(row: dict[str, Any], column: str) -> float | None:
    """Return the regretted lines of the list date of `row` as a share of what should have shown by now.

    `column` names those predicted or those observed. None where no line is old enough.
    """
    return row[column] / row["lines"] if (row["lines"] or 0) >= LEAST_LINES else None
