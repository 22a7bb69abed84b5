"""Pictures and sums of the pages on one SKU and one supplier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from xuanpin.pipelines.looking_back.nights import Rows
from xuanpin.pipelines.looking_back.sku import SkuLife
from xuanpin.pipelines.looking_back.supplier import SupplierLife
from xuanpin.pipelines.reporting.charts import band_chart, nights_chart, weeks_chart

Point = tuple[str, float, float, float, float | None]
DRAWN = 256
"""Pictures that are remembered; drawing one takes some hundredths of a second."""
DAYS_A_WEEK = 7


def sku_pictures(life: SkuLife) -> dict[str, Markup]:
    """Return the pictures of a SKU's `life` by name: its regret and return rate over nights, its lines by week."""
    weeks = tuple((week["week"], week["delivered_lines"], week["returned_lines"]) for week in dated_weeks(life))
    return {
        "regret": _band(_points(life.nights, "regret_rate", "landmine_ceiling")),
        "return": _band(_points(life.nights, "return_rate")),
        "weeks": _weeks(weeks) if weeks else Markup(""),
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
    return _places(tuple((row["list_date"], row["listed"], row["own"]) for row in reversed(life.places)))


def _points(nights: Rows, rate: str, ceiling: str | None = None) -> tuple[Point, ...]:
    return tuple(
        (
            str(row["list_date"]),
            row[rate],
            row[f"{rate}_lower"],
            row[f"{rate}_upper"],
            None if ceiling is None else row[ceiling],
        )
        for row in reversed(nights)
    )


@lru_cache(maxsize=DRAWN)
def _band(points: tuple[Point, ...]) -> Markup:
    names = ("list_date", "rate", "lower", "upper", "ceiling")
    return Markup(band_chart([dict(zip(names, point, strict=True)) for point in points]))


@lru_cache(maxsize=DRAWN)
def _weeks(weeks: tuple[tuple[str, int, int], ...]) -> Markup:
    names = ("week", "delivered_lines", "returned_lines")
    return Markup(weeks_chart([dict(zip(names, week, strict=True)) for week in weeks]))


@lru_cache(maxsize=DRAWN)
def _places(places: tuple[tuple[str, int, int], ...]) -> Markup:
    names = ("list_date", "listed", "own")
    return Markup(nights_chart([dict(zip(names, place, strict=True)) for place in places], "listed", "own"))
