"""Removes one person everywhere but in sums: her words, what was read from them, and her link to her orders."""

from __future__ import annotations

import csv
import hashlib
import html
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.feedback.labels import STORE
from xuanpin.pipelines.ingest.admission import note_arrivals
from xuanpin.pipelines.ingest.privacy import Guard, check_key
from xuanpin.pipelines.retention.retention import count_rows
from xuanpin.pipelines.run_store import sealing

HERS = "forgotten_messages"
LINES = "forgotten_lines"
REMOVED = "…"


def forget(night: Night, customer_id: str, name: str | None = None) -> dict[str, Any]:
    """Remove a customer, named as the platform names her, and return the receipt, which is kept in HOME/reviews.

    Her orders keep counting under a random token that nothing links to her; her messages, what was read from them,
    quarantined rows, labels, published mentions and quotes go. `name` also leaves the list that redaction uses. Raises
    UsageError where the home holds nothing of her.
    """
    key = check_key(night.engine, night.settings.privacy, os.environ)
    stored = Guard(night.engine, key).hash_ids(pa.array([customer_id]))[0].as_py()
    with night.engine.transaction():
        messages, texts = _find(night.engine, stored)
        rows = _erase_rows(night.engine, stored, name)
    rows |= _erase_files(night, set(messages), texts)
    rows = {where: count for where, count in rows.items() if count}
    if not rows:
        raise UsageError(
            f"nothing of this customer is in {night.home.root}; give the id as the platform's orders have it"
        )
    digest = hashlib.sha256(customer_id.encode()).hexdigest()
    receipt = {
        "decision": "forget",
        "customer_sha256": digest,
        "at": night.now.isoformat(timespec="seconds"),
        "rows": rows,
    }
    night.home.reviews.mkdir(parents=True, exist_ok=True)
    run_store.replace_json(night.home.reviews / f"forget-{digest[:16]}.json", receipt)
    return receipt


def _find(engine: Engine, stored: str) -> tuple[list[str], list[str]]:
    """Ids and words of her messages; leaves them and her order lines in temporary tables."""
    engine.execute(
        f"create or replace temp table {HERS} as select message_id, text, known_on from source.chat_messages "
        "where sender_id = $id and sender_role = 'customer'",
        id=stored,
    )
    engine.execute(
        f"create or replace temp table {LINES} as "
        "select distinct order_line_id from source.orders where customer_id = $id",
        id=stored,
    )
    found = engine.query(f"select message_id, text from {HERS}")
    return found["message_id"].to_pylist(), [text for text in set(found["text"].to_pylist()) if text]


def _erase_rows(engine: Engine, stored: str, name: str | None) -> dict[str, int]:
    """Delete or unlink her rows in every table of the warehouse; returns rows by table."""
    rows: dict[str, int] = {}

    def change(table: str, condition: str, statement: str, **more: Any) -> None:
        rows[table] = rows.get(table, 0) + count_rows(engine, table, condition, id=stored)
        engine.execute(f"{statement} where {condition}", id=stored, **more)

    change(
        "ops.quarantine",
        "(row ->> '$.customer_id' = $id or row ->> '$.sender_id' = $id "
        f"or row ->> '$.order_line_id' in (from {LINES}))",
        "delete from ops.quarantine",
    )
    hers = f"order_line_id in (from {LINES}) and $id is not null"
    change("source.returns", f"{hers} and comment is not null", "update source.returns set comment = null")
    token = f"forgotten-{secrets.token_hex(12)}"
    for table, column in _tables_with(engine, "customer_id"):
        change(table, f"{column} = $id", f"update {table} set {column} = $token", token=token)
    _erase_messages(engine, change)
    if name is not None:
        rows["ops.known_names"] = count_rows(engine, "ops.known_names", "name = $name", name=name)
        engine.execute("delete from ops.known_names where name = $name", name=name)
    return rows


def _erase_messages(engine: Engine, change: Callable[..., None]) -> None:
    days = engine.query(f"select distinct known_on from {HERS}")
    numbered = "message_no in (select message_no from night.int_mention_messages where sender_key = $id)"
    for table, _ in _tables_with(engine, "message_no"):
        if table != "night.int_mention_messages":
            change(table, numbered, f"delete from {table}")
    for table, column in _tables_with(engine, "message_id"):
        change(table, f"{column} in (select message_id from {HERS}) and $id is not null", f"delete from {table}")
    for name in ("sender_id", "sender_key"):
        for table, column in _tables_with(engine, name):
            change(table, f"{column} = $id", f"delete from {table}")
    if days.num_rows:
        seq = engine.query("select max(drop_seq) as seq from ops.drops")["seq"][0].as_py()
        note_arrivals(engine, "source.chat_messages", f"select distinct known_on from {HERS}", seq)


def _tables_with(engine: Engine, column: str) -> list[tuple[str, str]]:
    rows = engine.query(
        "select c.schema_name || '.' || c.table_name as name from duckdb_columns() as c "
        "join duckdb_tables() as t using (schema_name, table_name) "
        "where c.column_name = $column and c.schema_name in ('source', 'history', 'night') order by 1",
        column=column,
    )
    return [(name, column) for name in rows["name"].to_pylist()]


def _erase_files(night: Night, messages: set[str], texts: list[str]) -> dict[str, int]:
    home, rows = night.home, {"labels": _erase_labels(night.home, messages)}
    with sealing.holding(home):
        for folder in sorted(home.published.glob("list_date=*/run=*")):
            name = folder.relative_to(home.published).as_posix()
            rows[f"published/{name}/feedback_mentions"] = _erase_mentions(folder, messages)
            rows[f"published/{name}/report.html"] = _erase_quotes(folder / "report.html", texts)
            if rows[f"published/{name}/feedback_mentions"] or rows[f"published/{name}/report.html"]:
                sealing.renew_hashes(folder)
        sealing.rebuild_database(home, night.settings.publish.database_days)
    return rows


def _erase_labels(home: Home, messages: set[str]) -> int:
    path = home.labels / STORE
    if not path.exists():
        return 0
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    kept = [row for row in rows if row[0] not in messages]
    if len(kept) < len(rows):
        with run_store.replacing(path) as handle:
            csv.writer(handle, lineterminator="\n").writerows(kept)
    return len(rows) - len(kept)


def _erase_mentions(folder: Path, messages: set[str]) -> int:
    path = folder / "feedback_mentions.parquet"
    table = pq.read_table(path, partitioning=None)
    hers = pc.is_in(table["message_id"], pa.array(sorted(messages), pa.string()))
    count = int(pc.sum(hers).as_py() or 0)
    if count:
        partial = path.with_name(f".{path.name}.partial")
        pq.write_table(table.filter(pc.invert(hers)), partial, compression="zstd")
        partial.replace(path)
    return count


def _erase_quotes(page: Path, texts: list[str]) -> int:
    """Take her words out of a page where an element holds nothing else, as a quote does."""
    if not page.exists():
        return 0
    content = page.read_text(encoding="utf-8")
    quotes = [f">{html.escape(text)}<" for text in texts]
    count = sum(content.count(quote) for quote in quotes)
    if count:
        for quote in quotes:
            content = content.replace(quote, f">{REMOVED}<")
        with run_store.replacing(page) as out:
            out.write(content)
    return count
