"""Quotes customers on a SKU, for the merchandiser's report and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from xuanpin.pipelines.context import Night


class Quote(NamedTuple):
    """A message's redacted `text`, and the id by which it is found again when its writer is to be forgotten."""

    text: str
    message_id: str


def redacted_excerpts(night: Night, sku_ids: Sequence[str], per_sku: int = 3) -> dict[str, list[Quote]]:
    """Return the clearest messages of customers on each of `sku_ids`, complaints first, at most `per_sku` of each.

    Reads night.int_window_mentions and source.chat_messages, whose texts are redacted as stored. Only feedback that
    counts as evidence is quoted; a SKU without any has an empty list.
    """
    rows = night.engine.select(
        "report_excerpts",
        as_of_date=night.as_of_date,
        trusted_from=night.settings.feedback.trusted_from,
        sku_ids=list(sku_ids),
        per_sku=per_sku,
    ).to_pylist()
    quotes: dict[str, list[Quote]] = {sku_id: [] for sku_id in sku_ids}
    for row in rows:
        quotes[row["sku_id"]].append(Quote(row["text"], row["message_id"]))
    return quotes
