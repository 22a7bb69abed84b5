"""Ids that a spreadsheet has damaged are refused by name; ids that only look odd are not."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.drop_folder import Platform, Row, row
from xuanpin.pipelines.errors import InputRefused

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
    assert "format the column as text" in message


def test_customers_are_not_named(platform: Platform) -> None:
    platform.drop("orders", "excel.csv", *lines("L2", "L3", customer_id="1.38001E+10"))
    with pytest.raises(InputRefused, match="in column customer_id; a spreadsheet") as refusal:
        platform.night()
    assert "1.38" not in str(refusal.value)


def test_a_single_odd_id_among_many_costs_no_night(platform: Platform) -> None:
    platform.drop("orders", "odd.csv", *lines("1E+05", *(f"N{number}" for number in range(120))))
    assert platform.night() == (121, 121)


def test_long_numbers_that_all_end_in_zeros_are_refused(platform: Platform) -> None:
    ids = [f"{number}000" for number in range(123456789012345, 123456789012349)]
    platform.drop("orders", "excel.csv", *lines(*ids))
    with pytest.raises(InputRefused, match="4 ids of more than 15 digits, all of which end in zeros, in column order_"):
        platform.night()


@pytest.mark.parametrize(
    "ids",
    [
        ["123456789012345000", "123456789012346000"],
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
    assert (
        "orders: 12 of 12 new rows share 1 values of order_line_id with rows of another order_id or sku_id" in message
    )
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
    assert "orders: 4 of 601 new rows share 1 values of order_line_id" in caplog.text


def test_a_message_id_of_two_groups_is_refused(platform: Platform) -> None:
    platform.drop("groups", "two.csv", row("groups", group_id="G2"))
    messages = [
        row("chat_messages", group_id=f"G{1 + number % 2}", message_id=f"M{number // 4}") for number in range(8)
    ]
    platform.drop("chat_messages", "more.csv", *messages)
    with pytest.raises(InputRefused, match="with rows of another group_id or sent_at"):
        platform.night()
