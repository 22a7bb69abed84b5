"""What lives from night to night keeps the promises of its contract: keys, columns that are never empty, meanings."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.chat_world import open_world
from tools.inner_page import inner_page
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import TABLES, load_contract
from xuanpin.pipelines.contracts.lasting import LastingTable, lasting_tables
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.feedback import step
from xuanpin.pipelines.feedback.step import feedback
from xuanpin.pipelines.history.day_sums import DAY_SUMS
from xuanpin.pipelines.history.stage import CHANGED, TIMELINE
from xuanpin.pipelines.migration import open_home

INNER = [f"{layer}.{table}" for layer in ("history", "ops") for table in TABLES[layer]]


@pytest.fixture(scope="module")
def engine(published: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = open_home(Home(shutil.copytree(published.root, tmp_path_factory.mktemp("read") / "home")))
    yield opened
    opened.close()


@pytest.mark.parametrize("table", INNER)
def test_two_nights_leave_required_columns_filled_and_keys_unique(engine: Engine, table: str) -> None:
    contract = load_contract(table.partition(".")[2])
    rows = engine.read(table).to_pylist()
    required = [column.name for column in contract.columns if column.required]
    assert [name for name in required if any(row[name] is None for row in rows)] == []
    if contract.key:
        keys = [tuple(row[name] for name in contract.key) for row in rows]
        assert len(set(keys)) == len(keys)


def test_what_is_read_of_chat_has_the_columns_and_types_of_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "_drop", lambda engine, stems: None)
    night = open_world(tmp_path)
    feedback(night)
    read = {"mention_days": "night.int_stale_days"}
    read |= {table: f"main.int_{table}" for table in ("mentions", "group_posts", "posts")}
    for table, written in read.items():
        assert load_contract(table).differences(_types(night.engine, written)) == ()


def test_folded_lines_have_the_columns_and_types_of_the_contract(engine: Engine) -> None:
    engine.materialise(CHANGED, into="temp", since_seq=-1, until_seq=-1)
    known: dict[str, Any] = {"delivery_days": None, "fault_reasons": ["quality"], "first_line": None, "last_line": None}
    for stem in (*TIMELINE, *(sums.deltas for sums in DAY_SUMS)):
        engine.materialise(stem, into="temp", **known)
    folded = {"order_line_timeline": "int_order_line_timeline"}
    folded |= {sums.outcomes.removeprefix("history."): sums.deltas for sums in DAY_SUMS}
    for table, stem in folded.items():
        assert load_contract(table).differences(_types(engine, f"main.{stem}")) == ()


def _types(engine: Engine, table: str) -> dict[Any, Any]:
    schema, _, name = table.partition(".")
    found = engine.query(
        "select column_name, data_type from duckdb_columns() where schema_name = $schema and table_name = $name "
        "order by column_index",
        schema=schema,
        name=name,
    ).to_pylist()
    return {row["column_name"]: row["data_type"] for row in found}


def test_every_lasting_table_is_created_as_it_is_described(engine: Engine) -> None:
    held = engine.query(
        "select schema_name || '.' || table_name as name from duckdb_tables() "
        "where schema_name in ('source', 'history', 'ops')"
    )
    assert set(held["name"].to_pylist()) == set(lasting_tables())
    for name, table in lasting_tables().items():
        assert (table.missing(_types(engine, name)), table.faults(_types(engine, name))) == ((), ())


def test_only_a_missing_column_that_may_be_empty_can_be_added() -> None:
    table = LastingTable("ops.t", (_column("a", True), _column("b", False), _column("c", False)), "")
    assert [column.name for column in table.missing({"a": "VARCHAR"})] == ["b", "c"]
    assert table.faults({"c": "VARCHAR", "a": "VARCHAR"}) == ()
    assert table.faults({"b": "VARCHAR"}) == ("missing a VARCHAR",)
    assert table.faults({"a": "DATE", "d": "DATE"}) == ("unexpected d", "a is DATE, not VARCHAR")


def _column(name: str, required: bool) -> Column:
    return Column(name, "VARCHAR", required, "A column.", "一列。")


def test_the_page_of_inner_tables_is_current_and_names_every_column() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "tables-inside.md").read_text(encoding="utf-8")
    assert page == inner_page(), "run: python -m tools.inner_page docs/tables-inside.md"
    for table in INNER:
        assert f"### {table}" in page
