"""Compares what the list is made of with the rules it was made under."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from xuanpin.pipelines.reporting.facts import ReportContent, ReportRows

# A supplier with one or two SKUs is no finding; the largest show whether one of them has too much.
SHOWN_SUPPLIERS = 10
# Rules by what they bound: a name of its own, or a family with one rule a member.
FAMILIES = ("category", "category_min", "category_max", "supplier", "spu", "title", "price_band", "pin", "segment")


def mix(facts: ReportContent) -> dict[str, ReportRows]:
    """Count the listed SKUs of `facts` by top category, price band and supplier, with the bounds of their rules."""
    bounds = {row["rule"]: row["bound"] for row in facts.rules}
    categories = Counter(row["category"].split("/")[0] for row in facts.listed)
    suppliers = Counter(row["supplier_id"] for row in facts.listed)
    bands = sorted(
        (row for row in facts.rules if row["rule"].startswith("price_band:")), key=lambda row: _member(row["rule"])
    )
    return {
        "category": _counted(categories, bounds, "category"),
        "price": [{"name": _member(row["rule"]), "skus": row["value"], "bound": row["bound"]} for row in bands],
        "supplier": _counted(suppliers, bounds, "supplier")[:SHOWN_SUPPLIERS],
    }


def rule_rows(facts: ReportContent) -> ReportRows:
    """Return the rules of `facts` worth reading: those of the whole list, and of families what binds or is relaxed."""
    rows = []
    for row in facts.rules:
        family = row["rule"].split(":")[0]
        binds = row["slack"] > 0 or row["price"] > 0
        if family not in FAMILIES or (binds and family != "segment"):
            member = _member(row["rule"]) if ":" in row["rule"] else ""
            rows.append({**row, "family": family, "member": member, "is_share": family == "promise"})
    return sorted(rows, key=lambda row: (-row["slack"], row["rule"]))


def segments_short(facts: ReportContent) -> tuple[int, int]:
    """Return how many segments of agents `facts` has, and how many find fewer suitable SKUs than they have slots."""
    segments = [row for row in facts.rules if row["rule"].startswith("segment:")]
    return len(segments), sum(row["slack"] > 0 for row in segments)


def _counted(counts: Counter[str], bounds: dict[str, Any], family: str) -> ReportRows:
    ordered: Iterable[tuple[str, int]] = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"name": name, "skus": skus, "bound": bounds.get(f"{family}:{name}")} for name, skus in ordered]


def _member(rule: str) -> str:
    return rule.split(":", 1)[1]
