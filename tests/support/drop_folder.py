"""A tiny platform's source folder for the tests of ingest: plain rows in, drops in any format, nights on them."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xuanpin.pipelines.context import BEIJING, Home, Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.ingest.step import ingest
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings import Settings

Row = dict[str, Any]
DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)
STAMP = "2026-11-20T10:00:00+08:00"

DEFAULTS: dict[str, Row] = {
    "products": {
        "sku_id": "S1", "title": "真丝连衣裙", "category": "女装/连衣裙", "supplier_id": "P1", "list_price": "199.00",
        "style_tags": ["法式"], "series_tags": [], "is_clearance": False, "is_cold_chain": False,
        "launched_on": "2026-01-01", "status": "active", "commission_rate": "0.1000", "updated_at": STAMP,
    },
    "inventory": {"sku_id": "S1", "as_of_date": "2026-11-20", "sellable_units": 10},
    "agents": {
        "agent_id": "A1", "joined_on": "2026-01-01", "status": "active", "price_min": "50.00",
        "categories_wanted": ["女装"], "categories_excluded": [], "style_tags": [], "series_tags": [],
        "daily_slots": 5, "updated_at": STAMP,
    },
    "groups": {
        "group_id": "G1", "agent_id": "A1", "member_count": 100, "opened_on": "2026-01-01", "updated_at": STAMP,
    },
    "orders": {
        "order_line_id": "L1", "order_id": "O1", "ordered_at": STAMP, "agent_id": "A1", "group_id": "G1",
        "customer_id": "C1", "customer_name": "欧阳小花", "sku_id": "S1", "quantity": 1, "unit_price": "199.00",
        "status": "paid", "updated_at": STAMP,
    },
    "returns": {
        "return_id": "R1", "order_line_id": "L1", "requested_at": STAMP, "quantity": 1, "reason_code": "quality",
        "refund_amount": "199.00", "updated_at": STAMP,
    },
    "chat_messages": {
        "message_id": "M1", "group_id": "G1", "sender_id": "C1", "sender_role": "customer", "sent_at": STAMP,
        "text": "裙子收到了，很喜欢",
    },
    "overrides": {
        "override_id": "V1", "sku_id": "S1", "action": "pin", "starts_on": "2026-11-22", "reason": "节日",
        "author": "运营", "created_at": STAMP,
    },
}  # fmt: skip


def row(table: str, **changed: Any) -> Row:
    """A good row of a source table with some values changed; a value of `...` leaves the column out."""
    return {name: value for name, value in {**DEFAULTS[table], **changed}.items() if value is not ...}


class Platform:
    """A source folder and a home; each night opens the home anew, as a deployment does."""

    def __init__(self, root: Path, settings: Settings | None = None) -> None:
        self.sources, self.home = root / "sources", Home(root / "home")
        self.settings = settings or Settings()
        for table in DEFAULTS:
            (self.sources / table).mkdir(parents=True, exist_ok=True)

    def fill(self, *without: str) -> Platform:
        """Drop one good row of every table but these and overrides."""
        for table in DEFAULTS:
            if table not in (*without, "overrides"):
                self.drop(table, "first.jsonl", row(table))
        return self

    def begun(self) -> Platform:
        """Have read one good row of every table but overrides in a first night, whose drops are gone since.

        A night then costs what its own drops cost: for all tests that do not ask what a first night does.
        """
        self.home.root.mkdir(parents=True)
        self.home.warehouse.write_bytes(_after_first_night())
        return self

    def drop(self, table: str, name: str, *rows: Row, encoding: str = "utf-8", packed: bool = False) -> Path:
        """Write rows as a drop whose format follows from the name: .csv, .parquet, anything else JSON lines."""
        if name.endswith(".parquet"):
            return self._parquet(table, name, rows)
        text = _csv(rows) if ".csv" in name else "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
        content = text.encode(encoding)
        return self.write(table, name, gzip.compress(content) if packed else content)

    def write(self, table: str, name: str, content: bytes) -> Path:
        """Write a drop byte by byte."""
        path = self.sources / table / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def night(self, now: datetime = NOW) -> tuple[int, int]:
        """Ingest once; returns rows read and rows admitted."""
        engine = open_home(self.home, threads=1)
        try:
            return ingest(Night(engine, self.settings, self.home, DAY, self.sources, now))
        finally:
            engine.close()

    def query(self, sql: str) -> list[Row]:
        """Rows of the warehouse as it was left."""
        engine = open_home(self.home, threads=1)
        try:
            found: list[Row] = engine.query(sql).to_pylist()
            return found
        finally:
            engine.close()

    def values(self, sql: str) -> list[Any]:
        """The first column of a query."""
        return [next(iter(found.values())) for found in self.query(sql)]

    def _parquet(self, table: str, name: str, rows: Iterable[Row]) -> Path:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.sources / table / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(list(rows)), path)
        return path


@cache
def _after_first_night() -> bytes:
    """The warehouse file of a home in which one night has read the good row of every table but overrides."""
    with TemporaryDirectory() as folder:
        platform = Platform(Path(folder)).fill()
        assert platform.night() == (7, 7)
        return platform.home.warehouse.read_bytes()


def stored_columns(table: str) -> list[str]:
    """The columns of source.<table> that come from its contract."""
    return list(load_contract(table).stored().column_names)


def _csv(rows: Iterable[Row]) -> str:
    rows = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _csv_value(value) for name, value in found.items()} for found in rows)
    return out.getvalue()


def _csv_value(value: Any) -> Any:
    return "|".join(value) if isinstance(value, list) else value
