"""Reads sellers' messages without a card: which good each of them shows to its group, by the words of its title."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from models.attribution import Candidates, TitleIndex
from models.text_encoding import encode_texts, number_values, pick_texts
from pipelines.chat.word_lists import common_words
from pipelines.night import Night

POST_COVERAGE = 0.5
"""Share of a title's distinctive pairs that a post must repeat to be a post of that good."""

POST_SCHEMA = pa.schema([("message_no", pa.int64()), ("sku_id", pa.string()), ("confidence", pa.float64())])
_SELLERS = """
select message_no, text, cast(date_diff('day', date '1970-01-01', known_on) as bigint) as moment
from night.int_mention_messages
where is_from_seller and card_sku_id is null
order by message_no
"""
_TITLES = """
select
    sku_id, title,
    cast(date_diff('day', date '1970-01-01', valid_from) as bigint) as since,
    cast(date_diff('day', date '1970-01-01', valid_to) as bigint) as until
from night.int_title_versions
order by sku_id, valid_from
"""


def read_sellers(night: Night) -> None:
    """Write night.int_post_votes: the good of each seller's message that has no card, where its title is repeated."""
    messages = night.engine.query(_SELLERS)
    if not len(messages):
        night.engine.store("night.int_post_votes", POST_SCHEMA.empty_table(), POST_SCHEMA)
        return
    titles = night.engine.query(_TITLES)
    skus, items = number_values(titles["sku_id"])
    candidates = Candidates(
        contexts=np.zeros(len(titles), np.int64),
        items=items,
        titles=encode_texts(titles["title"]),
        title_of=np.arange(len(titles)),
        since=titles["since"].to_numpy(),
        until=titles["until"].to_numpy(),
    )
    index = TitleIndex.build(candidates, common_words(night.settings.feedback.lexicon_folder))
    # The same words go to many groups on one day; they are read once.
    said, said_of = number_values(messages["text"])
    days, day_of = np.unique(messages["moment"].to_numpy(), return_inverse=True)
    distinct, post_of = np.unique(said_of * len(days) + day_of, return_inverse=True)
    texts = pick_texts(encode_texts(said), distinct // len(days))
    votes = index.find(texts, np.zeros(len(texts), np.int64), days[distinct % len(days)]).votes(len(texts))
    items, coverage = votes.items[post_of], votes.coverage[post_of]
    found = np.flatnonzero((items >= 0) & (coverage >= POST_COVERAGE))
    columns = [
        messages["message_no"].take(pa.array(found)),
        skus.take(pa.array(items[found])),
        pa.array(np.minimum(0.7 + 0.3 * coverage[found], 0.99)),
    ]
    night.engine.store("night.int_post_votes", pa.Table.from_arrays(columns, schema=POST_SCHEMA), POST_SCHEMA)
