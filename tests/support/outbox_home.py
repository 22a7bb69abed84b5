"""A home with one published list, two agents' groups and what their messages are made from; no night has to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.tiny_runs import publish
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.run_store.sealing import RESERVES

LIST_DATE = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=BEIJING)
GROUPS = {"A1": ("G1", "G3"), "A2": ("G2",), "A4": ("G4",)}
"""Groups of active agents; A4 has no match, and A3 has matches and no group."""
MATCHES: Mapping[str, Sequence[str]] = {"A1": ("S1", "S2", "S3"), "A2": ("S3", "S1"), "A3": ("S1",)}
GROUP_COLUMNS = pa.schema([("group_id", pa.string()), ("agent_id", pa.string()), ("member_count", pa.int32())])
PAGE_COLUMNS = pa.schema([("sku_id", pa.string()), ("page_url", pa.string())])
REASONS = {
    "S1": ["kept_share:category=母婴/棉柔巾,units=20,kept=0.95", "price_in_band:price=39.90,min=10.00,max=150.00"],
    "S2": ["wanted_category:category=食品/坚果"],
    "S3": ["bought_before:units=4", "given_by_chance:"],
}


def sku(sku_id: str, rank: int, **own: Any) -> dict[str, Any]:
    """One row of the list."""
    plain = {
        "title": f"好物 {sku_id}",
        "category": f"类目/{sku_id}",
        "list_price": Decimal("39.90"),
        "satisfaction": 0.92,
        "return_rate": 0.03,
        "evidence_orders": 50,
        "landmine_probability": 0.02,
    }
    return {"sku_id": sku_id, "list_rank": rank} | plain | own


def listed(count: int = 3) -> list[dict[str, Any]]:
    """The first SKUs of the list; few have bought the third."""
    return [sku(f"S{at}", at, **({"evidence_orders": 3} if at == 3 else {})) for at in range(1, count + 1)]


def outbox_home(
    root: Path,
    run_id: str = "run1",
    skus: Sequence[Mapping[str, Any]] = (),
    matches: Mapping[str, Sequence[str]] = MATCHES,
    groups: Mapping[str, Sequence[str]] = GROUPS,
    pages: Mapping[str, str | None] | None = None,
) -> Home:
    """Publish a list for LIST_DATE; matches whose SKU is not listed are left out, as in a run after a recall."""
    home, rows = Home(root), list(skus or listed())
    names = {row["sku_id"] for row in rows}
    given = [
        {"agent_id": agent, "sku_id": name, "match_rank": rank, "reasons": REASONS.get(name, [])}
        for agent, hers in matches.items()
        for rank, name in enumerate([name for name in hers if name in names], 1)
    ]
    run = publish(home, LIST_DATE, run_id, sku_list=rows, agent_matches=given)
    reserves = run_store.run_folder(home, run) / RESERVES
    reserves.mkdir()
    of = [{"group_id": name, "agent_id": agent, "member_count": 40} for agent, hers in groups.items() for name in hers]
    pq.write_table(pa.Table.from_pylist(of, schema=GROUP_COLUMNS), reserves / "reserve_groups.parquet")
    known = {"S1": "https://shop.test/S1"} if pages is None else pages
    addresses = [{"sku_id": name, "page_url": known.get(name)} for name in sorted(names)]
    pq.write_table(pa.Table.from_pylist(addresses, schema=PAGE_COLUMNS), reserves / "reserve_skus.parquet")
    return home
