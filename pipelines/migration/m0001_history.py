"""From release 0.1.0: schema `memory` becomes `history`, and the reserves of a run have the names of today."""

from __future__ import annotations

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.run_store.former_layout import rename_reserves
from xuanpin.pipelines.typed.phrase import phrase

TITLE = phrase("schema memory is now history; the tables of the last night go; runs keep reserves/")
FORMER = "memory"
RENAMED = {"given": "matched"}
"""Tables of `memory` whose name changes; the others keep theirs."""


def files(home: Home) -> None:
    """Rename the reserves of every run folder."""
    if not home.published.is_dir():
        return
    with sealing.lock_published(home):
        for folder in sorted(home.published.glob("list_date=*/run=*")):
            rename_reserves(folder)


def tables(engine: Engine) -> None:
    """Move the tables of `memory` to `history`; drop what the last night left, and the notes of which steps are done.

    The tables of a night carry names of the release that wrote them, so no step may build on them.
    """
    for table in _tables_of(engine, FORMER):
        name = RENAMED.get(table, table)
        # DuckDB can neither rename a schema nor move a table to another one.
        engine.execute(f'create or replace table history."{name}" as select * from {FORMER}."{table}"')
        engine.execute(f'drop table {FORMER}."{table}"')
    engine.execute(f"drop schema if exists {FORMER}")
    for table in _tables_of(engine, "night"):
        engine.execute(f'drop table night."{table}"')
    if engine.exists("ops.steps_done"):
        engine.execute("delete from ops.steps_done")


def _tables_of(engine: Engine, schema: str) -> list[str]:
    rows = engine.query(
        "select table_name from duckdb_tables() where schema_name = $schema order by table_name", schema=schema
    )
    return [str(name) for name in rows["table_name"].to_pylist()]
