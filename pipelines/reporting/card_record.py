"""Says on an agent's card what came of what she recommended and declined: an adviser's record, no money, no rank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xuanpin.pipelines.typed.plurals import filled

COUNTS = (
    "recommended_lines",
    "kept_lines",
    "returned_lines",
    "feedback_voices",
    "happy_voices",
    "declined_skus",
    "declined_right",
    "declined_fine",
)
"""The columns of agent_summary that make up a record; those that are not told are null."""


def record_lines(facts: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    """Return her record in a few sentences, none where nothing can be told.

    `facts`: a row of agent_summary, in which runs of earlier releases lack COUNTS; `texts`: the card's texts by key,
    in one language.
    """
    counts = {name.removesuffix("_lines").removesuffix("_voices"): facts.get(name) for name in COUNTS}
    values = {
        "lines": counts["recommended"],
        "voices": counts["feedback"],
        "declined": counts["declined_skus"],
        "right": counts["declined_right"],
        "fine": counts["declined_fine"],
        **{name: counts[name] for name in ("kept", "returned", "happy")},
    }
    return [filled(texts[key], values) for key in _told(values)]


def _told(values: Mapping[str, int | None]) -> Iterator[str]:
    """Yield the keys of the sentences that have something to say."""
    if values["lines"]:
        yield "record_lines" if values["returned"] else "record_all_kept"
    if values["voices"]:
        yield "record_voices"
    if values["declined"]:
        yield "record_declined"
        if values["right"]:
            yield "record_right"
        if values["fine"]:
            yield "record_fine"
        if not values["right"] and not values["fine"]:
            yield "record_open"
