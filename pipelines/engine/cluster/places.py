"""Which tables stand in the lake, and the pieces of each that are in force."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from functools import cache
from types import MappingProxyType

import pyarrow as pa

from xuanpin.pipelines.engine.cluster.lake import Piece
from xuanpin.pipelines.engine.names import SCRATCH
from xuanpin.pipelines.engine.protocol import Engine

LARGE: Mapping[str, str] = MappingProxyType(
    {
        "source.orders": "known_on",
        "source.returns": "known_on",
        "source.chat_messages": "known_on",
        "source.match_answers": "known_on",
        "history.order_line_timeline": "ordered_on",
        "history.daily_agent_outcomes": "known_on",
        "history.mentions": "known_on",
        "history.group_posts": "known_on",
        "history.posts": "known_on",
        "history.matched": "list_date",
    }
)
"""Lasting tables that grow with orders, messages and matches, and the column that parts each: they stand in the lake
whatever their size. Tables of products, agents and days stay with the driver."""
PARTED: Mapping[str, str] = MappingProxyType(
    {
        **LARGE,
        "night.int_agent_daily": "ordered_on",
        "night.int_sku_daily": "delivered_on",
        "night.int_sale_lines": "delivered_on",
        "night.int_buyers": "first_on",
    }
)
"""What parts a table of the lake, so that a change of some rows writes only their parts anew."""
IN_FORCE = "ops.lake"
_FIELDS = [field.name for field in fields(Piece)]
_NAMED = re.compile(r'\b"?(source|history|night|ops|temp)"?\."?(\w+)"?')


class Places:
    """The pieces in force by table, as the warehouse of `driver` has them; those of `temp` end with the process."""

    def __init__(self, driver: Engine) -> None:
        self._driver = driver
        held: dict[str, list[Piece]] = {}
        for row in driver.read(IN_FORCE, order_by=("stored_table", "stored_folder", "stored_part")).to_pylist():
            held.setdefault(row["stored_table"], []).append(Piece(**{name: row[f"stored_{name}"] for name in _FIELDS}))
        self._pieces = {table: tuple(pieces) for table, pieces in held.items()}

    def saved(self) -> Mapping[str, tuple[Piece, ...]]:
        """Return all pieces, for `restore`."""
        return dict(self._pieces)

    def restore(self, saved: Mapping[str, tuple[Piece, ...]]) -> None:
        """Take back what was changed since `saved`, as the warehouse does where a transaction is rolled back."""
        self._pieces = dict(saved)

    def holds(self, table: str) -> bool:
        """Tell whether a table stands in the lake."""
        return table in LARGE or table in self._pieces

    def of(self, table: str) -> tuple[Piece, ...]:
        """Return the pieces of a table."""
        return self._pieces.get(table, ())

    def in_force(self) -> list[Piece]:
        """Return the pieces of all tables."""
        return [piece for pieces in self._pieces.values() for piece in pieces]

    def lasting(self) -> list[Piece]:
        """Return the pieces of the tables that live from night to night."""
        return [piece for table in LARGE for piece in self.of(table)]

    def replace(self, table: str, pieces: Sequence[Piece]) -> None:
        """Let these be the pieces of a table from now on; a table of the lake may have none."""
        if not _is_scratch(table):
            self._driver.delete_where(IN_FORCE, stored_table=table)
            self._write(pieces)
        self._pieces[table] = tuple(pieces)

    def add(self, table: str, pieces: Sequence[Piece]) -> None:
        """Let a table have these pieces too."""
        if not _is_scratch(table):
            self._write(pieces)
        self._pieces[table] = (*self.of(table), *pieces)

    def leave(self, table: str) -> None:
        """Let a table stand in the lake no more."""
        if table in self._pieces:
            if not _is_scratch(table):
                self._driver.delete_where(IN_FORCE, stored_table=table)
            del self._pieces[table]

    def leave_scratch(self) -> None:
        """Let no table of `temp` stand in the lake."""
        self._pieces = {table: pieces for table, pieces in self._pieces.items() if not _is_scratch(table)}

    def _write(self, pieces: Iterable[Piece]) -> None:
        rows = [{f"stored_{name}": value for name, value in asdict(piece).items()} for piece in pieces]
        if rows:
            self._driver.append(IN_FORCE, pa.Table.from_pylist(rows))


def _is_scratch(table: str) -> bool:
    return table.startswith(f"{SCRATCH}.")


@cache
def named_tables(sql: str) -> frozenset[str]:
    """Return what a statement (`sql`) of any engine names as `schema.table`; a column of an alias may be among them."""
    return frozenset(f"{schema}.{name}" for schema, name in _NAMED.findall(sql))
