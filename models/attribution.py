"""Which good a text speaks of: the rare character pairs it shares with the titles of the goods that come into question.

A vote is taken per clause, so that one message can speak of several goods. Where two goods share the same evidence
the vote abstains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.polarity import punctuation
from models.term_matching import TermMatcher
from models.text_encoding import EncodedTexts

MARGIN = 0.2
"""The winner's lead over the second, as a share of its score; below, the vote abstains."""
_POSTINGS = 400
"""A pair that this many goods of one context share tells nothing and would cost the most."""


@dataclass(frozen=True)
class Candidates:
    """Goods that come into question: in which context, by which title, and when (any integer clock).

    items: index of the good; one good may stand in many contexts. title_of: row of `titles`. A good is in question
    for moments with since ≤ moment < until.
    """

    contexts: NDArray[np.int64]
    items: NDArray[np.int64]
    titles: EncodedTexts
    title_of: NDArray[np.int64]
    since: NDArray[np.int64]
    until: NDArray[np.int64]


@dataclass(frozen=True)
class Votes:
    """Per text the winning good (-1 where the vote abstains), its evidence and its lead over the second, 0–1.

    coverage: share of the winner's title, by rarity, that the text repeats.
    """

    items: NDArray[np.int64]
    scores: NDArray[np.float64]
    margins: NDArray[np.float64]
    coverage: NDArray[np.float64]


def vote_titles(
    texts: EncodedTexts,
    contexts: NDArray[np.int64],
    moments: NDArray[np.int64],
    candidates: Candidates,
    common_words: TermMatcher,
) -> Votes:
    """For each text the good of its context whose title it echoes most; pairs inside common words do not count."""
    silent = Votes(np.full(len(texts), -1), *(np.zeros(len(texts)) for _ in range(3)))
    title_rows, title_pairs = _pairs(candidates.titles, common_words)
    vocabulary, pair_ids = np.unique(title_pairs, return_inverse=True)
    if not len(vocabulary):
        return silent
    rarity = _rarity(title_rows, pair_ids, len(candidates.titles), len(vocabulary))
    title_weight = _sums(title_rows, rarity[pair_ids], len(candidates.titles))
    rows, pairs = _known_pairs(texts, vocabulary)
    index = _Index.build(candidates, title_rows, pair_ids, len(vocabulary))
    source, chosen = index.look_up(contexts[rows], pairs)
    in_time = (candidates.since[chosen] <= moments[rows[source]]) & (moments[rows[source]] < candidates.until[chosen])
    source, chosen = source[in_time], chosen[in_time]
    if not len(source):
        return silent
    whole = title_weight[candidates.title_of[chosen]]
    tally = _tally(rows[source], pairs[source], candidates.items[chosen], rarity, whole)
    return _winners(len(texts), *tally)


def _pairs(texts: EncodedTexts, common_words: TermMatcher) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and code of each distinct character pair per text that is not part of a common word."""
    chars = texts.chars.copy()
    hits = common_words.find(texts)
    covered = np.zeros(len(chars) + 1, dtype=np.int64)
    np.add.at(covered, hits.starts, 1)
    np.add.at(covered, hits.ends, -1)
    chars[np.cumsum(covered[:-1]) > 0] = 0
    rows, pairs = _adjacent(EncodedTexts(chars, texts.row_starts))
    both = np.unique(np.stack([rows, pairs], axis=1), axis=0) if len(rows) else np.zeros((0, 2), np.int64)
    return both[:, 0], both[:, 1]


def _adjacent(texts: EncodedTexts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and code of each pair of neighbours in one clause; pairs of digits are counts, not names."""
    chars = texts.chars.astype(np.int64)
    breaks = punctuation(texts)
    digits = (chars >= ord("0")) & (chars <= ord("9"))
    whole = ~(breaks[:-1] | breaks[1:] | (digits[:-1] & digits[1:]))
    places = np.flatnonzero(whole)
    rows = np.searchsorted(texts.row_starts, places, side="right") - 1
    return rows, (chars[places] << 21) | chars[places + 1]


