"""What the headers of foreign exports mean: tables in, columns out."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from tests.support.exports import column, columns, found, sure
from xuanpin.pipelines.connect.findings import Export
from xuanpin.pipelines.connect.recognition.dictionary import (
    SURE_HEADER,
    other_kind,
    refused_kind,
    strengths,
)
from xuanpin.pipelines.connect.recognition.names import meaning, readings
from xuanpin.pipelines.connect.recognition.recognising import recognise
from xuanpin.pipelines.connect.recognition.values import kinds_of, tidy
from xuanpin.pipelines.contracts import source_contracts

MARKETPLACE_ORDERS = """
订单号 | 231105-1 | 231105-2
商品 | 连衣裙 | 连衣裙
订单状态 | 已发货，待签收 | 已签收
商品总价(元) | 59.90 | 119.80
店铺优惠折扣(元) | 5 | 5
邮费(元) | 0 | 0
用户实付金额(元) | 54.90 | 114.80
商品数量(件) | 1 | 2
发货时间 | 2026-11-05 10:00:00 | 2026-11-05 11:00:00
确认收货时间 |  | 2026-11-08 09:10:11
样式ID | 88997766 | 88997767
快递单号 | YT1001 | YT1002
快递公司 | 圆通快递 | 圆通快递
订单成交时间 | 2026-11-05 08:03:00 | 2026-11-05 08:13:00
支付时间 | 2026-11-05 08:03:10 | 2026-11-05 08:13:10
收货人 | 张* | 李*
手机 | 138****1234 | 138****1235
"""


def test_an_export_of_a_marketplace_is_read_and_what_means_nothing_stays_out_without_a_question() -> None:
    finding = found(MARKETPLACE_ORDERS)
    assert (finding.table, finding.certainty) == ("orders", "sure")
    assert sure(finding) == {
        "订单号": "order_id",
        "订单状态": "status",
        "用户实付金额(元)": "paid_amount",
        "商品数量(件)": "quantity",
        "确认收货时间": "delivered_at",
        "样式ID": "sku_id",
        "快递公司": "carrier_id",
        "订单成交时间": "ordered_at",
    }
    for header in ("商品", "店铺优惠折扣(元)", "邮费(元)", "发货时间", "快递单号", "支付时间", "手机"):
        assert (column(finding, header).column, column(finding, header).certainty) == (None, "sure")


def test_telephones_and_names_are_marked_so_that_samples_are_masked() -> None:
    finding = found(MARKETPLACE_ORDERS)
    assert {each.header for each in finding.columns if each.is_personal} == {"收货人", "手机"}


def test_telephones_are_masked_under_whatever_header() -> None:
    finding = found(
        "订单号 | A1 | A2\n下单时间 | 2026-11-05 | 2026-11-06\n数量 | 1 | 2\nщщ | 13800001234 | 13900001234"
    )
    assert [each.header for each in finding.columns if each.is_personal] == ["щщ"]


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("2026/11/5 8:03", "time"),
        ("2026年11月5日 8时3分", "time"),
        ("Nov 5, 2026 8:03 AM", "time"),
        ("Thu Nov 05 08:03:00 CST 2026", "time"),
        ("11/05/26", "time"),
        ("20261105080300", "time"),
        ("¥1,299.00", "decimal"),
        ("３件", "integer"),
        ("12%", "percent"),
        ("138****1234", "phone"),
        ("6.92E+18", "exponent"),
        ('="00123"', "padded"),
        ("连衣裙(红 M)x2；短袖*1", "goods"),
        ("女装>连衣裙", "path"),
        ("红、蓝", "list"),
        ("https://img.example/a.jpg?x=1", "image"),
        ("45966.3354", "serial"),
        ("1793926980", "epoch"),
        ("A1-RED-L", "id"),
    ],
)
def test_a_value_is_of_a_kind_however_it_is_written(written: str, kind: str) -> None:
    assert kind in kinds_of(tidy(written))


def test_the_words_of_an_enumeration_are_translated_as_the_export_writes_them() -> None:
    finding = found("""
    退款编号 | R1
    订单编号 | O1
    退款类型 | 仅退款
    申请时间 | 2026-11-09
    退款原因 | 质量问题
    退款金额 | 9
    退款状态 | 退款成功
    """)
    assert finding.table == "returns"
    assert column(finding, "退款类型").words == {"仅退款": "refund_only"}
    assert column(finding, "退款原因").words == {"质量问题": "quality"}
    assert column(finding, "退款状态").words == {"退款成功": "done"}


def test_what_no_decision_may_read_is_refused_with_its_reason() -> None:
    finding = found("""
    团长ID | T1
    加入时间 | 2026-01-01
    团长状态 | 正常
    上级团长 | T9
    佣金比例 | 5%
    邀请码 | X1
    团队业绩 | 900
    """)
    assert finding.table == "agents"
    assert {header: str(why) for header, why in finding.refused.items()} == {
        "上级团长": "it holds who stands above or below whom, which no decision may read",
        "佣金比例": "it holds commission, which no decision may read",
        "邀请码": "it holds who recruited whom, which no decision may read",
        "团队业绩": "it holds the sales or the rank of a team, which no decision may read",
    }
    assert columns(finding)["佣金比例"] is None


def test_values_that_contradict_a_known_header_make_it_a_question() -> None:
    finding = found("""
    订单编号 | O1 | O2
    下单时间 | 2026-11-05 | 2026-11-05
    SKU编码 | S1 | S2
    数量 | 红色 | 蓝色
    订单状态 | 已发货 | 已发货
    """)
    doubted = column(finding, "数量")
    assert (doubted.column, doubted.certainty, doubted.others) == (None, "open", ("quantity",))


def test_a_header_that_may_mean_several_things_is_a_question() -> None:
    finding = found("""
    订单编号 | O1 | O2
    下单时间 | 2026-11-05 | 2026-11-05
    SKU编码 | S1 | S2
    购买数量 | 1 | 3
    单价 | 9.90 | 8.80
    订单状态 | 已发货 | 已发货
    """)
    assert (column(finding, "单价").column, column(finding, "单价").certainty) == ("unit_price", "likely")


def test_two_headers_that_are_certain_for_one_column_are_a_question() -> None:
    finding = found(
        "SKU ID | 88001 | 88002\nSKU商家编码 | K1 | K2\n商品名称 | 裙 | 衫\n类目 | 女装 | 男装\n售价 | 9 | 8"
    )
    assert {column(finding, header).certainty for header in ("SKU ID", "SKU商家编码")} == {"likely"}


def test_of_two_kinds_of_stock_that_can_be_sold_one_is_a_question() -> None:
    finding = found("SKU编码 | K1 | K2\n可用库存 | 3 | 4\n可售库存 | 2 | 4\n日期 | 2026-11-05 | 2026-11-05")
    assert {column(finding, header).certainty for header in ("可用库存", "可售库存")} == {"likely"}


def test_a_platforms_id_of_a_sku_beside_the_shops_own_code_is_a_question() -> None:
    drawn = "订单号 | A1 | A2\n下单时间 | 2026-11-05 | 2026-11-05\n规格ID | 88001 | 88002\n数量 | 1 | 1"
    assert sure(found(drawn))["规格ID"] == "sku_id"
    both = found(drawn + "\n商家编码 | K1 | K2")
    assert {column(both, header).certainty for header in ("规格ID", "商家编码")} == {"likely"}


def test_an_order_number_beside_that_of_the_order_above_it_is_that_of_the_line() -> None:
    drawn = "订单编号 | A11 | A12\n下单时间 | 2026-11-05 | 2026-11-05\nSKU编码 | K1 | K2\n数量 | 1 | 1"
    assert sure(found(drawn))["订单编号"] == "order_id"
    parted = found(drawn + "\n主单编号 | A1 | A1")
    assert columns(parted)["主单编号"] == "order_id"
    assert (column(parted, "订单编号").column, column(parted, "订单编号").certainty) == ("order_line_id", "likely")


def test_a_longer_header_that_says_more_is_taken_before_its_beginning() -> None:
    finding = found("SKU编码 | K1\n商品名称 | 裙\n类目 | 女装\n供应商 | 甲厂\n供应商编号 | G1")
    assert sure(finding)["供应商编号"] == "supplier_id"
    assert (column(finding, "供应商").column, column(finding, "供应商").certainty) == (None, "sure")


def test_purchases_and_heads_of_orders_are_not_taken_for_order_lines_without_a_question() -> None:
    heads = found("订单编号 | A1\n下单时间 | 2026-11-05\n订单状态 | 已发货\n实付金额 | 9.9")
    assert (heads.table, heads.certainty) == ("orders", "likely")
    assert column(heads, "实付金额").certainty == "likely"
    bought = found("单据编号 | A1\n下单日期 | 2026-11-05\n商品编码 | K1\n数量 | 1\n采购类型 | 普通\n进货价 | 8")
    assert bought.certainty != "sure"


def test_stock_is_told_from_goods_by_what_cannot_be_sold() -> None:
    stock = found("商品编码 | K1\n商品名称 | 裙\n分类 | 女装\n可用数 | 3\n订单占有数 | 1\n采购在途数 | 0\n安全库存 | 2")
    assert stock.table == "inventory"
    assert columns(stock)["可用数"] == "sellable_units"


def test_a_customer_known_by_a_telephone_alone_is_a_question_and_a_masked_one_is_none() -> None:
    drawn = "订单号 | A1\n下单时间 | 2026-11-05\nSKU编码 | K1\n数量 | 1\n手机号 | {}"
    assert column(found(drawn.format("13800001234")), "手机号").others == ("customer_id",)
    assert column(found(drawn.format("138****1234")), "手机号").certainty == "sure"


def test_what_is_needed_is_not_left_out_in_silence_under_an_unknown_header() -> None:
    drawn = "订单号 | A1 | A2\nщщ | 45966.33 | 45967.5\nSKU编码 | K1 | K2\n数量 | 1 | 2\nыы | 12.50 | 9.90"
    finding = found(drawn + "\n物流单号 | YT1 | YT2\n手机 | 13800001234 | 13900001234")
    assert (column(finding, "щщ").certainty, column(finding, "ыы").certainty) == ("open", "open")
    assert "ordered_at" in column(finding, "щщ").others
    assert "unit_price" in column(finding, "ыы").others


def test_a_bill_of_orders_is_no_export_of_orders_and_a_list_of_stock_may_be_short() -> None:
    bill = found("账单日期 | 2026-11-05\n订单号 | A1\n收支类型 | 收入\n金额 | 9.9\n余额 | 100.0")
    assert (bill.table, bill.certainty) == (None, "open")
    assert found("商品编码 | K1 | K2\n库存 | 3 | 4").table == "inventory"


@pytest.mark.parametrize(("known", "certainty"), [("买家ID | U1 | U2\n", "sure"), ("", "likely")])
def test_what_customers_are_called_is_a_question_where_nothing_else_tells_them_apart(
    known: str, certainty: str
) -> None:
    lines = "订单号 | A1 | A2\n下单时间 | 2026-11-05 | 2026-11-06\nSKU编码 | K1 | K2\n数量 | 1 | 2\n"
    named = column(found(f"{lines}{known}买家昵称 | 小鱼 | 月半弯"), "买家昵称")
    assert (named.column, named.certainty) == ("customer_name", certainty)


def test_an_empty_column_under_our_own_name_is_none_that_each_row_must_have() -> None:
    drawn = "order_line_id |  | \n订单号 | A1 | A2\n下单时间 | 2026-11-05 | 2026-11-06\nSKU编码 | K1 | K2\n数量 | 1 | 2"
    line = column(found(drawn), "order_line_id")
    assert (line.column, line.certainty) == (None, "open")


def test_a_list_under_words_of_its_own_is_a_question_and_scraps_are_none() -> None:
    own = found("щщ | a | b\nыы | 1 | 2\nээ | x | y")
    assert (own.table, own.certainty) == (None, "open") and "orders" in own.others
    for scrap in ("щщ | a | b\nыы | 1 | 2", "щщ | a\nыы | 1\nээ | x"):
        assert (found(scrap).table, found(scrap).certainty) == (None, "sure")


def test_headers_that_are_empty_or_marks_alone_are_no_fault() -> None:
    drawn = " | A1 | A2\n？？ | 2026-11-05 | 2026-11-06\n — | 3 | 4\n( | K1 | K2\nSKU编码 | K1 | K2\n数量 | 1 | 2"
    assert sure(found(drawn + "\n订单号 | A1 | A2\n下单时间 | 2026-11-05 | 2026-11-06"))["SKU编码"] == "sku_id"


def test_an_export_without_rows_or_columns_is_no_fault() -> None:
    assert [finding.table for finding in recognise([Export("a.csv", (), (), 0), Export("b.csv", ("",), (), 0)])] == [
        None
    ] * 2


def test_an_unknown_language_is_never_sure() -> None:
    finding = found("""
    ааа | O1 | O2
    ббб | 2026-11-05 | 2026-11-06
    ввв | 3 | 4
    """)
    assert finding.table is None
    assert sure(finding) == {}


@pytest.mark.parametrize(
    ("header", "table", "expected"),
    [
        ("*商品数量（件）：", "orders", "quantity"),
        ("子訂單編號", "orders", "order_line_id"),
        ("Order Line ID", "orders", "order_line_id"),
        ("orderLineId", "orders", "order_line_id"),
        ("買家 ID（加密）", "orders", "customer_id"),
        ("Lineitem quantity", "orders", "quantity"),
        ("顾客编号", "orders", "customer_id"),
        ("分销员ID", "orders", "agent_id"),
        ("Date Updated", "products", "updated_at"),
        ("售后单编号", "returns", "return_id"),
        ("社群ID", "groups", "group_id"),
        ("保质期(天)", "products", "shelf_life_days"),
    ],
)
def test_a_header_is_known_whatever_its_width_script_marks_and_synonyms(header: str, table: str, expected: str) -> None:
    known = strengths(table, header)
    if expected in {column.name for contract in source_contracts() for column in contract.columns}:
        assert known[expected] >= SURE_HEADER
        assert max(known, key=lambda name: known[name]) == expected


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("物流单号", "logistics"),
        ("发票抬头", "invoice"),
        ("店铺优惠金额", "money"),
        ("收货地址", "personal"),
        ("收件人手机号", "contact"),
        ("优惠后单价", None),
        ("Shipping Street", "personal"),
        ("商家备注", "notes"),
    ],
)
def test_a_header_that_means_none_of_ours_is_known_as_such(header: str, kind: str | None) -> None:
    assert other_kind(header) == kind


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("预估佣金(元)", "commission"),
        ("推荐人手机", "recruiting"),
        ("Upline ID", "downline"),
        ("团队总业绩", "team"),
        ("上级类目", None),
        ("推荐语", None),
        ("Referring Site", None),
    ],
)
def test_what_is_refused_is_told_from_what_is_spelt_like_it(header: str, kind: str | None) -> None:
    assert refused_kind(header) == kind


def rows(name: str) -> list[dict[str, str]]:
    text = files("xuanpin.pipelines.connect.recognition").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_no_header_is_certain_for_two_columns_of_one_table() -> None:
    seen: dict[tuple[str, str], str] = {}
    for row in rows("known_headers.csv"):
        for header in filter(None, row["certain"].split("|")):
            column_of = seen.setdefault((row["table"], readings(header)[0]), row["column"])
            assert column_of == row["column"], f"{row['table']}: {header} is {column_of} and {row['column']}"


def test_every_known_header_is_of_a_table_that_there_is_or_comes_in_this_release() -> None:
    tables = {contract.name for contract in source_contracts()} | {"supplier_offers"}
    assert {row["table"] for row in rows("known_headers.csv")} <= tables


def test_words_that_say_the_same_have_one_meaning() -> None:
    assert meaning("商品编码") == meaning("货品编号") != meaning("货号")
    assert meaning("order number") == meaning("order id")
