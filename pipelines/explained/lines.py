"""What all explanations have in common: lines, reasons and shares, as phrases that both languages have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xuanpin.pipelines.contracts import load_contract, reason_sentence
from xuanpin.pipelines.typed.bilingual import Bilingual, in_both
from xuanpin.pipelines.typed.phrase import Phrase, joined

PublishedFacts = dict[str, Any]


def text_of(lines: Iterable[Phrase]) -> Phrase:
    """Return the `lines` one below the other."""
    return joined(list(lines), "\n")


def percent(share: float) -> str:
    """Return a share (0-1) in percent with one decimal."""
    return f"{100 * share:.1f} %"


def reasons_of(reasons: Iterable[str] | None) -> list[Bilingual]:
    """Return published `reasons` as sentences; none where there are none."""
    return [in_both(reason_sentence, reason) for reason in reasons or ()]


def reason_lines(facts: PublishedFacts) -> list[Phrase]:
    """Return the reasons of a published row (`facts`) as indented lines."""
    return [joined(("     - ", sentence), "") for sentence in reasons_of(facts["reasons"])]


def value_name(table: str, column: str, value: str) -> Bilingual:
    """Return what a value of an enumerated `column` of a published `table` is called; its Chinese is the contract's."""
    found = load_contract(table).column(column)
    return Bilingual(value.replace("_", " "), dict(zip(found.allowed, found.labels_zh, strict=True))[value])
