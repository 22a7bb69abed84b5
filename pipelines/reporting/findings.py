"""Lists what a merchandiser has to look at before she approves the list, the most serious first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.reporting.alarms import named
from xuanpin.pipelines.reporting.broken_rules import check_name
from xuanpin.pipelines.reporting.facts import ReportContent, ReportRows
from xuanpin.pipelines.reporting.left_behind import LEFT_BEHIND_NIGHTS
from xuanpin.pipelines.reporting.unmatched import unmatched
from xuanpin.pipelines.reporting.words import LANGUAGES, rule_name

# Up to three names are enough to recognise a finding; the section lists the rest.
NAMED = 3
# Less than one day of stock at tomorrow's expected sales leaves agents with a sold-out post.
SHORT_COVER_DAYS = 1.0
# Where less of the regrets can have shown, a promise rests more on how the rest usually comes than on what was seen.
YOUNG_SHARE = 0.8
# Places moved within a list of a hundred that a reader would ask about.
LARGE_MOVE = 10


@dataclass(frozen=True)
class Finding:
    """Describe one thing to look at.

    `key`: of its text; `section`: of the page, which shows more; `values`: the numbers in the text; `is_serious`:
    whether it asks for a decision.
    """

    key: str
    section: str
    values: dict[str, Any]
    is_serious: bool = False


def findings(facts: ReportContent) -> list[Finding]:
    """Return everything in `facts` to look at, what asks for a decision first."""
    found = [
        *_brakes(facts),
        *_dangers(facts),
        *_broken_rules(facts),
        *_contradicted(facts),
        *_failed_checks(facts),
        *_refused_pins(facts),
        *_alarms(facts),
        *_supply(facts),
        *_offers(facts),
        *_unmatched(facts),
    ]
    return sorted(found, key=lambda finding: not finding.is_serious)


def verdict_key(found: Sequence[Finding]) -> str:
    """Return the key of the text that says whether the list can go out, after what was `found`."""
    if any(finding.is_serious for finding in found):
        return "decide_stop"
    return "decide_look" if found else "decide_ok"


def change_counts(moves: ReportRows) -> dict[str, list[tuple[str, int]]]:
    """Return by direction (in, out) the reason codes of `moves` with their counts, the most frequent first."""
    counts = {}
    for move in ("in", "out"):
        codes = Counter(row["decision_code"] or "gone" for row in moves if row["move"] == move)
        counts[move] = sorted(codes.items(), key=lambda pair: (-pair[1], pair[0]))
    return counts


def large_moves(moves: ReportRows) -> ReportRows:
    """Return the SKUs of `moves` that stayed on the list and moved far, the farthest first."""
    stayed = [row for row in moves if row["move"] == "stayed" and abs(_climb(row)) >= LARGE_MOVE]
    return sorted(stayed, key=lambda row: (-abs(_climb(row)), row["sku_id"]))


def _climb(row: dict[str, Any]) -> int:
    return int(row["rank_before"] - row["list_rank"])


def _brakes(facts: ReportContent) -> Iterator[Finding]:
    held = [row for row in facts.brakes if row["result"] == "fail"]
    if held:
        yield Finding("find_brakes", "brakes", {"n": len(held)}, is_serious=True)


def _dangers(facts: ReportContent) -> Iterator[Finding]:
    if facts.dangers:
        yield Finding("find_dangers", "landmines", _counted(row["title"] for row in facts.dangers), is_serious=True)
    if facts.doubts:
        yield Finding("find_danger_doubts", "landmines", {"n": len(facts.doubts)}, is_serious=True)


def _broken_rules(facts: ReportContent) -> Iterator[Finding]:
    promise = next(row for row in facts.rules if row["rule"] == "promise")
    if promise["slack"] > 0:
        yield Finding("find_promise", "mix", {"share": f"{100 * promise['value']:.1f} %"}, is_serious=True)
    elif not facts.headline["can_promise"]:
        yield Finding("find_no_grounds", "watch", {})
    relaxed = [rule_name(row["rule"]) for row in facts.rules if row["tier"] in ("floor", "rule") and row["slack"] > 0]
    if relaxed:
        yield Finding("find_rules", "mix", _counted(relaxed), is_serious=True)
    if facts.headline["short_code"]:
        missing = facts.settings["assortment"]["list_size"] - facts.headline["listed"]
        yield Finding(f"find_short_{facts.headline['short_code']}", "near", {"n": missing}, is_serious=True)


def _contradicted(facts: ReportContent) -> Iterator[Finding]:
    audit = facts.audit
    if audit["is_contradicted"]:
        shown = {name: f"{100 * audit[name]:.1f} %" for name in ("lower", "stated", "tightened_promise")}
        is_broken = audit["share"] > facts.settings["scoring"]["landmine_promise"]
        yield Finding("find_promise_audit", "nights", shown, is_serious=is_broken)


def _failed_checks(facts: ReportContent) -> Iterator[Finding]:
    failed = [check_name(row["check_name"]) for row in facts.checks if row["result"] != "pass"]
    if failed:
        yield Finding("find_checks", "quality", _counted(failed), is_serious=True)


def _refused_pins(facts: ReportContent) -> Iterator[Finding]:
    refused = [
        row["title"] or row["sku_id"]
        for row in facts.overrides
        if row["action"] == "pin" and row["state"] == "in_force" and row["list_rank"] is None
    ]
    if refused:
        yield Finding("find_pins", "overrides", _counted(refused), is_serious=True)


def _alarms(facts: ReportContent) -> Iterator[Finding]:
    shown = facts.headline["regret_shown"]
    if shown is not None and shown < YOUNG_SHARE:
        yield Finding("find_young", "watch", {"share": f"{100 * shown:.0f} %"})
    listed = [row["title"] for row in facts.listed if row["has_alarm"]]
    if listed:
        yield Finding("find_alarmed_skus", "watch", _counted(listed))
    doubted = [row["title"] for row in facts.listed if row["doubt_count"]]
    if doubted:
        yield Finding("find_doubted", "list", _counted(doubted))
    for level in ("supplier", "category", "source"):
        entities = named(facts.alarms, level)
        if entities:
            yield Finding(f"find_alarms_{level}", "watch", _counted(entities))


def _supply(facts: ReportContent) -> Iterator[Finding]:
    scarce = [
        row["title"]
        for row in facts.listed
        if row["cover_days"] is not None and row["cover_days"] < SHORT_COVER_DAYS and row["agents"]
    ]
    if scarce:
        yield Finding("find_scarce", "list", _counted(scarce))
    short = sum(facts.headline["shortfalls"].values())
    if short:
        yield Finding("find_short_agents", "agents", {"n": short, "agents": facts.headline["agents"]})
    behind = sum(facts.headline["left_behind"].values())
    if behind:
        yield Finding("find_left_behind", "left-behind", {"n": behind, "nights": LEFT_BEHIND_NIGHTS})


def _offers(facts: ReportContent) -> Iterator[Finding]:
    """Return the end-of-line SKUs of which units will be left when their suppliers' offers end, at tomorrow's sales."""
    first = date.fromisoformat(facts.list_date)
    left = [
        row["title"]
        for row in facts.listed
        if row["offer_until"] is not None
        and (row["cover_days"] is None or row["cover_days"] > (row["offer_until"] - first).days + 1)
    ]
    if left:
        yield Finding("find_lapsing", "list", _counted(left))


def _unmatched(facts: ReportContent) -> Iterator[Finding]:
    """Return findings on listed SKUs that reach nobody: their places are wasted."""
    alone = unmatched(facts.listed, facts.overrides)
    pins = [row["title"] for row in alone if row["is_pinned"]]
    if pins:
        yield Finding("find_pins_unmatched", "unmatched", _counted(pins))
    unsuited = [row["title"] for row in alone if not row["suits_somebody"]]
    if unsuited:
        yield Finding("find_unsuited", "unmatched", _counted(unsuited), is_serious=True)
    outdone = [row["title"] for row in alone if row["suits_somebody"] and not row["is_pinned"]]
    if outdone:
        yield Finding("find_unmatched", "unmatched", _counted(outdone))


def _counted(names: Iterable[str | dict[Language, str]]) -> dict[str, Any]:
    """Return how many different `names` there are, and the first of them; those with words of each language in each."""
    said = [dict.fromkeys(LANGUAGES, name) if isinstance(name, str) else name for name in names]
    return {
        "n": len({name["en"] for name in said}),
        "names": {code: _first(list(dict.fromkeys(name[code] for name in said))) for code in LANGUAGES},
    }


def _first(names: list[str]) -> str:
    return " · ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")
