"""Whether a promise can be stated: enough days and lines whose regrets have shown, and no returns missing."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.night_tables import ago, table
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.protocol import Engine

NEEDED: dict[str, Any] = {"promise_days": 28, "half_shown": 0.5, "promise_lines": 1_200, "returns_seen": True}
CURVE = [
    ("food", 0, 0.2),
    ("food", 1, 0.6),
    ("food", 30, 1.0),
    ("shoes", 0, 0.1),
    ("shoes", 4, 0.49),
    ("shoes", 9, 0.9),
]


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_memory()
    table(opened, "night.int_delivery_days", "age_days integer", [(0,), (32,)])
    table(opened, "night.int_delay_curve", "category varchar, day integer, regret_share decimal(9, 8)", CURVE)
    seen(opened, (700.0, 400.0, 80.0, 0.0), (50.9, 50.0, 0.0, 1.0))
    gaps(opened)
    yield opened
    opened.close()


def seen(engine: Engine, *lines: tuple[float, float, float, float]) -> None:
    columns = "regret_exposure double, excused_exposure double, regretted_lines double, excused_regrets double"
    table(engine, "night.int_sku_evidence", columns, lines)


def gaps(engine: Engine, *levels: str) -> None:
    columns = "level varchar, entity_id varchar, since_on date, until_on date"
    table(engine, "night.int_returns_gaps", columns, [(level, "returns", ago(9), ago(2)) for level in levels])


def grounds(engine: Engine, **other: bool) -> dict[str, Any]:
    (row,) = engine.select("int_promise_grounds", **NEEDED | other).to_pylist()
    return dict(row)


def test_enough_days_and_lines_are_grounds_for_a_promise(engine: Engine) -> None:
    """Five days until half of the regrets of shoes have shown, and four weeks of such days."""
    assert grounds(engine) == {
        "can_promise": True,
        "reason_code": None,
        "days_seen": 33,
        "days_needed": 33,
        "deliveries_seen": 1_201,
        "deliveries_needed": 1_200,
    }


def test_a_platform_of_few_days_says_how_many_it_needs(engine: Engine) -> None:
    table(engine, "night.int_delivery_days", "age_days integer", [(0,), (31,)])
    found = grounds(engine)
    assert (found["can_promise"], found["reason_code"]) == (False, "too_few_days")
    assert (found["days_seen"], found["days_needed"]) == (32, 33)


def test_few_mature_lines_are_no_grounds_however_old_they_are(engine: Engine) -> None:
    seen(engine, (700.0, 499.0, 80.0, 0.0))
    found = grounds(engine)
    assert (found["can_promise"], found["reason_code"], found["deliveries_seen"]) == (
        False,
        "too_few_deliveries",
        1_199,
    )


@pytest.mark.parametrize(("levels", "reason"), [((), None), (("supplier",), None), (("platform",), "returns_missing")])
def test_returns_that_do_not_come_are_no_sign_of_good_skus(
    engine: Engine, levels: tuple[str, ...], reason: str | None
) -> None:
    gaps(engine, *levels)
    assert grounds(engine)["reason_code"] == reason


def test_a_platform_without_returns_promises_nothing_whatever_else_it_has_seen(engine: Engine) -> None:
    found = grounds(engine, returns_seen=False)
    assert (found["can_promise"], found["reason_code"]) == (False, "no_returns")


def test_without_a_regret_nobody_knows_what_a_landmine_is_here(engine: Engine) -> None:
    seen(engine, (9_000.0, 0.0, 0.0, 0.0))
    assert grounds(engine)["reason_code"] == "no_regrets_seen"


def test_a_platform_without_deliveries_has_seen_nothing(engine: Engine) -> None:
    table(engine, "night.int_delivery_days", "age_days integer")
    table(engine, "night.int_delay_curve", "category varchar, day integer, regret_share decimal(9, 8)")
    seen(engine)
    found = grounds(engine)
    assert (found["can_promise"], found["reason_code"]) == (False, "too_few_days")
    assert (found["days_seen"], found["days_needed"], found["deliveries_seen"]) == (0, 28, 0)
