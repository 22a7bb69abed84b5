"""By which pattern tomorrow's file of a table is found: what changes in its name becomes *; no other file is caught."""

from __future__ import annotations

import pytest

from xuanpin.pipelines.connect.file_names import reads_of

CASES: dict[str, tuple[list[str], list[str], str]] = {
    "a day": (["订单导出20261128.xlsx"], ["售后20261128.xlsx"], "订单导出*.xlsx"),
    "a day with marks": (["2026-11-28 订单(1).csv"], ["商品.csv"], "* 订单(*.csv"),
    "a day in words": (["订单2026年11月28日.csv"], ["商品.csv"], "订单*.csv"),
    "two days": (["订单20261128.xlsx", "订单20261129.xlsx"], ["售后20261128.xlsx"], "订单*.xlsx"),
    "a browser numbers downloads": (["订单.csv"], ["商品.csv"], "订单*.csv"),
    "not another table's file": (["订单.csv"], ["订单明细.csv"], "订单.csv"),
    "of two alike the number tells": (["ExportOrderList202611281234.csv"], ["ExportOrderDetailList202611281234.csv"],
                                      "ExportOrderList*.csv"),
    "a folder of one table": (["订单/a.csv", "订单/b.csv"], ["商品.csv"], "订单"),
    "a folder of several": (["all/订单_1.csv", "all/订单_2.csv"], ["all/商品.csv"], "all/订单_*.csv"),
    "an archive": (["e20261128.zip/订单1.csv"], ["e20261128.zip/商品1.csv"], "e*.zip/订单*.csv"),
    "an archive of one table": (["订单.zip/1.csv", "订单.zip/2.csv"], ["商品.csv"], "订单*.zip/*.csv"),
    "names with marks of other patterns": (["订单[1].csv"], ["商品[1].csv"], "订单[*]*.csv"),
    "unlike names": (["11月订单.csv", "旧订单.csv"], ["商品.csv"], "*订单*.csv"),
    "names that have nothing alike": (["甲.csv", "乙.csv"], ["丙.csv"], "乙*.csv|甲*.csv"),
    "nothing but a number": (["2026.csv"], ["x.csv"], "2026.csv"),
    "folders of years": (["x/2026/o.csv", "x/2027/o.csv"], ["x/2026/p.csv"], "x/*/o*.csv"),
    "a bar and blanks at the ends": ([" a|b1"], [" a b1"], r"\x20a\x7cb*"),
    "a folder's blank": (["x/ 订单/a.csv"], ["商品.csv"], "x/ 订单"),
    "signs that are shown by their numbers": ([r"\xb6\xa91\u3000.csv"], ["商品.csv"], r"\xb6\xa9*\u3000*.csv"),
    "no ending": (["orders"], ["products"], "orders*"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_widest_name_that_catches_nothing_else(case: str) -> None:
    places, others, reads = CASES[case]
    assert reads_of(places, others) == reads
