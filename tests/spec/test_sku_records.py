"""What a night leaves of each SKU's outcomes: weeks counted back from its day, and predictions of listed days."""

from __future__ import annotations

from datetime import date, timedelta

from tests.support.night_tables import AS_OF, ago, put_table, selected, table
from xuanpin.pipelines.engine.protocol import Engine

DAILY = (
    "sku_id varchar, delivered_on date, delay_days integer, delivered_lines bigint, returned_lines bigint, "
    "fault_lines bigint"
)


def test_weeks_are_counted_back_from_the_day_of_the_night_and_end_after_a_quarter(warehouse: Engine) -> None:
    rows = [
        ("S1", ago(0), None, 3, 0, 0),
        ("S1", ago(6), None, 4, 0, 0),
        ("S1", ago(6), 2, 0, 1, 1),
        ("S1", ago(7), None, 5, 0, 0),
        ("S1", ago(13 * 7 - 1), None, 6, 0, 0),
        ("S1", ago(13 * 7), None, 90, 0, 0),
        ("S2", ago(8), None, 7, 0, 0),
        ("S1", AS_OF + timedelta(days=1), None, 80, 0, 0),
    ]
    table(warehouse, "night.int_sku_daily", DAILY, rows)
    assert selected(warehouse, "record_weeks", as_of_date=AS_OF, weeks=13) == [
        ("S1", 12, 6, 0, 0),
        ("S1", 1, 5, 0, 0),
        ("S1", 0, 7, 1, 1),
        ("S2", 1, 7, 0, 0),
    ]


def test_only_days_on_which_the_sku_was_listed_within_the_weeks_are_held_against_it(warehouse: Engine) -> None:
    columns = (
        "sku_id varchar, list_date date, is_listed boolean, return_rate double, regret_rate double, "
        "landmine_probability double, return_exposure double, regret_exposure double, returned_lines double, "
        "regretted_lines double"
    )
    days = [("S2", ago(1), True), ("S1", ago(3), True), ("S1", ago(2), False), ("S1", ago(14), True)]
    days.append(("S1", ago(13), True))
    rows = [{"sku_id": sku, "list_date": day, "is_listed": listed} for sku, day, listed in days]
    put_table(warehouse, "night.int_predictions_due", columns, *rows)
    found: list[tuple[str, date]] = selected(
        warehouse, "record_predictions", "sku_id", "list_date", as_of_date=AS_OF, weeks=2
    )
    assert found == [("S1", ago(13)), ("S1", ago(3)), ("S2", ago(1))]
