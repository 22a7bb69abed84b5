"""Decides which source table an export is: by what its headers are known for, and by what a table cannot do without."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xuanpin.pipelines.connect.findings import Certainty
from xuanpin.pipelines.connect.recognition.dictionary import SURE_HEADER, other_kind, refused_kind
from xuanpin.pipelines.connect.recognition.evidence import Evidence, weigh
from xuanpin.pipelines.connect.recognition.sample import Sample
from xuanpin.pipelines.contracts import TABLES

CORE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "orders": (
        ("order_id", "order_line_id"),
        ("sku_id", "quantity", "unit_price", "paid_amount", "status"),
        ("ordered_at", "status", "paid_amount", "unit_price", "customer_id", "customer_name", "delivered_at"),
    ),
    "returns": (
        ("return_id", "requested_at", "reason_code"),
        ("reason_code", "refund_amount", "kind", "state"),
        ("order_line_id", "order_id", "return_id"),
    ),
    "products": (
        ("sku_id", "spu_id"),
        ("title",),
        ("category", "list_price", "status", "brand", "image_url", "launched_on"),
    ),
    "inventory": (("sku_id",), ("sellable_units",)),
    "agents": (("agent_id",), ("joined_on", "daily_slots", "status", "price_min", "categories_wanted")),
    "groups": (("group_id",), ("member_count", "opened_on", "agent_id", "pickup_point_id", "cutoff_time")),
    "chat_messages": (("text",), ("sent_at",), ("sender_id", "sender_role", "message_id")),
    "overrides": (("override_id", "action"), ("sku_id",), ("starts_on",)),
    "match_answers": (("agent_id",), ("sku_id",), ("answer",)),
    "supplier_offers": (("sku_id",), ("offered_units",), ("valid_until", "offer_id", "valid_from")),
}
"""What a table cannot do without: of each group an export must have one column."""
_SHARED = 0.25
"""Share of its weight that a header keeps for a table although every other table knows it too."""
_CLEAR = 0.2
"""Lead over the next table, as a share of the best one's weight, from which nobody needs to be asked."""
DECIDING: Mapping[str, tuple[str, ...]] = {
    "returns": ("return_id",),
    "supplier_offers": ("offered_units", "valid_until"),
    "match_answers": ("answer",),
}
"""Columns that only one table has a value of in each row, so that an export with them is hardly of another."""
_ONE_A_ROW = 0.5
"""Share of rows with a value from which a column counts: orders that had a return name it in a few rows."""
_OF_GOODS = ("orders", "products", "inventory")
"""Tables that an export of purchases resembles."""
_OF_ORDERS = {"sku_id", "quantity", "unit_price", "status", "customer_id", "customer_name", "delivered_at"}
"""Columns of which an export of orders has one: bills and coupons have numbers and times of orders too."""
_TELLING = {"title", "sellable_units", "text"}
"""Columns without which an export is not surely of goods, stock or messages."""
_PURCHASE = 2
"""Headers of purchases from which an export of orders may be of those that the shop placed itself, and of terms of
supply from which one of goods may be a supplier's offer."""
SIGNALS: Mapping[str, tuple[tuple[str, ...], float]] = {
    "inventory": (("stock",), 1.0),
    "supplier_offers": (("offer",), 0.6),
    "orders": (("contact", "personal"), 0.3),
    "agents": (("refused",), 0.3),
}
"""Kinds of headers that mean no column and yet tell a table, and what each of them adds: stock that cannot be sold, the
terms of a supplier (least quantity, wholesale price), addresses, for orders are sent to somebody, and what
no decision may read, which is told of agents."""
_LACKING = 0.6
"""Share of its weight that a table keeps for each group of columns that it cannot do without and that is not there."""
_LIST_COLUMNS, _LIST_ROWS = 3, 2
"""Columns and rows from which a table is a list that somebody keeps, and may be a source under words of its own."""
_ASKED_OF_A_LIST = ("orders", "products", "returns", "inventory", "agents", "groups", "chat_messages")
"""What a list may be whose headers tell of nothing."""
_LEAST, _LEAST_OF_HALF = 0.5, 1.2
"""Weight from which a table is proposed that lacks nothing, as a list of codes and stock, and one that lacks something:
more than one header that it alone knows."""


@dataclass(frozen=True)
class Choice:
    """The table that an export is most likely of, None for no table; `others` that it may be or serve, best first.

    `evidence` has what was weighed for each table.
    """

    table: str | None
    certainty: Certainty
    others: tuple[str, ...]
    evidence: Mapping[str, Evidence]


