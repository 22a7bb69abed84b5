"""What an agent's answers say of her persona: proposed to agent operations, and changed by nobody but them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

FEWEST_DECLINES = 5
"""SKUs that she declined for one reason before it may be a rule of hers: fewer may be chance."""
DECLINES_PER_TAKEN = 5
"""SKUs declined for each one that she took all the same."""


def find_suggestions(night: Night) -> list[dict[str, Any]]:
    """Return what answers up to the last night suggest, one row a suggestion, as int_persona_suggestions.

    Raises UsageError where no night has read answers yet.
    """
    if not night.engine.exists("night.stg_match_answers"):
        raise UsageError(phrase("no night has read answers yet; run one (`xuanpin nightly`), then ask again"))
    days = night.settings.matching.refusal_days
    rows = night.engine.select(
        "int_persona_suggestions",
        remembered_after=night.list_date - timedelta(days=days),
        fewest_declines=FEWEST_DECLINES,
        declines_per_taken=DECLINES_PER_TAKEN,
    )
    return list(rows.to_pylist())


def suggestions_text(rows: Sequence[Mapping[str, Any]]) -> Phrase:
    """Tell suggestions (`rows` of find_suggestions), one line each, and how to follow one."""
    if not rows:
        return phrase("no suggestions: no agent has declined for one reason again and again")
    lines = [joined((row["agent_id"], _sentence(row)), ": ") for row in rows]
    return joined(
        [*lines, phrase("Nothing is changed by itself: ask her, then send the change in the agents drop.")], "\n"
    )


def _sentence(row: Mapping[str, Any]) -> Phrase:
    """Return how a suggestion is told; its first word is the column of the agents drop, where it is one."""
    told = {
        "price_max": phrase(
            "price_max {proposed}: she declined {declined} dearer SKUs for their price and took none above it", **row
        ),
        "price_min": phrase(
            "price_min {proposed}: she declined {declined} cheaper SKUs for their price and took none below it", **row
        ),
        "categories_excluded": phrase(
            "exclude {proposed}: not for her groups {declined} times, taken {taken} times", **row
        ),
        "style_tags": phrase(
            "drop the style {proposed}: declined for its style {declined} times, taken {taken} times", **row
        ),
    }
    return told[row["suggestion"]]
