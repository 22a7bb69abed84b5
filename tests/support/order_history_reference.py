"""The order history told plainly: what is known of a line on a day, and the outcomes that add up to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

Row = dict[str, Any]
FAULTS = {"quality", "not_as_described", "damaged", "spoiled"}


def newest(versions: Iterable[Row]) -> Row:
    return max(versions, key=lambda row: (row["updated_at"], row["row_hash"]))


def lines_on(day: date, orders: list[Row], returns: list[Row]) -> dict[str, Row]:
    """The state of every order line visible at the end of a day, computed from nothing but the rows known then."""
    versions = defaultdict(list)
    for order in orders:
        if order["known_on"] <= day:
            versions[order["order_line_id"]].append(order)
    requests = defaultdict(list)
    for return_row in visible_returns(day, returns):
        requests[return_row["order_line_id"]].append(return_row)
    return {line: describe(day, known, requests[line]) for line, known in versions.items()}


def visible_returns(day: date, returns: list[Row]) -> list[Row]:
    versions = defaultdict(list)
    for row in returns:
        if row["known_on"] <= day and row["requested_at"].date() <= day:
            versions[row["return_id"]].append(row)
    return [newest(known) for known in versions.values()]


def describe(day: date, versions: list[Row], requests: list[Row]) -> Row:
    current = newest(versions)
    standing = [row for row in requests if row.get("state") in (None, "requested", "done")]
    refusals = [row for row in standing if row.get("kind") == "refused_delivery"]
    refunds = [row for row in standing if row not in refusals]
    sent_back = [row for row in refunds if row.get("kind") != "refund_only" or row["reason_code"] in FAULTS]
    faults = [row for row in sent_back if row["reason_code"] in FAULTS]
    told = sorted(faults or sent_back, key=lambda row: (row["requested_at"], row["return_id"]))
    refused_units = sum(row["quantity"] for row in refusals)
    units = max(current["quantity"] - refused_units, 0)
    came_at = delivery(day, current, versions)
    status = state(current, units, is_closed=bool(came_at and refunds))
    paid = current.get("paid_amount")
    money = max(
        current["unit_price"] * current["quantity"] if paid is None else paid,
        sum(row["refund_amount"] for row in standing),
    )
    delivered_at = None if status == "cancelled" else came_at
    kept = ("order_id", "sku_id", "agent_id", "group_id", "customer_id", "carrier_id", "ordered_at")
    return {
        **{name: current.get(name) for name in (*kept, "unit_price")},
        "status": status,
        "quantity": units,
        "is_sale": status != "cancelled" and money * 10 >= current["quantity"],
        "ordered_on": current["ordered_at"].date(),
        "delivered_at": delivered_at,
        "delivered_on": delivered_at and delivered_at.date(),
        "returned_units": min(units, sum(row["quantity"] for row in sent_back)),
        "return_requested_on": min((row["requested_at"].date() for row in sent_back), default=None),
        "fault_requested_on": min((row["requested_at"].date() for row in faults), default=None),
        "return_reason": told[0]["reason_code"] if told else None,
    }


def state(current: Row, units: int, is_closed: bool) -> str:
    """A line of which nothing was taken is cancelled; one closed after its refund was delivered."""
    if units == 0:
        return "cancelled"
    return "delivered" if current["status"] == "cancelled" and is_closed else str(current["status"])


def delivery(day: date, current: Row, versions: list[Row]) -> Any:
    if current["delivered_at"] is not None:
        return current["delivered_at"] if current["delivered_at"].date() <= day else None
    if current["status"] not in ("delivered", "cancelled"):
        return None
    return min((row["updated_at"] for row in versions if row["status"] == "delivered"), default=None)


def sku_outcomes(lines: Iterable[Row]) -> Counter[tuple[Any, ...]]:
    """Measures by (sku_id, delivered_on, delay_days, measure)."""
    total: Counter[tuple[Any, ...]] = Counter()
    for line in lines:
        if line["delivered_on"] is None or not line["is_sale"]:
            continue
        place = (line["sku_id"], line["delivered_on"])
        total[(*place, None, "delivered_lines")] += 1
        total[(*place, None, "delivered_units")] += line["quantity"]
        if line["return_requested_on"]:
            delay = max(0, (line["return_requested_on"] - line["delivered_on"]).days)
            total[(*place, delay, "returned_lines")] += 1
            total[(*place, delay, "returned_units")] += line["returned_units"]
        if line["fault_requested_on"]:
            delay = max(0, (line["fault_requested_on"] - line["delivered_on"]).days)
            total[(*place, delay, "fault_lines")] += 1
    return total


def agent_outcomes(lines: Iterable[Row]) -> Counter[tuple[Any, ...]]:
    """Measures by (agent_id, sku_id, ordered_on, measure)."""
    total: Counter[tuple[Any, ...]] = Counter()
    for line in lines:
        if not line["is_sale"]:
            continue
        place = (line["agent_id"], line["sku_id"], line["ordered_on"])
        total[(*place, "ordered_lines")] += 1
        total[(*place, "ordered_units")] += line["quantity"]
        if line["delivered_on"] is not None:
            total[(*place, "delivered_units")] += line["quantity"]
            total[(*place, "returned_units")] += line["returned_units"]
            total[(*place, "fault_lines")] += line["fault_requested_on"] is not None
    return +total
