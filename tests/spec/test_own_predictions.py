"""Our own predictions and inputs: a line is judged by the prediction of its day, a week by the weeks before it."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.support.night_tables import AS_OF, ago, facts, rows, table
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.protocol import Engine

PREDICTIONS = (
    "list_date date, sku_id varchar, return_rate double, regret_rate double, landmine_probability double, "
    "decision varchar"
)
DAILY = "sku_id varchar, delivered_on date, delay_days integer, delivered_lines bigint, returned_lines bigint"
OUTCOMES = "metric varchar, sku_id varchar, delivered_on date, delay_days integer, lines bigint"
DUE: dict[str, Any] = {"as_of_date": AS_OF, "first_on": ago(56), "horizon_days": 180}


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_memory()
    table(opened, "night.int_sku_numbers", "sku_id varchar, category_number integer", [("S1", 0), ("S2", 0)])
    table(opened, "night.int_sku_estimates", "sku_id varchar, landmine_ceiling double", [("S1", 0.2), ("S2", 0.3)])
    curve = "category_number integer, day integer, return_share decimal(9, 8), regret_share decimal(9, 8)"
    table(opened, "night.int_number_curve", curve, [(0, 10, 0.5, 0.25), (0, 0, 0, 0), (0, 55, 1, 1)])
    table(opened, "night.int_sku_daily", DAILY)
    table(opened, "night.int_sku_outcomes", OUTCOMES)
    yield opened
    opened.close()


def due(
    engine: Engine, predictions: list[Any], delivered: list[Any], outcomes: Sequence[Any] = ()
) -> dict[Any, dict[str, Any]]:
    table(engine, "history.predictions", PREDICTIONS, predictions)
    table(engine, "night.int_sku_daily", DAILY, delivered)
    table(engine, "night.int_sku_outcomes", OUTCOMES, outcomes)
    return facts(engine, "int_predictions_due", "sku_id", "list_date", **DUE)


def test_lines_are_judged_by_the_prediction_of_the_day_they_were_delivered(engine: Engine) -> None:
    found = due(
        engine,
        [
            (ago(10), "S1", 0.2, 0.1, 0.05, "listed"),
            (ago(11), "S1", 0.9, 0.9, 0.9, "listed"),
            (ago(10), "S2", 0.5, 0.4, 0.3, "rejected"),
        ],
        [("S1", ago(10), None, 40, 0), ("S1", ago(10), 3, 0, 5), ("S2", ago(10), None, 8, 0)],
        [
            ("return", "S1", ago(10), 3, 5),
            ("regret", "S1", ago(10), 3, 2),
            ("complaint", "S1", ago(10), 3, 1),
            ("regret", "S1", ago(10), 181, 70),
            ("regret", "S1", ago(12), 3, 30),
        ],
    )
    assert found == {
        ("S1", ago(10)): {
            "is_listed": True,
            "return_rate": 0.2,
            "regret_rate": 0.1,
            "landmine_probability": 0.05,
            "landmine_ceiling": 0.2,
            "return_exposure": 20.0,
            "regret_exposure": 10.0,
            "returned_lines": 5.0,
            "regretted_lines": 2.0,
        },
        ("S2", ago(10)): {
            "is_listed": False,
            "return_rate": 0.5,
            "regret_rate": 0.4,
            "landmine_probability": 0.3,
            "landmine_ceiling": 0.3,
            "return_exposure": 4.0,
            "regret_exposure": 2.0,
            "returned_lines": 0.0,
            "regretted_lines": 0.0,
        },
    }


@pytest.mark.parametrize("delivered", [9, 11], ids=["the day after", "the day before"])
def test_lines_of_other_days_judge_no_prediction(engine: Engine, delivered: int) -> None:
    prediction = ago(10), "S1", 0.2, 0.1, 0.05, "listed"
    assert due(engine, [prediction], [("S1", ago(delivered), None, 40, 0)]) == {}


@pytest.mark.parametrize(
    ("days", "is_due"),
    [
        pytest.param(0, True, id="of today"),
        pytest.param(55, True, id="of the first day of the window"),
        pytest.param(56, False, id="of the day before it"),
        pytest.param(-1, False, id="of tomorrow"),
    ],
)
def test_predictions_of_the_window_are_due(engine: Engine, days: int, is_due: bool) -> None:
    prediction = ago(days), "S1", 0.2, 0.1, 0.05, "listed"
    assert bool(due(engine, [prediction], [("S1", ago(days), None, 4, 0)])) == is_due


WEEKS: dict[str, Any] = {"as_of_date": AS_OF, "first_on": ago(63)}


def test_an_inputs_weeks_count_back_from_the_as_of_date(engine: Engine) -> None:
    delivered = [
        ("S1", AS_OF, None, 5, 0),
        ("S1", ago(6), None, 2, 0),
        ("S1", ago(7), None, 3, 0),
        ("S1", ago(62), None, 4, 0),
        ("S1", ago(63), None, 9, 0),
        ("S1", ago(-1), None, 9, 0),
        ("S1", ago(20), 13, 0, 8),  # sent back a week ago
    ]
    table(engine, "night.int_sku_daily", DAILY, delivered)
    table(engine, "night.int_complaints", "complained_on date", [(ago(7),), (ago(8),), (ago(1),)])
    table(engine, "history.posts", "posted_on date, posts bigint", [(ago(1), 6), (ago(2), 5)])
    assert rows(engine, "int_input_weeks", **WEEKS) == [
        ("chat_messages", "complaints", 0, 1),
        ("chat_messages", "complaints", 1, 2),
        ("chat_messages", "posts", 0, 11),
        ("orders", "delivered_lines", 0, 7),
        ("orders", "delivered_lines", 1, 3),
        ("orders", "delivered_lines", 8, 4),
        ("returns", "returned_lines", 1, 8),
    ]
