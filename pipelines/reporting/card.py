"""An agent's goods to forward to her: what to recommend and why, told to her as an adviser would."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2
import yaml

from xuanpin.pipelines.contracts.reason_codes import Language, filled, parse_reason
from xuanpin.pipelines.reporting.words import LANGUAGES, resource

# Three reasons convince; more is noise on a phone.
SHOWN_REASONS = 3
# Below so many mature order lines a share of a hundred would pretend to know.
MEASURED_FROM = 10

Facts = dict[str, Any]


def card_text(facts: Facts, language: Language) -> str:
    """The card as plain text for a chat; `facts` are those of `explain.agent_facts`."""
    card = _card(facts, language)
    lines = [f"{card['greeting']}{'' if language == 'zh' else ' '}{card['lead']}"]
    for place, good in enumerate(card["goods"], start=1):
        lines += ["", f"{place}. {good['title']} · ¥{good['price']}", *[f"   · {line}" for line in good["lines"]]]
    return "\n".join([*lines, "", *([card["few"]] if card["few"] else []), card["close"]])


def card_page(facts: Facts, language: Language) -> str:
    """The card as one self-contained page."""
    return _template().render(card=_card(facts, language), lang=LANGUAGES[language])


def _card(facts: Facts, language: Language) -> Facts:
    said = {key: text[language] for key, text in _texts().items() if key != "reasons"}
    values = {"agent_id": facts["agent_id"], "list_date": facts["list_date"], "n": len(facts["matches"])}
    given = {"asked": facts["slots_asked"], "given": facts["matches_given"]}
    lack = facts["shortfall_code"]
    return {
        **{key: said[key].format(**values) for key in ("title", "date", "greeting", "lead", "close")},
        "few": said["few"].format(**given) + _sentence(lack, language) if lack else "",
        "goods": [
            {"title": row["title"], "price": row["list_price"], "sku_id": row["sku_id"], "lines": _lines(row, language)}
            for row in facts["matches"]
        ],
    }


def _lines(row: Facts, language: Language) -> list[str]:
    reasons = [line for line in (_sentence(reason, language) for reason in row["reasons"]) if line]
    key = "measured" if row["evidence_orders"] >= MEASURED_FROM else "unmeasured"
    values = {
        "satisfaction": f"{row['satisfaction']:.0%}",
        "returns": f"{100 * row['return_rate']:.0f}",
        "orders": row["evidence_orders"],
    }
    return [*reasons[:SHOWN_REASONS], _texts()[key][language].format(**values)]


def _sentence(reason: str, language: Language) -> str:
    code, values = parse_reason(reason)
    return filled(_texts()["reasons"][code][language], values)


@cache
def _texts() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(resource("card_texts.yaml"))
    return loaded


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(resource("card.html.j2"))
