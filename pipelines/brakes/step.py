"""Step `brakes`: compare the night with the platform's usual ones, so that one that makes no sense is held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from xuanpin.pipelines.brakes import rules
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.contracts import source_contracts
from xuanpin.pipelines.missing.tonight import stood_in

RESULTS = "night.run_quality"
DAILY: Mapping[str, Any] = {
    "source_days": rules.SOURCE_DAYS,
    "fewest_days": rules.FEWEST_SOURCE_DAYS,
    "fewest_rows": rules.FEWEST_SOURCE_ROWS,
}
"""What a source must have brought for its rows to be compared."""
FLOORS: Mapping[str, Any] = {
    "least_filled": rules.LEAST_FILLED,
    "most_without": rules.MOST_WITHOUT,
    "most_turnover": rules.MOST_TURNOVER,
    "least_satisfaction": rules.LEAST_SATISFACTION,
    "most_returned": rules.MOST_RETURNED,
    "most_unmatched": rules.MOST_UNMATCHED,
    "crowded": rules.CROWDED,
    "least_mentions": rules.LEAST_MENTIONS,
    "last_list_days": rules.LAST_LIST_DAYS,
}
"""Absolute limits for a platform without nights to compare with."""
JUDGING: Mapping[str, Any] = {
    "prior_nights": rules.PRIOR_NIGHTS,
    "median_to_spread": rules.MEDIAN_TO_SPREAD,
    "recent_nights": rules.RECENT_NIGHTS,
    "fewest_same_weekdays": rules.FEWEST_SAME_WEEKDAYS,
    "brakes": rules.BRAKES,
}
"""How a level and a spread come from history."""


def measure_brakes(night: Night) -> StepCount:
    """Measure what each brake looks at and add a row a brake to night.run_quality; `fail` there holds the night.

    Reads the night's published tables, history.brakes, listed and order_line_timeline and ops.arrivals; writes also
    night.brake_rules, int_brake_days and int_brake_measures. Returns brakes measured, and those that hold.
    """
    engine, settings = night.engine, night.settings.brakes
    names = [contract.name for contract in source_contracts()]
    sources = [name for name in names if not stood_in(night.settings.sources, name)]
    engine.store("night.brake_rules", rules.rule_table(settings, sources))
    dates: dict[str, Any] = {"as_of_date": night.as_of_date, "list_date": night.list_date}
    dates["first_on"] = night.as_of_date - timedelta(days=settings.usual_days)
    engine.materialise("int_brake_days", **dates, **DAILY)
    engine.materialise("int_brake_measures", **dates, **FLOORS)
    engine.delete_where(RESULTS, table_name=rules.BRAKES)
    found = engine.select("int_brakes", **dates, **JUDGING)
    engine.append(RESULTS, found)
    return found.num_rows, found["result"].to_pylist().count("fail")
