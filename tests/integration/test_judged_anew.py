"""A home of an earlier release: its rows are known again, and its order history gets the meanings of today."""

from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.night_tables import rows_of
from tests.support.old_home import SECOND, golden_night, second_day, unpacked
from tests.support.source_rows import put
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.history.stage import maintain_history
from xuanpin.pipelines.migration import open_home


def row_counts(home: Home) -> tuple[Any, ...]:
    """Rows of orders and of returns that a home keeps."""
    engine = open_home(home)
    counts = tuple(engine.read(f"source.{table}").num_rows for table in ("orders", "returns"))
    engine.close()
    return counts


def test_rows_that_an_old_home_has_are_known_again_though_their_contracts_have_grown(tmp_path: Path) -> None:
    old = unpacked("0_1_0", tmp_path / "old")
    sources = second_day(tmp_path / "sources")
    for table in ("orders", "returns"):
        golden = sources / table / "golden.csv"
        head, *lines = golden.read_text(encoding="utf-8").splitlines()
        later = {"orders": ("paid_amount", ""), "returns": ("kind,state", ",")}[table]
        sent_again = [f"{head},{later[0]}", *(f"{line},{later[1]}" for line in lines)]
        (sources / table / "again.csv").write_text("\n".join(sent_again) + "\n", encoding="utf-8")
        golden.unlink()
    before = row_counts(old)
    golden_night(old, SECOND, sources)
    assert row_counts(old) == (before[0] + 3, before[1] + 1)


def test_an_order_history_of_before_is_judged_anew_and_keeps_the_sums_of_lines_that_are_gone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    engine = open_home(home)
    day = datetime(2026, 11, 10, 12)
    line = {"order_line_id": "L1", "ordered_at": day, "status": "cancelled", "delivered_at": day, "updated_at": day}
    put(engine, "orders", [line, line | {"order_line_id": "L2", "status": "delivered", "unit_price": 0}])
    put(engine, "returns", [{"return_id": "R1", "order_line_id": "L1", "requested_at": day, "updated_at": day}])
    maintain_history(engine)
    counted = engine.read("history.daily_sku_outcomes").to_pylist()
    # As the release before counted: the closed line not at all, the gift, and another one that retention has deleted.
    for statement in (
        "update history.order_line_timeline set status = 'cancelled', delivered_on = null where order_line_id = 'L1'",
        "alter table history.order_line_timeline drop column is_sale",
        "delete from history.daily_sku_outcomes",
        "insert into history.daily_sku_outcomes by name select known_on, 'S1' as sku_id, known_on as delivered_on, "
        "2 as delivered_lines, 2 as delivered_units, 0 as returned_lines, 0 as returned_units, 0 as fault_lines "
        "from source.orders where order_line_id = 'L2'",
        "update ops.warehouse_version set version = 1",
    ):
        engine.execute(statement)
    engine.close()
    engine = open_home(home)
    maintain_history(engine)
    engine.materialise("int_sku_daily", as_of_date=day.date())
    measures = ("delay_days", "delivered_lines", "returned_lines")
    engine_rows = rows_of(engine, "night.int_sku_daily", *measures)
    assert sorted(engine_rows, key=repr) == [(0, 0, 1), (None, 2, 0)]
    assert sorted((row["delivered_lines"], row["returned_lines"]) for row in counted) == [(0, 1), (1, 0)]
    engine.close()
