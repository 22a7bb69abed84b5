"""What of an export a person sees: three values, and of what identifies somebody only the shape."""

from __future__ import annotations

import pytest

from tests.support.planned_exports import export
from xuanpin.pipelines.connect.samples import sample

TEXT = """
买家昵称 收货人手机   收货地址     商品名称        备注
李晓琳   13812345678 杭州文三路1号 法式连衣裙      联系13912345678
Amy02   13812345679 杭州文三路2号 法式连衣裙      .
李晓琳   13812345670 杭州文三路3号 a@b.com的礼盒 .
"""


@pytest.mark.parametrize(
    ("header", "column", "shown"),
    [
        ("买家昵称", "customer_id", ("某", "x99")),
        ("买家昵称", "customer_name", ("某", "x99")),
        ("收货人手机", None, ("〔电话〕", "〔电话〕", "〔电话〕")),
        ("收货人手机", "customer_id", ("99999999999", "99999999999", "99999999999")),
        ("收货地址", None, ("某9某", "某9某", "某9某")),
        ("商品名称", "title", ("法式连衣裙", "〔邮箱〕的礼盒")),
        ("备注", None, ("联系〔电话〕",)),
        ("备注", "comment", ("某99999999999",)),
    ],
)
def test_three_different_values_and_no_person(header: str, column: str | None, shown: tuple[str, ...]) -> None:
    assert sample(export(TEXT), header, column) == shown


def test_a_long_value_is_cut_and_no_sign_moves_the_cursor() -> None:
    long = export(f"编号\n{'A' * 60}\n\x1b[31mB")
    assert sample(long, "编号", "sku_id") == (f"{'A' * 24}…", "\\u001b[31mB")
