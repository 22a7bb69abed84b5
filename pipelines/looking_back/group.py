"""One customer group: whose it is, what its agent is given, and what it said, counted and without words.

Published tables give matches to agents, not to groups: what a group gets is what its agent gets.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine import file_rows
from xuanpin.pipelines.looking_back.nights import Nights, Rows, rows_over, seen_nights
from xuanpin.pipelines.run_store.sealing import RESERVES

GROUPS = "reserve_groups.parquet"
"""File of a run with the groups of active agents."""
SAID = ("list_date", "sku_id", "kind", "satisfaction", "sent_on")
CONTENT_FROM, CROSS_UP_TO = 0.6, 0.4
"""Satisfaction of a message (0-1) from which it counts as content, and up to which as cross."""
SHOWN_SKUS = 50
"""SKUs that are told of a group, those it spoke of most."""


@dataclass(frozen=True)
class GroupLife:
    """What the newest run (`list_date`) says of one group, `group_id`.

    `agent_id` and `member_count` are None where she is not active. `kinds` counts messages by kind; `spoken` has a row
    a SKU that it spoke of: how many messages of feedback (`messages`), of them `content` and `cross`, and the last day
    (`last_on`). `matches` are those of its agent, in her order.
    """

    group_id: str
    list_date: str
    agent_id: str | None
    member_count: int | None
    kinds: dict[str, int]
    spoken: Rows
    matches: Rows


def group_life(home: Home, group_id: str) -> GroupLife | None:
    """Return what the newest run of a home says of the group `group_id`; None for one that it does not know."""
    nights = seen_nights(home)[:1]
    if not nights:
        return None
    run = nights[0]
    own = _group(home, run, group_id)
    said = rows_over(home, nights, "feedback_mentions", SAID, group_id=group_id)
    if own is None and not said:
        return None
    agent_id = None if own is None else own["agent_id"]
    return GroupLife(
        group_id=group_id,
        list_date=run.list_date,
        agent_id=agent_id,
        member_count=None if own is None else own["member_count"],
        kinds=dict(Counter(row["kind"] for row in said).most_common()),
        spoken=_titled(home, run, _spoken(said)),
        matches=[] if agent_id is None else _titled(home, run, _matches(home, nights, agent_id)),
    )


def _group(home: Home, run: run_store.CurrentRun, group_id: str) -> dict[str, Any] | None:
    path = run_store.run_folder(home, run) / RESERVES / GROUPS
    rows: Rows = file_rows(path, (), {"group_id": group_id}).to_pylist() if path.is_file() else []
    return rows[0] if rows else None


def _spoken(said: Rows) -> Rows:
    by_sku: dict[str, Rows] = {}
    for row in said:
        if row["kind"] == "feedback" and row["sku_id"] is not None and row["satisfaction"] is not None:
            by_sku.setdefault(row["sku_id"], []).append(row)
    found = [_summed(sku_id, rows) for sku_id, rows in by_sku.items()]
    return sorted(found, key=lambda row: (-row["messages"], row["sku_id"]))[:SHOWN_SKUS]


def _summed(sku_id: str, rows: Rows) -> dict[str, Any]:
    return {
        "sku_id": sku_id,
        "messages": len(rows),
        "content": sum(row["satisfaction"] >= CONTENT_FROM for row in rows),
        "cross": sum(row["satisfaction"] <= CROSS_UP_TO for row in rows),
        "last_on": max(row["sent_on"] for row in rows),
    }


def _matches(home: Home, nights: Nights, agent_id: str) -> Rows:
    columns = ("list_date", "match_rank", "sku_id", "fit", "expected_kept_units", "reasons")
    return sorted(
        rows_over(home, nights, "agent_matches", columns, agent_id=agent_id), key=lambda row: row["match_rank"]
    )


def _titled(home: Home, run: run_store.CurrentRun, rows: Rows) -> Rows:
    among = [row["sku_id"] for row in rows]
    known = run_store.read_rows_among(home, run, "sku_scorecard", ["sku_id", "title"], sku_id=among).to_pylist()
    titles = {row["sku_id"]: row["title"] for row in known}
    return [row | {"title": titles.get(row["sku_id"], row["sku_id"])} for row in rows]
