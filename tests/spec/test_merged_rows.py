"""Orders whose columns stand once for several lines (merged cells): which empty cells are filled, and which never."""

from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from tests.support.drop_folder import Platform, row
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.formats.fill_down import filled_down
from xuanpin.pipelines.ingest.formats.header import Wanted
from xuanpin.pipelines.ingest.formats.records import Record
from xuanpin.pipelines.settings import Settings

NAMES = ("单号", "时间", "付款", "商品", "金额")
FILLED = ("单号", "时间", "付款")


def filled(*rows: str) -> list[str]:
    """What rows of cells, written `单号,时间,付款,商品,金额`, are after filling; `!` is a row that cannot be read."""
    records = [
        Record(n, [] if text == "!" else [cell or None for cell in text.split(",")]) for n, text in enumerate(rows)
    ]
    wanted = Wanted("orders", fill_down=FILLED)
    found = filled_down(Drop("orders", "a.csv", Path("a.csv"), 1, ""), wanted, NAMES, records)
    return ["!" if not record.fields else ",".join(cell or "" for cell in record.fields) for record in found]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # Lines of one order; amounts of the order are not filled.
        (["A,8点,9点,裙,10", ",,,裤,", ",,,袜,"], ["A,8点,9点,裙,10", "A,8点,9点,裤,", "A,8点,9点,袜,"]),
        # The order's id on each line, its times on the first.
        (["A,8点,9点,裙,10", "A,,,裤,"], ["A,8点,9点,裙,10", "A,8点,9点,裤,"]),
        # An unpaid order does not take the payment of the order above it.
        (["A,8点,9点,裙,10", "B,9点,,裤,5", ",,,袜,"], ["A,8点,9点,裙,10", "B,9点,,裤,5", "B,9点,,袜,"]),
        # A line that says something else belongs to no order above, even where its own id is missing.
        (["A,8点,9点,裙,10", ",9点,,裤,5", ",,,袜,"], ["A,8点,9点,裙,10", ",9点,,裤,5", ",9点,,袜,"]),
        # Nothing stands above the first row.
        ([",,,裙,10", "A,8点,9点,裤,5"], [",,,裙,10", "A,8点,9点,裤,5"]),
        # A row that cannot be read may have begun another order.
        (["A,8点,9点,裙,10", "!", ",,,裤,"], ["A,8点,9点,裙,10", "!", ",,,裤,"]),
        # Blanks are no value.
        (["A,8点,9点,裙,10", " ,\u3000,,裤,"], ["A,8点,9点,裙,10", "A,8点,9点,裤,"]),
    ],
)
def test_empty_cells_of_an_order_repeat_the_value_above(rows: list[str], expected: list[str]) -> None:
    assert filled(*rows) == expected


def test_nothing_is_filled_where_settings_name_no_column() -> None:
    rows = [Record(2, ["A"]), Record(3, [None])]
    drop = Drop("orders", "a.csv", Path("a.csv"), 1, "")
    assert [record.fields for record in filled_down(drop, Wanted("orders"), ("单号",), rows)] == [["A"], [None]]


def filling(*headers: str) -> Settings:
    return Settings.model_validate(
        {"ingest": {"bad_share": 1}, "sources": {"tables": {"orders": {"fill_down": headers}}}}
    )


def test_a_night_reads_the_lines_of_each_order(tmp_path: Path) -> None:
    platform = Platform(tmp_path, filling("order_id", "ordered_at", "customer_id")).begun()
    lines = [row("orders", order_line_id=f"N{n}", order_id="") for n in range(6)]
    for place, order in ((1, "O7"), (3, "O8")):
        lines[place]["order_id"] = order
    for place in (0, 2, 4, 5):
        lines[place] |= {"ordered_at": "", "customer_id": ""}
    platform.drop("orders", "more.csv", *lines)
    assert platform.night() == (6, 5)
    stored = platform.query("select order_id, order_line_id from source.orders where order_id <> 'O1' order by 2")
    assert Counter(line["order_id"] for line in stored) == {"O7": 2, "O8": 3}
    assert platform.values("select key from ops.quarantine") == ["N0"]


def test_a_file_without_such_a_column_is_refused_by_its_name(tmp_path: Path) -> None:
    platform = Platform(tmp_path, filling("订单编号")).begun()
    platform.drop("orders", "more.csv", row("orders"))
    with pytest.raises(
        InputRefused, match=r"orders/more\.csv has no column 订单编号, which fill_down names; send it, or"
    ):
        platform.night()


def test_merged_cells_of_a_workbook_are_filled(tmp_path: Path) -> None:
    platform = Platform(tmp_path, filling("order_id", "ordered_at", "updated_at")).begun()
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    lines = [row("orders", order_line_id=f"N{n}", order_id="O7") for n in range(3)]
    for line in ([*lines[0]], *(list(one.values()) for one in lines)):
        sheet.append(line)
    for name in ("order_id", "ordered_at", "updated_at"):
        place = [*lines[0]].index(name) + 1
        sheet.merge_cells(start_row=2, end_row=4, start_column=place, end_column=place)
    path = platform.sources / "orders" / "more.xlsx"
    book.save(path)
    assert platform.night() == (3, 3)
    assert platform.values("select count(*) from source.orders where order_id = 'O7'") == [3]
