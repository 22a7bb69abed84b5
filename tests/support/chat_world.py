"""A tiny platform for chat tests: one agent, her group, a few SKUs, and whatever the test lets people buy and say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from tests.support.source_rows import put, schema
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.feedback.step import feedback
from xuanpin.pipelines.history.stage import maintain_history
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings import Settings

DAY = date(2026, 11, 21)
TITLES = {"S1": "丹东99红颜奶油草莓", "S2": "西班牙风味猪肉肠", "S3": "羊羔绒宽松卫衣"}


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    """Beijing wall-clock time on the as-of date."""
    return datetime.combine(day, time(hour, minute))


def order(line: str, customer: str, sku: str, delivered: datetime, known_on: date = DAY) -> dict[str, Any]:
    return {
        "order_line_id": line, "order_id": line, "customer_id": customer, "sku_id": sku, "status": "delivered",
        "ordered_at": datetime(2026, 11, 1), "delivered_at": delivered, "updated_at": delivered, "known_on": known_on,
    }  # fmt: skip


def message(key: str, sender: str, text: str, sent_at: datetime, **more: Any) -> dict[str, Any]:
    role = "agent" if sender.startswith("A") else "customer"
    return {
        "message_id": key, "group_id": "G1", "sender_id": sender, "sender_role": role, "sent_at": sent_at,
        "text": text, "known_on": sent_at.date(), "row_hash": f"{key}{text}", "drop_seq": 1, **more,
    }  # fmt: skip


def open_world(
    folder: Path, orders: Iterable[Mapping[str, Any]] = (), messages: Iterable[Mapping[str, Any]] = ()
) -> Night:
    """A night on the as-of date over these rows, staged as far as feedback needs it."""
    engine = open_home(Home(folder), threads=1)
    put(engine, "products", [{"sku_id": sku, "title": title} for sku, title in TITLES.items()])
    put(engine, "groups", [{"group_id": "G1", "agent_id": "A1"}, {"group_id": "G2", "agent_id": "A2"}])
    put(engine, "orders", [dict(row) for row in orders])
    put(engine, "returns")
    say(engine, messages)
    maintain_history(engine)
    now = datetime(2026, 11, 22, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
    return Night(engine, Settings(), Home(folder), DAY, None, now)


def say(engine: Engine, messages: Iterable[Mapping[str, Any]]) -> None:
    """Add chat rows and note their arrival."""
    engine.append(
        "source.chat_messages", pa.Table.from_pylist([dict(row) for row in messages], schema("chat_messages"))
    )
    engine.execute("delete from ops.arrivals")
    for table in ("chat_messages", "orders", "products", "groups"):
        engine.execute(
            "insert into ops.arrivals (table_name, known_on, last_drop_seq) "
            f"select '{table}', known_on, max(drop_seq) from source.{table} group by known_on"
        )


def mentions(night: Night) -> dict[str, dict[str, Any]]:
    """Run the step and return the published mentions by message (and SKU where a message has several)."""
    feedback(night)
    rows = night.engine.query("select * from night.feedback_mentions order by message_id, sku_id").to_pylist()
    keys = [row["message_id"] for row in rows]
    return {key if keys.count(key) == 1 else f"{key}/{row['sku_id']}": row for key, row in zip(keys, rows, strict=True)}
