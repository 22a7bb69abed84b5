"""Returns that stop coming are noticed, teach nothing, and make no SKU look clean; small nights with known gaps."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.scoring_world import DAILY, LAST_DAY, Catalogue, draw_catalogue, draw_lines, open_world, score
from xuanpin.models.arrays import Floats
from xuanpin.pipelines.context import Night

pytestmark = pytest.mark.whole

GAP_DAYS = 21
SUPPLIER = "SP0003"
COMPLAINED = """
create or replace table night.int_complaints as
select order_line_id, sku_id, least(delivered_on + 2, fault_requested_on) as complained_on,
    cast(1 as double) as trust_weight
from history.order_line_timeline
where fault_requested_on is not null and cast(substr(order_line_id, 2) as integer) % 3 = 0
"""
"""Every third fault is complained of first; who complained does so though the return is missing afterwards."""
WITHHELD = """
update history.order_line_timeline set return_requested_on = null, fault_requested_on = null, return_reason = null,
returned_units = 0
where return_requested_on > $after and ($supplier = '' or sku_id in (
select sku_id from night.stg_products where supplier_id = $supplier))
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return draw_catalogue(np.random.default_rng(1), 200, categories=3, suppliers=8, mean=0.12)


SILENT = """
delete from night.int_complaints where complained_on > $after and sku_id in (
select sku_id from night.stg_products where supplier_id = $supplier)
"""


def night_of(
    folder: Path, catalogue: Catalogue, days: int = 0, supplier: str = "", *, is_content: bool = False
) -> Night:
    """A night of 16,000 lines in 120 days whose buyers complain, without the returns of the last `days` days.

    Those of a `supplier` alone where one is named; `is_content` takes its complaints of these days away too.
    """
    rng = np.random.default_rng(5)
    night = open_world(folder, rng, catalogue, draw_lines(rng, catalogue, 16_000, 120), delay_mean=6.0)
    night.engine.execute(COMPLAINED)
    if days:
        night.engine.execute(WITHHELD, after=LAST_DAY - timedelta(days=days), supplier=supplier)
        night.engine.execute(DAILY, as_of=LAST_DAY)
    if is_content:
        night.engine.execute(SILENT, after=LAST_DAY - timedelta(days=days), supplier=supplier)
    score(night)
    return night


def regrets(night: Night) -> Floats:
    rows = night.engine.query("select regret_rate from night.sku_scores order by sku_id")
    return np.asarray(rows["regret_rate"].to_numpy(), dtype=np.float64)


def gap_alarms(night: Night) -> list[Any]:
    """The alarms on returns that do not come, whether of the platform or of a supplier."""
    told = ("level", "entity_id", "metric", "since_on")
    rows = night.engine.read("night.alarms").to_pylist()
    about = [row for row in rows if row["entity_id"] == "returns" or row["metric"] == "returns_gap"]
    return [tuple(row[name] for name in told) for row in about]


def numbers(night: Night) -> dict[str, float]:
    (row,) = [row for row in night.engine.read("night.alarms").to_pylist() if row["metric"] == "returns_gap"]
    pairs = (pair.split("=") for pair in row["evidence"].split(","))
    return {key: float(value) for key, value in pairs if key != "until_on"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Night:
    return night_of(tmp_path_factory.mktemp("whole"), catalogue)


def test_returns_that_come_as_they_are_due_raise_no_alarm(whole: Night) -> None:
    assert gap_alarms(whole) == []


def test_missing_returns_are_one_alarm_on_the_source(tmp_path: Path, catalogue: Catalogue) -> None:
    night = night_of(tmp_path, catalogue, GAP_DAYS)
    assert gap_alarms(night) == [("source", "returns", "returns_gap", LAST_DAY - timedelta(days=GAP_DAYS - 1))]
    seen = numbers(night)
    assert seen["observed"] == 0.0 and seen["expected"] > 300.0
    assert seen["complaints"] == pytest.approx(seen["usual_complaints"], rel=0.3)


def test_skus_look_no_better_for_missing_returns(tmp_path: Path, catalogue: Catalogue, whole: Night) -> None:
    night = night_of(tmp_path, catalogue, GAP_DAYS)
    before, after = regrets(whole), regrets(night)
    assert after.mean() == pytest.approx(before.mean(), rel=0.08)
    assert np.corrcoef(before, after)[0, 1] > 0.9
    detection = [one.engine.read("night.int_detection").to_pylist()[0]["sensitivity"] for one in (whole, night)]
    assert detection[1] == pytest.approx(detection[0], abs=0.05)


def test_one_suppliers_missing_returns_are_an_alarm_on_it(tmp_path: Path, catalogue: Catalogue, whole: Night) -> None:
    night = night_of(tmp_path, catalogue, GAP_DAYS, SUPPLIER)
    assert gap_alarms(night) == [("supplier", SUPPLIER, "returns_gap", LAST_DAY - timedelta(days=GAP_DAYS - 1))]
    own = (catalogue.products["supplier_id"] == SUPPLIER).to_numpy()
    before, after = regrets(whole), regrets(night)
    assert after[own].mean() == pytest.approx(before[own].mean(), rel=0.15)
    assert after[~own].mean() == pytest.approx(before[~own].mean(), rel=0.02)


def test_a_supplier_whose_skus_became_better_is_not_accused(tmp_path: Path, catalogue: Catalogue) -> None:
    """Neither returns nor complaints come any more: nothing says that returns are missing."""
    assert gap_alarms(night_of(tmp_path, catalogue, GAP_DAYS, SUPPLIER, is_content=True)) == []


def test_a_supplier_whose_returns_never_came_is_known_by_its_complaints(tmp_path: Path, catalogue: Catalogue) -> None:
    night = night_of(tmp_path, catalogue, 130, SUPPLIER)
    (alarm,) = gap_alarms(night)
    assert alarm[:3] == ("supplier", SUPPLIER, "returns_gap")
    assert numbers(night)["observed"] == 0.0


def test_a_drop_two_days_late_is_left_to_the_check_of_sources(tmp_path: Path, catalogue: Catalogue) -> None:
    assert gap_alarms(night_of(tmp_path, catalogue, 2)) == []


def test_a_platform_without_returns_says_so_and_is_judged_by_complaints(tmp_path: Path, catalogue: Catalogue) -> None:
    night = night_of(tmp_path, catalogue, 130)
    assert [alarm[:3] for alarm in gap_alarms(night)] == [("source", "returns", "no_returns")]
    found = regrets(night)
    assert np.isfinite(found).all() and found.max() > 0.0
