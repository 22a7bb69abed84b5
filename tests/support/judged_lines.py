"""Delivered lines as the night judges them, from a small order history: numbered, joined and weighed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tests.support.night_tables import AS_OF, table
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.scoring.sale_lines import JUDGED, JUDGED_SCHEMA, judge_sale_lines
from xuanpin.pipelines.settings import Settings

PLAIN = {
    "agent_id varchar": "'A1'",
    "carrier_id varchar": "null",
    "ordered_at timestamp": "ordered_on",
    "unit_price decimal(12, 2)": "30",
    "return_requested_on date": "fault_requested_on",
    "return_reason varchar": "null",
}
"""Columns that a spec may leave out of its history, with what stands there then."""
PRODUCTS = "sku_id varchar, list_price decimal(12, 2)"


def judge_lines(engine: Engine, *, new: Iterable[str] | None = None) -> None:
    """Make night.int_sale_lines and the tables of its keys from history.order_line_timeline and int_complaints.

    Who of the buyers is `new` follows from their lines unless it is given.
    """
    known = engine.read("history.order_line_timeline").column_names
    for column, value in PLAIN.items():
        name = column.partition(" ")[0]
        if name not in known:
            engine.execute(f"alter table history.order_line_timeline add column {column}")
            engine.execute(f"update history.order_line_timeline set {name} = {value}")
    _describe_skus(engine)
    engine.store(JUDGED, JUDGED_SCHEMA.empty_table())
    noon = datetime.combine(AS_OF, datetime.min.time())
    judge_sale_lines(Night(engine, Settings(), Home(Path("nowhere")), AS_OF, None, noon))
    engine.materialise("int_source_numbers")
    if new is not None:
        is_new = "customer_key in (select customer_key from night.int_buyers where customer_id in $new)"
        engine.execute(f"update night.int_sale_lines set is_new = {is_new}", new=list(new))


def _describe_skus(engine: Engine) -> None:
    """Number the SKUs of the lines and give them the usual price, unless the spec has done so."""
    if not engine.exists("night.int_sku_numbers"):
        numbers = "row_number() over (order by sku_id) - 1 as sku_number"
        skus = "(select distinct sku_id from history.order_line_timeline)"
        engine.execute(f"create table night.int_sku_numbers as select sku_id, {numbers} from {skus}")
    if not engine.exists("night.stg_products"):
        table(engine, "night.stg_products", PRODUCTS)
        engine.execute("insert into night.stg_products select sku_id, 30 from night.int_sku_numbers")


def ids_of_buyers(engine: Engine) -> dict[int, str]:
    """The ids behind the keys of buyers."""
    return {row["customer_key"]: row["customer_id"] for row in engine.read("night.int_buyers").to_pylist()}
