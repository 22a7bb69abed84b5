"""One drop of a tiny platform, changed in cells, rows, headers, format and bytes."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.drop_folder import DEFAULTS, STAMP, Row, row
from tools.fuzz.values import HEADERS, SECRETS, broken_bytes, nasty

PHONE, NAME, ACCOUNT, ADDRESS, CUSTOMER = SECRETS
KEYS = {table: next(iter(columns)) for table, columns in DEFAULTS.items()}
FREE = {
    "orders": "customer_name",
    "returns": "comment",
    "chat_messages": "text",
    "overrides": "reason",
}
"""Columns in which secrets are planted; those of the others stay as they are."""

OTHER_TYPES: tuple[Any, ...] = (
    None,
    True,
    3,
    2.5,
    float("nan"),
    float("inf"),
    [],
    ["a", None, ""],
    [[1]],
    {"a": 1},
    10**20,
)


@dataclass(frozen=True)
class FuzzedDrop:
    """A file for one table: its name and bytes, how many rows it has, and how much it was changed.

    `doubled`: rows that equal another one; `is_plain`: no byte and no header was changed, so that every row can be
    counted and no secret is taken for an id.
    """

    table: str
    name: str
    content: bytes
    rows: int
    doubled: int
    is_plain: bool


def fuzzed_drop(draw: Random) -> FuzzedDrop:
    """Return a drop with changes in up to four cells, now and then in its rows, header, format and bytes."""
    table = draw.choice(tuple(DEFAULTS))
    rows = [_base_row(table, number) for number in range(draw.randrange(1, 13))]
    for _ in range(draw.choice((0, 1, 1, 2, 4))):
        victim = draw.choice(rows)
        victim[draw.choice(tuple(victim))] = _cell(draw)
    doubled = draw.random() < 0.15
    if doubled:
        rows.append(dict(draw.choice(rows)))
    has_header = draw.random() < 0.8
    if not has_header:
        rows = _other_header(draw, rows)
    ending, content = _written(draw, rows)
    whole = content
    for _ in range(draw.choice((0, 0, 1, 1, 2))):
        content = broken_bytes(draw, content)
    content = packed(draw, content)
    is_plain = has_header and content == whole
    return FuzzedDrop(table, _name(draw, ending), content, len(rows), int(doubled), is_plain)


def _base_row(table: str, number: int) -> Row:
    base = {**row(table), KEYS[table]: f"{table[:2].upper()}{number:03}"}
    if table == "inventory":
        base |= {"sku_id": "S1", "as_of_date": f"2026-11-{number + 1:02}"}
    if table == "products":
        # No row says what the platform said before, whatever becomes of its id: each can be counted.
        base["title"] = f"{base['title']}{number}号"
    if table in FREE:
        base[FREE[table]] = f"{number}号 收货{NAME} 电话{PHONE} 微信{ACCOUNT} {ADDRESS}"
    if table == "orders":
        base |= {"customer_id": CUSTOMER, "customer_name": NAME}
    return base


def _cell(draw: Random) -> Any:
    if draw.random() < 0.15:
        return draw.choice(OTHER_TYPES)
    return nasty(draw)


def _other_header(draw: Random, rows: list[Row]) -> list[Row]:
    """The rows with one column renamed, left out, exchanged with another, or all in capitals."""
    first, second, other = draw.choice(list(rows[0])), draw.choice(list(rows[0])), draw.choice(HEADERS)
    renamed: list[dict[str, str | None]] = [{first: other}, {first: None}, {first: second, second: first}]
    change = draw.randrange(4)
    if change == 3:
        return [{name.upper(): cell for name, cell in found.items()} for found in rows]
    names = renamed[change]
    return [{new: cell for name, cell in found.items() if (new := names.get(name, name)) is not None} for found in rows]


def _written(draw: Random, rows: list[Row]) -> tuple[str, bytes]:
    ending = draw.choice(("csv", "csv", "csv", "jsonl", "jsonl", "json", "parquet"))
    if ending == "csv":
        return ending, _csv(draw, rows)
    if ending == "parquet":
        return ending, _parquet(rows)
    if ending == "json":
        return ending, json.dumps(rows, indent=draw.choice((None, 1)), default=str).encode()
    lines = [json.dumps(found, ensure_ascii=draw.random() < 0.5, default=str) for found in rows]
    return ending, "".join(f"{line}\n" for line in lines).encode(errors="replace")


def _csv(draw: Random, rows: list[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=draw.choice(",,,;\t"), lineterminator=draw.choice(("\n", "\r\n")))
    writer.writerow(rows[0])
    for found in rows:
        writer.writerow(
            "|".join("" if item is None else str(item) for item in cell) if isinstance(cell, list) else cell
            for cell in found.values()
        )
    return out.getvalue().encode(errors="replace")


def _parquet(rows: list[Row]) -> bytes:
    """The rows with every column as text, or as its own type where all its values are of one."""
    names = list(dict.fromkeys(name for found in rows for name in found))
    columns = [[found.get(name) for found in rows] for name in names]
    sink = io.BytesIO()
    pq.write_table(pa.table([_array(column) for column in columns], names=names), sink)
    return sink.getvalue()


def _array(column: list[Any]) -> pa.Array:
    if all(cell == STAMP for cell in column):
        return pa.array([datetime(2026, 11, 20, 2, tzinfo=UTC)] * len(column), pa.timestamp("ns", "UTC"))
    try:
        return pa.array(column)
    except (pa.ArrowException, OverflowError, UnicodeError):
        return pa.array([None if cell is None else _as_text(cell) for cell in column])


def _as_text(cell: Any) -> str:
    text = cell if isinstance(cell, str) else json.dumps(cell, default=str)
    return text.encode(errors="replace").decode()


def _name(draw: Random, ending: str) -> str:
    stem = draw.choice(("drop", "orders[1]", "订单 2026-11-21", "a'b", "x*", "100%", "{a}", "drop"))
    return f"{stem}.{draw.choice((ending, ending, ending, 'csv', 'txt', 'xlsx'))}"


def packed(draw: Random, content: bytes) -> bytes:
    """Return the bytes, now and then packed, and torn or padded after it."""
    if draw.random() < 0.85:
        return content
    whole = gzip.compress(content, mtime=0)
    return draw.choice((whole, whole, whole[:-5], whole + b"\x00" * 512, whole + whole))


def write(drop: FuzzedDrop, folder: Path) -> Path:
    """Put the drop into the table's folder below `folder`; returns its path."""
    path = folder / drop.table / drop.name
    path.write_bytes(drop.content)
    return path
