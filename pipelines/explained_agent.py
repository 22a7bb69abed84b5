"""Says in a few lines what an agent was given and why, from the facts that `explain` reads."""

from __future__ import annotations

from typing import Any

from xuanpin.pipelines.contracts import reason_sentence
from xuanpin.pipelines.typed.phrases import singular

PublishedFacts = dict[str, Any]


def agent_text(facts: PublishedFacts) -> str:
    """List an agent's SKUs with the reasons for each, and why there are no more; `facts` are those of agent_facts."""
    lines = [
        f"{facts['agent_id']} · list date {facts['list_date']}: "
        f"{facts['matches_given']} of {facts['slots_asked']} slots filled"
        + (f" ({facts['shortfall_code']})" if facts["shortfall_code"] else ""),
        *_few_for_long(facts),
        *_own_limit(facts),
        *_taken(facts),
        *_record(facts),
    ]
    for match in facts["matches"]:
        lines.append(
            f"{match['match_rank']:>3}. {match['sku_id']} · {match['title']} · {match['list_price']} CNY · "
            f"fit {match['fit']:.2f} · {match['units_reserved']} units reserved"
        )
        lines.extend(reason_lines(match))
    return singular("\n".join([*lines, *_swaps(facts), *_proposed(facts)]))


def _proposed(facts: PublishedFacts) -> list[str]:
    """The lines on what she proposed and what became of it; none where she proposed nothing."""
    lines = []
    for pick in facts["picks"]:
        lines.append(f"Proposed: {pick['sku_id']} · {pick['title']}: {pick['decision'].replace('_', ' ')}")
        lines.extend(reason_lines(pick))
    return lines


def _swaps(facts: PublishedFacts) -> list[str]:
    """The lines on what she could post instead of a match; none where there is nothing."""
    lines = ["Or swap for:"] if facts["alternates"] else []
    for row in facts["alternates"]:
        lines.append(
            f"{row['alternate_rank']:>3}. {row['sku_id']} · {row['title']} · {row['list_price']} CNY · "
            f"fit {row['fit']:.2f} · taken with a probability of {row['acceptance']:.2f}"
        )
        lines.extend(reason_lines(row))
    return lines


def _few_for_long(facts: PublishedFacts) -> list[str]:
    """The line on an agent who got few matches on the list dates before too, with the reason of this one."""
    nights, code = facts.get("nights_short") or 0, facts["shortfall_code"]
    if nights < 2:
        return []
    return [f"Matches for fewer than half of her slots, {nights} list dates running: {reason_sentence(code, 'en')}"]


def _record(facts: PublishedFacts) -> list[str]:
    """The line on what came of what she recommended and declined; none where nothing can be told."""
    told = []
    if facts.get("recommended_lines"):
        told.append("{recommended_lines} lines delivered, {returned_lines} returned")
    if facts.get("feedback_voices"):
        told.append("{happy_voices} of {feedback_voices} voices content")
    if facts.get("declined_skus"):
        told.append("{declined_skus} SKUs declined, {declined_right} of them bad since and {declined_fine} well")
    return [f"Her last 28 list dates: {'; '.join(told).format(**facts)}"] if told else []


def _own_limit(facts: PublishedFacts) -> list[str]:
    """The lines on an agent's own highest landmine probability; none where she set none, or before there was such a
    rule."""
    limit = facts.get("max_landmine_probability")
    if limit is None:
        return []
    lines = [
        f"Her limit: landmine probability at most {percent(limit)}; {facts['suited_skus']} listed SKUs suit her, "
        f"{facts['suited_skus_at_any_risk']} without it"
    ]
    if facts["landmine_share"] is not None:
        share, at_most = percent(facts["landmine_share"]), percent(facts["any_landmine_probability"])
        lines.append(f"Her matches: {share} landmines expected; one or more with a probability of at most {at_most}")
    return lines


def _taken(facts: PublishedFacts) -> list[str]:
    """The line on what she takes of her matches; none where nothing is known, or before it was learnt."""
    expected, last = facts.get("acceptance"), facts.get("accepted_last")
    parts = [
        *([f"she is expected to take {percent(expected)} of her matches"] if expected is not None else []),
        *([f"she took {percent(last)} of those of her last list date"] if last is not None else []),
    ]
    told = "; ".join(parts)
    return [told[0].upper() + told[1:]] if told else []


def percent(share: float) -> str:
    """Return a share (0-1) in percent with one decimal."""
    return f"{100 * share:.1f} %"


def reason_lines(facts: PublishedFacts) -> list[str]:
    """Return the reasons of a published row (`facts`) as indented lines."""
    return [f"     - {reason_sentence(reason, 'en')}" for reason in facts["reasons"] or []]
