"""Packs every agent's SKUs into the page as columns of numbers that are opened when somebody looks an agent up."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from xuanpin.pipelines.contracts.reason_codes import codes_of, reason_codes
from xuanpin.pipelines.reporting.facts import ReportContent, ReportRows

# Below this share of its slots an agent counts into each bar of the coverage picture.
FILLED_STEPS = ("0–24 %", "25–49 %", "50–74 %", "75–99 %", "100 %")


def packed_agents(facts: ReportContent) -> str:
    """Return Base64 of gzip of JSON: one entry an agent and flat columns of her SKUs as places on the list.

    The reasons are included while the matches are few enough for a page (`facts.MOST_REASONED_MATCHES`).
    """
    content = {
        "skus": {row["list_rank"]: [row["sku_id"], row["title"], str(row["list_price"])] for row in facts.listed},
        "ids": [row["agent_id"] for row in facts.agents],
        "asked": [row["slots_asked"] for row in facts.agents],
        "given": [row["matches_given"] for row in facts.agents],
        "short": [row["shortfall_code"] for row in facts.agents],
        "places": facts.matches["list_rank"].to_pylist(),
        **_reasons(facts),
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # A fixed time of packing keeps the page the same from run to run.
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _reasons(facts: ReportContent) -> dict[str, Any]:
    codes = reason_codes()
    wording = {"sentences": {code: [codes[code].zh, codes[code].en] for code in codes_of("agent_summary")}}
    if facts.matches["reasons"].null_count < facts.matches.num_rows:
        wording["sentences"] |= {code: [codes[code].zh, codes[code].en] for code in codes_of("agent_matches")}
        return {**wording, "why": facts.matches["reasons"].to_pylist()}
    return {**wording, "why": None}


def coverage(agents: ReportRows) -> ReportRows:
    """Return how many agents have which share of their slots filled."""
    counts = dict.fromkeys(FILLED_STEPS, 0)
    for row in agents:
        share = row["matches_given"] / row["slots_asked"] if row["slots_asked"] else 1.0
        counts[FILLED_STEPS[min(int(4 * share), 4)]] += 1
    return [{"filled": step, "agents": count} for step, count in counts.items()]
