"""Keeps all delivered lines as they are judged: from one night to the next only those of buyers who have changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from xuanpin.models.risk.witnesses import FEWEST_LINES
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.engine.names import all_rows, no_rows
from xuanpin.pipelines.identity import code_version

PERIOD_DAYS = 28
"""Days of deliveries whose buyers are compared; periods are the calendar's, so that findings stay as they are."""
NEW_DAYS = 7
"""Days from the first to the last order below which a buyer is new: who opens accounts would have to wait so long."""
LEAST_PAID = 0.1
"""Share of the list price, 0-1, below which a line is no purchase: a trial price or a fake."""
FADING = 0.5
"""Weight of a buyer's line of a SKU relative to her next one; all of them together are one witness."""
LINES, BUYERS, NAMES = "night.int_sale_lines", "night.int_buyers", "night.int_line_names"
CELLS, CELL = "night.int_large_cells", ("sku_key", "period", "agent_key")
CHANGED = "night.int_buyers_changed"
KEPT = {
    LINES: "order_line_id varchar, sku_key integer, customer_key integer, agent_key integer, carrier_key integer, "
    "period integer, ordered_at timestamp, delivered_on date, return_days integer, fault_days integer, "
    "complaint_days integer, is_damaged boolean, is_unpaid boolean, is_new boolean, pair_lines integer, "
    "buyer_share double",
    BUYERS: "customer_id varchar, customer_key integer, lines bigint, first_on date, is_new boolean",
    CELLS: "sku_key integer, period integer, agent_key integer",
    NAMES: "kind varchar, entity_id varchar, name_key integer",
    "night.int_judged_prices": "sku_id varchar, list_price decimal(12,2)",
    "night.int_judged_complaints": "order_line_id varchar, complained_on date",
    CHANGED: "customer_id varchar, known_on date",
}
"""What is kept from night to night, with its columns.

A fold of order lines and retention add to the last one the buyers whose lines they changed, and from which day on."""
JUDGED = "ops.judged"
JUDGED_SCHEMA = pa.schema([("judged_on", pa.date32()), ("judged_by", pa.string())])
"""As of which night and by which program the kept lines stand in the warehouse."""
SCRATCH = (
    "int_changed_prices",
    "int_line_complaints",
    "int_touched_buyers",
    "int_touched_keys",
    "int_touched_lines",
    "int_judged_buyers",
)


def judge_sale_lines(night: Night) -> int:
    """Bring night.int_sale_lines, int_buyers, int_large_cells and int_line_names to this as-of date.

    Reads history.order_line_timeline, night.stg_products and int_complaints. What a line tells depends on its buyer's
    other lines, its SKU's price and what is complained of; buyers for whom nothing of that has changed keep theirs. A
    night for an earlier date, or by another program, judges all lines; they are the same either way. Returns the lines
    judged anew.
    """
    engine = night.engine
    judged_on = _judged_on(engine, night.as_of_date)
    known: dict[str, Any] = {
        "as_of_date": night.as_of_date,
        "judged_on": judged_on or night.as_of_date,
        "is_whole": judged_on is None,
        "least_paid": LEAST_PAID,
        "new_days": NEW_DAYS,
        "period_days": PERIOD_DAYS,
        "fading": FADING,
        "fewest_lines": FEWEST_LINES,
    }
    if judged_on is None:
        lines = _judge_all(engine, known)
    else:
        # What is half of one night and half of another would stand for neither.
        with engine.transaction():
            lines = _judge_touched(engine, known)
    engine.drop(*(f"temp.{stem}" for stem in SCRATCH))
    return lines


def _judge_all(engine: Engine, known: dict[str, Any]) -> int:
    engine.clear(JUDGED)
    for table, columns in KEPT.items():
        engine.create(no_rows(columns), into=table)
    _describe_touched(engine, known)
    # Large tables stand where they are made.
    engine.create(all_rows("temp.int_judged_buyers"), into=BUYERS)
    lines = engine.materialise("int_sale_lines", **known)
    engine.insert("int_large_cells", into=CELLS, **known)
    _note_judged(engine, known)
    return lines


def _judge_touched(engine: Engine, known: dict[str, Any]) -> int:
    _describe_touched(engine, known)
    engine.materialise("int_touched_cells", into="temp")
    for table in (LINES, BUYERS):
        engine.delete_keys(table, keys="temp.int_touched_keys", on="customer_key")
    engine.append(BUYERS, "temp.int_judged_buyers")
    lines = engine.insert("int_sale_lines", into=LINES, **known)
    engine.insert("int_touched_cells", into="temp.int_touched_cells")
    engine.delete_keys(CELLS, keys="temp.int_touched_cells", on=CELL)
    engine.insert("int_changed_cells", into=CELLS, **known)
    engine.drop("temp.int_touched_cells")
    _note_judged(engine, known)
    return lines


def _describe_touched(engine: Engine, known: dict[str, Any]) -> None:
    engine.insert("int_new_sku_keys", into=NAMES)
    for stem in SCRATCH:
        engine.materialise(stem, into="temp", **known)
    engine.insert("int_new_line_names", into=NAMES)


def _note_judged(engine: Engine, known: dict[str, Any]) -> None:
    engine.materialise("int_judged_prices")
    engine.materialise("int_judged_complaints")
    engine.clear(CHANGED)
    row = {"judged_on": known["as_of_date"], "judged_by": code_version()}
    engine.store(JUDGED, pa.Table.from_pylist([row], JUDGED_SCHEMA))


def _judged_on(engine: Engine, as_of_date: date) -> date | None:
    """Return the as-of date of the lines that stand, None where all have to be judged."""
    rows = engine.read(JUDGED).to_pylist()
    if not rows or rows[0]["judged_by"] != code_version() or not all(engine.exists(table) for table in KEPT):
        return None
    judged_on: date = rows[0]["judged_on"]
    return judged_on if judged_on <= as_of_date else None
