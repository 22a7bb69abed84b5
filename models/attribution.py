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
_POSTINGS = 100
"""A pair that this many goods of one context share tells nothing and would cost the most."""


@dataclass(frozen=True)
class Candidates:
    """Goods that come into question: in which context, by which title, and when (any integer clock).

    items: index of the good; one good may stand in many contexts. title_of: row of `titles`. A good is in question
    for moments with since ≤ moment < until. scopes: what is rare is counted within each scope on its own, so that an
    answer depends on nothing beyond it.
    """

    contexts: NDArray[np.int64]
    items: NDArray[np.int64]
    titles: EncodedTexts
    title_of: NDArray[np.int64]
    since: NDArray[np.int64]
    until: NDArray[np.int64]
    scopes: NDArray[np.int64]


@dataclass(frozen=True)
class Votes:
    """Per text the winning good (-1 where the vote abstains), its evidence and its lead over the second, 0–1.

    coverage: share of the winner's title, by rarity, that the text repeats.
    """

    items: NDArray[np.int64]
    scores: NDArray[np.float64]
    margins: NDArray[np.float64]
    coverage: NDArray[np.float64]


@dataclass(frozen=True)
class Echoes:
    """Each distinct character pair that a text shares with the title of a good in question for it.

    rarity: of the pair. whole: rarity of all pairs of that title. Texts may be put together before they vote.
    """

    rows: NDArray[np.int64]
    items: NDArray[np.int64]
    pairs: NDArray[np.int64]
    rarity: NDArray[np.float64]
    whole: NDArray[np.float64]

    def votes(self, text_count: int, text_of: NDArray[np.int64] | None = None) -> Votes:
        """The good that each text echoes most; `text_of` names the text that each row is a part of."""
        if not len(self.rows):
            return Votes(np.full(text_count, -1), *(np.zeros(text_count) for _ in range(3)))
        rows = self.rows if text_of is None else text_of[self.rows]
        return _winners(text_count, *_tally(rows, self))


