"""What the groups say: messages of the days that are new become mentions, mentions of the window become evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from xuanpin.models.text.sentiment import LUKEWARM
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.feedback.labels import label_rows
from xuanpin.pipelines.feedback.learning import ModelStore, note_unusable
from xuanpin.pipelines.feedback.mentions import read_customers
from xuanpin.pipelines.feedback.posts import read_sellers
from xuanpin.pipelines.feedback.reading import MESSAGES_A_BLOCK, reading_version
from xuanpin.pipelines.feedback.word_lists import pattern_parameters, script_parameters

CARD_CONFIDENCE = 0.99
"""Probability (judged) that a message that carries a SKU's card speaks of that SKU; the rest sent a wrong card."""
REPLY_CONFIDENCE = 0.97
"""Probability (judged) that an answer speaks of what it answers; below a card, since talk wanders off."""
LAST_POST_CONFIDENCE = 0.35
"""Probability (judged) that a message that names nothing means the last post of its group: too low for a complaint to
count, or for a vote to weigh much."""
MOST_OWN_LINES = 500
"""Lines that one account can have been delivered in `own_order_days` and still be one person's. An id that all guests
share has more: its messages are of nobody's own order, and each would be joined with every line of the platform."""
WINDOW = (
    "int_repeated_messages",
    "int_recent_feedback",
    "int_senders",
    "int_praise_words",
    "int_set_phrases",
    "int_praise_bursts",
    "int_tied_accounts",
    "int_window_mentions",
    "feedback_mentions",
    "int_complaints",
    "int_sku_feedback",
)
"""From all that was read to what it says of each SKU; the settings of [feedback] are the parameters."""
SCRATCH = ("int_recent_feedback", "int_praise_words")
"""What only these statements read: outside the file, where it costs half."""

GATHERED = ("int_seller_targets", "int_group_posts", "int_mention_links")
"""What sellers' messages and answers tell before customers' words are read. Erasure needs the messages themselves in
the file, by their numbers."""
READ = ("int_mention_targets", "int_mentions", "int_posts")
"""What is made of customers' words on the way to history."""

DAY_SCHEMA = pa.schema(
    [
        ("known_on", pa.date32()),
        ("newest_seq", pa.int64()),
        ("model_version", pa.string()),
        ("reading_version", pa.string()),
    ]
)
Days = list[dict[str, Any]]
"""Rows of history.mention_days."""


def feedback(night: Night) -> StepCount:
    """Read the chat that became known since the last run and weigh the mentions of the window as of this date.

    Reads source.chat_messages, source.returns, history.order_line_timeline; maintains history.mentions, history.posts;
    writes night.feedback_mentions, night.int_complaints, night.int_sku_feedback, night.int_danger_reports. Returns
    messages read and mentions published.
    """
    note_unusable(night)
    models = ModelStore(night)
    if _has_read(night):
        models.learn_when_due()
        messages = _read_stale_days(night, models)
    else:
        messages = _read_first(night, models)
    parameters = {"as_of_date": night.as_of_date, **night.settings.feedback.model_dump()}
    mentions = weigh_window(night.engine, **parameters)
    night.engine.store("night.int_message_labels", label_rows(night))
    _gather_dangers(night, parameters)
    return messages, mentions


def weigh_window(engine: Engine, **parameters: Any) -> int:
    """Weigh the mentions of the window and add up what they say of each SKU; return the mentions published.

    `parameters` are as_of_date and the settings of [feedback].
    """
    with engine.transaction():
        rows = {
            stem: engine.materialise(stem, into="temp" if stem in SCRATCH else "night", **parameters) for stem in WINDOW
        }
    _drop(engine, SCRATCH)
    return rows["feedback_mentions"]


def _drop(engine: Engine, stems: Sequence[str]) -> None:
    """Let go of temporary tables, which stand in memory."""
    engine.drop(*(f"temp.{stem}" for stem in stems))


def _gather_dangers(night: Night, parameters: dict[str, Any]) -> None:
    """Gather the trusted reports of danger in the window, from chat and from what buyers wrote of their returns."""
    words = pattern_parameters(night.settings.feedback.lexicon_folder)
    night.engine.materialise("int_danger_reports", **parameters, **words)


def _has_read(night: Night) -> bool:
    """Whether any day of chat has been read in this home."""
    return bool(night.engine.read("history.mention_days").num_rows)


