"""A small list that waits for a person, beside yesterday's that is shown; no night has to run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.support import tiny_runs
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home

YESTERDAY, TODAY = date(2026, 11, 21), date(2026, 11, 22)
HOSTILE = "<script>alert(1)</script> & \"'"


def sku(sku_id: str, rank: int | None = None, **more: Any) -> dict[str, Any]:
    """A row of list or scorecard with all that a page shows."""
    row = {
        "sku_id": sku_id, "title": f"商品 {sku_id}", "category": "家居/收纳", "supplier_id": "V1",
        "list_price": Decimal("19.90"), "score": 1.0, "expected_kept_units": 2.5, "return_rate": 0.05,
        "return_rate_lower": 0.01, "return_rate_upper": 0.1, "regret_rate": 0.02, "regret_rate_lower": 0.01,
        "regret_rate_upper": 0.04, "landmine_ceiling": 0.1, "landmine_probability": 0.02, "satisfaction": 0.9,
        "satisfaction_lower": 0.8, "demand_per_post": 1.5, "evidence_orders": 40, "evidence_messages": 8,
        "sellable_units": 30, "prior_only": False, "reasons": [], "decision": "not_listed",
        "decision_code": "low_value",
    }  # fmt: skip
    listed = {} if rank is None else {"list_rank": rank, "role": "core", "decision": "listed"}
    return row | listed | ({} if rank is None else {"decision_code": "listed_core"}) | more


SKUS = (
    sku("S1", 1, title=HOSTILE),
    sku("S2", 2),
    sku("S3", decision_code="over_landmine_cap", landmine_probability=0.7),
    sku("S4", decision_code="danger_reported"),
)
AGENT = {"agent_id": "A00012", "slots_asked": 2, "matches_given": 1, "shortfall_code": "few_permitted"}
MATCH = {"agent_id": "A00012", "sku_id": "S1", "match_rank": 1, "fit": 0.8, "expected_kept_units": 1.2,
         "units_reserved": 3, "reasons": []}  # fmt: skip
DANGER = {"level": "sku", "entity_id": "S4", "metric": "danger", "since_on": YESTERDAY, "severity": "critical",
          "evidence": "reports=2"}  # fmt: skip


def waiting_list(home: Home) -> run_store.CurrentRun:
    """Publish yesterday's list into the `home` and let today's wait; return the run that waits."""
    tables: dict[str, Any] = {
        "sku_list": [row for row in SKUS if "list_rank" in row],
        "sku_scorecard": SKUS,
        "agent_matches": [MATCH],
        "agent_summary": [AGENT],
        "alarms": [DANGER],
    }
    tiny_runs.publish(home, YESTERDAY, "b" * 64, **tables)
    run = tiny_runs.seal(home, TODAY, "a" * 64, "pending", **tables)
    run_store.await_review(home, run)
    return run
