"""Says in a few lines what an agent was given and why."""

from __future__ import annotations

from xuanpin.pipelines.contracts import reason_sentence
from xuanpin.pipelines.explained.lines import PublishedFacts, percent, reason_lines, text_of, value_name
from xuanpin.pipelines.typed.bilingual import Bilingual, in_both
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

_OFFERED = ("sku_id", "title", "list_price", "fit")


def agent_text(facts: PublishedFacts) -> Phrase:
    """List an agent's SKUs with the reasons for each, and why there are no more; `facts` are those of agent_facts."""
    lines = [_filled(facts), *_few_for_long(facts), *_own_limit(facts), *_taken(facts), *_record(facts)]
    for match in facts["matches"]:
        lines.append(_match(match))
        lines.extend(reason_lines(match))
    return text_of([*lines, *_swaps(facts), *_proposed(facts)])


def _filled(facts: PublishedFacts) -> Phrase:
    """How many of her slots are filled, and the reason where they are not."""
    code = facts["shortfall_code"]
    # The sentence of the code follows in Chinese; English readers look the code up.
    why = phrase(" ({reason})", reason=Bilingual(code, reason_sentence(code, "zh").rstrip("。"))) if code else NOTHING
    return phrase(
        "{agent_id} · list date {list_date}: {given} of {asked} slots filled{why}",
        agent_id=facts["agent_id"],
        list_date=facts["list_date"],
        given=facts["matches_given"],
        asked=facts["slots_asked"],
        why=why,
    )


def _match(match: PublishedFacts) -> Phrase:
    return phrase(
        "{rank:>3}. {sku_id} · {title} · {list_price} CNY · fit {fit:.2f} · {units} units reserved",
        rank=match["match_rank"],
        units=match["units_reserved"],
        **{name: match[name] for name in _OFFERED},
    )


def _proposed(facts: PublishedFacts) -> list[Phrase]:
    """The lines on what she proposed and what became of it; none where she proposed nothing."""
    lines = []
    for pick in facts["picks"]:
        decision = value_name("pick_answers", "decision", pick["decision"])
        lines.append(
            phrase(
                "Proposed: {sku_id} · {title}: {decision}",
                sku_id=pick["sku_id"],
                title=pick["title"],
                decision=decision,
            )
        )
        lines.extend(reason_lines(pick))
    return lines


def _swaps(facts: PublishedFacts) -> list[Phrase]:
    """The lines on what she could post instead of a match; none where there is nothing."""
    lines = [phrase("Or swap for:")] if facts["alternates"] else []
    for row in facts["alternates"]:
        lines.append(
            phrase(
                "{rank:>3}. {sku_id} · {title} · {list_price} CNY · fit {fit:.2f} · taken with a probability of "
                "{acceptance:.2f}",
                rank=row["alternate_rank"],
                acceptance=row["acceptance"],
                **{name: row[name] for name in _OFFERED},
            )
        )
        lines.extend(reason_lines(row))
    return lines


def _few_for_long(facts: PublishedFacts) -> list[Phrase]:
    """The line on an agent who got few matches on the list dates before too, with the reason of this one."""
    nights, code = facts.get("nights_short") or 0, facts["shortfall_code"]
    if nights < 2:
        return []
    return [
        phrase(
            "Matches for fewer than half of her slots, {nights} list dates running: {reason}",
            nights=nights,
            reason=in_both(reason_sentence, code),
        )
    ]


def _record(facts: PublishedFacts) -> list[Phrase]:
    """The line on what came of what she recommended and declined; none where nothing can be told."""
    told = []
    if facts.get("recommended_lines"):
        told.append(
            phrase(
                "{recommended_lines} lines delivered, {returned_lines} returned",
                **{name: facts[name] for name in ("recommended_lines", "returned_lines")},
            )
        )
    if facts.get("feedback_voices"):
        told.append(
            phrase(
                "{happy_voices} of {feedback_voices} voices content",
                **{name: facts[name] for name in ("happy_voices", "feedback_voices")},
            )
        )
    if facts.get("declined_skus"):
        told.append(
            phrase(
                "{declined_skus} SKUs declined, {declined_right} of them bad since and {declined_fine} well",
                **{name: facts[name] for name in ("declined_skus", "declined_right", "declined_fine")},
            )
        )
    return [phrase("Her last 28 list dates: {told}", told=joined(told, "; "))] if told else []


def _own_limit(facts: PublishedFacts) -> list[Phrase]:
    """The lines on an agent's own highest landmine probability; none where she set none, or before there was such a
    rule."""
    limit = facts.get("max_landmine_probability")
    if limit is None:
        return []
    lines = [
        phrase(
            "Her limit: landmine probability at most {limit}; {suited} listed SKUs suit her, {anyway} without it",
            limit=percent(limit),
            suited=facts["suited_skus"],
            anyway=facts["suited_skus_at_any_risk"],
        )
    ]
    if facts["landmine_share"] is not None:
        lines.append(
            phrase(
                "Her matches: {share} landmines expected; one or more with a probability of at most {at_most}",
                share=percent(facts["landmine_share"]),
                at_most=percent(facts["any_landmine_probability"]),
            )
        )
    return lines


def _taken(facts: PublishedFacts) -> list[Phrase]:
    """The line on what she takes of her matches; none where nothing is known, or before it was learnt."""
    expected, last = facts.get("acceptance"), facts.get("accepted_last")
    if expected is None and last is None:
        return []
    if expected is None:
        return [phrase("She took {last} of those of her last list date", last=percent(facts["accepted_last"]))]
    if last is None:
        return [phrase("She is expected to take {expected} of her matches", expected=percent(expected))]
    return [
        phrase(
            "She is expected to take {expected} of her matches; she took {last} of those of her last list date",
            expected=percent(expected),
            last=percent(last),
        )
    ]