def _read_first(night: Night, models: ModelStore) -> int:
    """Read all chat of a home that has read none, once a first model has been learnt; return the messages.

    The first n-gram logit is to learn from outcomes, so the lexicon has to say first who spoke of what in the messages
    that it learns from.
    """
    night.engine.materialise("int_mention_days", as_of_date=night.as_of_date)
    _name_stale_days(night, models)
    messages = _gather_stale_days(night)

    def read_teaching_days() -> None:
        teaching = night.engine.select("int_teaching_days")
        night.engine.store("night.int_stale_days", teaching, DAY_SCHEMA)
        _read_words(night, models)

    models.learn_when_due(read_teaching_days)
    _name_stale_days(night, models)
    _read_words(night, models)
    _drop(night.engine, GATHERED)
    return messages


def _read_stale_days(night: Night, models: ModelStore) -> int:
    """Read every day whose messages, orders, titles or groups, whose model or way of reading changed since; return how
    many messages these days have."""
    night.engine.materialise("int_mention_days", as_of_date=night.as_of_date)
    if not _name_stale_days(night, models):
        return 0
    messages = _gather_stale_days(night)
    _read_words(night, models)
    _drop(night.engine, GATHERED)
    return messages


def _gather_stale_days(night: Night) -> int:
    """Gather the messages of the stale days, what sellers posted and what customers had been delivered; return how many
    messages there are."""
    messages = _gather_messages(night)
    night.engine.materialise("int_title_versions")
    read_sellers(night)
    night.engine.materialise("int_seller_targets", into="temp")
    night.engine.materialise("int_group_posts", into="temp")
    _replace_days(night, "history.group_posts", "temp.int_group_posts")
    _gather_hints(night)
    return messages


def _gather_messages(night: Night) -> int:
    patterns = pattern_parameters(night.settings.feedback.lexicon_folder)
    return night.engine.materialise("int_mention_messages", **patterns, **script_parameters())


def _read_words(night: Night, models: ModelStore) -> None:
    """Read what customers of the stale days wrote, whose messages, posts and orders have been gathered."""
    read_customers(night, models)
    night.engine.materialise(
        "int_mention_targets",
        into="temp",
        guess_from=night.settings.feedback.guess_from,
        clear_opinion=night.settings.feedback.clear_opinion,
        lukewarm=LUKEWARM,
        card_confidence=CARD_CONFIDENCE,
        reply_confidence=REPLY_CONFIDENCE,
        last_post_confidence=LAST_POST_CONFIDENCE,
    )
    night.engine.materialise("int_mentions", into="temp")
    night.engine.materialise("int_posts", into="temp")
    with night.engine.transaction():
        _replace_days(night, "history.mentions", "temp.int_mentions")
        _replace_days(night, "history.posts", "temp.int_posts")
        _replace_days(night, "history.mention_days", "night.int_stale_days")
    _drop(night.engine, READ)


def _name_stale_days(night: Night, models: ModelStore) -> int:
    """Write night.int_stale_days: the rows that history.mention_days gets for the days to be read; returns how many."""
    read_before = {row["known_on"]: row for row in night.engine.read("history.mention_days").to_pylist()}
    reading = reading_version(night)
    days = [
        {**row, "model_version": models.version_for(row["known_on"]), "reading_version": reading}
        for row in night.engine.read("night.int_mention_days", order_by=("known_on",)).to_pylist()
    ]
    stale = _still_worded(night, [day for day in days if day != read_before.get(day["known_on"])], read_before)
    return night.engine.store("night.int_stale_days", pa.Table.from_pylist(stale, schema=DAY_SCHEMA))


def _still_worded(night: Night, days: Days, read_before: dict[date, dict[str, Any]]) -> Days:
    """Leave out days that only another way of reading makes stale and whose words retention has let go."""
    read_otherwise = [
        day["known_on"]
        for day in days
        if read_before.get(day["known_on"], {}) | {"reading_version": day["reading_version"]} == day
    ]
    if not read_otherwise:
        return days
    worded = night.engine.select("int_worded_days", as_of_date=night.as_of_date)["known_on"].to_pylist()
    wordless = set(read_otherwise).difference(worded)
    return [day for day in days if day["known_on"] not in wordless]


def _gather_hints(night: Night) -> None:
    chosen = night.settings.feedback
    night.engine.materialise("int_mention_skus", recent_days=chosen.recent_days, messages_a_block=MESSAGES_A_BLOCK)
    night.engine.materialise(
        "int_mention_lines",
        own_order_days=chosen.own_order_days,
        most_own_lines=MOST_OWN_LINES,
        messages_a_block=MESSAGES_A_BLOCK,
    )
    night.engine.materialise(
        "int_mention_links", into="temp", as_of_date=night.as_of_date, recency_hours=chosen.recency_hours
    )


def _replace_days(night: Night, table: str, rows: str) -> None:
    night.engine.replace_keys(table, rows, keys="night.int_stale_days", on="known_on")
