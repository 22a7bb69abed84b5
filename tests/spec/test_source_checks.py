"""What a night says of its sources beside the rules of their contracts: what waits, contradicts itself or collapsed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.night_tables import table
from tests.support.source_rows import put
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.quality import scope, source_checks
from xuanpin.pipelines.quality.checks import CheckResult
from xuanpin.pipelines.settings import Settings

DAY = date(2026, 11, 21)
TODAY = "known_on = date '2026-11-21'"
QUARANTINE = (
    "table_name varchar, key varchar, rules varchar[], row varchar, state varchar, drop_path varchar, drop_seq bigint"
)
SKU = CheckResult("orders.sku_id_unknown", "orders", "pass", 10, 0, "critical")


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    engine = open_home(Home(tmp_path))
    yield Night(engine, Settings(), Home(tmp_path), DAY, None, datetime(2026, 11, 22, tzinfo=UTC))
    engine.close()


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def waits(number: int, days: int, sku: str = "S9", state: str = "waiting") -> tuple[Any, ...]:
    stamp = f"{ago(days)} 10:00:00"
    row = f'{{"sku_id":"{sku}","ordered_at":"{stamp}","updated_at":"{stamp}"}}'
    return ("orders", f"L{number}", ["sku_id_unknown"], row, state, "f", 1)


def at_ten(days: int) -> datetime:
    return datetime.combine(ago(days), time(10))


def superseding(sku: str, stamp: str, state: str = "rejected") -> tuple[Any, ...]:
    row = f'{{"sku_id":"{sku}","updated_at":"{stamp}"}}'
    return ("products", sku, ["status_not_allowed"], row, state, "f", 1)


def line(number: int, days: int, **changed: Any) -> dict[str, Any]:
    moment = datetime(2026, 11, 21, 10) - timedelta(days=days)
    return {"order_line_id": f"L{number}", "ordered_at": moment, "updated_at": moment, **changed}


def test_rows_of_the_last_month_that_wait_are_a_warning(night: Night) -> None:
    rows = [waits(1, 0), waits(2, 29), waits(3, 30), waits(4, -1), waits(5, 0, state="rejected")]
    table(night.engine, "ops.quarantine", QUARANTINE, rows)
    (found,) = source_checks.with_waiting(night, [SKU], {"orders"})
    assert (found.result, found.severity, found.rows_seen, found.rows_failed) == ("warn", "warning", 12, 2)


def test_a_row_that_was_admitted_later_waited_on_the_day(night: Night) -> None:
    put(night.engine, "products", [{"sku_id": "S1", "known_on": ago(-2)}, {"sku_id": "S2", "known_on": ago(5)}])
    late = [line(1, 1, known_on=ago(-2)), line(2, 1, sku_id="S2", known_on=ago(-2)), line(3, 1, known_on=ago(0))]
    put(night.engine, "orders", late)
    (found,) = source_checks.with_waiting(night, [SKU], {"orders"})
    assert found.rows_failed == 1, "S1 was unknown on the day; S2 was known; the third row is visible"


def test_ids_that_were_cleaned_in_the_last_week_are_a_warning(night: Night) -> None:
    columns = "table_name varchar, known_on date, rows bigint, cleaned_rows bigint"
    days = [("orders", ago(0), 10, 2), ("orders", ago(6), 10, 1), ("orders", ago(7), 10, 9), ("orders", ago(-1), 10, 9)]
    table(night.engine, "ops.arrivals", columns, [*days, ("returns", ago(0), 5, None)])
    expected = CheckResult("orders.ids_unknown_as_written", "orders", "warn", 20, 3, "warning")
    assert source_checks.cleaned_ids(night) == [expected]


def test_a_newer_version_that_was_rejected_is_a_warning_while_the_older_one_is_in_force(night: Night) -> None:
    versions = [(1, 5), (2, 5), (3, 5), (4, 5), (4, 0), (5, 2), (6, -1)]
    put(night.engine, "products", [{"sku_id": f"S{number}", "updated_at": at_ten(days)} for number, days in versions])
    came = [("S1", 0), ("S1", 1), ("S2", 30), ("S3", -1), ("S4", 1), ("S5", 2), ("S6", 0), ("S7", 0)]
    rows = [superseding(sku, str(at_ten(days))) for sku, days in came]
    rows += [superseding("S5", str(at_ten(0)), state="waiting"), superseding("S2", "soon")]
    table(night.engine, "ops.quarantine", QUARANTINE, rows)
    expected = CheckResult("products.newer_version_set_aside", "products", "warn", 6, 1, "warning", ("S1",))
    assert source_checks.superseded(night, "products") == [expected]


def test_a_newer_count_of_stock_that_was_rejected_is_a_warning(night: Night) -> None:
    put(night.engine, "inventory", [{"sku_id": "S1", "as_of_date": ago(2), "known_on": ago(2)}])
    row = f'{{"sku_id":"S1","as_of_date":"{ago(1)}"}}'
    table(night.engine, "ops.quarantine", QUARANTINE, [("inventory", "K", ["r"], row, "rejected", "f", 1)])
    assert [found.ids for found in source_checks.superseded(night, "inventory")] == [("S1",)]


def test_nothing_waits_nothing_is_said_and_a_failure_stays(night: Night) -> None:
    failed = CheckResult("orders.group_id_unknown", "orders", "fail", 10, 1, "critical")
    other = CheckResult("orders.quantity_below_minimum", "orders", "pass", 10, 0, "critical")
    assert source_checks.with_waiting(night, [SKU, failed, other], {"orders"}) == [SKU, failed, other]


def test_one_key_and_stamp_with_other_values_is_told(night: Night, caplog: pytest.LogCaptureFixture) -> None:
    put(night.engine, "orders", [line(1, 0), line(1, 0, status="shipped"), line(2, 0), line(2, 1), line(3, 0)])
    found = source_checks.same_stamps(night.engine, "orders", TODAY)
    assert (found.check_name, found.result, found.rows_seen) == ("orders.same_key_and_stamp", "warn", 4)
    assert (found.rows_failed, found.ids) == (1, ("L1",))
    source_checks.log_warnings([found])
    assert "orders.same_key_and_stamp: keys such as L1 (1 in all)" in caplog.text


def test_a_day_of_stock_has_one_count_a_sku(night: Night) -> None:
    put(night.engine, "inventory", [{"sku_id": "S1", "as_of_date": DAY, "sellable_units": units} for units in (1, 2)])
    assert source_checks.same_stamps(night.engine, "inventory", TODAY).ids == ("S1/2026-11-21",)


@pytest.mark.parametrize(("lines", "results"), [(19, []), (20, ["warn", "pass", "pass"])])
def test_one_order_for_nearly_all_lines_is_told_once_there_are_enough(
    night: Night, lines: int, results: list[str]
) -> None:
    put(night.engine, "orders", [line(n, 0, customer_id=f"C{n}") for n in range(lines)])
    found = source_checks.collapsed_ids(night.engine, TODAY)
    assert [one.result for one in found] == results
    assert [one.rows_failed for one in found] == ([lines, 0, 0] if results else [])


def test_one_agent_for_all_lines_is_told_where_there_are_others(night: Night) -> None:
    put(night.engine, "agents", [{"agent_id": "A1"}, {"agent_id": "A2"}])
    put(night.engine, "orders", [line(n, 0, customer_id=f"C{n}", order_id=f"O{n}") for n in range(20)])
    assert [one.result for one in source_checks.collapsed_ids(night.engine, TODAY)] == ["pass", "pass", "warn"]


def test_of_tables_that_set_nothing_aside_and_had_no_later_day_nothing_is_looked_for(night: Night) -> None:
    rows = [waits(1, 0), waits(2, 5), superseding("S1", str(at_ten(0)))]
    table(night.engine, "ops.quarantine", QUARANTINE, rows)
    days = [("returns", ago(-1)), ("groups", ago(0)), ("orders", ago(-2))]
    table(night.engine, "ops.arrivals", "table_name varchar, known_on date", days)
    assert scope.set_aside(night, "waiting") == {"orders", "returns"}
    assert scope.set_aside(night, "rejected") == {"products"}
