"""Writes small source tables for tests: contract columns with plain defaults, then what ingest adds to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import Engine

Row = dict[str, Any]

DEFAULTS: Mapping[str, Row] = {
    "products": {
        "title": "草莓", "category": "食品/水果", "supplier_id": "P1", "list_price": 10, "style_tags": [],
        "series_tags": [], "is_clearance": False, "is_cold_chain": False, "launched_on": date(2026, 1, 1),
        "status": "active", "updated_at": datetime(2026, 1, 1),
    },
    "inventory": {"sellable_units": 5},
    "agents": {
        "joined_on": date(2026, 1, 1), "status": "active", "categories_wanted": [], "categories_excluded": [],
        "style_tags": [], "series_tags": [], "daily_slots": 3, "updated_at": datetime(2026, 1, 1),
    },
    "groups": {
        "agent_id": "A1", "member_count": 10, "opened_on": date(2026, 1, 1), "updated_at": datetime(2026, 1, 1),
    },
    "orders": {
        "order_id": "O1", "agent_id": "A1", "group_id": "G1", "customer_id": "C1", "sku_id": "S1", "quantity": 1,
        "unit_price": 10, "status": "paid",
    },
    "returns": {"reason_code": "other", "refund_amount": 10, "quantity": 1},
    "match_answers": {"list_date": date(2026, 11, 22), "sku_id": "S1", "answer": "accepted"},
    "supplier_offers": {
        "supplier_id": "P1", "sku_id": "S1", "offered_units": 20, "valid_from": date(2026, 3, 1),
        "valid_until": date(2026, 3, 31), "updated_at": datetime(2026, 3, 1),
    },
    "overrides": {
        "sku_id": "S1", "action": "pin", "starts_on": date(2026, 1, 1), "reason": "节日", "author": "王",
    },
}  # fmt: skip
STAMPS = ("updated_at", "created_at")


@cache
def schema(table: str) -> pa.Schema:
    """The Arrow schema of source.<table>: the stored contract and the three columns that ingest adds."""
    added = [("row_hash", pa.string()), ("known_on", pa.date32()), ("drop_seq", pa.int64())]
    return pa.schema([*load_contract(table).stored().arrow_schema(), *added])


def complete(table: str, row: Row, drop_seq: int = 1) -> Row:
    """The row with defaults, its hash, and the day of its own stamp as known_on unless it says otherwise."""
    filled = {**DEFAULTS[table], **row}
    filled.setdefault("row_hash", hashlib.md5(repr(sorted(filled.items())).encode()).hexdigest())
    stamps = [filled[name] for name in STAMPS if name in filled]
    filled.setdefault("known_on", stamps[0].date() if stamps else filled.get("as_of_date"))
    return {"drop_seq": drop_seq, **filled}


def put(engine: Engine, table: str, rows: Iterable[Row] = (), drop_seq: int = 1) -> None:
    """Append rows to source.<table>."""
    content = [complete(table, row, drop_seq) for row in rows]
    engine.append(f"source.{table}", pa.Table.from_pylist(content, schema=schema(table)))


def empty_sources(engine: Engine, tables: Iterable[str] = tuple(DEFAULTS)) -> None:
    """Replace source tables, all that staging reads unless named, by empty ones."""
    for table in tables:
        engine.store(f"source.{table}", schema(table).empty_table())
