"""Writes an agent's card to forward to her: which SKUs to recommend and why, in the words of an adviser."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from xuanpin.pipelines.contracts.reason_codes import Language, filled_reason, parse_reason, reason_sentence
from xuanpin.pipelines.reporting.card_record import record_lines
from xuanpin.pipelines.reporting.left_behind import LEFT_BEHIND_NIGHTS
from xuanpin.pipelines.reporting.page_policy import policy
from xuanpin.pipelines.reporting.words import LANGUAGES, resource
from xuanpin.pipelines.typed.plurals import filled

# Three reasons convince; more is noise on a phone.
SHOWN_REASONS = 3
# Below so many mature order lines a share of a hundred would pretend to know.
MEASURED_FROM = 10

AgentFacts = dict[str, Any]


def card_text(facts: AgentFacts, language: Language) -> str:
    """Return the card as plain text for a chat, in `language`; `facts` are those of `explain.agent_facts`."""
    card = card_content(facts, language)
    lines = [f"{card['greeting']}{'' if language == 'zh' else ' '}{card['lead']}"]
    for place, sku in enumerate(card["skus"], start=1):
        lines += ["", f"{place}. {sku['title']} · ¥{sku['price']}", *[f"   · {line}" for line in sku["lines"]]]
    if card["swaps"]:
        lines += ["", card["swap"], *[f"- {sku['title']} · ¥{sku['price']} · {sku['why']}" for sku in card["swaps"]]]
    told = [f"{card['record_head']}{'：' if language == 'zh' else ':'}", *card["record"], ""] if card["record"] else []
    notes = (card["risk"], card["few"], *card["picks"])
    return "\n".join([*lines, "", *told, *(said for said in notes if said), card["close"]])


def card_page(facts: AgentFacts, language: Language) -> str:
    """Return the card as one self-contained page in `language`; `facts` are those of `explain.agent_facts`."""
    style = resource("card.css")
    values = {"card": card_content(facts, language), "lang": LANGUAGES[language]}
    return _template().render(style=Markup(style), policy=policy([style]), **values)


def card_content(facts: AgentFacts, language: Language) -> AgentFacts:
    """Return what the card says in `language`, part by part; `facts` are those of `explain.agent_facts`."""
    texts = {key: text[language] for key, text in _texts().items() if key != "reasons"}
    values = {"agent_id": facts["agent_id"], "list_date": facts["list_date"], "n": len(facts["matches"])}
    return {
        **{key: filled(texts[key], values) for key in ("title", "date", "greeting", "lead", "swap", "close")},
        "few": _few(facts, texts, language),
        "record_head": texts["record"],
        "record": record_lines(facts, texts),
        "risk": _risk(facts, language),
        "picks": [_pick(row, language) for row in facts.get("picks") or []],
        "skus": [
            {
                "title": row["title"],
                "price": row["list_price"],
                "sku_id": row["sku_id"],
                "lines": match_lines(row, language),
            }
            for row in facts["matches"]
        ],
        "swaps": [
            {
                "title": row["title"],
                "price": row["list_price"],
                "sku_id": row["sku_id"],
                "why": match_lines(row, language)[0],
            }
            for row in facts.get("alternates") or []
        ],
    }


def _few(facts: AgentFacts, texts: Mapping[str, str], language: Language) -> str:
    """Say how many SKUs are missing and why, and for how long so many have been; nothing where none is."""
    lack = facts["shortfall_code"]
    if not lack:
        return ""
    given = {"asked": facts["slots_asked"], "given": facts["matches_given"]}
    said = [filled(texts["few"], given) + _sentence(lack, language)]
    nights = facts.get("nights_short") or 0
    if nights >= LEFT_BEHIND_NIGHTS:
        said.append(filled(texts["short_again"], {"n": nights}))
    return ("" if language == "zh" else " ").join(said)


def _risk(facts: AgentFacts, language: Language) -> str:
    """Say what her own limit on landmines gives her and costs her; nothing where she set none."""
    limit = facts.get("max_landmine_probability")
    if limit is None:
        return ""
    share, suited, anyway = facts["landmine_share"], facts["suited_skus"], facts["suited_skus_at_any_risk"]
    kept = "risk_none" if share is None else "risk"
    values = {
        "limit": f"{100 * limit:.4g}%",
        "n": facts["matches_given"],
        "share": "" if share is None else f"{share:.1%}",
        # Rounded up: it says that the probability is not above this.
        "any": "" if share is None else f"{math.ceil(1000 * facts['any_landmine_probability']) / 10:g}%",
        "suited": suited,
        "anyway": anyway,
    }
    keys = (kept, "choice_cost" if anyway > suited else "choice_free")
    return ("" if language == "zh" else " ").join(filled(_texts()[key][language], values) for key in keys)


def _pick(row: AgentFacts, language: Language) -> str:
    """Say what became of a SKU that she proposed; what is about the SKU alone is said as in the scorecard."""
    told, reason = _texts()["reasons"], row["reasons"][0]
    code, _ = parse_reason(reason)
    answer = _sentence(reason, language) if code in told else reason_sentence(reason, language)
    return str(_texts()["pick"][language].format(title=row["title"], answer=answer))


def match_lines(row: Mapping[str, Any], language: Language) -> list[str]:
    """Return what the card says of one SKU in `language`: its reasons, and what buyers thought of it.

    `row` holds reasons, satisfaction, return_rate and evidence_orders, and sellable_units and offer_until where its
    supplier's offer bounds it.
    """
    reasons = [line for line in (_sentence(reason, language) for reason in row["reasons"]) if line]
    told = evidence_line(row, _texts()["measured"][language], _texts()["unmeasured"][language])
    return [*reasons[:SHOWN_REASONS], *offer_lines(row, _texts()["offer"][language]), told]


def offer_lines(row: Mapping[str, Any], text: str) -> list[str]:
    """Return the sentence on how many units of end-of-line stock are left and until when; none without an offer.

    `row` is that of `match_lines`; `text` has the places units, month, day and until.
    """
    until = row.get("offer_until")
    if until is None:
        return []
    day = date.fromisoformat(str(until))
    return [filled(text, {"units": row["sellable_units"], "month": day.month, "day": day.day, "until": day})]


def evidence_line(row: Mapping[str, Any], measured: str, unmeasured: str) -> str:
    """Return the sentence on what buyers of a SKU thought of it, `unmeasured` where too few have bought it.

    `row` is that of `match_lines`; `measured` has the places satisfaction, returns and orders.
    """
    values = {
        "satisfaction": f"{row['satisfaction']:.0%}",
        "returns": f"{100 * row['return_rate']:.0f}",
        "orders": row["evidence_orders"],
    }
    return filled(measured if row["evidence_orders"] >= MEASURED_FROM else unmeasured, values)


def _sentence(reason: str, language: Language) -> str:
    code, values = parse_reason(reason)
    return filled_reason(_texts()["reasons"][code][language], values)


@cache
def _texts() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(resource("card_texts.yaml"), Loader=yaml.CSafeLoader)
    return loaded


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(resource("card.html.j2"))
