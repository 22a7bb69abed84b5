"""Which SKU a text is about: the rare character pairs it shares with the titles of candidates.

A vote is taken per clause, so that one message can be about several SKUs. Where two SKUs share the same evidence
the vote abstains.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.text.titles import Rarity, Titles, expand

MARGIN = 0.2
"""The winner's lead over the second, as a share of its score; below, the vote abstains."""
_POSTINGS = 100
"""A pair that this many SKUs of one context share is no evidence and costs the most time."""


@dataclass(frozen=True)
class Candidates:
    """SKUs that come into question: in which context, by which of the titles (`title_of`), and from when on (any
    integer clock).

    items: index of the SKU; one SKU may stand in many contexts. A SKU is in question for moments with since ≤ moment
    < since + lifetime.
    """

    contexts: Ints
    items: Ints
    title_of: Ints
    since: Ints
    lifetime: int


@dataclass(frozen=True)
class Texts:
    """What is asked of the titles: the pairs that texts hold, with each text's context, moment and day.

    rows, pairs: one entry per pair (`Titles.pairs_in`). contexts, moments: of each text, in the numbers of Candidates.
    days: row of the rarity by which a text is read.
    """

    rows: Ints
    pairs: Ints
    contexts: Ints
    moments: Ints
    days: Ints


@dataclass(frozen=True)
class Votes:
    """Per text the winning SKU (`items`, -1 where the vote abstains), its evidence (`scores`) and its lead over the
    second (`margins`, 0–1).

    coverage: share of the winner's title, by rarity, that the text repeats.
    """

    items: Ints
    scores: Floats
    margins: Floats
    coverage: Floats


@dataclass(frozen=True)
class Echoes:
    """Each distinct character pair that a text shares with the title of a candidate.

    rows: the text; items: the good. rarity: of the pair. whole: rarity of all pairs of that title. Texts may be put
    together before they vote.
    """

    rows: Ints
    items: Ints
    pairs: Ints
    rarity: Floats
    whole: Floats

    @classmethod
    def joined(cls, echoes: list[Echoes]) -> Echoes:
        """Findings of several searches, as one."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in echoes]) for field in fields(cls)))

    def votes(self, text_count: int, text_of: Ints | None = None) -> Votes:
        """The SKU that each of `text_count` texts echoes most; `text_of` names the text that each row is a part of."""
        if not len(self.rows):
            return Votes(np.full(text_count, -1), *(np.zeros(text_count) for _ in range(3)))
        rows = self.rows if text_of is None else text_of[self.rows]
        return _winners(text_count, *_tally(rows, self))


@dataclass(frozen=True)
class TitleIndex:
    """Candidates among the `pool` by context, pair and time: keys ascend, candidates[k] is the one of keys[k];
    sinces: times in order."""

    titles: Titles
    pool: Candidates
    sinces: Ints
    keys: Ints
    candidates: Ints

    @classmethod
    def build(cls, titles: Titles, pool: Candidates) -> TitleIndex:
        """Index the candidates of a `pool` by the pairs of their titles."""
        sinces, since_of = np.unique(pool.since, return_inverse=True)
        which, pairs = titles.pairs_of(pool.title_of)
        keys = (pool.contexts[which] * len(titles.vocabulary) + pairs) * len(sinces) + since_of[which]
        order = np.argsort(keys, kind="stable")
        return cls(titles, pool, sinces, keys[order], which[order])

    def find(self, texts: Texts, rarity: Rarity) -> Echoes:
        """What each text repeats of the titles of its context that are candidates at its moment."""
        contexts, moments = texts.contexts[texts.rows], texts.moments[texts.rows]
        key = (contexts * len(self.titles.vocabulary) + texts.pairs) * len(self.sinces)
        oldest = np.searchsorted(self.sinces, moments - self.pool.lifetime, "right")
        newest = np.searchsorted(self.sinces, moments, "right")
        first, last = np.searchsorted(self.keys, key + oldest), np.searchsorted(self.keys, key + newest)
        source, place = expand(first, np.where(last - first > _POSTINGS, first, last))
        return _echoes(self.pool, self.candidates[place], texts, source, rarity)


def compare(titles: Titles, pool: Candidates, texts: Texts, rarity: Rarity) -> Echoes:
    """What each text repeats of the titles of its context, whatever the moment; contexts of the `pool` ascend.

    For contexts of few SKUs each, which an index would cost more to sort than to look up.
    """
    contexts = texts.contexts[texts.rows]
    source, chosen = expand(
        np.searchsorted(pool.contexts, contexts, "left"), np.searchsorted(pool.contexts, contexts, "right")
    )
    held = titles.hold(pool.title_of[chosen], texts.pairs[source])
    return _echoes(pool, chosen[held], texts, source[held], rarity)


def _echoes(pool: Candidates, chosen: Ints, texts: Texts, asked: Ints, rarity: Rarity) -> Echoes:
    rows, pairs = texts.rows[asked], texts.pairs[asked]
    days = texts.days[rows]
    whole = rarity.of_titles[days, pool.title_of[chosen]]
    return Echoes(rows, pool.items[chosen], pairs, rarity.of_pairs[days, pairs], whole)


def _tally(rows: Ints, echoes: Echoes) -> tuple[Ints, Ints, Floats, Floats]:
    """Text, SKU, summed rarity of the distinct pairs they share, and that sum as a share of the title's."""
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
    rows: Ints,
    items: Ints,
    scores: Floats,
    coverage: Floats,
) -> Votes:
    """Best SKU of each text, unless the second comes too close; rows ascend, and of equals the first item counts."""
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
