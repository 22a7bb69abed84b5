"""How late outcomes show: who is at risk on a day, which days are heeded, and what a thin category borrows."""

import math
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from tests.support.night_tables import AS_OF, ago, facts, rows, table
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.scoring.outcomes import with_assumed_delays

NUMBERS = (
    "sku_id varchar, category varchar, department varchar, supplier_id varchar, sku_number integer, "
    "category_number integer"
)
OUTCOMES = "metric varchar, sku_id varchar, delivered_on date, delay_days integer, lines bigint"
COUNTS = "metric varchar, level varchar, pool varchar, day integer, shown bigint, at_risk bigint, is_usable boolean"
GAPS = (
    "level varchar, entity_id varchar, since_on date, until_on date, observed double, expected double, "
    "complaints double, usual_complaints double"
)
DAYS = "metric varchar, category varchar, day integer, shown bigint, aged bigint"
APPLE, PEAR, DRESS = (("S1", "食品/水果"), ("S2", "食品/水果"), ("S3", "女装/裙"))


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_memory()
    table(
        opened,
        "night.int_sku_numbers",
        NUMBERS,
        [
            ("S1", "食品/水果", "食品", "P1", 0, 1),
            ("S2", "食品/水果", "食品", "P1", 1, 1),
            ("S3", "女装/裙", "女装", "P2", 2, 0),
        ],
    )
    table(opened, "night.int_returns_gaps", GAPS)
    table(opened, "night.int_sku_outcomes", OUTCOMES)
    delivered = "sku_number integer, category_number integer, age_days integer, delivered_lines integer"
    table(opened, "night.int_delivery_days", delivered, [(0, 1, 9, 4), (2, 0, 400, 1)])
    yield opened
    opened.close()


def test_numbers_follow_the_order_of_ids_and_of_categories(engine: Engine) -> None:
    products = "sku_id varchar, category varchar, supplier_id varchar"
    table(engine, "night.int_returns_gaps", GAPS)
    table(engine, "night.stg_products", products, [("S2", "b/x", "P2"), ("S1", "c", "P1"), ("S3", "b/x", "P1")])
    assert rows(engine, "int_sku_numbers") == [
        ("S1", "c", "c", "P1", 0, 1),
        ("S2", "b/x", "b", "P2", 1, 0),
        ("S3", "b/x", "b", "P1", 2, 0),
    ]


def test_a_supplier_whose_returns_are_missing_has_category_numbers_of_its_own(engine: Engine) -> None:
    products = "sku_id varchar, category varchar, supplier_id varchar"
    table(engine, "night.int_returns_gaps", GAPS, [("supplier", "P2", ago(9), AS_OF, 0.0, 9.0, 9.0, 9.0)])
    table(engine, "night.stg_products", products, [("S1", "b", "P1"), ("S2", "b", "P2"), ("S3", "c", "P2")])
    assert [row[-1] for row in rows(engine, "int_sku_numbers")] == [0, 1, 2]


def test_a_delivery_day_is_told_by_its_age_and_counts_witnesses(engine: Engine) -> None:
    daily = "sku_id varchar, delivered_on date, delay_days integer, delivered_lines integer"
    days = ("S3", ago(5), None, 8), ("S1", AS_OF, None, 2), ("S1", ago(2), None, 1), ("S3", ago(5), 2, 0)
    table(engine, "night.int_sku_daily", daily, days)
    keys = "kind varchar, name_key integer, source_number integer"
    table(engine, "night.int_source_numbers", keys, [("sku", 7, 2), ("sku", 9, 0)])
    keys = "sku_key integer, period integer, agent_key integer, customer_key integer"
    lines = f"{keys}, is_new boolean, delivered_on date, buyer_share double"
    weighed = (7, ago(5), 0.5), (7, ago(5), 0), (7, ago(5), 1), (9, ago(2), 0)
    table(engine, "night.int_sale_lines", lines, [(sku, 0, 0, 0, False, *rest) for sku, *rest in weighed])
    table(engine, "night.int_doubted_lines", f"{keys}, credibility double")
    assert rows(engine, "int_delivery_days", as_of_date=AS_OF, new_weight=0.5) == [(0, 1, 0, 2), (2, 0, 5, 6.5)]


def test_an_outcome_is_counted_once_by_its_delay_and_once_by_its_age(engine: Engine) -> None:
    table(
        engine,
        "night.int_sku_outcomes",
        OUTCOMES,
        [
            ("regret", "S1", ago(9), 3, 2),
            ("regret", "S2", ago(400), 3, 1),
            ("regret", "S2", ago(400), 181, 5),
            ("return", "S3", ago(200), 180, 1),
        ],
    )
    assert rows(engine, "int_delay_days", believed_on=AS_OF, horizon_days=180) == [
        ("regret", "食品/水果", 180, 0, 1),  # as old as the horizon; the outcome after it is not counted at all
        ("regret", "食品/水果", 3, 3, 0),
        ("regret", "食品/水果", 9, 0, 2),
        ("return", "女装/裙", 180, 0, 1),
        ("return", "女装/裙", 180, 1, 0),
    ]


