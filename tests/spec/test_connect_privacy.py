"""What connecting shows: no person can be told from samples, choices and questions."""

from __future__ import annotations

import pytest

from xuanpin.pipelines.connect.findings import Export
from xuanpin.pipelines.connect.recognition.names import LONGEST, readings
from xuanpin.pipelines.connect.samples import masked, sample, tells_of_person


@pytest.mark.parametrize(
    ("value", "shape"),
    [("王秀英", "某"), ("김민수", "x"), ("さくら", "x"), ("Пётр", "x"), ("José 1", "x 9"), ("𠮷田a1", "某x9")],
)
def test_a_name_in_any_script_is_a_shape(value: str, shape: str) -> None:
    assert masked(value) == shape


def test_a_telephone_beside_a_carrier_is_redacted_and_a_long_order_number_is_not() -> None:
    rows = (("顺丰 13655556666", "2380000000000013655"),)
    export = Export("a.csv", ("快递公司", "订单号"), rows, 1)
    assert "13655556666" not in sample(export, "快递公司", "carrier_id")[0]
    assert sample(export, "订单号", "order_id") == ("2380000000000013655",)


@pytest.mark.parametrize(("word", "is_told"), [("退款中", False), ("王秀英13812345678退款中", True), ("已关闭", False)])
def test_a_word_with_a_telephone_is_never_asked_about(word: str, is_told: bool) -> None:
    assert tells_of_person(word) == is_told


def test_a_text_of_the_length_of_a_story_is_no_header() -> None:
    assert readings("订单号") and readings("订" * (LONGEST + 1)) == ()