@dataclass(frozen=True)
class TitleIndex:
    """The titles of the goods in question by their pairs, built once for many texts.

    rarity: of each of the scope_pairs (scope · pairs in all + pair, ascending). whole: rarity of all pairs of a
    candidate's title, within its scope.
    """

    candidates: Candidates
    vocabulary: NDArray[np.int64]
    scope_pairs: NDArray[np.int64]
    rarity: NDArray[np.float64]
    whole: NDArray[np.float64]
    postings: _Postings

    @classmethod
    def build(cls, candidates: Candidates, common_words: TermMatcher) -> TitleIndex:
        """Pairs inside common words do not count."""
        vocabulary, rows, pairs = _title_pairs(candidates.titles, common_words)
        size, count = len(vocabulary), max(len(candidates.titles), 1)
        used, used_of = np.unique(candidates.scopes * count + candidates.title_of, return_inverse=True)
        scopes, titles = used // count, used % count
        which, place = _expand(np.searchsorted(rows, titles, "left"), np.searchsorted(rows, titles, "right"))
        scope_pairs, pair_of, holders = np.unique(
            scopes[which] * size + pairs[place], return_inverse=True, return_counts=True
        )
        # Inverse document frequency of each pair among the titles of its scope.
        rarity = np.log1p(np.bincount(scopes)[scope_pairs // max(size, 1)] / holders) if len(used) else np.zeros(0)
        whole = _sums(which, rarity[pair_of], len(used))[used_of]
        postings = _Postings.build(candidates, rows, pairs, size)
        return cls(candidates, vocabulary, scope_pairs, rarity, whole, postings)

    def find(self, texts: EncodedTexts, contexts: NDArray[np.int64], moments: NDArray[np.int64]) -> Echoes:
        """What each text repeats of the titles of its context that are in question at its moment."""
        rows, pairs = _known_pairs(texts, self.vocabulary)
        source, chosen = self.postings.look_up(contexts[rows], pairs)
        rows, pairs = rows[source], pairs[source]
        moment = moments[rows]
        kept = (self.candidates.since[chosen] <= moment) & (moment < self.candidates.until[chosen])
        rows, pairs, chosen = rows[kept], pairs[kept], chosen[kept]
        keys = self.candidates.scopes[chosen] * len(self.vocabulary) + pairs
        rarity = self.rarity[np.searchsorted(self.scope_pairs, keys)]
        return Echoes(rows, self.candidates.items[chosen], pairs, rarity, self.whole[chosen])


def _title_pairs(
    titles: EncodedTexts, common_words: TermMatcher
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """All pairs in order, then title and pair of each distinct pair of a title that is not part of a common word."""
    chars = titles.chars.copy()
    hits = common_words.find(titles)
    covered = np.zeros(len(chars) + 1, dtype=np.int64)
    np.add.at(covered, hits.starts, 1)
    np.add.at(covered, hits.ends, -1)
    chars[np.cumsum(covered[:-1]) > 0] = 0
    rows, codes = _adjacent(EncodedTexts(chars, titles.row_starts))
    vocabulary, pairs = np.unique(codes, return_inverse=True)
    both = np.unique(rows * max(len(vocabulary), 1) + pairs)
    return vocabulary, both // max(len(vocabulary), 1), both % max(len(vocabulary), 1)


def _adjacent(texts: EncodedTexts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and code of each pair of neighbours in one clause; pairs of digits are counts, not names."""
    chars = texts.chars.astype(np.int64)
    breaks = punctuation(texts)
    digits = (chars >= ord("0")) & (chars <= ord("9"))
    whole = ~(breaks[:-1] | breaks[1:] | (digits[:-1] & digits[1:]))
    places = np.flatnonzero(whole)
    rows = texts.rows()[places].astype(np.int64)
    return rows, (chars[places] << 21) | chars[places + 1]


def _known_pairs(texts: EncodedTexts, vocabulary: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, codes = _adjacent(texts)
    if not len(vocabulary):
        return rows[:0], codes[:0]
    place = np.minimum(np.searchsorted(vocabulary, codes), len(vocabulary) - 1)
    known = vocabulary[place] == codes
    return rows[known], place[known]


@dataclass(frozen=True)
class _Postings:
    """Candidates by context and pair: those of keys[k] are candidates[starts[k] : starts[k + 1]]."""

    keys: NDArray[np.int64]
    starts: NDArray[np.int64]
    candidates: NDArray[np.int64]
    pair_count: int

    @classmethod
    def build(
        cls, candidates: Candidates, title_rows: NDArray[np.int64], pairs: NDArray[np.int64], pair_count: int
    ) -> _Postings:
        first = np.searchsorted(title_rows, candidates.title_of, side="left")
        last = np.searchsorted(title_rows, candidates.title_of, side="right")
        which, place = _expand(first, last)
        keys = candidates.contexts[which] * pair_count + pairs[place]
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        return cls(keys[starts], np.append(starts, len(keys)), which[order], pair_count)

    def look_up(
        self, contexts: NDArray[np.int64], pairs: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Position of the asker and candidate found, for every match; crowded pairs are left out."""
        wanted = contexts * self.pair_count + pairs
        place = np.searchsorted(self.keys, wanted)
        asked = np.flatnonzero(np.append(self.keys, -1)[place] == wanted)
        first, last = self.starts[place[asked]], self.starts[place[asked] + 1]
        source, place = _expand(first, np.where(last - first > _POSTINGS, first, last))
        return asked[source], self.candidates[place]


def _expand(first: NDArray[np.int64], last: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All (i, j) with first[i] ≤ j < last[i], in order."""
    counts = last - first
    source = np.repeat(np.arange(len(first)), counts)
    offsets = np.arange(len(source)) - np.repeat(np.cumsum(counts) - counts, counts)
    return source, first[source] + offsets


def _tally(
    rows: NDArray[np.int64], echoes: Echoes
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Text, good, summed rarity of the distinct pairs they share, and that sum as a share of the title's."""
    item_count, pair_count = int(echoes.items.max()) + 1, int(echoes.pairs.max()) + 1
    keys = (rows * item_count + echoes.items) * pair_count + echoes.pairs
    order = np.argsort(keys, kind="stable")
    keys, text_items = keys[order], keys[order] // pair_count
    starts = np.flatnonzero(np.r_[True, np.diff(text_items) != 0])
    values = np.where(np.r_[True, np.diff(keys) != 0], echoes.rarity[order], 0.0)
    scores = np.add.reduceat(values, starts)
    first = order[starts]
    return rows[first], echoes.items[first], scores, scores / echoes.whole[first]


def _winners(
    text_count: int,
    rows: NDArray[np.int64],
    items: NDArray[np.int64],
    scores: NDArray[np.float64],
    coverage: NDArray[np.float64],
) -> Votes:
    """Best good of each text, unless the second comes too close; rows ascend, and of equals the first item counts."""
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    top = np.maximum.reduceat(scores, starts)
    tops = np.flatnonzero(scores == np.repeat(top, np.diff(np.append(starts, len(rows)))))
    best = tops[np.searchsorted(tops, starts)]
    others = scores.copy()
    others[best] = 0.0
    margin = (top - np.maximum.reduceat(others, starts)) / top
    votes = Votes(np.full(text_count, -1), *(np.zeros(text_count) for _ in range(3)))
    votes.items[rows[best]] = np.where(margin >= MARGIN, items[best], -1)
    votes.scores[rows[best]] = top
    votes.margins[rows[best]] = margin
    votes.coverage[rows[best]] = coverage[best]
    return votes


def _sums(groups: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    return np.bincount(groups, weights=values, minlength=count).astype(np.float64)
