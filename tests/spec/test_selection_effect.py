"""What was listed is a little worse than it looked: measured on past lists, and laid to changes that had not shown."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.support.night_tables import AS_OF, ago, facts, table
from xuanpin.models.arrays import Floats
from xuanpin.models.risk.selection_effect import FACTOR_RANGE, ListedOutcomes, selection_effect, with_odds
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.protocol import Engine

DATES: dict[str, Any] = {"as_of_date": AS_OF, "first_on": ago(56), "horizon_days": 180}


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_memory()
    numbers = "sku_id varchar, sku_number integer, category_number integer"
    table(opened, "night.int_sku_numbers", numbers, [("S1", 0, 0), ("S2", 1, 0)])
    curve = "category_number integer, day integer, regret_share decimal(9, 8)"
    table(opened, "night.int_number_curve", curve, [(0, 0, 0.1), (0, 10, 0.5), (0, 11, 0.6)])
    yield opened
    opened.close()


def listed(
    engine: Engine, predictions: list[Any], deliveries: list[Any], outcomes: list[Any]
) -> dict[Any, dict[str, Any]]:
    columns = "list_date date, sku_id varchar, regret_rate double, decision varchar"
    table(engine, "history.predictions", columns, predictions)
    columns = "sku_number integer, age_days integer, delivered_lines decimal(18, 3)"
    table(engine, "night.int_delivery_days", columns, deliveries)
    columns = "metric varchar, sku_id varchar, delivered_on date, delay_days integer, lines decimal(18, 3)"
    table(engine, "night.int_witnessed_outcomes", columns, outcomes)
    return facts(engine, "int_listed_outcomes", "sku_id", **DATES)


def test_lines_are_judged_by_the_prediction_of_the_day_on_which_their_sku_was_listed(engine: Engine) -> None:
    found = listed(
        engine,
        [
            (ago(10), "S1", 0.1, "listed"),
            (ago(11), "S1", 0.2, "listed"),
            (ago(12), "S1", 0.9, "not_listed"),
            (ago(11), "S2", 0.3, "listed"),
            (ago(56), "S2", 0.3, "listed"),
        ],
        [*((0, day, 20) for day in (10, 11, 12)), (1, 56, 8)],
        [
            ("regret", "S1", ago(10), 3, 2),
            ("regret", "S1", ago(10), 181, 7),
            ("regret", "S1", ago(12), 3, 5),
            ("return", "S1", ago(10), 3, 4),
        ],
    )
    assert found == {
        "S1": {"lines": pytest.approx(22.0), "predicted": pytest.approx(1.0 + 2.4), "observed": pytest.approx(2.0)}
    }


def outcomes(predicted: float, observed: float, skus: int = 100) -> ListedOutcomes:
    each: Floats = np.full(skus, 1.0 / skus)
    return ListedOutcomes(1_000.0 * each, predicted * each, observed * each)


def test_past_lists_that_came_out_as_predicted_change_nothing() -> None:
    assert selection_effect(outcomes(400.0, 400.0), 0.1).factor == pytest.approx(1.0)


def test_many_lines_that_were_regretted_more_often_raise_the_odds_of_a_change() -> None:
    # 4,000 regrets, 400 of them by changes: 400 more say that there were twice as many changes.
    many, few = selection_effect(outcomes(4_000.0, 4_400.0), 0.1), selection_effect(outcomes(40.0, 44.0), 0.1)
    assert 1.85 < many.factor < 2.0
    assert 1.0 < few.factor < 1.1
    assert (many.lines, many.predicted, many.observed) == pytest.approx((1_000.0, 4_000.0, 4_400.0))


def test_one_sku_that_went_wrong_is_weaker_evidence_than_many() -> None:
    alike = outcomes(400.0, 500.0)
    one = ListedOutcomes(alike.lines, alike.predicted, alike.predicted + np.eye(1, 100)[0] * 100.0)
    assert 1.0 < selection_effect(one, 0.1).factor < selection_effect(alike, 0.1).factor


@pytest.mark.parametrize(("observed", "end"), [(0.0, 0), (9e6, 1)])
def test_the_factor_stays_in_its_range(observed: float, end: int) -> None:
    assert selection_effect(outcomes(1e6, observed), 0.1).factor == FACTOR_RANGE[end]


def test_without_past_lists_or_changes_the_factor_is_one() -> None:
    none = np.empty(0)
    assert selection_effect(ListedOutcomes(none, none, none), 0.1).factor == 1.0
    assert selection_effect(outcomes(400.0, 800.0), 0.0).factor == 1.0


def test_odds_are_multiplied_and_certainties_stay() -> None:
    assert with_odds(np.array([0.0, 0.2, 0.5, 1.0]), 2.0) == pytest.approx([0.0, 1 / 3, 2 / 3, 1.0])
