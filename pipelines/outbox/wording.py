"""Writes what a group reads, what its agent reads beside it, and what she is told when a SKU is withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from xuanpin.pipelines.contracts.reason_codes import Language, filled_reason, parse_reason
from xuanpin.pipelines.outbox.message import Message, SkuLine
from xuanpin.pipelines.reporting.card import evidence_line, match_lines, offer_lines
from xuanpin.pipelines.settings.outbox import OutboxSettings
from xuanpin.pipelines.typed.cutting import cut
from xuanpin.pipelines.typed.plurals import filled
from xuanpin.pipelines.typed.words import clean_words

MatchFacts = Mapping[str, Any]
"""What is published of a match and its SKU: title, list_price, reasons, satisfaction, return_rate, evidence_orders,
sellable_units, offer_until."""


@dataclass(frozen=True)
class Block:
    """Hold what a message says of one SKU: its `head` line, and lines below it that may be left out (`details`)."""

    head: str
    details: tuple[str, ...]


def sku_title(title: str, settings: OutboxSettings) -> str:
    """Return a SKU's title on one line, cut to what `settings` allow."""
    return cut(clean_words(title), settings.title_characters)


def block(title: str, facts: MatchFacts, language: Language) -> Block:
    """Return what a message in `language` says of a SKU with this `title`; `facts` are those of its match."""
    evidence = evidence_line(facts, text("measured", language), text("unmeasured", language))
    details = (*_reasons(facts["reasons"], language), *offer_lines(facts, text("offer", language)), evidence)
    return Block(f"{title} ¥{facts['list_price']}", details)


def _reasons(reasons: Sequence[str], language: Language) -> list[str]:
    """Return the sentences of the reasons that are of interest to a group."""
    parsed = [parse_reason(reason) for reason in reasons]
    return [
        filled_reason(_texts()["reasons"][code][language], values)
        for code, values in parsed
        if code in _texts()["reasons"]
    ]


def group_text(blocks: Sequence[Block], list_date: date, message_id: str, settings: OutboxSettings) -> tuple[str, int]:
    """Return the text of the message `message_id` for `list_date`, and how many of its `blocks` fit in it.

    `settings` give the limits.
    What does not fit is left out whole: first the details of the last SKUs, then the last SKUs.
    """
    for count in range(len(blocks), 0, -1):
        for detailed in range(count, -1, -1):
            shown = [Block(made.head, made.details if at < detailed else ()) for at, made in enumerate(blocks[:count])]
            written = _text_of(shown, list_date, message_id, settings.language)
            if _fits(written, settings):
                return written, count
    return "", 0


def _text_of(blocks: Sequence[Block], list_date: date, message_id: str, language: Language) -> str:
    values = {"month": list_date.month, "day": list_date.day, "list_date": list_date, "n": len(blocks)}
    lines = [filled(text("lead", language), values)]
    for place, made in enumerate(blocks, start=1):
        lines += ["", f"{place}. {made.head}", *(f"   {line}" for line in made.details)]
    gap = "" if language == "zh" else " "
    return "\n".join(
        [*lines, "", text("close", language) + gap + text("reference", language).format(message_id=message_id)]
    )


def _fits(written: str, settings: OutboxSettings) -> bool:
    return len(written) <= settings.text_characters and len(written.encode()) <= settings.text_bytes


def agent_note(
    agent_id: str,
    list_date: date,
    skus: Sequence[tuple[SkuLine, MatchFacts]],
    settings: OutboxSettings,
    link: str | None = None,
) -> str:
    """Return what goes to the agent `agent_id` alone: why each of her `skus` for `list_date`, and how she answers.

    She answers on her page, where there is a `link` to it, and else by the codes; `settings` say in which language.
    """
    language = settings.language
    values = {"agent_id": agent_id, "list_date": list_date, "n": len(skus), "link": link}
    lines = [filled(text("note" if link is None else "note_link", language), values)]
    for place, (sku, facts) in enumerate(skus, start=1):
        answer = f" · {_answer(sku.code, settings)}" if link is None else ""
        lines += [f"{place}. {sku.title} · ¥{sku.list_price}{answer}"]
        lines += [f"   · {line}" for line in match_lines(facts, language)]
    return "\n".join([*lines, text("answer_close" if link is None else "link_close", language)])


def _answer(code: str, settings: OutboxSettings) -> str:
    if settings.answer_url is None:
        return text("answer_code", settings.language).format(code=code)
    return text("answer_link", settings.language).format(link=settings.answer_url.format(code=code))


def withdrawal(message: Message, title: str, language: Language) -> str:
    """Return what the agent of a `message` is told where the SKU with this `title` has left the list since."""
    return text("withdraw", language).format(
        agent_id=message.agent_id, list_date=message.list_date, title=title, message_id=message.message_id
    )


def text(key: str, language: Language) -> str:
    """Return the fixed text `key` in `language`."""
    return str(_texts()[key][language])


@cache
def _texts() -> dict[str, Any]:
    content = files("xuanpin.pipelines.outbox").joinpath("texts.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(content, Loader=yaml.CSafeLoader)
    return loaded