def counted(engine: Engine, *marks: tuple[str, int, int, int], fewest: int = 1, enough: float = 0.5) -> dict[Any, Any]:
    table(engine, "night.int_delay_days", DAYS, (("regret", *mark) for mark in marks))
    found = facts(
        engine, "int_delay_counts", "level", "pool", "day", horizon_days=180, fewest_at_risk=fewest, enough_share=enough
    )
    return {key: (row["shown"], row["at_risk"], row["is_usable"]) for key, row in found.items()}


def test_at_risk_is_what_showed_by_then_and_is_old_enough(engine: Engine) -> None:
    """Three outcomes after 1, 1 and 9 days, of lines 2, 10 and 10 days old."""
    found = counted(
        engine, ("食品/水果", 1, 2, 0), ("食品/水果", 9, 1, 0), ("食品/水果", 2, 0, 1), ("食品/水果", 10, 0, 2)
    )
    platform = {day: seen for (level, _, day), seen in found.items() if level == "platform"}
    assert platform == {
        1: (2, 2, True),
        2: (0, 2, True),
        9: (1, 2, True),  # the line of 2 days could not have shown it
        10: (0, 2, True),
        180: (0, 0, False),  # an age that occurs has its point of the curve, with nothing at risk
    }
    assert {(level, pool) for level, pool, _ in found} == {
        ("platform", ""),
        ("department", "食品"),
        ("category", "食品/水果"),
    }


@pytest.mark.parametrize(
    ("fewest", "enough", "is_usable"),
    [
        pytest.param(4, 0.9, True, id="as many as are asked for"),
        pytest.param(5, 0.9, False, id="one too few, and far from the most"),
        pytest.param(99, 0.4, True, id="a young platform: 4 of the most, 10"),
        pytest.param(99, 0.41, False, id="too few even there"),
    ],
)
def test_a_day_is_usable_when_enough_are_old_enough(
    engine: Engine, fewest: int, enough: float, is_usable: bool
) -> None:
    """Ten outcomes on the first day, six of them of lines just as old: four are at risk on day 5."""
    marks = ("食品/水果", 0, 10, 0), ("食品/水果", 4, 0, 6), ("食品/水果", 5, 0, 4)
    assert counted(engine, *marks, fewest=fewest, enough=enough)["platform", "", 5] == (0, 4, is_usable)


def test_outcomes_that_were_all_taken_back_tell_nothing(engine: Engine) -> None:
    assert counted(engine, ("食品/水果", 3, 0, 0))["platform", "", 3] == (0, 0, False)


def curve(engine: Engine, *counts: Sequence[Any], pooling: float = 20.0) -> dict[Any, Any]:
    table(engine, "night.int_delay_counts", COUNTS, (("regret", *count) for count in counts))
    table(engine, "night.stg_products", "category varchar", [("食品/水果",), ("女装/裙",)])
    shares: dict[str, Any] = {"return_by_oldest": 1.0, "regret_by_oldest": 0.8, "complaint_by_oldest": 1.0}
    found = facts(
        engine,
        "int_delay_curve",
        "category",
        "day",
        horizon_days=180,
        pooling_lines=pooling,
        smallest_share=1e-9,
        **shares,
    )
    return {key: float(row["regret_share"]) for key, row in found.items()}


def test_a_category_borrows_from_its_department_and_that_from_the_platform(engine: Engine) -> None:
    found = curve(
        engine,
        ("platform", "", 0, 6, 6, True),
        ("platform", "", 9, 4, 10, True),
        ("department", "食品", 9, 3, 10, True),
        ("category", "食品/水果", 9, 2, 10, True),
    )
    department = (3 + 20 * 4 / 10) / (10 + 20)
    category = (2 + 20 * department) / (10 + 20)
    # All of the hazard lies on day 9, so that a share 1 - hazard shows before; four fifths show by the oldest age.
    assert found["食品/水果", 0] == pytest.approx(0.8 * (1 - category), abs=1e-7)
    assert found["食品", 0] == pytest.approx(0.8 * (1 - department), abs=1e-7)
    assert found["女装/裙", 0] == pytest.approx(0.8 * (1 - 4 / 10), abs=1e-7)  # nothing seen: as the platform
    assert found["食品/水果", 9] == found["女装/裙", 180] == pytest.approx(0.8)


def test_a_platform_day_that_is_not_told_has_no_hazard(engine: Engine) -> None:
    found = curve(engine, ("platform", "", 0, 1, 1, True), ("platform", "", 9, 1, 1, False))
    assert found["女装/裙", 0] == pytest.approx(0.8)


def test_a_day_on_which_all_showed_leaves_a_share_that_can_be_multiplied(engine: Engine) -> None:
    found = curve(engine, ("platform", "", 0, 1, 1, True), ("platform", "", 9, 5, 5, True))
    assert found["女装/裙", 0] == pytest.approx(0.0, abs=1e-8) and math.isfinite(found["女装/裙", 0])


def test_the_curve_by_numbers_is_that_of_the_categories_that_have_skus(engine: Engine) -> None:
    table(engine, "night.int_delay_curve", CURVE, [("食品/水果", 9, 0.5, 0.25, 0.75), ("食品", 9, 0.1, 0.1, 0.1)])
    assert number_curve(engine) == {(1, 9): (0.5, 0.25)}


