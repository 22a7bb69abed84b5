"""What recognition finds does not hang on the order of columns, rows or exports, nor on the names of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spec.test_recognised_relations import GOODS, LINES, ORDERS
from tests.support.exports import columns, export
from xuanpin.pipelines.connect.findings import Certainty, Export, TableFinding
from xuanpin.pipelines.connect.recognition.recognising import recognise

EXPORTS = (ORDERS, GOODS, export(LINES, "lines.csv"))


def meant(finding: TableFinding) -> dict[str, tuple[str | None, Certainty]]:
    return {each.header: (each.column, each.certainty) for each in finding.columns}


def reordered(one: Export, order: list[int], rows: Sequence[Sequence[str | None]]) -> Export:
    headers = tuple(one.headers[at] for at in order)
    return replace(one, headers=headers, rows=tuple(tuple(row[at] for at in order) for row in rows))


@given(st.data(), st.sampled_from(EXPORTS))
@settings(max_examples=20, deadline=None)
def test_columns_and_rows_may_stand_in_any_order(data: st.DataObject, one: Export) -> None:
    order = data.draw(st.permutations(range(len(one.headers))))
    rows = data.draw(st.permutations(one.rows))
    (before,), (after,) = recognise([one]), recognise([reordered(one, order, rows)])
    assert (before.table, before.certainty) == (after.table, after.certainty)
    assert meant(before) == meant(after)


@given(st.permutations(range(3)), st.text("订单goods退款0123", max_size=8))
@settings(max_examples=10, deadline=None)
def test_exports_may_stand_in_any_order_under_any_name(order: list[int], name: str) -> None:
    plain = recognise(EXPORTS)
    renamed = recognise([replace(EXPORTS[number], place=f"{name}{number}.csv") for number in order])
    for place, number in enumerate(order):
        assert meant(renamed[place]) == meant(plain[number])


@given(st.sampled_from(EXPORTS))
@settings(max_examples=3, deadline=None)
def test_an_export_that_comes_twice_means_the_same(one: Export) -> None:
    once, first, second = recognise([one])[0], *recognise([one, replace(one, place="copy.csv")])
    assert columns(once) == columns(first) == columns(second)
