"""Find thousands of terms in millions of characters: a trie in a table of hashes, walked from all positions at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xuanpin.models.arrays import Ints
from xuanpin.models.text.text_encoding import EncodedTexts, encode_texts

_FREE = -1
_ROOM = 4
"""Places of the table for each edge at least: most characters lead nowhere, and three in four see it at once."""
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""Multiplying by it spreads neighbouring keys (Knuth, The Art of Computer Programming, volume 3, section 6.4)."""
_PLANES = 0x20000
"""Characters are looked up by their lowest 17 bits: the basic plane and the emoji do not meet."""


@dataclass(frozen=True)
class TermHits:
    """Occurrences in order of place: index of the first character (`starts`), length (`lengths`), and index of the
    term (`terms`)."""

    starts: Ints
    lengths: Ints
    terms: NDArray[np.int32]

    @property
    def ends(self) -> Ints:
        """Index of the character after each occurrence."""
        return self.starts + self.lengths


class TermMatcher:
    """Terms are normalised as texts are; where two overlap fully, the longer one counts."""

    def __init__(self, terms: Sequence[str]) -> None:
        self.terms = tuple(terms)
        spelled = encode_texts(list(terms))
        alphabet = np.setdiff1d(spelled.chars, [0])
        self._codes = np.zeros(_PLANES, dtype=np.int64)
        self._codes[alphabet % _PLANES] = np.arange(1, len(alphabet) + 1)
        codes, width = self._codes[spelled.chars % _PLANES], len(alphabet) + 1
        self._edges, self._term = _trie(codes, spelled.row_starts, width)
        # Most characters begin no term: they are asked first, without the table.
        self._begins = np.maximum(self._edges.follow(np.zeros(width, np.int64), np.arange(width)), 0)

    def find(self, texts: EncodedTexts) -> TermHits:
        """All occurrences that no longer occurrence covers."""
        codes = self._codes[texts.chars % _PLANES]
        codes[texts.row_starts[1:] - 1] = 0
        longest = np.zeros(len(codes) + 1, dtype=np.int64)
        found = np.full(len(codes) + 1, -1, dtype=np.int32)
        place = np.flatnonzero(self._begins[codes])
        state = self._begins[codes[place]]
        depth = 1
        while len(place):
            term = self._term[state]
            whole = np.flatnonzero(term >= 0)
            longest[place[whole]] = depth
            found[place[whole]] = term[whole]
            target = self._edges.follow(state, codes[place + depth])
            alive = np.flatnonzero(target >= 0)
            place, state = place[alive], target[alive]
            depth += 1
        return _without_covered(longest, found)


class _Edges:
    """Where each state of a trie leads by each code (1 and up; 0 leads nowhere): a hash table, open addressing."""

    def __init__(self, states: Ints, codes: Ints, targets: Ints, width: int) -> None:
        self._width = width
        self._bits = max(int(_ROOM * len(states)).bit_length(), 1)
        self._keys = np.full(1 << self._bits, _FREE, dtype=np.int64)
        self._targets = np.full(1 << self._bits, _FREE, dtype=np.int64)
        keys = states * width + codes
        place = self._place_of(keys)
        while len(keys):
            free = self._keys[place] == _FREE
            self._keys[place[free]], self._targets[place[free]] = keys[free], targets[free]
            # Of several that came to one free place, one has it now.
            left = self._keys[place] != keys
            keys, targets, place = keys[left], targets[left], self._next(place[left])

    def follow(self, states: Ints, codes: Ints) -> Ints:
        """Return where `states` lead by `codes`, -1 where nowhere."""
        keys = states * self._width + codes
        place = self._place_of(keys)
        found = self._keys[place]
        others = np.flatnonzero((found != keys) & (found != _FREE))
        while len(others):
            place[others] = self._next(place[others])
            found = self._keys[place[others]]
            others = others[(found != keys[others]) & (found != _FREE)]
        return self._targets[place]

    def _place_of(self, keys: Ints) -> Ints:
        return ((keys.view(np.uint64) * _SPREAD) >> np.uint64(64 - self._bits)).astype(np.int64)

    def _next(self, place: Ints) -> Ints:
        return (place + 1) & (len(self._keys) - 1)


def _without_covered(longest: Ints, found: NDArray[np.int32]) -> TermHits:
    starts = np.flatnonzero(longest)
    ends = starts + longest[starts]
    reached = np.concatenate([[0], np.maximum.accumulate(ends)[:-1]]) if len(ends) else ends
    keep = ends > reached
    starts = starts[keep]
    return TermHits(starts, longest[starts], found[starts])


def _trie(codes: Ints, starts: Ints, width: int) -> tuple[_Edges, NDArray[np.int32]]:
    """Return the edges of the trie of some words, and the first word that ends in each state, -1 where none does.

    codes: characters of all words (1 and up, below `width`), each word closed by a 0; starts: where each begins.
    """
    state, word = np.zeros(len(starts) - 1, np.int64), np.arange(len(starts) - 1)
    lengths, edges, states = np.diff(starts) - 1, [np.zeros((3, 0), np.int64)], 1
    ends = np.zeros(len(word), np.int64)
    for depth in range(int(lengths.max(initial=0))):
        word = word[lengths[word] > depth]
        steps, target = np.unique(state[word] * width + codes[starts[word] + depth], return_inverse=True)
        edges.append(np.stack([steps // width, steps % width, states + np.arange(len(steps))]))
        state[word] = ends[word] = states + target
        states += len(steps)
    term = np.full(states, -1, dtype=np.int32)
    term[ends[::-1]] = np.arange(len(ends))[::-1]
    origins, steps, targets = np.concatenate(edges, axis=1)
    return _Edges(origins, steps, targets, width), term
