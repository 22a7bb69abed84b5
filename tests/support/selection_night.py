"""A small night for selection: tables as the steps before it leave them, with every cell that a test does not name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.support.perishing import put_perishing
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.selection.step import select
from xuanpin.pipelines.settings import Settings

Row = dict[str, Any]
AS_OF = date(2026, 11, 21)
LIST_DATE = date(2026, 11, 22)

SKU: Row = {
    "spu_id": None, "title": None, "category": "家居/收纳", "supplier_id": None, "list_price": 50.0,
    "season_start": None, "season_end": None, "is_clearance": False, "is_cold_chain": False, "sellable_units": 1_000,
    "return_rate": 0.05, "return_rate_lower": 0.03, "return_rate_upper": 0.08,
    "regret_rate": 0.02, "regret_rate_lower": 0.01, "regret_rate_upper": 0.04, "landmine_ceiling": 0.06,
    "landmine_probability": 0.01, "landmine_if_changed": 0.9, "changed_alone": 0.0,
    "changed_with_supplier": 0.0, "sku_change_count": 5.0, "supplier_change_count": 1.0,
    "satisfaction": 0.9, "satisfaction_lower": 0.85, "satisfaction_upper": None, "happy_if_kept": 0.95,
    "demand_per_post": 2.0, "unit_value": 0.8, "score": 1.6, "evidence_orders": 200, "evidence_messages": 20,
    "witnesses": 180.0, "agents": 8,
    "prior_only": False, "fault_sku": None, "fault_supplier": None, "fault_agent": None, "fault_logistics": None,
    "fault_customer": None, "is_gated": False, "score_reasons": [],
    "doubt_count": 0, "offer_until": None, "offer_code": None, "offer_reason": None,
    "shelf_hours": None, "agents_share": None,
}  # fmt: skip
SUITS = "suits_somebody"
"""A row may say false here: no agent's requirements permit the SKU."""
OVERRIDE: Row = {
    "override_id": "O1", "starts_on": date(2026, 11, 1), "ends_on": None, "reason": "节日", "author": "王采",
    "approved_by": None,
}  # fmt: skip

KIN: Row = {"kin_by": "title", "nearness": 1.0, "lines": 0.0}
"""A link of one SKU with another that is probably the same goods; a row names both."""


def skus(count: int, **common: Any) -> list[Row]:
    """Candidates S00, S01, … in falling order of score, each with its own supplier and title."""
    return [
        SKU
        | {"sku_id": f"S{i:02d}", "title": f"商品{i:02d}", "supplier_id": f"P{i:02d}", "score": 2.0 - i / 100}
        | common
        for i in range(count)
    ]


@contextmanager
def night_of(
    folder: Path,
    rows: Sequence[Row],
    *,
    overrides: Sequence[Row] = (),
    listed: Sequence[tuple[date, str]] = (),
    demand: Sequence[tuple[int, str, float]] = (),
    kin: Sequence[Row] = (),
    segments: Sequence[tuple[int, int, int]] = (),
    dangers: Sequence[str] = (),
    agents: Sequence[Row] = (),
    picks: Sequence[Row] = (),
    **assortment: Any,
) -> Iterator[Night]:
    """Open a warehouse that holds the given rows.

    `segments` are (segment, agents, slots in all), `kin` rows of KIN, `dangers` SKUs on hold, `agents` rows of AGENT,
    `picks` what they propose, rows of PICK. Rates of a row that does not say otherwise do not change, so its landmine
    probability is that of a steady SKU. The frontier, nine more lists, is computed where a test gives
    `frontier_candidates` alone.
    """
    engine = open_home(Home(folder), threads=1)
    scores = [{"landmine_if_steady": row["landmine_probability"]} | row for row in rows]
    _store(engine, "night.sku_scores", scores, ["sku_id", "landmine_if_steady", *SKU])
    suited = [{"sku_id": row["sku_id"]} for row in rows if row.get(SUITS, True)]
    _store(engine, "night.int_suited_skus", suited, ["sku_id"])
    _store(engine, "night.stg_overrides", [OVERRIDE | row for row in overrides], [*OVERRIDE, "sku_id", "action"])
    _store(engine, "night.int_kin", [KIN | row for row in kin], [*KIN, "sku_id", "kin_sku_id"])
    history = [{"list_date": on, "sku_id": sku, "list_rank": 1, "run_id": "r"} for on, sku in listed]
    _store(engine, "history.listed", history, ["list_date", "sku_id", "list_rank", "run_id"])
    wants = [{"segment_id": s, "sku_id": sku, "expected_units": units} for s, sku, units in demand]
    _store(engine, "night.segment_demand", wants, ["segment_id", "sku_id", "expected_units"])
    groups = [{"segment_id": s, "agents": agents, "slots": slots} for s, agents, slots in segments]
    _store(engine, "night.int_segment_slots", groups, ["segment_id", "agents", "slots"])
    held = [{"sku_id": sku, "since_on": date(2026, 11, 20), "reports": 2, "accounts": 1} for sku in dangers]
    _store(engine, "night.int_danger_holds", held, ["sku_id", "since_on", "reports", "accounts"])
    put_perishing(engine)
    _store_proposals(engine, rows, agents, picks)
    engine.store("night.int_promise_audit", pa.table({"tightened_promise": [1.0]}))
    engine.store("night.int_promise_grounds", pa.Table.from_pylist([GROUNDS], GROUNDS_SCHEMA))
    settings = Settings.model_validate({"assortment": {"frontier_candidates": 0} | assortment})
    try:
        yield Night(engine, settings, Home(folder), AS_OF, None, datetime(2026, 11, 22, tzinfo=UTC))
    finally:
        engine.close()


