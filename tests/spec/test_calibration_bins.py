"""How predictions are held against what came of them: of all SKUs, of listed ones, and of landmines."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from xuanpin.pipelines.scoring.calibration import calibration_bins

PLAIN: dict[str, Any] = {
    "sku_id": "S1", "is_listed": False, "return_rate": 0.2, "regret_rate": 0.1, "landmine_probability": 0.05,
    "landmine_ceiling": 0.2, "return_exposure": 40.0, "regret_exposure": 40.0, "returned_lines": 10.0,
    "regretted_lines": 2.0,
}  # fmt: skip


def bins(*predictions: dict[str, Any]) -> dict[object, tuple[object, object, object]]:
    """Metric → (predicted, observed, lines or SKUs) of the only bin that these predictions make of each."""
    found = calibration_bins(pd.DataFrame([PLAIN | own for own in predictions]))
    by_metric = {row["metric"]: (row["predicted"], row["observed"], row["n"]) for row in found}
    assert len(by_metric) == len(found)
    return by_metric


def test_rates_are_held_against_the_lines_that_came_since() -> None:
    assert bins({}) == {
        "return_rate": (pytest.approx(0.2), 0.25, 40),
        "regret_rate": (pytest.approx(0.1), 0.05, 40),
        "landmine": (pytest.approx(0.05), 0.0, 1),
    }


def test_skus_that_were_listed_are_looked_at_once_more_by_themselves() -> None:
    found = bins({"is_listed": True}, {"sku_id": "S2", "returned_lines": 40.0})
    assert found["return_rate"] == (pytest.approx(0.2), 50 / 80, 80)
    assert found["return_rate_listed"] == (pytest.approx(0.2), 0.25, 40)
    assert found["landmine_listed"] == (pytest.approx(0.05), 0.0, 1)


@pytest.mark.parametrize(("lines", "is_judged"), [(30.0, True), (29.9, False)])
def test_a_sku_with_fewer_than_thirty_lines_shows_no_landmine(lines: float, is_judged: bool) -> None:
    assert ("landmine" in bins({"regret_exposure": lines})) == is_judged


@pytest.mark.parametrize(("regrets", "is_landmine"), [(8.0, 0.0), (8.1, 1.0)])
def test_a_landmine_has_more_regrets_than_its_ceiling_allows(regrets: float, is_landmine: float) -> None:
    assert bins({"regretted_lines": regrets})["landmine"][1] == is_landmine


def test_a_sku_is_one_landmine_however_many_of_its_days_are_judged() -> None:
    days = {"regret_exposure": 20.0, "regretted_lines": 0.0}, {"regret_exposure": 60.0, "regretted_lines": 20.0}
    found = bins(days[0] | {"landmine_probability": 0.5}, days[1] | {"landmine_probability": 0.1})
    assert found["landmine"] == (pytest.approx(0.2), 1.0, 1)


def test_without_a_prediction_there_is_nothing_to_hold() -> None:
    assert calibration_bins(pd.DataFrame(columns=list(PLAIN)).astype({"is_listed": bool, "sku_id": str})) == []
