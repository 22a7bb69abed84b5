"""What columns say of each other: totals of orders, prices of units, ids that name rows of other exports."""

from __future__ import annotations

import pytest

from tests.support.exports import column, columns, export, found, sure
from xuanpin.pipelines.connect.recognition.recognising import recognise, recognise_as

LINES = """
    订单编号 | A1001 | A1001 | A1002 | A1002 | A1003
    下单时间 | 2026-11-05 | 2026-11-05 | 2026-11-06 | 2026-11-06 | 2026-11-07
    SKU编码 | K-1 | K-2 | K-1 | K-3 | K-2
    数量 | 2 | 1 | 3 | 2 | 2
    商品单价 | 10.00 | 8.00 | 10.00 | 5.00 | 8.00
    小计 | 20.00 | 8.00 | 30.00 | 10.00 | 16.00
"""


def with_column(text: str, line: str) -> str:
    return text.rstrip() + "\n    " + line + "\n"


def test_a_price_times_the_quantity_is_the_amount_so_that_it_is_a_price_of_one_unit() -> None:
    assert sure(found(LINES))["商品单价"] == "unit_price"


def test_an_amount_after_a_discount_still_shows_which_column_is_the_price_of_one_unit() -> None:
    finding = found(
        with_column(LINES.replace("小计", "商品金额合计列"), "实付金额 | 18.00 | 8.00 | 27.00 | 9.00 | 15.00")
    )
    assert sure(finding)["商品单价"] == "unit_price"
    assert sure(finding)["实付金额"] == "paid_amount"


@pytest.mark.parametrize("total", ["28.00 | 28.00 | 40.00 | 40.00 | 16.00", "28.00 | | 40.00 | | 16.00"])
def test_what_repeats_in_all_lines_of_an_order_or_stands_in_its_first_one_is_no_amount_of_a_line(total: str) -> None:
    doubted = column(found(with_column(LINES, f"实付金额 | {total}")), "实付金额")
    assert doubted.column is None
    assert "it stands for whole orders" in str(doubted.why)


def test_an_amount_of_lines_that_happens_to_repeat_in_one_order_is_still_one() -> None:
    finding = found(with_column(LINES, "实付金额 | 9.00 | 9.00 | 30.00 | 10.00 | 16.00"))
    assert sure(finding)["实付金额"] == "paid_amount"


GOODS_IN_A_CELL = """
    订单号 | A1001 | A1002
    下单时间 | 2026-11-05 | 2026-11-06
    商品 | 五常大米（5kg）x1；苹果（4斤）x3 | 五常大米（5kg）x1
    商品数量 | 4 | 1
    实付金额 | 84.60 | 67.00
    订单状态 | 已发货 | 已收货
"""


def test_goods_in_one_cell_are_told_and_numbers_beside_them_are_those_of_the_order() -> None:
    finding = found(GOODS_IN_A_CELL)
    assert column(finding, "商品").holds == "goods"
    assert columns(finding)["商品数量"] is columns(finding)["实付金额"] is None


def test_titles_that_end_like_a_number_of_goods_are_no_goods_in_a_cell() -> None:
    finding = found(
        GOODS_IN_A_CELL.replace("五常大米（5kg）x1；苹果（4斤）x3", "抽纸3包x24").replace(
            "商品数量 | 4", "商品数量 | 2"
        )
    )
    assert column(finding, "商品").holds == ""
    assert columns(finding)["商品数量"] == "quantity"


ORDERS = export(
    """
    订单编号 | A1001 | A1002 | A1003
    子订单编号 | A1001-1 | A1002-1 | A1003-1
    下单时间 | 2026-11-05 | 2026-11-06 | 2026-11-07
    商品编码 | P-10 | P-20 | P-10
    商家编码 | K-101 | K-201 | K-102
    数量 | 1 | 1 | 1
    订单状态 | 已发货 | 已收货 | 已收货
    团长 | 小美 | 阿强 | 小美
    """,
    "orders.csv",
)
GOODS = export(
    """
    商品编码 | P-10 | P-10 | P-20
    商家编码 | K-101 | K-102 | K-201
    商品名称 | 连衣裙 红 | 连衣裙 蓝 | 短袖
    类目 | 女装 | 女装 | 男装
    售价 | 59.9 | 59.9 | 39.9
    """,
    "goods.csv",
)
REFUNDS = """
    退款编号 | R1 | R2
    订单编号 | {first} | {second}
    申请时间 | 2026-11-09 | 2026-11-10
    退款原因 | 质量问题 | 不喜欢
    退款金额 | 9.9 | 8.8
"""


