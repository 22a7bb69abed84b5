"""Reads sellers' messages without a card: which SKU each of them posts to its group, by the words of its title."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Ints
from xuanpin.models.text.product_linking import Echoes, Texts, TitleIndex, Votes
from xuanpin.models.text.text_encoding import EncodedTexts, encode_texts, number_values, pick_texts
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.feedback.known_titles import Catalogue
from xuanpin.pipelines.feedback.reading import MESSAGES_A_BLOCK

POST_COVERAGE = 0.5
"""Share of a title's distinctive pairs that a message must repeat to be a post of that SKU."""

POST_CONFIDENCE = 0.7
POST_CONFIDENCE_SLOPE = 0.3
"""Probability (judged) that a post is of the SKU whose title it repeats: the first, and on top of it the second times
the share of the title that is repeated."""
MOST_POST_CONFIDENCE = 0.99
"""The same for a whole title: other SKUs may have that title too."""

PLACES = 6
"""Decimal places of what is read: the last digits of a sum depend on what else is summed beside it."""

POST_SCHEMA = pa.schema([("message_no", pa.int64()), ("sku_id", pa.string()), ("confidence", pa.float64())])


def read_sellers(night: Night) -> None:
    """Write night.int_post_votes: the SKU of each seller's message that has no card, where its title is repeated."""
    if not night.engine.materialise("int_seller_texts", messages_a_block=MESSAGES_A_BLOCK):
        night.engine.store("night.int_post_votes", POST_SCHEMA.empty_table(), POST_SCHEMA)
        return
    reader, texts = SellerReader(Catalogue.build(night)), {"texts": "night.int_seller_texts"}
    night.engine.map_blocks(reader, texts, by="block", into="night.int_post_votes", schema=POST_SCHEMA)


@dataclass(frozen=True)
class SellerReader:
    """Reads a block of sellers' messages: all that it needs besides them is the titles of SKUs (`catalogue`)."""

    catalogue: Catalogue

    def __call__(self, tables: Mapping[str, pa.Table]) -> pa.Table:
        """Rows of night.int_post_votes for the `texts` of a block."""
        messages = tables["texts"]
        # The same words go to many groups on one day; they are read once.
        said, said_of = number_values(messages["text"])
        days, day_of = np.unique(messages["day"].to_numpy(), return_inverse=True)
        distinct, post_of = np.unique(day_of * len(said) + said_of, return_inverse=True)
        texts = pick_texts(encode_texts(said), distinct % len(said))
        votes = _vote(self.catalogue, days, distinct // len(said), texts)
        items, coverage = votes.items[post_of], votes.coverage[post_of]
        found = np.flatnonzero((items >= 0) & (coverage >= POST_COVERAGE))
        confidence = POST_CONFIDENCE + POST_CONFIDENCE_SLOPE * coverage[found]
        columns = [
            messages["message_no"].take(pa.array(found)),
            self.catalogue.skus.take(pa.array(items[found])),
            pa.array(np.round(np.minimum(confidence, MOST_POST_CONFIDENCE), PLACES)),
        ]
        return pa.Table.from_arrays(columns, schema=POST_SCHEMA)


def _vote(catalogue: Catalogue, days: Ints, day_of: Ints, texts: EncodedTexts) -> Votes:
    """The SKU that each text names among those of its day; day_of: row of days, ascending."""
    rarity, nowhere = catalogue.rarity(days), np.zeros(len(texts), np.int64)
    rows, pairs = catalogue.titles.pairs_in(texts)
    echoes = []
    for number, bounds in enumerate(pairwise(np.searchsorted(day_of[rows], np.arange(len(days) + 1)))):
        asked = Texts(rows[slice(*bounds)], pairs[slice(*bounds)], nowhere, nowhere, day_of)
        echoes.append(TitleIndex.build(catalogue.titles, catalogue.on(days[number])).find(asked, rarity))
    return Echoes.joined(echoes).votes(len(texts))