def choose(sample: Sample) -> Choice:
    """Choose the source table of a `sample`."""
    weighed = {table: weigh(sample, table) for table in TABLES["source"]}
    known = {table: _points(found, weighed) for table, found in weighed.items()}
    points = {table: weight * _LACKING ** _lacking(weighed[table]) for table, weight in known.items()}
    ranked = sorted(points, key=lambda table: (-points[table], table))
    able = [table for table in ranked if _lacking(weighed[table]) < 2 and points[table] >= _least(weighed[table])]
    if not able:
        return _unknown(sample, points, weighed)
    best = able[0]
    others = tuple(table for table in able[1:] if points[table] >= 0.3 * points[best])
    lead = points[best] - max((points[table] for table in able[1:]), default=0.0)
    is_clear = lead >= _CLEAR * points[best] and known[best] == max(known.values()) and _named(weighed[best]) >= 2
    is_sure = is_clear and not _lacking(weighed[best]) and not _is_doubtful(best, weighed)
    return Choice(best, "sure" if is_sure else "likely", others, weighed)


def _points(found: Evidence, weighed: Mapping[str, Evidence]) -> float:
    """The weight of a table's pairs, headers that other tables know as well counting less."""
    points = sum(
        found.total[at, found.place(column)] * (_SHARED + (1 - _SHARED) * _own_share(at, found, weighed))
        for at, column in found.pairs.items()
    )
    kinds, weight = SIGNALS.get(found.contract.name, ((), 0.0))
    return (float(points) + weight * _headers_of(found, *kinds)) * (0.5 if _is_another(found, weighed) else 1.0)


def _is_another(found: Evidence, weighed: Mapping[str, Evidence]) -> bool:
    """Whether a column that only another table has, or the number of an order, stands in each row, or nearly."""
    table = found.contract.name
    if table not in ("orders", "returns", "chat_messages") and _is_decided(weighed["orders"], ("order_id",)):
        return True
    return any(_is_decided(weighed.get(other), columns) for other, columns in DECIDING.items() if table != other)


def _headers_of(found: Evidence, *kinds: str) -> int:
    """How many headers, at most four, are known to be of one of these `kinds`."""
    return min(4, sum(1 for header in found.sample.headers if _kind_of(header) in kinds))


def _kind_of(header: str) -> str | None:
    return "refused" if refused_kind(header) is not None else other_kind(header)


def _own_share(at: int, found: Evidence, weighed: Mapping[str, Evidence]) -> float:
    """How much of what all tables know of a header is this table's."""
    everywhere = sum(float(other.header[at].max()) for other in weighed.values())
    return float(found.header[at].max()) / everywhere if everywhere else 0.0


def _is_decided(found: Evidence | None, columns: Sequence[str]) -> bool:
    """Whether each row, or nearly, has the `columns` that only one table has, under headers that are certain."""
    return found is not None and all(_is_filled(found, column) for column in columns)


def _is_filled(found: Evidence, column: str) -> bool:
    at = found.at(column)
    if at is None or found.header[at, found.place(column)] < SURE_HEADER:
        return False
    profile = found.sample.profiles[at]
    return profile.row_count == 0 or profile.filled >= _ONE_A_ROW


def _least(found: Evidence) -> float:
    """The weight from which a table is proposed; a bill of orders, without goods, buyers and states, never is."""
    if found.contract.name == "orders" and not set(found.pairs.values()) & _OF_ORDERS and found.goods is None:
        return math.inf
    return _LEAST_OF_HALF if _lacking(found) else _LEAST


def _lacking(found: Evidence) -> int:
    """How many groups of columns that its table cannot do without an export has none of."""
    paired = set(found.pairs.values())
    return sum(1 for group in CORE[found.contract.name] if not paired & set(group))


def _is_doubtful(table: str, weighed: Mapping[str, Evidence]) -> bool:
    """Whether an export may be of what we do not read: heads of orders, purchases, reports of what was sold."""
    found = weighed[table]
    paired = set(found.pairs.values())
    if table in _OF_GOODS and _headers_of(found, "purchase") >= _PURCHASE:
        return True
    if table == "orders":
        return found.goods is None and not paired & {"sku_id", "quantity", "unit_price"}
    if table == "products" and _headers_of(found, "offer") >= _PURCHASE:
        return True
    if table not in ("products", "inventory", "chat_messages"):
        return False
    told = (("orders", "order_id"), ("returns", "return_id"), ("returns", "order_id"))
    return any(_is_filled(weighed[other], column) for other, column in told) or not paired & _TELLING


def _named(found: Evidence) -> int:
    """How many pairs rest on a header that is certain."""
    return sum(1 for at, column in found.pairs.items() if found.header[at, found.place(column)] >= SURE_HEADER)


def _unknown(sample: Sample, points: Mapping[str, float], weighed: Mapping[str, Evidence]) -> Choice:
    """Ask about a list whose headers tell of no table; what is no list, or of something else, stays out for sure."""
    ranked = sorted(points, key=lambda table: (-points[table], table))
    hints = tuple(table for table in ranked[:3] if points[table] >= 1.0)
    if hints:
        return Choice(None, "open", hints, weighed)
    known = sum(other_kind(header) is not None for header in sample.headers)
    is_list = len(sample.headers) >= _LIST_COLUMNS and sample.export.row_count >= _LIST_ROWS
    if is_list and known <= len(sample.headers) / 2:
        return Choice(None, "open", _ASKED_OF_A_LIST, weighed)
    return Choice(None, "sure", (), weighed)
