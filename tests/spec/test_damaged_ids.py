"""Ids that a spreadsheet has damaged are refused by name; ids that only look odd are not."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.drop_folder import Platform, Row, row
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.formats.workbooks import cell_text

pytestmark = pytest.mark.whole


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path).begun()


def lines(*ids: str, **changed: Any) -> list[Row]:
    return [row("orders", order_line_id=name, order_id=f"O{place}", **changed) for place, name in enumerate(ids)]


def test_exponents_for_ids_are_refused_with_the_cure(platform: Platform) -> None:
    platform.drop("orders", "excel.csv", *lines("1.23457E+11", "1.23458E+11", "L3"))
    with pytest.raises(InputRefused) as refusal:
        platform.night()
    message = str(refusal.value)
    assert "orders: file orders/excel.csv has exponents for ids in 2 of 3 rows in column order_line_id" in message
    assert "such as 1.23457E+11, 1.23458E+11" in message
    assert "import it into the spreadsheet with the column as text instead of opening it there" in message


def test_customers_are_not_named(platform: Platform) -> None:
    platform.drop("orders", "excel.csv", *lines("L2", "L3", customer_id="1.38001E+10"))
    with pytest.raises(InputRefused, match="in column customer_id; a spreadsheet") as refusal:
        platform.night()
    assert "1.38" not in str(refusal.value)


@pytest.mark.parametrize("odd", ["1E+05", "6.92018E18", "3月5日", "5-Mar", "Mar-05", "2026/3/5", "####", "#NAME?"])
def test_a_single_damaged_id_among_many_costs_its_row_and_no_night(
    platform: Platform, odd: str, caplog: pytest.LogCaptureFixture
) -> None:
    platform.drop("orders", "odd.csv", *lines(odd, *(f"N{number}" for number in range(120))))
    assert platform.night() == (121, 120)
    assert platform.values("select rules from ops.quarantine") == [["order_line_id_damaged"]]
    assert f"hold '{odd}' in column order_line_id; right is the id as its system has it" in caplog.text


@pytest.mark.parametrize(
    ("ids", "says"),
    [
        (
            ["3月5日", "3月6日", "X1"],
            "days of a calendar for ids in 2 of 3 rows in column order_line_id, such as 3月5日",
        ),
        (["2026-03-05 00:00:00"], "days of a calendar for ids in 1 of 1 row"),
        (["########"], "marks of a spreadsheet for ids in 1 of 1 row"),
        (["6.92018123456789E18"], "exponents for ids in 1 of 1 row"),
        (["6920181234567890000"], "1 id of more than 15 digits, all of which end in zeros,"),
    ],
)
def test_a_small_file_of_damaged_ids_is_refused(platform: Platform, ids: list[str], says: str) -> None:
    platform.drop("orders", "excel.csv", *lines(*ids))
    with pytest.raises(InputRefused) as refusal:
        platform.night()
    assert says in str(refusal.value)


@pytest.mark.parametrize("name", ["1E5", "1E+", "v1.5E", "3-5", "MAR-05", "2026-11-05-001", "S#1", "12月会员", "1.5"])
def test_an_id_that_only_looks_like_one_is_an_id(platform: Platform, name: str) -> None:
    platform.drop("orders", "more.csv", *lines(name))
    assert platform.night() == (1, 1)


@pytest.mark.parametrize(
    ("table", "key"),
    [("agents", "agent_id"), ("groups", "group_id"), ("orders", "sku_id"), ("returns", "order_line_id")],
)
def test_ids_of_every_table_and_references_too_are_looked_at(platform: Platform, table: str, key: str) -> None:
    platform.drop(table, "excel.csv", row(table, **{key: "6.92E+18"}))
    with pytest.raises(InputRefused, match=f"exponents for ids in 1 of 1 row in column {key}, such as 6.92E"):
        platform.night()


def test_numbers_of_a_workbook_or_a_float_column_are_no_long_ids(tmp_path: Path) -> None:
    assert cell_text(6920181234567890000.0) == "6.92018123456789e+18"
    assert cell_text(692018123456789.0) == "692018123456789"
    platform = Platform(tmp_path).begun()
    platform.drop("orders", "more.parquet", row("orders", order_id=6920181234567890000.0))
    with pytest.raises(InputRefused, match=r"exponents for ids in 1 of 1 row in column order_id, such as 6\.920181e"):
        platform.night()


def rounded(number: int) -> str:
    """The number as programs write it that keep numbers as doubles."""
    return format(Decimal(repr(float(number))), "f")


def test_ids_that_a_program_has_rounded_are_refused(platform: Platform) -> None:
    ids = [6920181234567890123 + 987654321 * number for number in range(12)]
    platform.drop("orders", "api.jsonl", *lines(*map(rounded, ids)))
    with pytest.raises(InputRefused) as refusal:
        platform.night()
    assert (
        "orders: file orders/api.jsonl has 12 ids of more than 17 digits in column order_line_id, all of them rounded, "
        "such as 6920181234567890000, 6920181235555544000, "
    ) in str(refusal.value)
    assert "have it write them as text" in str(refusal.value)


@pytest.mark.parametrize(
    "ids",
    [
        [f"{69201812345678901 + 9876543 * number}00" for number in range(12)],
        [f"{3000000000000001 + number}000" for number in range(12)],
    ],
)
def test_long_ids_that_end_in_zeros_by_design_are_ids(platform: Platform, ids: list[str]) -> None:
    platform.drop("orders", "more.csv", *lines(*ids))
    assert platform.night() == (12, 12)


def test_small_files_are_judged_together(platform: Platform) -> None:
    ids = [f"12345678901234{number}0" for number in range(1, 5)]
    for number, name in enumerate(ids):
        platform.drop("orders", f"day{number}.csv", *lines(name + "0"))
    with pytest.raises(InputRefused, match=r"file orders/day0\.csv has 4 ids of more than 15 digits"):
        platform.night()
    platform.drop("orders", "day4.csv", *lines(ids[0] + "7"))
    assert platform.night() == (5, 5)


def test_ids_without_their_leading_zeros_are_refused(platform: Platform) -> None:
    platform.drop("groups", "first.csv", *(row("groups", group_id=f"00{number}") for number in range(101, 105)))
    assert platform.night() == (4, 4)
    platform.drop("groups", "excel.csv", *(row("groups", group_id=str(number)) for number in range(101, 106)))
    with pytest.raises(InputRefused) as refusal:
        platform.night()
    assert (
        "groups: file groups/excel.csv writes 4 of its 5 new ids in column group_id without the zeros before them, "
        "00101 as 101, 00102 as 102, 00103 as 103; a spreadsheet has changed them"
    ) in str(refusal.value)


def test_few_ids_that_are_known_with_zeros_are_ids(platform: Platform) -> None:
    platform.drop("groups", "first.csv", *(row("groups", group_id=name) for name in ("0101", "0102", "101", "102")))
    assert platform.night() == (4, 4)
    platform.drop("groups", "more.csv", *(row("groups", group_id=name) for name in ("101", "102", "103", "7")))
    platform.drop("groups", "others.csv", row("groups", group_id="0103"))
    assert platform.night()[0] == 5


def test_long_numbers_that_all_end_in_zeros_are_refused(platform: Platform) -> None:
    ids = [f"{number}000" for number in range(123456789012345, 123456789012349)]
    platform.drop("orders", "excel.csv", *lines(*ids))
    with pytest.raises(InputRefused, match="4 ids of more than 15 digits, all of which end in zeros, in column order_"):
        platform.night()


@pytest.mark.parametrize(
    "ids",
    [
        ["123456789012345000"],
        ["123456789012345000", "123456789012346000", "123456789012347000", "123456789012347001"],
        ["1234567890123450", "1234567890123460", "1234567890123470"],
        ["123456789012345", "123456789012346", "123456789012347", "123456789012348"],
    ],
)
def test_long_numbers_that_chance_may_give_are_ids(platform: Platform, ids: list[str]) -> None:
    platform.drop("orders", "more.csv", *lines(*ids))
    assert platform.night() == (len(ids), len(ids))


def test_order_lines_that_collapse_to_one_id_are_refused(platform: Platform) -> None:
    platform.drop("orders", "excel.csv", *lines(*["X1"] * 12))
    with pytest.raises(InputRefused) as refusal:
        platform.night()
    message = str(refusal.value)
    assert "orders: 12 of 12 new rows share 1 value of order_line_id with rows of another order_id or sku_id" in message
    assert "such as X1 in orders/excel.csv; each must have an id of its own" in message


def test_versions_of_one_line_share_its_id(platform: Platform) -> None:
    stamps = [f"2026-11-20T{hour:02d}:30:00+08:00" for hour in range(12, 22)]
    platform.drop("orders", "more.csv", *(row("orders", updated_at=stamp) for stamp in stamps))
    assert platform.night() == (10, 10)


def test_few_lines_that_share_an_id_are_told(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    versions = [
        row("orders", order_line_id=f"N{number % 200}", updated_at=f"2026-11-20T{12 + number // 200}:30:00+08:00")
        for number in range(600)
    ]
    platform.drop("orders", "more.csv", *versions, row("orders", order_line_id="N7", order_id="O9"))
    assert platform.night() == (601, 601)
    assert "orders: 4 of 601 new rows share 1 value of order_line_id" in caplog.text


def test_a_message_id_of_two_groups_is_refused(platform: Platform) -> None:
    platform.drop("groups", "two.csv", row("groups", group_id="G2"))
    messages = [
        row("chat_messages", group_id=f"G{1 + number % 2}", message_id=f"M{number // 4}") for number in range(8)
    ]
    platform.drop("chat_messages", "more.csv", *messages)
    with pytest.raises(InputRefused, match="with rows of another group_id or sent_at"):
        platform.night()
