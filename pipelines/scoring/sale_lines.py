"""Keeps all delivered lines as they are judged: from one night to the next only those of buyers who have changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.identity import code_version

PERIOD_DAYS = 28
"""Days of deliveries whose buyers are compared; periods are the calendar's, so that findings stay as they are."""
NEW_DAYS = 7
"""Days from the first to the last order below which a buyer is new: who opens accounts would have to wait so long."""
LEAST_PAID = 0.1
"""Share of the list price, 0-1, below which a line is no purchase: a trial price or a fake."""
FADING = 0.5
"""Weight of a buyer's line of a SKU relative to her next one; all of them together are one witness."""
LINES, BUYERS, CHANGED = "night.int_sale_lines", "night.int_buyers", "night.int_changed_buyers"
KEPT = {
    LINES: pa.schema(
        [
            ("order_line_id", pa.string()),
            ("sku_key", pa.int32()),
            ("customer_key", pa.int32()),
            ("agent_key", pa.int32()),
            ("carrier_key", pa.int32()),
            ("period", pa.int32()),
            ("delivered_on", pa.date32()),
            ("return_days", pa.int32()),
            ("fault_days", pa.int32()),
            ("complaint_days", pa.int32()),
            ("is_damaged", pa.bool_()),
            ("is_unpaid", pa.bool_()),
            ("is_new", pa.bool_()),
            ("pair_lines", pa.int32()),
            ("buyer_share", pa.float64()),
        ]
    ),
    BUYERS: pa.schema(
        [
            ("customer_id", pa.string()),
            ("customer_key", pa.int32()),
            ("lines", pa.int64()),
            ("first_on", pa.date32()),
            ("is_numbered", pa.bool_()),
            ("is_new", pa.bool_()),
        ]
    ),
    "night.int_line_names": pa.schema([("kind", pa.string()), ("entity_id", pa.string()), ("name_key", pa.int32())]),
    "night.int_judged_prices": pa.schema([("sku_id", pa.string()), ("list_price", pa.decimal128(12, 2))]),
    "night.int_judged_complaints": pa.schema([("order_line_id", pa.string()), ("complained_on", pa.date32())]),
    CHANGED: pa.schema([("customer_id", pa.string())]),
}
"""What is kept from night to night. A fold of order lines and retention add to the last one whose lines they changed."""
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
    """Bring night.int_sale_lines, int_buyers and int_line_names to this as-of date; return the lines judged anew.

    Reads history.order_line_timeline, night.stg_products and int_complaints. What a line tells depends on its buyer's
    other lines, its SKU's price and what is complained of; buyers for whom nothing of that has changed keep theirs. A
    night for an earlier date, or by another program, judges all lines; they are the same either way.
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
    }
    with engine.transaction():
        if judged_on is None:
            for table, schema in KEPT.items():
                engine.store(table, schema.empty_table())
        for stem in SCRATCH:
            engine.materialise(stem, into="temp", **known)
        engine.insert("int_new_line_names", into="night.int_line_names")
        lines = _replace_touched(engine, known)
        engine.materialise("int_judged_prices")
        engine.store("night.int_judged_complaints", engine.read("temp.int_line_complaints"))
        engine.store(CHANGED, KEPT[CHANGED].empty_table())
        row = {"judged_on": night.as_of_date, "judged_by": code_version()}
        engine.store(JUDGED, pa.Table.from_pylist([row], JUDGED_SCHEMA))
    engine.drop(*(f"temp.{stem}" for stem in SCRATCH))
    return lines


def _judged_on(engine: Engine, as_of_date: date) -> date | None:
    """Return the as-of date of the lines that stand, None where all have to be judged."""
    rows = engine.read(JUDGED).to_pylist()
    if not rows or rows[0]["judged_by"] != code_version() or not all(engine.exists(table) for table in KEPT):
        return None
    judged_on: date = rows[0]["judged_on"]
    return judged_on if judged_on <= as_of_date else None


def _replace_touched(engine: Engine, known: dict[str, Any]) -> int:
    for table in (LINES, BUYERS):
        engine.delete_keys(table, keys="temp.int_touched_keys", on="customer_key")
    engine.append(BUYERS, "temp.int_judged_buyers")
    return engine.insert("int_sale_lines", into=LINES, **known)
