"""Several goods in one cell as exports write them, and which cells are read; and what views may call to read them."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.drop_folder import STAMP, Platform
from xuanpin.pipelines.engine import Engine, foreign_parts, open_memory
from xuanpin.pipelines.ingest.views import add_view_functions
from xuanpin.pipelines.settings import load_settings

READ = [
    ("【法式连衣裙 红色 M】x2；短袖*1", [("法式连衣裙 红色 M", 2), ("短袖", 1)]),
    ("法式连衣裙 红色 x2", [("法式连衣裙 红色", 2)]),
    ("连衣裙*2", [("连衣裙", 2)]),
    ("连衣裙×2", [("连衣裙", 2)]),
    ("连衣裙 X 12", [("连衣裙", 12)]),
    ("连衣裙(2件)", [("连衣裙", 2)]),
    ("连衣裙（x2）；短袖【共1件】", [("连衣裙", 2), ("短袖", 1)]),
    ("连衣裙，数量：2", [("连衣裙", 2)]),
    ("连衣裙（数量:2）、短袖（数量:1）", [("连衣裙", 2), ("短袖", 1)]),
    ("A10086:2;A10087:1", [("A10086", 2), ("A10087", 1)]),
    ("A10086*2,10087001*1", [("A10086", 2), ("10087001", 1)]),
    ("裙 [颜色:红;尺码:M] x2; 短袖[颜色:白;尺码:L]x1", [("裙 [颜色:红;尺码:M]", 2), ("短袖[颜色:白;尺码:L]", 1)]),
    ("套装(上衣(红;M)；裤子) x1", [("套装(上衣(红;M)；裤子)", 1)]),
    ("上衣+裤子套装 x1 + 袜子 x2", [("上衣+裤子套装", 1), ("袜子", 2)]),
    ("连衣裙x2/短袖x1|裤子 x3盒", [("连衣裙", 2), ("短袖", 1), ("裤子", 3)]),
    ("连衣裙 x2\r\n短袖 x1\n", [("连衣裙", 2), ("短袖", 1)]),
    ("1、连衣裙 x2；2、短袖 x1", [("连衣裙", 2), ("短袖", 1)]),
    ("2、连衣裙 x2", [("2、连衣裙", 2)]),
    ("[新品]连衣裙x2", [("[新品]连衣裙", 2)]),
    ("地毯 120*80 x2", [("地毯 120*80", 2)]),
    ("面霜50ml*2", [("面霜50ml", 2)]),
    ("2 x Dress, Red", [("Dress, Red", 2)]),
    ("连衣裙x0", [("连衣裙", 0)]),
    ("窗帘[型号:浅灰 1.5m][编码:LE-01]*1; 锅铲[型号:七件套][编码:LE-02]*2;", [("LE-01", 1), ("LE-02", 2)]),
    ("连衣裙（红,M）*1(商家编码：A1)、短袖*2 (商家编码：A2)", [("A1", 1), ("A2", 2)]),
    ("连衣裙[货号: A1 ] x1；袜子 x2", [("A1", 1), ("袜子", 2)]),
    ("连衣裙 红 ￥199.00 x1；短袖x2（¥59）", [("连衣裙 红", 1), ("短袖", 2)]),
    ("连衣裙x1 ¥199，短袖x2 ¥59", [("连衣裙", 1), ("短袖", 2)]),
    ("共3件：连衣裙x1，短袖x2", [("连衣裙", 1), ("短袖", 2)]),
    ("连衣裙 x1<br/>短袖 x2<BR>", [("连衣裙", 1), ("短袖", 2)]),
    ('[ {"name": "裙", "sku_code": "A1", "num": 2}, {"title": "短袖", "num": 1} ]', [("A1", 2), ("短袖", 1)]),
    ('[{"title": "裙", "spec": "红 M", "num": 2}, {"title": "短袖", "num": "1"}]', [("裙 红 M", 2), ("短袖", 1)]),
    ('[{"name": "连衣裙", "sku_code": "A1", "quantity": 2.0}]', [("A1", 2)]),
    ('{"商品名称": "连衣裙", "数量": 3}', [("连衣裙", 3)]),
]  # fmt: skip
UNSURE = [
    "短袖；长裤",
    "短袖 x2；长裤",
    "上衣+裤子",
    "地毯 120*80",
    "地毯 120 x 80",
    "地毯120cm*80",
    "1200*800",
    "iPhonex2",
    "XL:2",
    "12:30",
    "x2",
    "2 x Dress x3",
    "(红;M x2",
    "连衣裙 x2 加急",
    "连衣裙 x1.5",
    "连衣裙x1；短袖x2（共3件）",
    "连衣裙 ￥199.00",
    "连衣裙 x2 加急 ￥9",
    '[{"title": "连衣裙", "num": 1.5}]',
    '[{"title": "连衣裙"}]',
    '[{"title": "连衣裙", "num": 2}',
    "[]",
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = open_memory()
    add_view_functions(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def goods(engine: Engine) -> dict[str, Any]:
    """The entries of each cell above, as pairs; one statement reads them all."""
    cells = [*(cell for cell, _ in READ), *UNSURE]
    found = engine.query("select read_goods(cell) as goods from (select unnest($cells) as cell)", cells=cells)
    entries = found["goods"].to_pylist()
    return {cell: [(one["goods"], one["quantity"]) for one in read] for cell, read in zip(cells, entries, strict=True)}


@pytest.mark.parametrize(("cell", "entries"), READ)
def test_several_goods_of_one_cell_are_read(goods: dict[str, Any], cell: str, entries: list[tuple[str, int]]) -> None:
    assert goods[cell] == entries


@pytest.mark.parametrize("cell", UNSURE)
def test_a_cell_that_leaves_a_doubt_is_one_entry_without_a_quantity(goods: dict[str, Any], cell: str) -> None:
    assert goods[cell] == [(cell, None)]


def test_an_empty_cell_is_an_entry_without_anything(engine: Engine) -> None:
    found = engine.query("select read_goods(cell) as goods from (values (null), (''), (' ')) as v(cell)")
    assert found["goods"].to_pylist() == [[{"goods": None, "quantity": None}]] * 3


def test_views_read_times_and_numbers_as_columns_do(engine: Engine) -> None:
    found = engine.query(
        "select read_time('2026年11月5日 8时3分') as moment, read_time('11/5/2026') as doubtful, "
        "read_number('¥1,299.00') as amount, read_number('12.5%') as share, read_number('1.5万') as unread, "
        "list_transform(['1', 'x'], lambda text: read_number(text)) as listed"
    )
    assert found.to_pylist() == [
        {
            "moment": datetime(2026, 11, 5, 8, 3), "doubtful": None, "amount": Decimal("1299"),
            "share": Decimal("0.125"), "unread": None, "listed": [Decimal("1"), None],
        }
    ]  # fmt: skip


def test_a_view_may_call_them() -> None:
    assert foreign_parts('select read_time(a), read_number(b), unnest(read_goods(c)) from "drop"', "drop") == []


def test_a_night_reads_each_of_several_goods_and_loses_no_row(tmp_path: Path) -> None:
    (tmp_path / "lines.sql").write_text(
        "select d.*, concat(单号, '-', g.place) as order_line_id, 单号 as customer_id, g.one.goods as sku_id,\n"
        "    g.one.quantity as quantity\n"
        'from "drop" as d,\n'
        "    unnest(list_transform(read_goods(商品), lambda one, n: struct_pack(one := one, place := n))) as t(g)",
        encoding="utf-8",
    )
    (tmp_path / "xuanpin.toml").write_text(
        '[ingest]\nbad_share = 1\n[sources.tables.orders]\nview = "lines.sql"\ncolumns = { "单号" = "order_id" }\n'
        "[sources.tables.orders.constants]\nstatus = 'paid'\ngroup_id = 'G1'\nagent_id = 'A1'\n"
        f"updated_at = '{STAMP}'\nordered_at = '{STAMP}'\nunit_price = '9'\n",
        encoding="utf-8",
    )
    platform = Platform(tmp_path, load_settings(tmp_path / "xuanpin.toml")).begun()
    platform.write("orders", "more.csv", "单号,商品\nO7,S1*2；S1(1件)\nO8,S1 两条\n".encode())
    assert platform.night() == (3, 2)
    assert platform.query("select order_line_id, quantity from source.orders where order_id = 'O7' order by 1") == [
        {"order_line_id": "O7-1", "quantity": 2},
        {"order_line_id": "O7-2", "quantity": 1},
    ]
    assert platform.values("select rules from ops.quarantine") == [["quantity_missing"]]
