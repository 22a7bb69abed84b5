"""Mentions of a few people, and the SQL that weighs those of the window, for spec tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from tests.support.night_tables import Row, put_table
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.feedback.step import weigh_window
from xuanpin.pipelines.settings import Settings

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12)
OPEN = date(9999, 12, 31)
MENTIONS = (
    "message_id varchar, known_on date, row_hash varchar, group_id varchar, agent_id varchar, sender_key varchar, "
    "sent_at timestamp, sent_on date, sku_id varchar, kind varchar, satisfaction double, "
    "aspects struct(aspect varchar, polarity double)[], attribution varchar, attribution_confidence double, "
    "order_line_id varchar, is_complaint boolean, calibrated boolean, fingerprint_a bigint, fingerprint_b bigint, "
    "part integer, is_danger boolean"
)
LINES = "order_line_id varchar, customer_id varchar, ordered_on date, valid_from date, valid_to date, is_sale boolean"
COMMON: dict[str, Any] = {
    "row_hash": "h", "group_id": "G1", "agent_id": "A1", "sku_id": "S1", "kind": "feedback", "satisfaction": 0.9,
    "attribution": "card", "attribution_confidence": 0.9, "is_complaint": False, "calibrated": True, "part": 0,
}  # fmt: skip
TRUST = {
    "trust_buyer_in_burst": 0.51, "trust_customer_praise": 0.52, "trust_customer": 0.71, "trust_stranger_praise": 0.11,
    "trust_stranger": 0.31,
}  # fmt: skip


def said(sender: str, ago: int = 0, number: int = 0, **more: Any) -> dict[str, Any]:
    """A mention by this sender, this many days before the as-of date."""
    sent_at = NOON - timedelta(days=ago)
    on = sent_at.date()
    return {
        "message_id": f"{sender}-{ago}-{number}", "sender_key": sender, "sent_at": sent_at, "sent_on": on,
        "known_on": on,
    } | more  # fmt: skip


def weigh(
    engine: Engine, *rows: Row, orders: Iterable[tuple[str, int, int]] = (), gifts: Iterable[str] = (), **settings: Any
) -> None:
    """Run the window's SQL over these mentions; orders: (customer, days ago, days ago when known).

    `gifts` are order lines that were given away.
    """
    put_table(engine, "history.mentions", MENTIONS, *rows, **COMMON)
    lines = [
        {
            "order_line_id": f"{who}{on}",
            "customer_id": who,
            "ordered_on": DAY - timedelta(days=on),
            "valid_from": DAY - timedelta(days=known),
            "valid_to": OPEN,
            "is_sale": True,
        }
        for who, on, known in orders
    ]
    given = [{"order_line_id": line, "valid_from": DAY, "valid_to": OPEN, "is_sale": False} for line in gifts]
    put_table(engine, "history.order_line_timeline", LINES, *lines, *given)
    chosen = Settings.model_validate({"feedback": TRUST | settings}).feedback
    weigh_window(engine, as_of_date=DAY, **chosen.model_dump())
