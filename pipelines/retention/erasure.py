"""Erases one customer everywhere but in sums: her messages, what was read from them, and her link to her orders."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.admission import note_arrivals
from xuanpin.pipelines.ingest.privacy import Guard, check_key
from xuanpin.pipelines.retention.receipts import UNDER_WAY, begun_receipt, keep_receipt
from xuanpin.pipelines.retention.traces import Traces, count_traces, erase_traces
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.typed.phrase import phrase

FORGOTTEN_MESSAGES, FORGOTTEN_REPORTS = "temp.forgotten_messages", "temp.forgotten_reports"
FORGOTTEN_LINES = "temp.forgotten_lines"


def forget(night: Night, customer_id: str, name: str | None = None) -> dict[str, Any]:
    """Erase a customer and return the receipt, which is kept in HOME/reviews.

    `customer_id` is her id as the platform's orders have it. Her orders keep counting under a random token that
    nothing links to her; her messages, what was read from them, quarantined rows, labels, published mentions and
    quotes are deleted. `name` also leaves the list that redaction uses. The receipt is begun before anything is erased,
    and the warehouse, which alone knows what is hers, lets go of it last and is then written anew, without its freed
    blocks: cut short and given again, it ends the same.
    Raises UsageError where the home holds nothing of her.
    """
    key = check_key(night.engine, night.settings.privacy, os.environ)
    stored = Guard(night.engine, key).hash_ids(pa.array([customer_id]))[0].as_py()
    receipt = begun_receipt(night, customer_id)
    with sealing.lock_published(night.home):
        with night.engine.transaction():
            traces = _find(night.engine, stored)
            rows = _erase_rows(night.engine, stored, name) | count_traces(night.home, traces)
            found = Counter(receipt["rows"]) | rows
            if not found:
                raise UsageError(
                    phrase(
                        "nothing of this customer is in {home}; give the id as the platform's orders have it",
                        home=night.home.root,
                    )
                )
            receipt["rows"] = dict(found)
            keep_receipt(night.home, receipt, UNDER_WAY)
            erase_traces(night.home, night.settings.publish.database_days, traces, receipt["rows"])
        night.engine.rewrite()
        keep_receipt(night.home, receipt)
    return receipt


def _find(engine: Engine, stored: str) -> Traces:
    """Return what files may hold of her; leave her messages, order lines and what a report may quote in temporary
    tables."""
    engine.materialise("forgotten_messages", into="temp", customer_id=stored)
    engine.materialise("forgotten_lines", into="temp", customer_id=stored)
    engine.materialise("forgotten_reports", into="temp")
    messages, reports = engine.read(FORGOTTEN_MESSAGES), engine.read(FORGOTTEN_REPORTS)
    texts = sorted({text for text in reports["text"].to_pylist() if text})
    return Traces(
        frozenset(messages["message_id"].to_pylist()), frozenset(reports["report_id"].to_pylist()), tuple(texts)
    )


def _erase_rows(engine: Engine, stored: str, name: str | None) -> Counter[str]:
    """Delete or unlink her rows in every table of the warehouse; return rows by table."""
    rows = Counter(
        {
            "ops.quarantine": engine.run("forgotten_quarantine", customer_id=stored),
            "source.returns": engine.overwrite(
                "source.returns", "comment", new=None, keys=FORGOTTEN_LINES, on="order_line_id"
            ),
        }
    )
    token = f"forgotten-{secrets.token_hex(12)}"
    for table in engine.tables_with("customer_id"):
        rows[table] += engine.replace_value(table, "customer_id", old=stored, new=token)
    rows += _erase_messages(engine, stored)
    if name is not None:
        rows["ops.known_names"] = engine.delete_where("ops.known_names", name=name)
    return rows


def _erase_messages(engine: Engine, stored: str) -> Counter[str]:
    """Delete her messages and what was read from them; return rows by table."""
    rows: Counter[str] = Counter()
    numbered = [table for table in engine.tables_with("message_no") if table != "night.int_mention_messages"]
    if numbered:
        engine.materialise("forgotten_numbers", into="temp", customer_id=stored)
    for table in numbered:
        rows[table] += engine.delete_keys(table, keys="temp.forgotten_numbers", on="message_no")
    for table in engine.tables_with("message_id"):
        rows[table] += engine.delete_keys(table, keys=FORGOTTEN_MESSAGES, on="message_id")
    for table in engine.tables_with("report_id"):
        rows[table] += engine.delete_keys(table, keys=FORGOTTEN_REPORTS, on="report_id")
    for column in ("sender_id", "sender_key"):
        for table in engine.tables_with(column):
            rows[table] += engine.delete_where(table, **{column: stored})
    _renew_arrivals(engine)
    return rows


def _renew_arrivals(engine: Engine) -> None:
    """Note again what arrived on the days that lost messages: their fingerprints have changed."""
    days = engine.distinct(FORGOTTEN_MESSAGES, "known_on")
    if days.num_rows:
        newest = engine.select("newest_drop")["drop_seq"][0].as_py()
        days = days.append_column("cleaned_rows", pa.nulls(days.num_rows, pa.int64()))
        note_arrivals(engine, "source.chat_messages", days, newest)