def test_the_column_whose_values_are_the_keys_of_the_goods_is_the_sku() -> None:
    orders, goods = recognise([ORDERS, GOODS])
    assert sure(orders)["商家编码"] == sure(goods)["商家编码"] == "sku_id"
    assert "商品编码" not in sure(orders)


def test_a_column_under_an_unknown_header_is_proposed_where_the_orders_name_its_values() -> None:
    unnamed = export(
        """
        щщ | K-101 | K-102 | K-201
        SKUID | 88001 | 88002 | 88003
        商品名称 | 连衣裙 红 | 连衣裙 蓝 | 短袖
        类目 | 女装 | 女装 | 男装
        售价 | 59.9 | 59.9 | 39.9
        """
    )
    orders, goods = recognise([ORDERS, unnamed])
    assert sure(orders)["商家编码"] == "sku_id"
    assert (column(goods, "щщ").column, column(goods, "щщ").certainty) == ("sku_id", "likely")
    assert "SKUID" not in sure(goods)


def test_without_the_goods_it_is_a_question() -> None:
    (orders,) = recognise([ORDERS])
    assert {column(orders, header).certainty for header in ("商品编码", "商家编码")} != {"sure"}
    assert "sku_id" not in sure(orders).values()


@pytest.mark.parametrize(
    ("first", "second", "meant"), [("A1001-1", "A1002-1", "order_line_id"), ("A1001", "A1002", "order_id")]
)
def test_the_order_number_of_a_refund_is_that_of_a_line_where_lines_have_it(
    first: str, second: str, meant: str
) -> None:
    refunds = export(REFUNDS.format(first=first, second=second), "refunds.csv")
    assert sure(recognise([ORDERS, refunds])[1])["订单编号"] == meant


def test_small_numbers_that_overlap_by_chance_prove_nothing() -> None:
    orders = export("订单编号 | 1 | 2\n下单时间 | 2026-11-05 | 2026-11-06\n商品编码 | 1 | 2\n数量 | 1 | 1")
    goods = export("商品编码 | 1 | 2\n商品名称 | 甲 | 乙\n类目 | 女装 | 男装\n售价 | 9 | 8")
    assert "商品编码" not in sure(recognise([orders, goods])[0])


def test_an_export_is_read_as_the_table_that_somebody_names() -> None:
    lines = with_column(
        with_column(LINES, "商品名称 | 裙 | 衫 | 裙 | 裤 | 衫"), "类目 | 女装 | 女装 | 女装 | 女装 | 女装"
    )
    as_goods = recognise_as(export(lines), "products")
    assert as_goods.table == "products"
    assert sure(as_goods) == {"SKU编码": "sku_id", "商品名称": "title", "类目": "category"} | {
        header: name for header, name in sure(as_goods).items() if name in ("list_price",)
    }


@pytest.mark.parametrize(
    ("values", "layout"),
    [
        ("13/11/2026 | 02/11/2026", "%d/%m/%Y"),
        ("11/13/2026 8:03 | 11/02/2026 9:15", "%m/%d/%Y %H:%M"),
        ("13-11-26 08:03:00 | 02-11-26 09:15:00", "%d-%m-%y %H:%M:%S"),
        ("11/13/2026 8:03 PM | 11/02/2026 9:15 AM", "%m/%d/%Y %I:%M %p"),
        ("05/11/2026 | 02/11/2026", ""),
        ("13/11/2026 | 11/13/2026", ""),
        ("2026-11-05 | 2026/11/06", ""),
        ("46329.664282 | 46330", "excel"),
        ("46329.664282 | 2026/11/06", ""),
    ],
)
def test_an_order_of_day_and_month_is_told_where_the_whole_column_proves_it(values: str, layout: str) -> None:
    drawn = f"订单编号 | A1001 | A1002\n下单时间 | {values}\nSKU编码 | K1 | K2\n数量 | 1 | 2"
    assert column(found(drawn), "下单时间").layout == layout


def test_words_are_known_or_near_or_told_with_their_count() -> None:
    drawn = "订单编号 | A1 | A2 | A3 | A4\nSKU编码 | K1 | K2 | K3 | K4\n数量 | 1 | 1 | 1 | 1"
    status = column(found(drawn + "\n订单状态 | 已发货 | 已签收啦 | 蓝色 | 蓝色"), "订单状态")
    assert status.words == {"已发货": "shipped"}
    assert status.near_words == {"已签收啦": "delivered"}
    assert status.unknown_words == {"已签收啦": 1, "蓝色": 2}
