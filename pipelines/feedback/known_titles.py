"""The titles of SKUs over time, against which the night reads chat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Ints
from xuanpin.models.text.product_linking import Candidates
from xuanpin.models.text.text_encoding import encode_texts, number_values
from xuanpin.models.text.titles import Rarity, Titles
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.feedback.word_lists import common_words


@dataclass(frozen=True)
class Catalogue:
    """Each title of each SKU, and the days (since 1970) on which a run may read it: since ≤ day < until.

    items: the SKU, as an index into skus. title_of: the title, as an index into spelled and titles.
    """

    skus: pa.Array
    spelled: pa.Array
    titles: Titles
    items: Ints
    title_of: Ints
    since: Ints
    until: Ints

    @classmethod
    def build(cls, night: Night) -> Catalogue:
        """Reads night.int_title_versions."""
        versions = night.engine.select("int_title_days")
        skus, items = number_values(versions["sku_id"])
        spelled, title_of = number_values(versions["title"])
        titles = Titles.build(encode_texts(spelled), common_words(night.settings.feedback.lexicon_folder))
        return cls(skus, spelled, titles, items, title_of, versions["since"].to_numpy(), versions["until"].to_numpy())

    def number(self, titles: pa.ChunkedArray) -> Ints:
        """Index of each title among those of the catalogue, -1 for others."""
        return np.asarray(pc.fill_null(pc.index_in(titles, self.spelled), -1), dtype=np.int64)

    def on(self, day: int) -> Candidates:
        """The SKUs of one day, candidates for every message."""
        known = np.flatnonzero((self.since <= day) & (day < self.until))
        nothing = np.zeros(len(known), np.int64)
        return Candidates(nothing, self.items[known], self.title_of[known], nothing, lifetime=1)

    def rarity(self, days: Ints) -> Rarity:
        """What each pair tells among the titles of each of the days."""
        day, version = np.nonzero((self.since <= days[:, None]) & (days[:, None] < self.until))
        is_known = np.zeros((len(days), len(self.titles)), dtype=bool)
        is_known[day, self.title_of[version]] = True
        return self.titles.rarity(is_known)
