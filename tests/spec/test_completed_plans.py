"""What connecting makes of columns that no header has: small exports in, rows of the written views out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.planned_exports import group, plans, viewed
from xuanpin.pipelines.connect.missing import what_is_missing
from xuanpin.pipelines.connect.questions import LEAVE_OUT

ORDERS = {"单号": "order_id", "货号": "sku_id", "下单": "ordered_at", "数量": "quantity", "实付": "paid_amount"}


def test_order_and_sku_name_a_line_and_a_number_tells_two_of_them() -> None:
    text = """
    单号  货号 下单                数量 实付
    O1   S1  2026/11/5T8:03     2   30.00
    O1   S2  2026/11/5T8:03     1   9.90
    O2   S1  2026/11/6T9:00     1   15.00
    O2   S1  2026/11/6T9:00     3   45.00
    """
    orders = plans(group(text, "orders", ORDERS))[0]["orders"]
    assert sorted(viewed(orders, "order_line_id", "unit_price", "updated_at")) == [
        ("O1-S1", "15.00", "2026-11-05 08:03:00"),
        ("O1-S2", "9.90", "2026-11-05 08:03:00"),
        ("O2-S1", "15.00", "2026-11-06 09:00:00"),
        ("O2-S1-2", "15.00", "2026-11-06 09:00:00"),
    ]
    assert {column: made.sql for column, made in orders.constants().items()} == {"agent_id": "shop", "status": "paid"}
    assert orders.made["customer_id"].sql == '"单号"'


def test_ids_lose_what_a_spreadsheet_wrapped_round_them() -> None:
    text = """
    单号     货号     下单        数量 实付
    ="0012" ="0007" 2026-11-05 1   5.00
    ="0013" ="0007" 2026-11-05 1   5.00
    """
    orders = plans(group(text, "orders", ORDERS))[0]["orders"]
    assert viewed(orders, "order_line_id") == [("0012-0007",), ("0013-0007",)]


def test_the_latest_of_the_times_that_have_passed_says_when_a_row_was_written() -> None:
    text = """
    单号 货号 下单        付款时间           发货时间 预计送达时间 数量 实付
    O1  S1  2026-11-05 2026-11-05T10:00 .       2026-12-24 1   5.00
    O2  S1  2026-11-05 .               2026-11-07 2026-12-24 1   5.00
    """
    orders = plans(group(text, "orders", ORDERS))[0]["orders"]
    assert viewed(orders, "updated_at") == [("2026-11-05 10:00:00",), ("2026-11-07 00:00:00",)]


def test_all_goods_of_a_cell_become_lines_at_the_price_of_their_order() -> None:
    text = """
    单号 商品信息          下单        实付
    O1  连衣裙×2;围巾×1  2026-11-05 90.00
    O2  不知道什么        2026-11-05 10.00
    """
    columns = {"单号": "order_id", "下单": "ordered_at", "实付": "paid_amount"}
    orders = plans(group(text, "orders", columns, holds="商品信息"))[0]["orders"]
    assert sorted(viewed(orders, "order_line_id", "sku_id", "quantity", "unit_price"), key=str) == [
        ("O1-围巾", "围巾", "1", "30.00"),
        ("O1-连衣裙", "连衣裙", "2", "30.00"),
        ("O2-不知道什么", "不知道什么", None, None),
    ]


def test_what_stands_on_the_first_row_of_an_order_is_on_all_its_rows() -> None:
    text = """
    单号 货号 下单        状态  数量 单价
    O1  S1  2026-11-05 paid 1   5.00
    O1  S2  .          .    1   6.00
    O1  S3  .          .    1   7.00
    O2  S1  2026-11-06 .    1   5.00
    O3  S1  2026-11-07 paid 1   5.00
    O3  S2  .          .    1   5.00
    """
    columns = ORDERS | {"单价": "unit_price", "状态": "status"}
    orders = plans(group(text, "orders", columns))[0]["orders"]
    assert sorted(viewed(orders, "order_id", "sku_id", "status", "ordered_at", "updated_at")) == [
        ("O1", "S1", "paid", "2026-11-05", "2026-11-05 00:00:00"),
        ("O1", "S2", "paid", "2026-11-05", "2026-11-05 00:00:00"),
        ("O1", "S3", "paid", "2026-11-05", "2026-11-05 00:00:00"),
        ("O2", "S1", None, "2026-11-06", "2026-11-06 00:00:00"),
        ("O3", "S1", "paid", "2026-11-07", "2026-11-07 00:00:00"),
        ("O3", "S2", "paid", "2026-11-07", "2026-11-07 00:00:00"),
    ]


def test_merged_parent_cells_are_filled_down_and_amounts_are_not() -> None:
    text = """
    单号 货号 下单        状态  数量 单价  运费
    O1  S1  2026-11-05 paid 1   5.00 8.00
    .   S2  .          .    1   6.00 .
    O2  S1  2026-11-06 paid 1   5.00 8.00
    """
    columns = ORDERS | {"单价": "unit_price", "状态": "status"}
    assert plans(group(text, "orders", columns))[0]["orders"].fill_down == ("单号", "下单", "状态")


TOTALS = """
单号 货号 下单        数量 实付
O1  S1  2026-11-05 1   30.00
O1  S2  2026-11-05 2   30.00
O2  S1  2026-11-05 1   10.00
O2  S2  2026-11-05 1   10.00
O3  S1  2026-11-05 4   50.00
O3  S2  2026-11-05 1   50.00
"""


@pytest.mark.parametrize(
    ("answer", "prices"),
    [
        ("order_total", ["10.00", "10.00", "5.00", "5.00", "10.00", "10.00"]),
        ("line", ["30.00", "15.00", "10.00", "10.00", "12.50", "50.00"]),
    ],
)
def test_an_amount_that_all_lines_of_an_order_share_is_asked_about(answer: str, prices: list[str]) -> None:
    orders, asking = plans(group(TOTALS, "orders", ORDERS), answers={"订单.csv / 实付 : total": answer})
    assert asking.unanswered == []
    assert sorted(price for (price,) in viewed(orders["orders"], "unit_price")) == sorted(prices)


def test_a_line_that_was_exported_again_makes_no_total() -> None:
    once = """
    单号 货号 下单        数量 实付  状态
    O1  S1  2026-11-05 1   30.00 已发货
    O2  S2  2026-11-05 1   17.00 已发货
    O3  S3  2026-11-05 1   21.50 已发货
    O4  S4  2026-11-05 1   55.00 已发货
    """
    again = once.replace("已发货", "已完成").splitlines()[2:]
    columns = {**ORDERS, "状态": "status"}
    found, asking = plans(group("\n".join([once.rstrip(), *again]), "orders", columns))
    assert not [question.key for question in asking.unanswered if question.key.endswith(": total")]
    assert found["orders"].has("unit_price")


def test_order_lines_without_any_price_are_no_catalogue() -> None:
    text = """
    单号 货号 下单        数量 品名
    O1  S1  2026-11-05 1   围巾
    """
    found, _ = plans(
        group(text, "orders", {"单号": "order_id", "货号": "sku_id", "下单": "ordered_at", "数量": "quantity"})
    )
    assert "products" not in found


def test_nothing_is_taken_for_a_total_without_an_answer() -> None:
    _, asking = plans(group(TOTALS, "orders", ORDERS))
    assert [(question.key, question.proposal) for question in asking.unanswered] == [
        ("订单.csv / 实付 : total", "order_total")
    ]


def test_returns_name_their_line_as_orders_do() -> None:
    orders = group(TOTALS, "orders", ORDERS)
    text = """
    售后单 单号 货号 申请        退款
    R1   O1  S1  2026-11-09 30.00
    R2   O3  S2  2026-11-10 50.00
    """
    columns = {"售后单": "return_id", "单号": "order_line_id", "申请": "requested_at", "退款": "refund_amount"}
    found, _ = plans(orders, group(text, "returns", columns, "售后.csv"), answers={"订单.csv / 实付 : total": "line"})
    assert viewed(found["returns"], "order_line_id", "updated_at") == [
        ("O1-S1", "2026-11-09 00:00:00"),
        ("O3-S2", "2026-11-10 00:00:00"),
    ]


def test_goods_of_order_lines_are_as_their_newest_line_has_them() -> None:
    text = """
    单号 货号 商品名称    下单        数量 单价
    O1  S1  旧名        2026-11-05 1   5.00
    O2  S1  新名        2026-11-07 1   6.00
    O3  S1  赠品        2026-11-08 1   0.00
    O4  S2  围巾        2026-11-06 1   9.00
    """
    columns = ORDERS | {"单价": "unit_price"}
    products = plans(group(text, "orders", columns))[0]["products"]
    assert sorted(viewed(products, "sku_id", "title", "list_price", "updated_at")) == [
        ("S1", "新名", "6.00", "2026-11-07 00:00:00"),
        ("S2", "围巾", "9.00", "2026-11-06 00:00:00"),
    ]
    assert products.is_snapshot


def test_categories_and_lists_are_parted_as_ours_are() -> None:
    text = """
    货号 商品名称 一级类目 二级类目 风格      系列 价格
    S1  裙     女装    连衣裙  法式、通勤 秋日 10
    S2  梨     水果    .      田园      秋日 11
    """
    columns = {"货号": "sku_id", "商品名称": "title", "风格": "style_tags", "系列": "series_tags", "价格": "list_price"}
    products = plans(group(text, "products", columns))[0]["products"]
    assert viewed(products, "category", "style_tags") == [("女装/连衣裙", "法式|通勤"), ("水果", "田园")]


def test_stock_beside_goods_is_asked_about_unless_its_header_says_so() -> None:
    text = "货号 商品名称 价格 {header}\nS1 裙 10 5\nS2 梨 11 7"
    columns = {"货号": "sku_id", "商品名称": "title", "价格": "list_price"}
    found, asking = plans(group(text.format(header="可售库存"), "products", columns, "商品.csv"))
    assert found["inventory"].headers == {"sku_id": "货号", "sellable_units": "可售库存"}
    assert found["inventory"].is_snapshot and asking.unanswered == []
    odd = group(text.format(header="库存"), "products", columns, "商品.csv")
    found, asking = plans(odd)
    assert "inventory" not in found
    assert [question.key for question in asking.unanswered] == ["商品.csv / inventory"]
    assert "inventory" not in plans(odd, answers={"商品.csv / inventory": LEAVE_OUT})[0]


def test_everything_that_is_missing_is_told_at_once_with_what_stands_in() -> None:
    orders = group(TOTALS, "orders", ORDERS | {"实付": "unit_price"})
    missing = what_is_missing(list(plans(orders)[0].values()))
    assert missing.stand_ins == {
        "products": "orders",
        "inventory": "orders",
        "agents": "orders",
        "groups": "nothing",
        "returns": "nothing",
        "chat_messages": "nothing",
    }
    assert missing.refused == ()
    assert list(missing.assumptions) == ["delivery_days"]
    assert str(missing.told[0]).startswith("Neither returns nor chat")


def test_without_order_lines_no_setting_helps() -> None:
    text = "货号 商品名称 价格\nS1 裙 10\nS2 梨 11"
    columns = {"货号": "sku_id", "商品名称": "title", "价格": "list_price"}
    missing = what_is_missing(list(plans(group(text, "products", columns))[0].values()))
    assert "orders" in missing.refused


@pytest.mark.parametrize(
    ("header", "is_hashed"), [("客户ID", False), ("Customer ID", False), ("手机号", True), ("Email", True)]
)
def test_a_key_is_wanted_for_phones_and_addresses_and_not_for_the_ids_of_a_platform(
    header: str, is_hashed: bool
) -> None:
    text = f"""
    单号 货号 下单        数量 实付 {header.replace(" ", "_")}
    O1  S1  2026-11-05 1   5.00 K00017
    """
    named = {**ORDERS, header.replace(" ", "_"): "customer_id"}
    assert plans(group(text, "orders", named))[0]["orders"].names_customers == is_hashed


LEADERS = """
代理编号 微信群 群人数 入驻日期
A1     万科群 120   2026-01-02
A2     青年群 80    2026-02-02
"""


def test_agents_and_messages_may_name_the_groups() -> None:
    leaders = group(LEADERS, "agents", {"代理编号": "agent_id", "入驻日期": "joined_on"}, "代理.csv")
    assert [question.key for question in plans(leaders)[1].unanswered] == ["代理.csv / groups"]
    found, _ = plans(leaders, answers={"代理.csv / groups": "yes"})
    assert found["groups"].headers == {"group_id": "微信群", "agent_id": "代理编号", "member_count": "群人数"}
    talk = """
    消息 群 谁 时间        内容 身份
    M1  甲 客1 2026-11-07 好   customer
    M2  甲 客2 2026-11-08 差   customer
    """
    names = {
        "消息": "message_id",
        "群": "group_id",
        "谁": "sender_id",
        "时间": "sent_at",
        "内容": "text",
        "身份": "sender_role",
    }
    chat = group(talk, "chat_messages", names, "群聊.csv")
    answers = {"订单.csv / 实付 : total": "line"}
    found, _ = plans(group(TOTALS, "orders", ORDERS), chat, answers=answers)
    assert viewed(found["groups"], "group_id") == [("甲",)]
    assert {column: made.sql for column, made in found["groups"].constants().items()} == {
        "agent_id": "shop",
        "member_count": "100",
    }


def test_who_speaks_is_asked_where_no_column_says_it() -> None:
    talk = """
    作品 谁 时间             内容
    N1  客1 2026-11-07T1:00 好
    N1  客2 2026-11-08T2:00 差
    """
    chat = group(
        talk, "chat_messages", {"作品": "group_id", "谁": "sender_id", "时间": "sent_at", "内容": "text"}, "评论.csv"
    )
    _, asking = plans(chat)
    assert [(question.key, question.proposal) for question in asking.unanswered] == [
        ("评论.csv / sender_role", "customer")
    ]
    found, _ = plans(chat, answers={"评论.csv / sender_role": "customer"})
    assert found["chat_messages"].constants()["sender_role"].sql == "customer"
    assert len({message for (message,) in viewed(found["chat_messages"], "message_id")}) == 2


def test_lines_that_agree_by_chance_are_no_total() -> None:
    lines = "\n".join(f"O{order} S{line} 2026-11-05 1 9.90" for order in range(9) for line in range(2))
    _, asking = plans(group(f"单号 货号 下单 数量 实付\n{lines}", "orders", ORDERS))
    assert asking.unanswered == []


@pytest.mark.parametrize(("again", "is_snapshot"), [("S2", True), ("S1", False)])
def test_the_last_edit_of_a_list_that_has_each_sku_once_is_not_read(again: str, is_snapshot: bool) -> None:
    text = f"""
    货号     名称 售价   修改时间
    S1      裙  30.00 2026-11-05
    {again} 帽  20.00 2026-11-17
    """
    columns = {"货号": "sku_id", "名称": "title", "售价": "list_price", "修改时间": "updated_at"}
    goods = plans(group(text, "products", columns))[0]["products"]
    assert ("修改时间" in goods.left_out) == is_snapshot
    assert ("updated_at" in goods.headers) != is_snapshot


def test_a_pick_up_point_has_one_group_which_orders_name() -> None:
    leaders = """
    团长编号 自提点编号 群人数 截单时间 开通日期
    A1     ZT001    120   20:00  2026-01-02
    A2     ZT002    80    21:00  2026-02-02
    """
    sales = """
    单号 货号 下单        数量 实付 提货处
    O1  S1  2026-11-05 1   5.00 ZT002
    O2  S1  2026-11-06 1   5.00 ZT001
    """
    agents = group(leaders, "agents", {"团长编号": "agent_id", "开通日期": "joined_on"}, "团长.csv")
    found, asking = plans(agents, group(sales, "orders", ORDERS))
    assert not asking.unanswered
    assert viewed(found["groups"], "group_id", "pickup_point_id", "member_count", "cutoff_time") == [
        ("ZT001", "ZT001", "120", "20:00"),
        ("ZT002", "ZT002", "80", "21:00"),
    ]
    assert found["orders"].headers["group_id"] == "提货处"
    assert "提货处" not in found["orders"].left_out


def test_a_later_state_wins_where_its_row_has_no_time_of_its_own() -> None:
    text = """
    单号 货号 下单        数量 实付 状态
    O1  S1  2026-11-05 1   5.00 paid
    O1  S1  2026-11-05 1   5.00 cancelled
    O2  S1  2026-11-05 1   5.00 shipped
    O2  S1  2026-11-05 1   5.00 delivered
    """
    orders = plans(group(text, "orders", ORDERS | {"状态": "status"}))[0]["orders"]
    stamps = dict(viewed(orders, "status", "updated_at"))
    assert stamps["paid"] < stamps["shipped"] < stamps["delivered"] < stamps["cancelled"]


def test_a_key_that_no_header_is_known_for_is_asked_about_among_those_that_differ_in_every_row() -> None:
    text = """
    采购明细号 批次 货号 下单        数量 实付
    CG001    P1  S1  2026-11-05 1   5.00
    CG002    P1  S2  2026-11-05 1   6.00
    CG003    P1  S1  2026-11-06 1   5.00
    """
    orders = group(text, "orders", {name: column for name, column in ORDERS.items() if name != "单号"})
    refunds = "退单 采购明细号 申请 退款\nR1 CG002 2026-11-09 6.00\nR2 CG003 2026-11-09 5.00"
    columns = {"退单": "return_id", "申请": "requested_at", "退款": "refund_amount"}
    _, asking = plans(orders, group(refunds, "returns", columns, "售后.csv"))
    (question,) = asking.unanswered
    assert (question.key, question.proposal) == ("订单.csv / order_line_id", "采购明细号")
    answers = {"订单.csv / order_line_id": "采购明细号", "售后.csv / order_line_id": "采购明细号"}
    found, asking = plans(orders, group(refunds, "returns", columns, "售后.csv"), answers=answers)
    assert asking.unanswered == []
    assert found["returns"].headers["order_line_id"] == "采购明细号"
    assert viewed(found["orders"], "order_line_id", "order_id")[0] == ("CG001", "CG001")


@pytest.mark.parametrize(
    ("cells", "is_joined"),
    [
        ("毛巾 1 | 毛巾，窗帘 2 | 锅铲，饭盒 2", True),
        ("毛巾 3 | 窗帘 3 | 毛巾；窗帘 3", True),
        ("毛巾，加厚 1 | 窗帘，遮光 1 | 毛巾，加厚 1", False),
        ("毛巾 1 | 窗帘 2", False),
    ],
)
def test_titles_of_several_goods_in_a_cell_are_no_sku(cells: str, is_joined: bool) -> None:
    lines = [f"O{number} {cell} 2026-11-05 9.00" for number, cell in enumerate(cells.split(" | "))]
    text = "\n".join(["单号 宝贝标题 宝贝种类 下单 实付", *lines])
    columns = {"单号": "order_id", "下单": "ordered_at", "实付": "paid_amount"}
    orders = plans(group(text, "orders", columns))[0]["orders"]
    assert orders.has("sku_id") != is_joined
    assert any("one row a SKU" in sentence for sentence in orders.assumed) == is_joined


def test_values_alone_do_not_tell_orders_beside_a_header_that_names_them() -> None:
    text = """
    订单编号 行码   货号 下单        数量 实付
    O1     O1-1 S1  2026-11-05 1   5.00
    O1     O1-2 S2  2026-11-05 1   6.00
    """
    known = group(text, "orders", ORDERS)
    likely = {"订单编号": (None, ("order_id",)), "行码": ("order_id", ("order_line_id",))}
    columns = tuple(
        replace(found, certainty="likely", column=likely[found.header][0], others=likely[found.header][1])
        if found.header in likely
        else found
        for found in known.finding.columns
    )
    _, asking = plans(replace(known, finding=replace(known.finding, columns=columns)))
    assert {question.key: question.proposal for question in asking.unanswered} == {
        "订单.csv / 订单编号": "order_id",
        "订单.csv / 行码": "order_line_id",
    }
