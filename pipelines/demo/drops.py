"""Writes a day's rows as drops: several formats, late and repeated rows, a few rows that break a rule."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from xuanpin.pipelines.contracts import TABLES
from xuanpin.pipelines.demo.world import World, day_number

LATE_TABLES = ("orders", "returns", "chat_messages")
LATE_SHARE, REPEATED_SHARE, BROKEN_SHARE = 0.01, 0.005, 0.004
LATE_WEEKDAYS = (0, 1, 2)
EIGHT_HOURS = pa.scalar(8 * 3600, pa.duration("s"))


@dataclass(frozen=True)
class DayFile:
    """The file that a day sends of a `table`: its name without the ending (`stem`), its `form` and its `rows`."""

    table: str
    stem: str
    form: Format
    rows: pa.Table

    def write(self, folder: Path) -> None:
        """Write the file to folder/<table>/."""
        suffix, encode = self.form
        target = folder / self.table
        target.mkdir(parents=True, exist_ok=True)
        (target / (self.stem + suffix)).write_bytes(encode(self.rows))


def day_files(world: World, day: np.datetime64, tables: dict[str, pa.Table]) -> Iterator[DayFile]:
    """Yield a day's file of each table, with some faulty rows; tables without rows get none.

    Tables of the contracts that `tables` lacks are not of this world.
    """
    for place, name in enumerate(TABLES["source"]):
        rows = _with_dirt(world, day, place, name, tables.get(name, pa.table({})))
        if rows.num_rows:
            yield DayFile(name, str(day), FORMATS[(day_number(day) + place) % len(FORMATS)], rows)


def _with_dirt(world: World, day: np.datetime64, place: int, name: str, rows: pa.Table) -> pa.Table:
    """Yesterday's late and repeated rows join; some of today's wait until tomorrow; broken copies are mixed in."""
    if name not in LATE_TABLES:
        return rows
    rng, n = world.rng(day, 100 + place), rows.num_rows
    arrived = world.state.backlog.pop(name, [])
    slow = (day_number(day) + 3) % 7 in LATE_WEEKDAYS
    is_late = (rng.random(n) < LATE_SHARE) & slow
    is_repeated = (rng.random(n) < REPEATED_SHARE) & ~is_late
    world.state.backlog[name] = [rows.filter(pa.array(is_late | is_repeated))]
    world.state.note(day, "late_rows", name, int(is_late.sum()))
    world.state.note(day, "repeated_rows", name, int(is_repeated.sum()))
    present = [table for table in (rows.filter(pa.array(~is_late)), *arrived) if table.num_rows]
    clean = pa.concat_tables(present) if present else rows.slice(0, 0)
    broken = int(BROKEN_SHARE * clean.num_rows) if name in BREAKS else 0
    if broken == 0:
        return clean
    world.state.note(day, "broken_rows", name, broken)
    copies = clean.take(pa.array(rng.choice(clean.num_rows, broken, replace=False)))
    return pa.concat_tables([clean, *(_break(copies.slice(i, 1), name, day, i) for i in range(broken))])


def _break(row: pa.Table, name: str, day: np.datetime64, index: int) -> pa.Table:
    """A copy of a row under a key of its own that breaks one rule of the contract."""
    breaks = BREAKS[name]
    column, value = breaks[(day_number(day) + index) % len(breaks)]
    key = row.column_names[0]
    row = _with_value(row, key, f"X{day_number(day)}{index:03d}")
    return _with_value(row, column, value)


def _with_value(row: pa.Table, column: str, value: object) -> pa.Table:
    field = row.schema.field(column)
    return row.set_column(row.schema.get_field_index(column), field, pa.array([value], field.type))


BREAKS: dict[str, tuple[tuple[str, object], ...]] = {
    "orders": (
        ("quantity", 0), ("status", "unknown"), ("sku_id", None), ("unit_price", Decimal("-1.00")),
        ("customer_id", None), ("ordered_at", datetime(2031, 1, 1)),
    ),
    "chat_messages": (("sender_role", "robot"), ("group_id", None), ("sender_id", None)),
}  # fmt: skip


def zoned(rows: pa.Table) -> pa.Table:
    """Return `rows` with naive Beijing times turned into instants with the offset +08:00."""
    for index, field in enumerate(rows.schema):
        if pa.types.is_timestamp(field.type):
            instant = (
                pc.subtract(rows[field.name], EIGHT_HOURS).cast(pa.timestamp("us")).cast(pa.timestamp("us", "+08:00"))
            )
            rows = rows.set_column(index, field.name, instant)
    return rows


def _as_text(rows: pa.Table, offset: str) -> pa.Table:
    """Times as ISO text with an offset (or none), lists as a|b|c: what CSV can carry."""
    for index, field in enumerate(rows.schema):
        column = rows[field.name]
        if pa.types.is_timestamp(field.type):
            text = pc.strftime(column, format="%Y-%m-%d %H:%M:%S")
            rows = rows.set_column(index, field.name, pc.binary_join_element_wise(text, offset, ""))
        elif pa.types.is_list(field.type):
            rows = rows.set_column(index, field.name, pc.binary_join(column, "|"))
    return rows


def _csv(rows: pa.Table, offset: str = "+08:00") -> bytes:
    sink = io.BytesIO()
    pyarrow.csv.write_csv(_as_text(rows, offset), sink)
    return sink.getvalue()


def _json_lines(rows: pa.Table) -> bytes:
    # One encoder: json.dumps would make one a row.
    write = json.JSONEncoder(ensure_ascii=False, default=_json_value).encode
    return _packed("".join(write(row) + "\n" for row in rows.to_pylist()).encode())


def _json_value(value: object) -> str:
    return value.isoformat() + "+08:00" if isinstance(value, datetime) else str(value)


def parquet(rows: pa.Table) -> bytes:
    """Return `rows` as the bytes of a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(rows, sink, compression="zstd")
    return sink.getvalue()


def _packed(content: bytes) -> bytes:
    """Pack as the program gzip does by itself; the closest packing takes four times as long."""
    return gzip.compress(content, 6, mtime=0)


Format = tuple[str, Callable[[pa.Table], bytes]]
FORMATS: tuple[Format, ...] = (
    (".parquet", lambda rows: parquet(zoned(rows))),
    (".csv", _csv),
    (".jsonl.gz", _json_lines),
    (".csv", lambda rows: b"\xef\xbb\xbf" + _csv(rows, offset="")),
    (".csv.gz", lambda rows: _packed(_csv(rows).decode().encode("gb18030"))),
    (".parquet", parquet),
)
