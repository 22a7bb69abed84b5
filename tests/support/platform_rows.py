"""Rows that tests add to a platform's drops, made from rows that are there already."""

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.nightly import run_step
from xuanpin.pipelines.settings import Settings

LAST_DAY = date(2026, 11, 21)


def _readable(sources: Path, table: str) -> list[dict[str, Any]]:
    """The rows of all Parquet drops of a table, oldest first."""
    return [row for path in sorted((sources / table).glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def add_drop(sources: Path, table: str, day: date, hour: int = 12, **changed: object) -> None:
    """Add one more row for a day, copied from the newest fitting one, under a key of its own or as its next version."""
    stamp = f"{day.isoformat()}T{hour:02d}:00:00+08:00"
    rows = _readable(sources, table)
    if table == "orders":
        row = next(row for row in reversed(rows) if row["status"] == "shipped" and row["quantity"] > 0)
        row |= {"delivered_at": stamp, "updated_at": stamp}
    elif table == "returns":
        row = rows[-1] | {"return_id": "R-added", "requested_at": stamp, "updated_at": stamp}
    else:
        known = {row["sender_id"] for row in rows if row["sender_role"] == "customer" and row["sku_id"]}
        row = next(row for row in reversed(rows) if row["sender_id"] in known and row["sku_id"])
        row |= {"message_id": "M-added", "sent_at": stamp, "reply_to_message_id": None}
    row |= changed
    text = json.dumps(row, ensure_ascii=False, default=_text)
    (sources / table / "added.jsonl").write_text(text + "\n", encoding="utf-8")


def rewrite_products(sources: Path, commission: Callable[[pa.Table], pa.Array]) -> None:
    """Give every Parquet drop of products another commission column."""
    for path in sorted((sources / "products").glob("*.parquet")):
        table = pq.read_table(path)
        place = table.schema.get_field_index("commission_rate")
        pq.write_table(table.set_column(place, "commission_rate", commission(table)), path)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=None)).isoformat() + ("" if value.tzinfo else "+08:00")
    return str(value)


def run_one_step(name: str, home: Path, sources: Path) -> None:
    """Do one step of the night of LAST_DAY, as the scheduler does; meant as the whole life of a process."""
    run_step(name, RunRequest(LAST_DAY, Home(home), sources, Settings(), datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)))
