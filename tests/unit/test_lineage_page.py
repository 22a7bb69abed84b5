"""The page of lineage is drawn from the facts, and says where a value comes to be."""

import pytest

from tools import lineage_page
from xuanpin.pipelines.lineage.facts import table_facts


@pytest.mark.parametrize(
    ("table", "column", "expected"),
    [
        ("published.sku_list", "title", ("source.products", "title")),
        ("published.sku_list", "evidence_orders", ("night.int_sku_evidence", "delivered_lines")),
        ("published.agent_matches", "match_rank", ("night.agent_matches", "match_rank")),
        ("published.sku_list", "run_id", ("run.sku_list", "run_id")),
    ],
)
def test_where_a_value_is_decided(table: str, column: str, expected: tuple[str, str]) -> None:
    assert lineage_page.decided_in(table, column, table_facts()) == expected


def test_the_page_and_its_picture_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert (lineage_page.main(is_check=True), capsys.readouterr().out) == (0, "")
