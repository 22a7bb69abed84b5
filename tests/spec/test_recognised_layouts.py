"""Which layout the values of a column of times prove: values in, layout out."""

from __future__ import annotations

import pytest

from xuanpin.pipelines.connect.recognition.layouts import layout_of
from xuanpin.pipelines.connect.recognition.values import profile
from xuanpin.pipelines.contracts import load_contract


@pytest.mark.parametrize(
    ("column", "values", "layout"),
    [
        ("ordered_at", ["05/11/2026 8:03", "17/11/2026 09:00"], "%d/%m/%Y %H:%M"),
        ("ordered_at", ["11/05/2026 8:03", "11/17/2026 09:00"], "%m/%d/%Y %H:%M"),
        ("ordered_at", ["05/11/2026 8:03", "06/11/2026 09:00"], ""),
        ("ordered_at", ["2026-11-05 08:03", "2026-11-17 09:00"], ""),
        ("ordered_at", ["46331.335416667", "46343", None], "excel"),
        ("ordered_at", ["46331.335416667", "2026-11-17"], ""),
        ("ordered_at", ["1793836800", "1793923200"], ""),
        ("ordered_at", [None, None], ""),
        ("quantity", ["46331", "46343"], ""),
    ],
)
def test_what_a_column_proves(column: str, values: list[str | None], layout: str) -> None:
    assert layout_of(profile(values), load_contract("orders").column(column)) == layout
