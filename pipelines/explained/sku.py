"""Says in a few lines whether a SKU is listed and why."""

from __future__ import annotations

from xuanpin.pipelines.explained.lines import PublishedFacts, percent, reason_lines, text_of, value_name
from xuanpin.pipelines.reporting import words
from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, phrase


def sku_text(facts: PublishedFacts) -> Phrase:
    """Describe one SKU in a few lines; `facts` are those of sku_facts."""
    return text_of([*_identity(facts), *_rates(facts), *_grounds(facts), *_given(facts), *reason_lines(facts)])


def _identity(facts: PublishedFacts) -> list[Phrase]:
    return [
        phrase(
            "{sku_id} · {title} · {category} · {list_price} CNY",
            **{name: facts[name] for name in ("sku_id", "title", "category", "list_price")},
        ),
        phrase(
            "List date {list_date}: {decision} ({place})",
            list_date=facts["list_date"],
            decision=value_name("sku_scorecard", "decision", facts["decision"]),
            place=_place(facts),
        ),
    ]


def _place(facts: PublishedFacts) -> Phrase:
    """The place of a listed SKU, or the main reason why it is not listed."""
    if "list_rank" in facts:
        role = value_name("sku_list", "role", facts["role"])
        return phrase("rank {list_rank} as {role}", list_rank=facts["list_rank"], role=role)
    code: str = facts["decision_code"]
    return Bilingual(code, words.texts().get(f"code_{code}", {}).get("zh", code))


def _rates(facts: PublishedFacts) -> list[Phrase]:
    return [
        phrase("Return rate {rate} (90 % interval {low} to {high})", **_interval(facts, "return_rate")),
        phrase(
            "Regret rate {rate} (90 % interval {low} to {high}) against a ceiling of {ceiling}",
            **_interval(facts, "regret_rate"),
            ceiling=percent(facts["landmine_ceiling"]),
        ),
        phrase("Landmine probability {probability:.2f}", probability=facts["landmine_probability"]),
        phrase(
            "Satisfaction {satisfaction}, at least {lower}",
            satisfaction=percent(facts["satisfaction"]),
            lower=percent(facts["satisfaction_lower"]),
        ),
    ]


def _interval(facts: PublishedFacts, column: str) -> dict[str, str]:
    return {
        "rate": percent(facts[column]),
        "low": percent(facts[f"{column}_lower"]),
        "high": percent(facts[f"{column}_upper"]),
    }


def _grounds(facts: PublishedFacts) -> list[Phrase]:
    until = facts.get("offer_until")
    return [
        phrase(
            "Evidence: {orders} mature order lines, {messages} messages{estimated}",
            orders=facts["evidence_orders"],
            messages=facts["evidence_messages"],
            estimated=phrase(" (estimated from similar SKUs)") if facts["prior_only"] else NOTHING,
        ),
        phrase(
            "Stock {units} units; expected kept {kept:.1f} units",
            units=facts["sellable_units"],
            kept=facts["expected_kept_units"],
        ),
        *([] if until is None else [phrase("Its suppliers' offers end on {until}", until=until)]),
    ]


def _given(facts: PublishedFacts) -> list[Phrase]:
    """The line on who is given a listed SKU; none for one that is not listed."""
    if "agents" not in facts:
        return []
    if not facts["agents"]:
        return [phrase("Given to no agent: her requirements forbid it, or other SKUs suit her slots better")]
    return [phrase("Given to {agents} agents", agents=facts["agents"])]
