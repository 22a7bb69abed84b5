"""Erases one customer everywhere but in sums: her messages, what was read from them, and her link to her orders."""

from __future__ import annotations

import csv
import hashlib
import html
import os
import secrets
from collections import Counter
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
from xuanpin.pipelines.run_store import sealing

FORGOTTEN_MESSAGES = "temp.forgotten_messages"
REMOVED = "…"


def forget(night: Night, customer_id: str, name: str | None = None) -> dict[str, Any]:
    """Erase a customer and return the receipt, which is kept in HOME/reviews.

    `customer_id` is her id as the platform's orders have it. Her orders keep counting under a random token that
    nothing links to her; her messages, what was read from them, quarantined rows, labels, published mentions and
    quotes are deleted. `name` also leaves the list that redaction uses. Raises UsageError where the home holds nothing
    of her.
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
    """Return ids and texts of her messages; leave them and her order lines in temporary tables."""
    engine.materialise("forgotten_messages", into="temp", customer_id=stored)
    engine.materialise("forgotten_lines", into="temp", customer_id=stored)
    found = engine.read(FORGOTTEN_MESSAGES)
    return found["message_id"].to_pylist(), [text for text in set(found["text"].to_pylist()) if text]


def _erase_rows(engine: Engine, stored: str, name: str | None) -> dict[str, int]:
    """Delete or unlink her rows in every table of the warehouse; return rows by table."""
    rows = Counter(
        {
            "ops.quarantine": engine.run("forgotten_quarantine", customer_id=stored),
            "source.returns": engine.run("forgotten_comments"),
        }
    )
    token = f"forgotten-{secrets.token_hex(12)}"
    for table in _tables_with(engine, "customer_id"):
        rows[table] += engine.replace_value(table, "customer_id", old=stored, new=token)
    rows += _erase_messages(engine, stored)
    if name is not None:
        rows["ops.known_names"] = engine.delete_where("ops.known_names", name=name)
    return rows


def _erase_messages(engine: Engine, stored: str) -> Counter[str]:
    """Delete her messages and what was read from them; return rows by table."""
    rows: Counter[str] = Counter()
    numbered = [table for table in _tables_with(engine, "message_no") if table != "night.int_mention_messages"]
    if numbered:
        engine.materialise("forgotten_numbers", into="temp", customer_id=stored)
    for table in numbered:
        rows[table] += engine.delete_keys(table, keys="temp.forgotten_numbers", on="message_no")
    for table in _tables_with(engine, "message_id"):
        rows[table] += engine.delete_keys(table, keys=FORGOTTEN_MESSAGES, on="message_id")
    for column in ("sender_id", "sender_key"):
        for table in _tables_with(engine, column):
            rows[table] += engine.delete_where(table, **{column: stored})
    _renew_arrivals(engine)
    return rows


def _renew_arrivals(engine: Engine) -> None:
    """Note again what arrived on the days that lost messages: their fingerprints have changed."""
    days = engine.distinct(FORGOTTEN_MESSAGES, "known_on")
    if days.num_rows:
        newest = engine.select("newest_drop")["drop_seq"][0].as_py()
        note_arrivals(engine, "source.chat_messages", days, newest)


def _tables_with(engine: Engine, column: str) -> list[str]:
    return list(engine.select("tables_with", column_name=column)["table_name"].to_pylist())


def _erase_files(night: Night, messages: set[str], texts: list[str]) -> dict[str, int]:
    home, rows = night.home, {"labels": _erase_labels(night.home, messages)}
    with sealing.lock_published(home):
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
    others = [row for row in rows if row[0] not in messages]
    if len(others) < len(rows):
        with run_store.replacing(path) as handle:
            csv.writer(handle, lineterminator="\n").writerows(others)
    return len(rows) - len(others)


def _erase_mentions(folder: Path, messages: set[str]) -> int:
    path = folder / "feedback_mentions.parquet"
    table = pq.read_table(path, partitioning=None)
    is_forgotten = pc.is_in(table["message_id"], pa.array(sorted(messages), pa.string()))
    count = int(pc.sum(is_forgotten).as_py() or 0)
    if count:
        partial = path.with_name(f".{path.name}.partial")
        pq.write_table(table.filter(pc.invert(is_forgotten)), partial, compression="zstd")
        partial.replace(path)
    return count


def _erase_quotes(page: Path, texts: list[str]) -> int:
    """Remove her words from a page where an element holds nothing else, as a quote does; return how many."""
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
