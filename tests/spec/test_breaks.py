"""What alarms do: breaks are dated by delivery, suppliers' SKUs are lifted, and only late alarms are published."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support.night_tables import AS_OF, ago, table
from xuanpin.models.risk.change_frequency import ChangeCount
from xuanpin.models.risk.cusum import Expectation, RateChange, unchanged
from xuanpin.models.risk.recent_regrets import CANDIDATE_AGES, RecentRegrets
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.scoring.breaks import date_breaks, lift_suppliers
from xuanpin.pipelines.scoring.change_points import change_posterior, changes_before
from xuanpin.pipelines.scoring.drift import AlarmLimits, detect_drift
from xuanpin.pipelines.scoring.drift_inputs import DriftInputs
from xuanpin.pipelines.settings import Settings

DAYS = 60
GROUPS = pd.DataFrame(
    {"level": ["sku", "sku", "supplier"], "entity_id": ["S1", "S2", "P1"], "category": ["食品", "食品", "食品"]}
)
MEASURES = ("return_caused", "regret_caused", "return_arrived", "regret_arrived", "complaint_arrived", "excused")
WHOLE = np.ones(DAYS)


def by_day(lines: Sequence[Any], measures: Sequence[Any]) -> dict[Any, Any]:
    """Rows (group, day, counts …) as the arrays of drift detection."""
    columns = np.array(sorted(lines) or np.empty((0, 2 + len(measures))), dtype=np.int64).reshape(-1, 2 + len(measures))
    return dict(zip(("group_number", "day", *measures), columns.T, strict=True))


def inputs_of(
    delivered: Sequence[Any], outcomes: Sequence[Any] = (), shown: np.ndarray[Any, Any] = WHOLE
) -> DriftInputs:
    """Groups 0 (S1), 1 (S2) and 2 (their supplier): lines by (group, day, lines), outcomes by (group, day, counts)."""
    curves = {("食品", metric): shown for metric in ("return", "regret", "complaint")}
    first_on = ago(DAYS - 1)
    return DriftInputs(GROUPS, by_day(delivered, ("delivered",)), by_day(outcomes, MEASURES), curves, first_on, DAYS)


Alarm = tuple[str, str, str, int, bool]
"""Level, entity, metric, first day, and whether it is recent."""


def alarms(*found: Alarm) -> pd.DataFrame:
    """Alarms as drift detection gives them."""
    return pd.DataFrame(found, columns=["level", "entity_id", "metric", "start", "is_recent"])


EVERY_DAY = [(0, day, 10) for day in range(DAYS)]
SKUS = pd.Series(["S1", "S2"])


def expectation(mean: float = 0.1, strength: float = 50.0, size: int = 3) -> Expectation:
    return Expectation(np.full(size, mean), strength)


def broken(inputs: DriftInputs, *found: Alarm) -> dict[str, RateChange]:
    return date_breaks(inputs, alarms(*found), SKUS, {"return": expectation(), "regret": expectation()}, 10.0)


def caused(days: range, regrets: int = 6) -> list[Any]:
    """Regrets of group 0 that lines of these days caused."""
    return [(0, day, 0, regrets, 0, 0, 0, 0) for day in days]


@pytest.mark.parametrize("metric", ["regret", "complaint"])
def test_an_alarm_of_regret_or_complaint_dates_the_regret_break_by_delivery(metric: str) -> None:
    inputs = inputs_of(EVERY_DAY, caused(range(50, 60)))
    found = broken(inputs, ("sku", "S1", metric, 55, True))
    assert (found["regret"].since[0], found["regret"].events[0], found["regret"].exposure[0]) == (50, 60.0, 100.0)
    assert found["regret"].is_changed.tolist() == [True, False]
    assert not found["return"].is_changed.any()


def test_without_an_alarm_of_its_own_a_sku_has_no_break() -> None:
    inputs = inputs_of(EVERY_DAY, caused(range(50, 60)))
    assert not broken(inputs, ("supplier", "P1", "regret", 50, True))["regret"].is_changed.any()


def test_an_old_alarm_has_broken_a_sku_too() -> None:
    inputs = inputs_of(EVERY_DAY, caused(range(20, 60)))
    assert broken(inputs, ("sku", "S1", "regret", 20, False))["regret"].since[0] == 20


def test_young_lines_since_a_break_count_as_what_should_have_shown() -> None:
    """Half of the lines of today's and yesterday's age have shown what they will, all older ones everything."""
    shown = np.concatenate([[0.5, 0.5], np.ones(DAYS - 2)])
    found = broken(inputs_of(EVERY_DAY, caused(range(50, 60), 5), shown), ("sku", "S1", "regret", 50, True))["regret"]
    assert (found.since[0], found.exposure[0]) == (50, 8 * 10 + 2 * 5)


CURVE = "category varchar, day integer, return_share decimal(9, 8), regret_share decimal(9, 8)"
OUTCOMES = "metric varchar, sku_id varchar, delivered_on date, delay_days integer, lines bigint"


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    engine = open_memory()
    products = "sku_id varchar, supplier_id varchar, category varchar"
    table(engine, "night.stg_products", products, [("S1", "P1", "食品"), ("S2", "P1", "食品"), ("S3", "P2", "食品")])
    table(engine, "night.int_delay_curve", CURVE, (("食品", day, 1, 1) for day in range(DAYS)))
    numbers = {"S1": 0, "S2": 1, "S3": 2}
    table(engine, "night.int_sku_numbers", "sku_id varchar, sku_number integer", numbers.items())
    days = [(number, day, 10) for number in numbers.values() for day in (40, 5)]
    table(engine, "night.int_delivery_days", "sku_number integer, age_days integer, delivered_lines integer", days)
    table(engine, "night.int_witnessed_outcomes", OUTCOMES, [("regret", sku, ago(5), 1, 8) for sku in numbers])
    table(engine, "night.int_outlier_lines", "sku_id varchar, delivered_on date, regret_days integer, lines bigint")
    noon = datetime.combine(AS_OF, datetime.min.time())
    yield Night(engine, Settings(), Home(tmp_path), AS_OF, None, noon)
    engine.close()


EVIDENCE = pd.DataFrame({"sku_id": ["S1", "S2", "S3"], "supplier_id": ["P1", "P1", "P2"]})
P1_ALARMS = (
    ("supplier", "P1", "regret", DAYS - 5, True),
    ("supplier", "P1", "complaint", DAYS - 7, True),
    ("supplier", "P2", "regret", DAYS - 7, False),
    ("sku", "S3", "regret", DAYS - 7, True),
)


def lifted(
    night: Night,
    *is_changed: int,
    found: Sequence[Alarm] = P1_ALARMS,
) -> tuple[list[float], list[float]]:
    changes = {metric: unchanged(3) for metric in ("return", "regret")}
    changes["regret"].is_changed[list(is_changed)] = True
    expected = {metric: expectation(0.1, 90.0) for metric in changes}
    lifts = lift_suppliers(night, inputs_of(EVERY_DAY), alarms(*found), EVIDENCE, changes, expected)
    return lifts["regret"].lift.tolist(), lifts["return"].lift.tolist()


def test_skus_of_a_supplier_with_a_late_alarm_are_lifted_and_others_are_not(night: Night) -> None:
    """Ten clean lines before, ten lines with eight regrets since: (9 + 0) / (90 + 10) of ten lines were due of each."""
    due = 2 * 10 * 9 / 100
    factor = pytest.approx((16 + 10) / (due + 10))
    assert lifted(night) == ([factor, factor, 1.0], [1.0, 1.0, 1.0])
    # A complaint is one way to regret: the supplier is worse since the first of its alarms. The later one alone, a day
    # after the bad lines were delivered, finds nothing worse since.
    assert lifted(night, found=P1_ALARMS[:1])[0] == [1.0, 1.0, 1.0]


def test_without_late_alarms_of_suppliers_nobody_is_lifted(night: Night) -> None:
    assert lifted(night, found=P1_ALARMS[2:]) == ([1.0, 1.0, 1.0], [1.0, 1.0, 1.0])


def test_a_sku_that_broke_alone_explains_its_own_share_and_lifts_no_others(night: Night) -> None:
    factor = pytest.approx((8 + 10) / (10 * 9 / 100 + 10))
    assert lifted(night, 0)[0] == [factor, factor, 1.0]
    assert lifted(night, 0, 1)[0] == [1.0, 1.0, 1.0]


def test_an_alarm_of_long_ago_is_found_and_not_recent() -> None:
    """Ten arrivals on days 20 and 21, one due a day; day 59 is tonight's."""
    came = [(0, day, 0, 0, 0, 10, 0, 0) for day in (20, 21)]
    grouped = {metric: expectation(0.1, 1e6) for metric in ("return", "regret", "complaint")}
    found = detect_drift(inputs_of(EVERY_DAY, came), grouped, AlarmLimits(6.0, 38, 0.2))
    assert found[["level", "entity_id", "metric", "day", "is_recent"]].to_numpy().tolist() == [
        ["sku", "S1", "regret", 21, False]
    ]
    assert detect_drift(inputs_of(EVERY_DAY, came), grouped, AlarmLimits(6.0, 39, 0.2))["is_recent"].tolist() == [True]


