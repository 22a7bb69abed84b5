"""Quotes customers on a SKU, for the merchandiser's report and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from xuanpin.pipelines.context import Night


class Quote(NamedTuple):
    """The redacted `text` of a message or a return, and its id, by which it is found when its writer is to be
    forgotten."""

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
    )
    return _quotes(sku_ids, rows)


def danger_excerpts(night: Night, sku_ids: Sequence[str], per_sku: int = 3) -> dict[str, list[Quote]]:
    """Return the newest reports of danger about each of `sku_ids`, at most `per_sku` of each, redacted as stored.

    Reads night.int_danger_reports, source.chat_messages and source.returns.
    """
    return _quotes(sku_ids, night.engine.select("report_danger_excerpts", sku_ids=list(sku_ids), per_sku=per_sku))


def _quotes(sku_ids: Sequence[str], rows: pa.Table) -> dict[str, list[Quote]]:
    quotes: dict[str, list[Quote]] = {sku_id: [] for sku_id in sku_ids}
    for row in rows.to_pylist():
        quotes[row["sku_id"]].append(Quote(row["text"], row["message_id"]))
    return quotes
