"""What the groups say: messages of the days that are new become mentions, mentions of the window become evidence."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.feedback.learning import ModelShelf
from xuanpin.pipelines.feedback.mentions import read_customers
from xuanpin.pipelines.feedback.posts import read_sellers


def feedback(night: Night) -> StepCount:
    """Read the chat that became known since the last run and weigh the mentions of the window as of this date.

    Reads source.chat_messages, history.order_line_timeline; maintains history.mentions, history.posts; writes
    night.feedback_mentions, night.int_complaints, night.int_sku_feedback. Returns messages read and mentions
    published.
    """
    shelf = ModelShelf(night)
    if _has_read(night):
        shelf.learn_when_due()
        messages = _read_stale_days(night, shelf)
    else:
        # The first student is to learn from outcomes, so the lexicon has to say first who spoke of what.
        messages = _read_stale_days(night, shelf)
        days = len(night.engine.read("night.int_stale_days"))
        shelf.learn_when_due()
        if _name_stale_days(night, shelf) == days:  # only the model has changed
            _read_words(night, shelf)
        else:
            _read_stale_days(night, shelf)
    chosen = night.settings.feedback
    mentions = night.engine.materialise(
        "int_window_mentions",
        as_of_date=night.as_of_date,
        window_days=chosen.window_days,
        burst_senders=chosen.burst_senders,
    )
    night.engine.materialise("feedback_mentions")
    night.engine.materialise(
        "int_complaints", as_of_date=night.as_of_date, complaint_confidence=chosen.complaint_confidence
    )
    night.engine.materialise("int_sku_feedback", trusted_from=chosen.trusted_from, fading=chosen.fading)
    return messages, mentions


def redacted_excerpts(night: Night, sku_ids: Sequence[str], per_sku: int = 3) -> dict[str, list[str]]:
    """The clearest customers' words on each SKU, complaints first, for the merchandiser's report and nothing else.

    Texts are redacted as stored. Only feedback that counts as evidence is quoted; a SKU without any has an empty
    list.
    """
    rows = night.engine.query(
        """
        select w.sku_id, c.text
        from night.int_window_mentions as w
        inner join source.chat_messages as c on w.message_id = c.message_id and c.known_on <= $as_of_date
        where w.kind = 'feedback' and w.trust_weight >= $trusted_from and w.sku_id in (select unnest($sku_ids))
        qualify row_number() over (
            partition by w.sku_id
            order by w.satisfaction, w.attribution_confidence desc, w.message_id, c.row_hash
        ) <= $per_sku
        order by w.sku_id, w.satisfaction, w.message_id, c.row_hash
        """,
        as_of_date=night.as_of_date,
        trusted_from=night.settings.feedback.trusted_from,
        sku_ids=list(sku_ids),
        per_sku=per_sku,
    ).to_pylist()
    quotes: dict[str, list[str]] = {sku_id: [] for sku_id in sku_ids}
    for row in rows:
        quotes[row["sku_id"]].append(row["text"])
    return quotes


def _has_read(night: Night) -> bool:
    """Whether any day of chat has been read in this home."""
    return bool(night.engine.read("history.mention_days").num_rows)


def _read_stale_days(night: Night, shelf: ModelShelf) -> int:
    """Read every day whose messages, orders, titles or groups, or whose model, changed since it was last read."""
    night.engine.materialise("int_mention_days", as_of_date=night.as_of_date)
    if not _name_stale_days(night, shelf) and _has_read(night):
        return 0
    messages = night.engine.materialise("int_mention_messages")
    night.engine.materialise("int_title_versions")
    read_sellers(night)
    night.engine.materialise("int_group_posts")
    _replace_days(night, "history.group_posts", "night.int_group_posts")
    _gather_hints(night)
    _read_words(night, shelf)
    return messages


def _read_words(night: Night, shelf: ModelShelf) -> None:
    """Read what customers of the stale days wrote, whose messages, posts and orders have been gathered."""
    read_customers(night, shelf)
    night.engine.materialise("int_mentions", guess_from=night.settings.feedback.guess_from)
    night.engine.materialise("int_posts")
    with night.engine.transaction():
        _replace_days(night, "history.mentions", "night.int_mentions")
        _replace_days(night, "history.posts", "night.int_posts")
        _replace_days(night, "history.mention_days", "night.int_stale_days")


def _name_stale_days(night: Night, shelf: ModelShelf) -> int:
    """Write night.int_stale_days: known_on, newest_seq, model_version of each day to be read; returns how many."""
    read_before = {
        row["known_on"]: (row["newest_seq"], row["model_version"])
        for row in night.engine.read("history.mention_days").to_pylist()
    }
    days = []
    for row in night.engine.query("select * from night.int_mention_days order by known_on").to_pylist():
        version = shelf.version_for(row["known_on"])
        if read_before.get(row["known_on"]) != (row["newest_seq"], version):
            days.append({**row, "model_version": version})
    schema = pa.schema([("known_on", pa.date32()), ("newest_seq", pa.int64()), ("model_version", pa.string())])
    return night.engine.store("night.int_stale_days", pa.Table.from_pylist(days, schema=schema))


def _gather_hints(night: Night) -> None:
    chosen = night.settings.feedback
    night.engine.materialise("int_mention_skus", recent_days=chosen.recent_days)
    night.engine.materialise("int_mention_lines", own_order_days=chosen.own_order_days)
    night.engine.materialise("int_mention_links", as_of_date=night.as_of_date, recency_hours=chosen.recency_hours)


def _replace_days(night: Night, table: str, rows: str) -> None:
    night.engine.replace_keys(table, rows, keys="night.int_stale_days", on="known_on")
