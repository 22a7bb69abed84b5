"""Which columns a platform fills only for the contract's sake, by its settings and by what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from xuanpin.pipelines.context import Night

ORDER_DAYS, FEWEST_ORDERS = 7, 200
"""Days of orders that are looked at for buyers who come back; of so many orders some buyer has two."""
RETURN_DAYS, FEWEST_RETURNS = 60, 20
"""Days of orders whose returns are looked at for their reasons; of so many, some have one."""
FEWEST_SENDERS = 50
"""People who judged something in the window; of so many, some have ordered where chat and orders share their ids."""


def missing_columns(night: Night) -> list[str]:
    """Return the columns, as `table.column`, that the night is without although they are filled.

    Reads history.order_line_timeline and night.int_senders. Delivery times are missing where the settings assume them,
    buyers where each has one order, reasons where all are `other`, and senders of chat where none of them has ordered.
    """
    return list(_missing(night))


def _missing(night: Night) -> Iterator[str]:
    if night.settings.assumptions.delivery_days is not None:
        yield "orders.delivered_at"
    seen: dict[str, Any] = night.engine.select(
        "missing_columns",
        as_of_date=night.as_of_date,
        orders_from=night.as_of_date - timedelta(days=ORDER_DAYS),
        returns_from=night.as_of_date - timedelta(days=RETURN_DAYS),
    ).to_pylist()[0]
    is_alone = seen["orders"] >= FEWEST_ORDERS and seen["buyers"] == seen["orders"]
    if is_alone:
        yield "orders.customer_id"
    if seen["returns"] >= FEWEST_RETURNS and not seen["explained"]:
        yield "returns.reason_code"
    spoken: dict[str, Any] = night.engine.select("chat_buyers").to_pylist()[0]
    if spoken["senders"] >= FEWEST_SENDERS and not spoken["buyers"]:
        yield "chat_messages.sender_id"
