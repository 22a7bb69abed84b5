"""What a workbook of ours holds when a spreadsheet program's library reads it."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import python_calamine

from xuanpin.pipelines.typed.workbooks import Sheet, write_workbook

DAY = date(2026, 11, 22)
CELLS: list[tuple[Any, Any]] = [
    (None, None),
    (True, True),
    (-3, -3),
    (0, 0),
    (2.5e-7, 2.5e-7),
    (Decimal("19.90"), 19.9),
    (float("nan"), None),
    (float("inf"), None),
    (date(2026, 2, 28), datetime(2026, 2, 28)),
    (datetime(2026, 2, 28, 18, 30), datetime(2026, 2, 28, 18, 30)),
    ("0012", "0012"),
    (" 好<&>\"'\n 二", " 好<&>\"'\n 二"),
    ("=1+1", "'=1+1"),
    ("a\x00b", "ab"),
]


def written(*sheets: Sheet, day: date | None = DAY, is_held: bool = False) -> bytes:
    out = io.BytesIO()
    write_workbook(out, sheets, day, is_held=is_held)
    return out.getvalue()


def sheet(rows: list[list[Any]], title: str = "清单 list", head: tuple[str, ...] = ("a",)) -> Sheet:
    return Sheet(title, head, rows, {"a": 40})


@pytest.mark.parametrize("is_held", [False, True])
def test_every_kind_of_cell_comes_back_as_it_was(is_held: bool) -> None:
    content = written(sheet([[cell] for cell, _ in CELLS]), is_held=is_held)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert [row[0] for row in book["清单 list"].values] == ["a", *(read for _, read in CELLS)]
    assert [type(row[0]) for row in book["清单 list"].values][2:4] == [bool, int]


def test_another_reader_finds_the_same_rows_in_the_same_places() -> None:
    rows: list[list[Any]] = [[1, None, "c"], [None, None, None], [4, "五", 6.5]]
    content = written(sheet(rows, head=("x", "y", "z")), sheet([], title="empty & <none>"))
    book = python_calamine.load_workbook(io.BytesIO(content))
    assert book.sheet_names == ["清单 list", "empty & <none>"]
    assert book.get_sheet_by_index(0).to_python() == [
        ["x", "y", "z"],
        [1, "", "c"],
        ["", "", ""],
        [4, "五", 6.5],
    ]


def test_the_names_stay_in_sight_and_filter_every_row() -> None:
    head = tuple(f"c{number}" for number in range(30))
    many = [[number] * 30 for number in range(501)]
    book = openpyxl.load_workbook(io.BytesIO(written(Sheet("many", head, many, {}), sheet([[1]], "narrow"))))
    assert book["many"].auto_filter.ref == "A1:AD502"
    assert (book["many"].freeze_panes, book["narrow"].freeze_panes) == ("C2", "A2")
    assert book["many"]["AD1"].font.bold and not book["many"]["AD2"].font.bold
    assert book["many"].max_row == 502
    assert book["narrow"].column_dimensions["A"].width == pytest.approx(40, abs=1)


@pytest.mark.parametrize("is_held", [False, True])
def test_the_same_rows_give_the_same_bytes_on_any_day(is_held: bool) -> None:
    content = written(sheet([[1]]), is_held=is_held)
    assert content == written(sheet([[1]]), is_held=is_held)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}
    assert openpyxl.load_workbook(io.BytesIO(content)).properties.modified == datetime(2026, 11, 22)