def _rarity(
    rows: NDArray[np.int64], pairs: NDArray[np.int64], title_count: int, pair_count: int
) -> NDArray[np.float64]:
    """Inverse document frequency of each pair among the titles."""
    return np.asarray(np.log1p(title_count / np.bincount(pairs, minlength=pair_count)))


def _known_pairs(texts: EncodedTexts, vocabulary: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, codes = _adjacent(texts)
    place = np.minimum(np.searchsorted(vocabulary, codes), len(vocabulary) - 1)
    known = vocabulary[place] == codes
    return rows[known], place[known]


@dataclass(frozen=True)
class _Index:
    """Candidates by context and pair, in one sorted array of keys."""

    keys: NDArray[np.int64]
    candidates: NDArray[np.int64]
    pair_count: int

    @classmethod
    def build(
        cls, candidates: Candidates, title_rows: NDArray[np.int64], pairs: NDArray[np.int64], pair_count: int
    ) -> _Index:
        first = np.searchsorted(title_rows, candidates.title_of, side="left")
        last = np.searchsorted(title_rows, candidates.title_of, side="right")
        which, place = _expand(first, last)
        keys = candidates.contexts[which] * pair_count + pairs[place]
        order = np.lexsort((which, keys))
        return cls(keys[order], which[order], pair_count)

    def look_up(
        self, contexts: NDArray[np.int64], pairs: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Position of the asker and candidate found, for every match; crowded pairs are left out."""
        wanted = contexts * self.pair_count + pairs
        first = np.searchsorted(self.keys, wanted, side="left")
        last = np.searchsorted(self.keys, wanted, side="right")
        source, place = _expand(first, np.where(last - first > _POSTINGS, first, last))
        return source, self.candidates[place]


def _expand(first: NDArray[np.int64], last: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All (i, j) with first[i] ≤ j < last[i], in order."""
    counts = last - first
    source = np.repeat(np.arange(len(first)), counts)
    offsets = np.arange(len(source)) - np.repeat(np.cumsum(counts) - counts, counts)
    return source, first[source] + offsets


def _tally(
    rows: NDArray[np.int64],
    pairs: NDArray[np.int64],
    items: NDArray[np.int64],
    rarity: NDArray[np.float64],
    title_weights: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Text, good, summed rarity of the distinct pairs they share, and that sum as a share of the title's."""
    order = np.lexsort((pairs, items, rows))
    rows, pairs, items, title_weights = rows[order], pairs[order], items[order], title_weights[order]
    new_text_item = np.r_[True, (np.diff(rows) != 0) | (np.diff(items) != 0)]
    is_first = new_text_item | np.r_[True, np.diff(pairs) != 0]
    group = np.cumsum(new_text_item) - 1
    scores = _sums(group, np.where(is_first, rarity[pairs], 0.0), 0)
    starts = np.flatnonzero(new_text_item)
    return rows[starts], items[starts], scores, scores / title_weights[starts]


def _winners(
    text_count: int,
    rows: NDArray[np.int64],
    items: NDArray[np.int64],
    scores: NDArray[np.float64],
    coverage: NDArray[np.float64],
) -> Votes:
    """Best good of each text, unless the second comes too close."""
    order = np.lexsort((items, -scores, rows))
    rows, items, scores, coverage = rows[order], items[order], scores[order], coverage[order]
    is_best = np.r_[True, np.diff(rows) != 0]
    best = np.flatnonzero(is_best)
    follows = np.r_[best[1:], len(rows)] - best > 1
    second = np.where(follows, scores[np.minimum(best + 1, len(rows) - 1)], 0.0)
    margin = (scores[best] - second) / scores[best]
    votes = Votes(np.full(text_count, -1), *(np.zeros(text_count) for _ in range(3)))
    votes.items[rows[best]] = np.where(margin >= MARGIN, items[best], -1)
    votes.scores[rows[best]] = scores[best]
    votes.margins[rows[best]] = margin
    votes.coverage[rows[best]] = coverage[best]
    return votes


def _sums(groups: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    return np.bincount(groups, weights=values, minlength=count).astype(np.float64)
