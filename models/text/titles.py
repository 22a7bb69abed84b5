"""Titles of SKUs by their pairs of neighbouring characters, and the information of a pair on a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.polarity import punctuation
from xuanpin.models.text.term_matching import TermMatcher
from xuanpin.models.text.text_encoding import EncodedTexts


@dataclass(frozen=True)
class Titles:
    """Distinct titles by their distinct pairs; pairs inside common words are left out.

    vocabulary: code of each pair that any title holds, ascending. keys: title · len(vocabulary) + pair of each pair
    of a title, ascending; those of title t are keys[starts[t] : starts[t + 1]].
    """

    vocabulary: Ints
    keys: Ints
    starts: Ints

    @classmethod
    def build(cls, titles: EncodedTexts, common_words: TermMatcher) -> Titles:
        """Collect the pairs of `titles`, but none that touches one of the `common_words`, which tell nothing of a
        good."""
        chars = titles.chars.copy()
        hits = common_words.find(titles)
        covered = np.zeros(len(chars) + 1, dtype=np.int64)
        np.add.at(covered, hits.starts, 1)
        np.add.at(covered, hits.ends, -1)
        chars[np.cumsum(covered[:-1]) > 0] = 0
        rows, codes = _adjacent(EncodedTexts(chars, titles.row_starts))
        vocabulary, pairs = np.unique(codes, return_inverse=True)
        keys = np.unique(rows * len(vocabulary) + pairs)
        return cls(vocabulary, keys, np.searchsorted(keys, np.arange(len(titles) + 1) * len(vocabulary)))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def pairs_of(self, titles: Ints) -> tuple[Ints, Ints]:
        """Position in `titles` and pair, for every pair of each of them, in order."""
        source, place = expand(self.starts[titles], self.starts[titles + 1])
        return source, self.keys[place] - titles[source] * len(self.vocabulary)

    def hold(self, titles: Ints, pairs: Ints) -> Flags:
        """Whether each title holds the pair beside it."""
        wanted = titles * len(self.vocabulary) + pairs
        return np.asarray(np.append(self.keys, -1)[np.searchsorted(self.keys, wanted)] == wanted)

    def pairs_in(self, texts: EncodedTexts) -> tuple[Ints, Ints]:
        """Row and pair of every pair of the vocabulary that stands in a text."""
        rows, codes = _adjacent(texts)
        if not len(self.vocabulary):
            return rows[:0], codes[:0]
        place = np.minimum(np.searchsorted(self.vocabulary, codes), len(self.vocabulary) - 1)
        known = self.vocabulary[place] == codes
        return rows[known], place[known]

    def rarity(self, is_known: Flags) -> Rarity:
        """What each pair tells among the titles known on each day (is_known: days × titles).

        A day is counted on its own, so that a text says the same whatever days are read beside it.
        """
        pairs = self.pairs_of(np.arange(len(self)))[1]
        holds = csr_array((np.ones(len(pairs)), pairs, self.starts), shape=(len(self), len(self.vocabulary)))
        holders = np.asarray((holds.T @ is_known.T.astype(float)).T)
        known = is_known.sum(axis=1, keepdims=True)
        # Inverse document frequency; a title of days past may hold pairs that no title of the day has.
        of_pairs = np.log1p(known / np.maximum(holders, 1.0))
        return Rarity(of_pairs, np.asarray((holds @ of_pairs.T).T))


@dataclass(frozen=True)
class Rarity:
    """of_pairs: days × pairs, what a pair tells on a day. of_titles: days × titles, what all pairs of a title tell."""

    of_pairs: Floats
    of_titles: Floats


def expand(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """All (i, j) with first[i] ≤ j < last[i], in order."""
    counts = last - first
    source = np.repeat(np.arange(len(first)), counts)
    offsets = np.arange(len(source)) - np.repeat(np.cumsum(counts) - counts, counts)
    return source, first[source] + offsets


def _adjacent(texts: EncodedTexts) -> tuple[Ints, Ints]:
    """Row and code of each pair of neighbours in one clause; pairs of digits are counts, not names."""
    chars = texts.chars.astype(np.int64)
    breaks = punctuation(texts)
    digits = (chars >= ord("0")) & (chars <= ord("9"))
    whole = ~(breaks[:-1] | breaks[1:] | (digits[:-1] & digits[1:]))
    places = np.flatnonzero(whole)
    rows = texts.rows()[places].astype(np.int64)
    return rows, (chars[places] << 21) | chars[places + 1]
