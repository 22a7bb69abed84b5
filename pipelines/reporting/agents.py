"""Packs every agent's SKUs into the page as columns of numbers that are opened when somebody looks an agent up."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.contracts.reason_codes import codes_of, reason_codes
from xuanpin.pipelines.reporting.facts import ReportContent, ReportRows
from xuanpin.pipelines.reporting.words import texts

# Below this share of its slots an agent counts into each bar of the coverage picture.
FILLED_STEPS = ("0–24 %", "25–49 %", "50–74 %", "75–99 %", "100 %")


def packed_agents(facts: ReportContent) -> str:
    """Return Base64 of gzip of JSON: one entry an agent and flat columns of her SKUs as places on the list.

    The reasons are included while the matches are few enough for a page (`facts.MOST_REASONED_MATCHES`); agents who
    cannot be looked up on it (see `can_look_up`) are left out.
    """
    agents = facts.agents if can_look_up(facts) else facts.agents.slice(0, 0)
    content = {
        "skus": {row["list_rank"]: [row["sku_id"], row["title"], str(row["list_price"])] for row in facts.listed},
        "ids": agents["agent_id"].to_pylist(),
        "asked": agents["slots_asked"].to_pylist(),
        "given": agents["matches_given"].to_pylist(),
        "short": agents["shortfall_code"].to_pylist(),
        "places": facts.matches["list_rank"].to_pylist(),
        **_swaps(facts, agents),
        **_reasons(facts),
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # A fixed time of packing keeps the page the same from run to run.
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=6, mtime=0)).decode()


def _swaps(facts: ReportContent, agents: pa.Table) -> dict[str, Any]:
    """Places on the list of what agents could post instead of a match, and how many each of `agents` has."""
    counts = Counter(facts.alternates["agent_id"].to_pylist())
    return {
        "swaps": facts.alternates["list_rank"].to_pylist() if agents.num_rows else [],
        "swap": [texts()["or_swap"][language] for language in ("zh", "en")],
        "others": [counts[agent_id] for agent_id in agents["agent_id"].to_pylist()],
    }


def can_look_up(facts: ReportContent) -> bool:
    """Whether the page has every agent's SKUs: `facts` hold no matches where there are too many for a page."""
    return facts.matches.num_rows > 0 or not facts.headline["matches"]


def _reasons(facts: ReportContent) -> dict[str, Any]:
    codes = reason_codes()
    wording = {"sentences": {code: [codes[code].zh, codes[code].en] for code in codes_of("agent_summary")}}
    if facts.matches["reasons"].null_count < facts.matches.num_rows:
        wording["sentences"] |= {code: [codes[code].zh, codes[code].en] for code in codes_of("agent_matches")}
        return {**wording, "why": facts.matches["reasons"].to_pylist()}
    return {**wording, "why": None}


def coverage(agents: pa.Table) -> ReportRows:
    """Return how many of the `agents` (slots_asked, matches_given) have which share of their slots filled."""
    counts = dict.fromkeys(FILLED_STEPS, 0)
    for asked, given in zip(agents["slots_asked"].to_pylist(), agents["matches_given"].to_pylist(), strict=True):
        counts[FILLED_STEPS[min(4 * given // asked, 4) if asked else 4]] += 1
    return [{"filled": step, "agents": count} for step, count in counts.items()]