SPAN = int(CANDIDATE_AGES[-1])


def test_suppliers_that_changed_before_the_last_weeks_are_counted_by_their_alarms_of_regret() -> None:
    inputs = inputs_of([(0, 0, 5), (2, 4, 5)])
    long_ago, lately = DAYS - SPAN - 1, DAYS - SPAN
    lived = (DAYS - SPAN - 4) / SPAN
    assert changes_before(inputs, alarms(("supplier", "P1", "regret", long_ago, False))) == ChangeCount(1.0, lived)
    none = [
        ("supplier", "P1", "regret", lately, False),
        ("supplier", "P1", "return", long_ago, False),
        ("sku", "S1", "regret", long_ago, False),
    ]
    assert changes_before(inputs, alarms(*none)) == ChangeCount(0.0, lived)


def test_skus_whose_change_is_known_have_no_second_one() -> None:
    lines = np.tile(CANDIDATE_AGES * 2.0, (2, 1))
    recent = RecentRegrets(lines[:, -1] + 40.0, np.full(2, 30.0), lines, lines * 0.5)
    change = unchanged(2)
    change.is_changed[1] = True
    evidence = pd.DataFrame({"supplier_id": ["P1", "P2"]})
    prior = np.full(2, 0.05), np.full(2, 60.0)
    found = change_posterior(recent, evidence, prior, change, 10.0, 4.0, ChangeCount(0.0, 0.0))
    assert found.chance[0] > 0.5 and found.chance[1] == 0.0
