"""What a refusal or a quarantine tells: where, what, what would be right and where to map it, and nobody's name."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.drop_folder import Platform, Row, row
from xuanpin.models.text.names import KnownNames
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.shown_values import shape, shown_values

pytestmark = pytest.mark.whole

ORDERS = load_contract("orders")


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path).begun()


def orders(count: int, **changed: Any) -> list[Row]:
    return [row("orders", order_line_id=f"L{number + 100}", **changed) for number in range(count)]


def refusal(platform: Platform) -> str:
    with pytest.raises(InputRefused) as refused:
        platform.night()
    return str(refused.value)


def test_a_word_that_is_not_translated_is_told_with_its_mapping(platform: Platform) -> None:
    platform.drop("orders", "export.csv", *orders(3, status="待发货"), *orders(40)[3:])
    message = refusal(platform)
    assert (
        "status_not_allowed: 3 of 40 rows of orders/export.csv (row 2, 3, 4), such as L100, L101, L102, hold '待发货'"
        in message
    )
    assert "right is one of paid, shipped, delivered, cancelled" in message
    assert (
        'say what yours mean (\'待发货\' in 3 rows): [sources.tables.orders.values] status = { "待发货" = "paid" }'
    ) in message
    assert "raise" not in message


def test_each_word_is_told_with_its_rows_and_what_it_is_like(platform: Platform) -> None:
    words = ["等待卖家发货", "等待卖家发货", "delivred", "退款中", "13812345678"]
    found = [row("orders", order_line_id=f"N{place}", status=word) for place, word in enumerate(words)]
    platform.drop("orders", "export.csv", *found)
    message = refusal(platform)
    assert (
        "('等待卖家发货' in 2 rows; 'delivred' in 1 row, not sure: the nearest known word is delivered; "
        "'退款中' in 1 row, an unknown word; and 1 more word)"
    ) in message
    assert 'status = { "等待卖家发货" = "paid", "delivred" = "delivered", "退款中" = "…" }' in message
    assert "13812345678" not in message


def test_scattered_faults_may_be_accepted_and_those_of_a_whole_file_may_not(platform: Platform) -> None:
    platform.drop("orders", "export.csv", *orders(2, quantity="-1"), *orders(50)[2:])
    message = refusal(platform)
    assert (
        "quantity_below_minimum: 2 of 50 rows of orders/export.csv (row 2, 3), such as L100, L101, hold '-1'" in message
    )
    assert "right is at least 0" in message
    assert "or raise [ingest] bad_share" in message
    platform.drop("orders", "export.csv", *orders(26, quantity="-1"), *orders(50)[26:])
    message = refusal(platform)
    assert "raise" not in message
    assert "Correct them where the file is made, or map them in the settings" in message


def test_rows_that_are_set_aside_are_told_though_the_night_goes_on(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    late: dict[str, Any] = {"ordered_at": "2026-11-19 20:00 PST"}
    platform.drop("orders", "export.csv", *orders(1, **late), *orders(200, unit_price="12%")[:1], *orders(250)[2:])
    assert platform.night() == (250, 248)
    assert "orders: 2 of 250 new rows are set aside: ordered_at_type: 1 of 250 rows of orders/export.csv" in caplog.text
    assert "hold '2026-11-19 20:00 PST' in column ordered_at" in caplog.text
    assert "an abbreviated zone is ambiguous: write its offset, such as +08:00" in caplog.text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("46344.63", "it holds '46344.63'; right is a time such as"),
        (
            "46344.63",
            "a spreadsheet wrote its own day numbers: format the column as date and time there, or have them read: "
            '[sources.tables.orders] formats.ordered_at = "excel"',
        ),
        (
            "11/18/2026 15:05",
            'all its values prove the layout: [sources.tables.orders] formats.ordered_at = "%m/%d/%Y %H:%M"',
        ),
        ("26年18", 'give the layout: [sources.tables.orders] formats.ordered_at = "%d/%m/%Y"'),
        ("张三 13812345678", "it holds 14 characters (digits, Chinese characters, blanks); right is"),
    ],
)
def test_a_column_of_another_type_is_told_by_what_it_holds(platform: Platform, text: str, says: str) -> None:
    platform.drop("orders", "export.csv", *orders(3, ordered_at=text))
    message = refusal(platform)
    assert "file orders/export.csv has 3 values in column ordered_at and none of them is a TIMESTAMPTZ" in message
    assert says in message


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("status", "待发货", "'待发货'"),
        ("sku_id", "S1 x", "'S1 x'"),
        ("status", "13812345678", "11 characters (digits)"),
        ("customer_id", "C1", "2 characters (digits, letters)"),
        ("customer_name", "张三", "2 characters (Chinese characters)"),
        ("status", "x" * 41, "41 characters (letters)"),
        ("quantity", "2件", "2 characters (digits, Chinese characters)"),
        ("quantity", "Zhang San", "9 characters (letters, blanks)"),
        ("quantity", "-", "'-'"),
        ("unit_price", "1.5万", "'1.5万'"),
        ("ordered_at", "18/11/2026 下午3:05", "'18/11/2026 下午3:05'"),
    ],
)
def test_a_value_that_may_be_somebody_is_told_by_its_shape(column: str, value: str, shown: str) -> None:
    assert shown_values(ORDERS, ORDERS.column(column), [value]) == shown


def test_a_known_name_is_never_shown() -> None:
    known = KnownNames(full=frozenset({"欧阳小花"}))
    shown = shown_values(ORDERS, ORDERS.column("status"), ["欧阳小花", "lost"], known)
    assert shown == "4 characters (Chinese characters), 'lost'"


def test_a_shape_names_marks_and_nothing() -> None:
    assert (shape("a-1"), shape("")) == ("3 characters (digits, letters, marks)", "0 characters (nothing)")
