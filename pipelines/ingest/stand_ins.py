"""Derives rows of tables that a platform does not have from its order lines, as a drop of the table's own.

What is derived from a drop follows from its lines alone: a home made anew from all files gets the same rows, in
whatever order they come. The rows say that an agent, a group or a SKU is there, and from when; what is known of them on
a date is added when the night is staged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.admission import note_arrivals
from xuanpin.pipelines.ingest.batch import next_seq
from xuanpin.pipelines.ingest.drops import STAND_IN_PREFIX, Drop, stamp_of
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.incoming import begin_reading, create_incoming, read_drops
from xuanpin.pipelines.ingest.mapping import TableMapping
from xuanpin.pipelines.ingest.notes import Notes, examples, nothing_kept
from xuanpin.pipelines.ingest.statements.scratch import INCOMING
from xuanpin.pipelines.missing.tonight import stood_in
from xuanpin.pipelines.typed.phrase import phrase

DERIVED = {"products": "stand_in_products", "agents": "stand_in_agents", "groups": "stand_in_groups"}
"""Tables whose rows are derived when orders come, with the SELECT over the new lines; stock is judged at staging."""


def both_there(table: str, fresh: Sequence[Drop]) -> InputRefused:
    """Return the error for a `table` with `fresh` files of its own for which the settings let orders stand in."""
    return nothing_kept(
        phrase(
            '[sources.tables.{table}] stand_in = "orders" says that the platform has no {table}, and {count} new '
            "files of it are there, such as {paths}; take stand_in out, and the table's own rows replace what was "
            "derived, or move the files away",
            table=table,
            count=len(fresh),
            paths=examples(drop.path for drop in fresh),
        )
    )


def derive_drops(
    night: Night, mappings: Mapping[str, TableMapping], orders: Sequence[Drop], work: Workspace
) -> dict[str, list[Drop]]:
    """Return a drop of each table for which orders stand in, derived from the `orders` that were not read before.

    The lines are read through the `mappings` of orders, and once more when their own turn comes; what is wrong with
    them is told then. `work` holds the derived files. Raises ReadAborted as `read_drops` does.
    """
    tables = [table for table in DERIVED if table in mappings and stood_in(night.settings.sources, table)]
    unread = [drop for drop in orders if not drop.is_repeat]
    if not tables or not unread:
        return {}
    engine, mapping = night.engine, mappings["orders"]
    create_incoming(engine, mapping.contract)
    read_drops(begin_reading(engine, mapping, work, Notes("orders")), unread)
    work.clear()
    folder = work.subfolder("stand_ins")
    derived = {table: [_derived(engine, table, folder / f"{table}.parquet")] for table in tables}
    engine.drop(INCOMING)
    return derived


def _derived(engine: Engine, table: str, file: Path) -> Drop:
    pq.write_table(engine.select(DERIVED[table]), file)
    content = hashlib.sha256(file.read_bytes()).hexdigest()
    path = f"{STAND_IN_PREFIX}{table}/{next_seq(engine)}.parquet"
    return Drop(table, path, file, file.stat().st_size, content, stamp_of(file))


def retire(engine: Engine, table: str, drop_seq: int) -> None:
    """Take back what was derived for a `table` whose own rows come in the batch `drop_seq`, if anything was."""
    batches = engine.select("derived_batches", table_name=table, prefix=STAND_IN_PREFIX)["drop_seq"]
    if not len(batches):
        return
    days = engine.distinct(f"source.{table}", "drop_seq", "known_on")
    days = days.filter(pc.is_in(days["drop_seq"], value_set=batches.combine_chunks()))
    for batch in batches.to_pylist():
        engine.delete_where(f"source.{table}", drop_seq=batch)
        engine.delete_where("ops.drops", table_name=table, drop_seq=batch)
    seen = days.select(["known_on"]).group_by("known_on").aggregate([])
    nothing_cleaned = pa.nulls(seen.num_rows, pa.int64())
    note_arrivals(engine, f"source.{table}", seen.append_column("cleaned_rows", nothing_cleaned), drop_seq)
