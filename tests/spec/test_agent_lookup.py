"""What the page packs of agents, and what it leaves out where there are too many."""

from __future__ import annotations

import base64
import gzip
import json
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest

from xuanpin.pipelines.reporting.agents import can_look_up, coverage, packed_agents
from xuanpin.pipelines.reporting.facts import ReportContent

AGENTS = pa.table(
    {
        "agent_id": ["A1", "A2", "A3"],
        "slots_asked": pa.array([4, 4, 0], pa.int32()),
        "matches_given": pa.array([2, 4, 0], pa.int32()),
        "shortfall_code": ["few_in_stock", None, None],
    }
)


def content(matches: int, found: int) -> ReportContent:
    """Facts with so many matches, of which the page was given so many."""
    reasons = pa.nulls(found, pa.list_(pa.string()))
    rows = pa.table({"list_rank": pa.array([1] * found, pa.int32()), "reasons": reasons})
    swaps = pa.table({"agent_id": ["A1", "A1", "A3"], "list_rank": pa.array([4, 2, 4], pa.int32())})
    parts: dict[str, Any] = {"agents": AGENTS, "listed": [], "matches": rows, "headline": {"matches": matches}}
    parts["alternates"] = swaps.slice(0, 3 if found else 0)
    return cast(ReportContent, SimpleNamespace(**parts))


def unpacked(facts: ReportContent) -> dict[str, Any]:
    packed: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(packed_agents(facts))))
    return packed


def test_every_agent_can_be_looked_up_where_the_page_has_the_matches() -> None:
    packed = unpacked(content(6, 6))
    assert (packed["ids"], packed["given"], packed["short"][0]) == (["A1", "A2", "A3"], [2, 4, 0], "few_in_stock")
    assert packed["places"] == [1] * 6
    assert (packed["swaps"], packed["others"]) == ([4, 2, 4], [2, 0, 1])


@pytest.mark.parametrize(("matches", "found", "can"), [(6, 6, True), (0, 0, True), (6, 0, False)])
def test_an_agent_is_not_promised_whose_matches_did_not_fit(matches: int, found: int, can: bool) -> None:
    facts = content(matches, found)
    assert can_look_up(facts) is can
    assert unpacked(facts)["ids"] == (["A1", "A2", "A3"] if can else [])


def test_slots_are_counted_by_the_share_that_is_filled() -> None:
    filled = {row["filled"]: row["agents"] for row in coverage(AGENTS)}
    assert filled == {"0–24 %": 0, "25–49 %": 0, "50–74 %": 1, "75–99 %": 0, "100 %": 2}