AGENT: Row = {
    "status": "active", "price_min": None, "price_max": None, "min_satisfaction": None,
    "max_landmine_probability": None, "categories_excluded": [], "daily_slots": 5,
}  # fmt: skip
PICK: Row = {
    "list_date": LIST_DATE, "answer": "own_pick", "updated_at": datetime(2026, 11, 21, 9), "reason_code": None,
}  # fmt: skip
PRODUCT: Row = {
    "status": "active", "launched_on": date(2026, 1, 1), "season_start": None, "season_end": None, "title": "商品",
}  # fmt: skip


def _store_proposals(engine: Engine, rows: Sequence[Row], agents: Sequence[Row], picks: Sequence[Row]) -> None:
    """What agents propose; a product stands in the catalogue for each candidate and for each pick that names one."""
    named = {row["sku_id"]: PRODUCT for row in rows}
    named |= {row["sku_id"]: PRODUCT | row.get("product", {}) for row in picks}
    people, said, goods = AGENT_SCHEMA, PICK_SCHEMA, PRODUCT_SCHEMA
    engine.store("night.stg_agents", pa.Table.from_pylist([AGENT | row for row in agents], people))
    engine.store("night.stg_match_answers", pa.Table.from_pylist([PICK | row for row in picks], said))
    catalogue = [{"sku_id": sku} | product for sku, product in sorted(named.items())]
    engine.store("night.stg_products", pa.Table.from_pylist(catalogue, goods))


AGENT_SCHEMA = pa.schema(
    [
        ("agent_id", pa.string()),
        ("status", pa.string()),
        ("price_min", pa.decimal128(12, 2)),
        ("price_max", pa.decimal128(12, 2)),
        ("min_satisfaction", pa.float64()),
        ("max_landmine_probability", pa.float64()),
        ("categories_excluded", pa.list_(pa.string())),
        ("daily_slots", pa.int32()),
    ]
)
PICK_SCHEMA = pa.schema(
    [
        ("list_date", pa.date32()),
        ("agent_id", pa.string()),
        ("sku_id", pa.string()),
        ("answer", pa.string()),
        ("reason_code", pa.string()),
        ("updated_at", pa.timestamp("us")),
    ]
)
PRODUCT_SCHEMA = pa.schema(
    [
        ("sku_id", pa.string()),
        ("title", pa.string()),
        ("status", pa.string()),
        *((name, pa.date32()) for name in ("launched_on", "season_start", "season_end")),
    ]
)
GROUNDS_SCHEMA = pa.schema(
    [
        ("reason_code", pa.string()),
        *((name, pa.int64()) for name in ("days_seen", "days_needed", "deliveries_seen", "deliveries_needed")),
    ]
)
GROUNDS: Row = {
    "reason_code": None, "days_seen": 90, "days_needed": 37, "deliveries_seen": 9_000, "deliveries_needed": 1_200,
}  # fmt: skip
"""A platform that has seen enough for a promise."""
WHOLE = ("segment_id", "agents", "slots", "list_rank", "reports", "accounts")
"""Columns of whole numbers beside those of SKU."""
FRACTIONS = (
    "expected_units",
    "landmine_if_steady",
    "satisfaction_upper",
    "shelf_hours",
    "agents_share",
    "nearness",
    "lines",
    *(name for name in SKU if name.startswith("fault_")),
)
"""Columns of fractions beside those of SKU that hold one."""


def _store(engine: Engine, table: str, rows: Sequence[Row], columns: Sequence[str]) -> None:
    schema = pa.schema([(name, _type_of(name)) for name in columns])
    engine.store(table, pa.Table.from_pylist([*rows], schema))


def _type_of(column: str) -> pa.DataType:
    usual = SKU.get(column)
    if column.endswith(("_on", "_date", "_until")) or column.startswith("season_"):
        return pa.date32()
    if isinstance(usual, bool):
        return pa.bool_()
    if column in WHOLE or isinstance(usual, int):
        return pa.int64()
    if column in FRACTIONS or isinstance(usual, float):
        return pa.float64()
    return pa.list_(pa.string()) if isinstance(usual, list) else pa.string()


def listed_skus(night: Night) -> list[str]:
    """Run selection and return the list in order of rank."""
    select(night)
    return found_list(night)


def found_list(night: Night) -> list[str]:
    """Return the list that selection has found, in order of rank."""
    ranked: list[str] = night.engine.query("select sku_id from night.sku_list order by list_rank")["sku_id"].to_pylist()
    return ranked


def decision(night: Night, sku_id: str) -> Row:
    """The scorecard row of one SKU after selection."""
    rows: list[Row] = night.engine.query(
        "select * from night.sku_scorecard where sku_id = $sku_id", sku_id=sku_id
    ).to_pylist()
    return rows[0]
