"""Runs of a few SKUs and agents, to be compared: written as short rows, published in a home of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tests.support.tiny_runs import SHOWN, publish
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import load_contract

FIRST, SECOND = date(2026, 11, 21), date(2026, 11, 22)
NOT_LISTED = "low_value:score=0.1000,needed_score=0.2000"
LISTED = "listed_core:score=0.5000"
MEASURES: dict[str, Any] = {
    "return_rate": 0.1, "regret_rate": 0.05, "landmine_probability": 0.02, "satisfaction": 0.9, "score": 0.5,
    "expected_kept_units": 3.0, "evidence_orders": 20, "evidence_messages": 4, "sellable_units": 30,
}  # fmt: skip


def sku(sku_id: str, rank: int | None = None, role: str = "core", **changed: Any) -> dict[str, Any]:
    """A candidate on the place `rank` of the list, or on none; measures that a test does not name are all alike."""
    reason = NOT_LISTED if rank is None else LISTED
    own = {"sku_id": sku_id, "title": f"title of {sku_id}", "category": "食品", "supplier_id": "P1"}
    decided = {"decision_code": reason.partition(":")[0], "reasons": [reason], "rank": rank, "role": role}
    return own | MEASURES | decided | changed


def run_of(
    home: Home,
    day: date,
    run_id: str,
    skus: Sequence[Mapping[str, Any]],
    matches: Sequence[tuple[str, str, int]] = (),
    manifest: Mapping[str, Any] | None = None,
    **tables: Sequence[Mapping[str, Any]],
) -> run_store.CurrentRun:
    """Publish a run with these candidates and matches (agent, SKU, place); `manifest` adds to its manifest."""
    scored = [{**row, "decision": "listed" if row["rank"] else "not_listed"} for row in skus]
    listed = [{**row, "list_rank": row["rank"]} for row in skus if row["rank"]]
    run = publish(
        home,
        day,
        run_id,
        SHOWN,
        sku_list=_within("sku_list", listed),
        sku_scorecard=_within("sku_scorecard", scored),
        agent_matches=[{"agent_id": a, "sku_id": s, "match_rank": place} for a, s, place in matches],
        agent_summary=[{"agent_id": agent} for agent in sorted({agent for agent, _, _ in matches})],
        **tables,
    )
    path = run_store.run_folder(home, run) / run_store.MANIFEST
    run_store.replace_json(path, run_store.manifest(home, run) | dict(manifest or {}))
    return run


def _within(table: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = set(load_contract(table).column_names)
    return [{name: value for name, value in row.items() if name in names} for row in rows]
