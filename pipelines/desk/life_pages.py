"""Pictures and sums of the pages on one SKU and one supplier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from xuanpin.pipelines.desk.pictures import band_picture, bars_picture, lines_picture
from xuanpin.pipelines.looking_back.nights import Rows
from xuanpin.pipelines.looking_back.sku import SkuLife
from xuanpin.pipelines.looking_back.supplier import SupplierLife

DAYS_A_WEEK = 7


def sku_pictures(life: SkuLife) -> dict[str, Markup]:
    """Return the pictures of a SKU's `life` by name: its regret and return rate over nights, its lines by week."""
    weeks = dated_weeks(life)
    return {
        "regret": _band(life.nights, "regret_rate", "landmine_ceiling"),
        "return": _band(life.nights, "return_rate"),
        "weeks": bars_picture(*_columns(weeks, "week", "delivered_lines", "returned_lines")) if weeks else Markup(""),
    }


def dated_weeks(life: SkuLife) -> Rows:
    """Return the weeks of a SKU's `life` with the last day of each (`week`, an ISO date)."""
    if life.recorded_on is None:
        return []
    last = date.fromisoformat(life.recorded_on)
    return [row | {"week": (last - timedelta(days=DAYS_A_WEEK * row["weeks_ago"])).isoformat()} for row in life.weeks]


def judged_sums(predictions: Sequence[dict[str, Any]]) -> dict[str, float] | None:
    """Return, over all `predictions` of a SKU, the lines judged, the regrets predicted and those that came; None
    without any."""
    if not predictions:
        return None
    return {
        "lines": math.fsum(row["regret_exposure"] for row in predictions),
        "predicted": math.fsum(row["regret_rate"] * row["regret_exposure"] for row in predictions),
        "observed": math.fsum(row["regretted_lines"] for row in predictions),
    }


def supplier_picture(life: SupplierLife) -> Markup:
    """Return the picture of a supplier's places and the places of the list, by list date, the oldest first."""
    return lines_picture(*_columns(list(reversed(life.places)), "list_date", "listed", "own"))


def _band(nights: Rows, rate: str, ceiling: str | None = None) -> Markup:
    rows = list(reversed(nights))
    middle, lower, upper = _columns(rows, rate, f"{rate}_lower", f"{rate}_upper")
    ceilings = [row[ceiling] if ceiling else None for row in rows]
    return band_picture([str(row["list_date"]) for row in rows], middle, lower, upper, ceilings)


def _columns(rows: Rows, *names: str) -> list[list[Any]]:
    return [[row[name] for row in rows] for name in names]