def test_nothing_shows_of_an_outcome_for_which_there_is_no_source(engine: Engine) -> None:
    table(engine, "night.int_delay_curve", CURVE, [("食品/水果", 9, 0.5, 0.25, 0.75)])
    assert number_curve(engine, returns_seen=False) == {(1, 9): (0.0, 0.25)}
    assert number_curve(engine, returns_seen=False, regrets_seen=False) == {(1, 9): (0.0, 0.0)}


CURVE = (
    "category varchar, day integer, return_share decimal(9, 8), regret_share decimal(9, 8), "
    "complaint_share decimal(9, 8)"
)
SLOW = [("食品/水果", day, *[day / 10] * 3) for day in range(10)]
"""A curve on which a tenth of all outcomes shows each day, by return or complaint alike."""


def number_curve(
    engine: Engine, believed_on: date = AS_OF, *, returns_seen: bool = True, regrets_seen: bool = True
) -> dict[tuple[int, int], tuple[float, float]]:
    seen = {"returns_seen": returns_seen, "regrets_seen": regrets_seen}
    found = rows(engine, "int_number_curve", as_of_date=AS_OF, believed_on=believed_on, **seen)
    return {(number, day): (float(returned), float(regretted)) for number, day, returned, regretted in found}


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        pytest.param(("platform", "returns", ago(4), AS_OF, 0.0, 50.0), [0.0, 0.0, 0.0, 0.4], id="the last five days"),
        pytest.param(("platform", "returns", ago(4), AS_OF, 25.0, 50.0), [0.0, 0.1, 0.2, 0.65], id="half of them"),
        pytest.param(("platform", "returns", ago(4), ago(2), 0.0, 50.0), [0.0, 0.2, 0.2, 0.6], id="ended two days ago"),
        pytest.param(("supplier", "P1", ago(4), AS_OF, 0.0, 50.0), [0.0, 0.0, 0.0, 0.4], id="of their supplier"),
        pytest.param(("supplier", "P2", ago(4), AS_OF, 0.0, 50.0), [0.0, 0.2, 0.4, 0.9], id="of another supplier"),
    ],
)
def test_returns_due_on_missing_days_have_not_shown(engine: Engine, gap: Any, expected: list[float]) -> None:
    table(engine, "night.int_delay_curve", CURVE, SLOW)
    table(engine, "night.int_returns_gaps", GAPS, [(*gap, 9.0, 9.0)])
    found = number_curve(engine)
    assert [found[1, day][0] for day in (0, 2, 4, 9)] == pytest.approx(expected)
    # Nobody complained before, so regrets come as returns.
    assert [found[1, day][1] for day in (0, 2, 4, 9)] == pytest.approx(expected)


def test_complaints_still_show_on_missing_days(engine: Engine) -> None:
    """Half of the regrets before the gap were complained of: their half of the curve is whole."""
    table(engine, "night.int_delay_curve", CURVE, SLOW)
    table(engine, "night.int_returns_gaps", GAPS, [("platform", "returns", ago(4), AS_OF, 0.0, 50.0, 9.0, 9.0)])
    outcomes = [("regret", "S1", ago(9), 1, 8), ("complaint", "S1", ago(9), 1, 4), ("complaint", "S1", ago(5), 3, 99)]
    table(engine, "night.int_sku_outcomes", OUTCOMES, outcomes)
    found = number_curve(engine, believed_on=ago(5))
    assert [found[1, day][0] for day in (2, 4, 9)] == pytest.approx([0.0, 0.0, 0.4])
    assert [found[1, day][1] for day in (2, 4, 9)] == pytest.approx([0.1, 0.2, 0.65])


def test_the_curve_is_learnt_from_the_days_whose_returns_are_believed(engine: Engine) -> None:
    outcomes = [("return", "S1", ago(9), 3, 2), ("return", "S1", ago(9), 5, 7)]
    table(engine, "night.int_sku_outcomes", OUTCOMES, outcomes)
    assert rows(engine, "int_delay_days", believed_on=ago(5), horizon_days=180) == [
        ("return", "食品/水果", 3, 2, 0),
        ("return", "食品/水果", 4, 0, 2),
    ]


def test_what_is_assumed_of_delays_is_worth_ten_outcomes_on_the_usable_days_of_the_platform() -> None:
    names = ("metric", "level", "pool", "day", "shown", "at_risk", "is_usable")
    given = [
        ("return", "platform", "", 0, 1, 5, True),
        ("complaint", "platform", "", 0, 1, 5, True),
        ("return", "platform", "", 9, 1, 5, False),
        ("return", "category", "a/b", 0, 1, 5, True),
    ]
    counts = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in given])
    found = [(row["shown"], row["at_risk"]) for row in with_assumed_delays(counts, 180).to_pylist()]
    # Whatever came by the first day came on it: all of ten are expected there.
    assert found == [(11.0, 15.0), (11.0, 15.0), (1.0, 5.0), (1.0, 5.0)]
