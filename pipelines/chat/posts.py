"""Reads sellers' messages without a card: which good each of them shows to its group, by the words of its title."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.attribution import Candidates, TitleIndex
from models.text_encoding import EncodedTexts, encode_texts, number_values, pick_texts
from pipelines.chat.word_lists import common_words
from pipelines.night import Night

POST_COVERAGE = 0.5
"""Share of a title's distinctive pairs that a post must repeat to be a post of that good."""

PLACES = 6
"""Decimal places of what is read: the last digits of a sum depend on what else is summed beside it."""

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
    spelled, since, until = encode_texts(titles["title"]), titles["since"].to_numpy(), titles["until"].to_numpy()
    words = common_words(night.settings.feedback.lexicon_folder)
    # The same words go to many groups on one day; they are read once.
    said, said_of = number_values(messages["text"])
    days, day_of = np.unique(messages["moment"].to_numpy(), return_inverse=True)
    distinct, post_of = np.unique(said_of * len(days) + day_of, return_inverse=True)
    texts = encode_texts(said)
    named, coverage = np.full(len(distinct), -1), np.zeros(len(distinct))
    # What is rare is counted among the titles of the very day, so that reading it later gives the same.
    for number, day in enumerate(days):
        asked, known = np.flatnonzero(distinct % len(days) == number), np.flatnonzero((since <= day) & (day < until))
        index = TitleIndex.build(_known_goods(items[known], pick_texts(spelled, known)), words)
        nowhere = np.zeros(len(asked), np.int64)
        votes = index.find(pick_texts(texts, distinct[asked] // len(days)), nowhere, nowhere).votes(len(asked))
        named[asked], coverage[asked] = votes.items, votes.coverage
    items, coverage = named[post_of], coverage[post_of]
    found = np.flatnonzero((items >= 0) & (coverage >= POST_COVERAGE))
    columns = [
        messages["message_no"].take(pa.array(found)),
        skus.take(pa.array(items[found])),
        pa.array(np.round(np.minimum(0.7 + 0.3 * coverage[found], 0.99), PLACES)),
    ]
    night.engine.store("night.int_post_votes", pa.Table.from_arrays(columns, schema=POST_SCHEMA), POST_SCHEMA)


def _known_goods(items: NDArray[np.int64], titles: EncodedTexts) -> Candidates:
    """Goods that are in question for everybody at all times."""
    nothing, always = np.zeros(len(items), np.int64), np.ones(len(items), np.int64)
    return Candidates(nothing, items, titles, np.arange(len(items)), nothing, always, nothing)
