"""A list of a few SKUs that agents are offered as matches and alternates, published without a night."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from tests.support.tiny_runs import publish
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home

LIST_DATE = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=BEIJING)
UNITS: Mapping[str, int] = {"S1": 4, "S2": 9, "S3": 2}
MATCHES = [("A1", 1, "S1", 3), ("A2", 1, "S2", 2), ("A3", 1, "S2", 3)]
"""Agent, rank, SKU and units reserved."""
SWAPS = [
    ("A1", 1, "S2", 1.0), ("A1", 2, "S3", 2.2), ("A2", 1, "S1", 1.9), ("A2", 2, "S3", 0.2), ("A3", 1, "S1", 2.5),
    ("A3", 2, "S3", 1.0),
]  # fmt: skip
"""Agent, rank, SKU and expected kept units."""
PUBLISHED = {
    "evidence_orders": 40,
    "satisfaction": 0.93,
    "return_rate": 0.04,
    "landmine_probability": 0.021,
    "list_price": 59,
}


def offer(home: Home, run_id: str = "offered", list_date: date = LIST_DATE) -> run_store.CurrentRun:
    """Publish a list of three SKUs for three agents; S1 has one unit beyond what is reserved."""
    skus = [
        {"sku_id": sku, "sellable_units": units, "title": f"草莓 {sku}", "category": "食品/水果", **PUBLISHED}
        for sku, units in UNITS.items()
    ]
    matches = [
        dict(zip(("agent_id", "match_rank", "sku_id", "units_reserved"), row, strict=True))
        | {"reasons": ["wanted_category:category=食品/水果"]}
        for row in MATCHES
    ]
    swaps = [
        dict(zip(("agent_id", "alternate_rank", "sku_id", "expected_kept_units"), row, strict=True))
        | {"reasons": ["wanted_category:category=食品/水果"]}
        for row in SWAPS
    ]
    agents = [{"agent_id": who, "slots_asked": 1, "matches_given": 1} for who in ("A1", "A2", "A3")]
    scored = [{"sku_id": "S9", "title": "蓝莓 S9", "list_price": 39, "decision": "rejected"}, *skus]
    return publish(
        home, list_date, run_id, sku_list=skus, sku_scorecard=scored, agent_matches=matches, agent_alternates=swaps,
        agent_summary=agents,
    )  # fmt: skip
