"""Writes an agent's card to forward to her: which SKUs to recommend and why, in the words of an adviser."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from xuanpin.pipelines.contracts.reason_codes import Language, filled, parse_reason
from xuanpin.pipelines.reporting.page_policy import policy
from xuanpin.pipelines.reporting.words import LANGUAGES, resource
from xuanpin.pipelines.typed.phrases import singular

# Three reasons convince; more is noise on a phone.
SHOWN_REASONS = 3
# Below so many mature order lines a share of a hundred would pretend to know.
MEASURED_FROM = 10

AgentFacts = dict[str, Any]


def card_text(facts: AgentFacts, language: Language) -> str:
    """Return the card as plain text for a chat, in `language`; `facts` are those of `explain.agent_facts`."""
    card = _card(facts, language)
    lines = [f"{card['greeting']}{'' if language == 'zh' else ' '}{card['lead']}"]
    for place, sku in enumerate(card["skus"], start=1):
        lines += ["", f"{place}. {sku['title']} · ¥{sku['price']}", *[f"   · {line}" for line in sku["lines"]]]
    if card["swaps"]:
        lines += ["", card["swap"], *[f"- {sku['title']} · ¥{sku['price']} · {sku['why']}" for sku in card["swaps"]]]
    return "\n".join([*lines, "", *(said for said in (card["risk"], card["few"]) if said), card["close"]])


def card_page(facts: AgentFacts, language: Language) -> str:
    """Return the card as one self-contained page in `language`; `facts` are those of `explain.agent_facts`."""
    style = resource("card.css")
    values = {"card": _card(facts, language), "lang": LANGUAGES[language]}
    return _template().render(style=Markup(style), policy=policy([style]), **values)


def _card(facts: AgentFacts, language: Language) -> AgentFacts:
    texts = {key: text[language] for key, text in _texts().items() if key != "reasons"}
    values = {"agent_id": facts["agent_id"], "list_date": facts["list_date"], "n": len(facts["matches"])}
    given = {"asked": facts["slots_asked"], "given": facts["matches_given"]}
    lack = facts["shortfall_code"]
    return {
        **{key: texts[key].format(**values) for key in ("title", "date", "greeting", "lead", "swap", "close")},
        "few": texts["few"].format(**given) + _sentence(lack, language) if lack else "",
        "risk": _risk(facts, language),
        "skus": [
            {"title": row["title"], "price": row["list_price"], "sku_id": row["sku_id"], "lines": _lines(row, language)}
            for row in facts["matches"]
        ],
        "swaps": [
            {
                "title": row["title"],
                "price": row["list_price"],
                "sku_id": row["sku_id"],
                "why": _lines(row, language)[0],
            }
            for row in facts["alternates"]
        ],
    }


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
    parts = (
        _texts()[key][language].format(**values) for key in (kept, "choice_cost" if anyway > suited else "choice_free")
    )
    return singular(("" if language == "zh" else " ").join(parts))


def _lines(row: AgentFacts, language: Language) -> list[str]:
    reasons = [line for line in (_sentence(reason, language) for reason in row["reasons"]) if line]
    key = "measured" if row["evidence_orders"] >= MEASURED_FROM else "unmeasured"
    values = {
        "satisfaction": f"{row['satisfaction']:.0%}",
        "returns": f"{100 * row['return_rate']:.0f}",
        "orders": row["evidence_orders"],
    }
    return [*reasons[:SHOWN_REASONS], singular(_texts()[key][language].format(**values))]


def _sentence(reason: str, language: Language) -> str:
    code, values = parse_reason(reason)
    return singular(filled(_texts()["reasons"][code][language], values))


@cache
def _texts() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(resource("card_texts.yaml"), Loader=yaml.CSafeLoader)
    return loaded


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(resource("card.html.j2"))
