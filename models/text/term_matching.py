"""Find thousands of terms in millions of characters: a double-array trie, walked from all positions at once.

The double array is that of Aoe, "An efficient digital search algorithm by using a double-array structure" (1989).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xuanpin.models.arrays import Ints
from xuanpin.models.text.text_encoding import EncodedTexts, encode_texts

_FREE, _ROOT = -1, -2
_CROWDED = 100
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
        words = [
            spelled.chars[start:end].tolist()
            for start, end in zip(spelled.row_starts[:-1], spelled.row_starts[1:] - 1, strict=True)
        ]
        alphabet = sorted({char for word in words for char in word})
        self._codes = np.zeros(_PLANES, dtype=np.int32)
        self._codes[np.array(alphabet, dtype=np.int64) % _PLANES] = np.arange(1, len(alphabet) + 1)
        self._base, self._check, self._term = _double_array(
            [[int(self._codes[char % _PLANES]) for char in word] for word in words], len(alphabet)
        )

    def find(self, texts: EncodedTexts) -> TermHits:
        """All occurrences that no longer occurrence covers."""
        codes = self._codes[texts.chars % _PLANES]
        codes[texts.row_starts[1:] - 1] = 0
        longest = np.zeros(len(codes) + 1, dtype=np.int64)
        found = np.full(len(codes) + 1, -1, dtype=np.int32)
        place = np.flatnonzero(codes)
        state = np.zeros(len(place), dtype=np.int32)
        depth = 0
        while len(place):
            target = self._base[state] + codes[place + depth]
            alive = (self._check[target] == state) & (codes[place + depth] > 0)
            place, state = place[alive], target[alive]
            depth += 1
            term = self._term[state]
            whole = term >= 0
            longest[place[whole]] = depth
            found[place[whole]] = term[whole]
        return _without_covered(longest, found)


def _without_covered(longest: Ints, found: NDArray[np.int32]) -> TermHits:
    starts = np.flatnonzero(longest)
    ends = starts + longest[starts]
    reached = np.concatenate([[0], np.maximum.accumulate(ends)[:-1]]) if len(ends) else ends
    keep = ends > reached
    starts = starts[keep]
    return TermHits(starts, longest[starts], found[starts])


def _double_array(
    words: list[list[int]], alphabet_size: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Lay the trie of words out so that the child of state s by code c is base[s] + c, where check says s."""
    tree, ends = _trie(words)
    size = len(tree) + alphabet_size + 2
    base, check, term = [0] * size, [_FREE] * size, [-1] * size
    slot_of, free_from, queue = {0: 0}, 1, [0]
    check[0] = _ROOT
    for node in queue:
        slot = slot_of[node]
        term[slot] = ends.get(node, -1)
        children = sorted(tree[node].items())
        if not children:
            continue
        base[slot], free_from = _fit([code for code, _ in children], check, free_from)
        grown = base[slot] + alphabet_size + 2 - len(check)
        if grown > 0:
            base, check, term = base + [0] * grown, check + [_FREE] * grown, term + [-1] * grown
        for code, child in children:
            slot_of[child] = base[slot] + code
            check[slot_of[child]] = slot
            queue.append(child)
    return np.array(base, np.int32), np.array(check, np.int32), np.array(term, np.int32)


def _trie(words: list[list[int]]) -> tuple[list[dict[int, int]], dict[int, int]]:
    tree: list[dict[int, int]] = [{}]
    ends: dict[int, int] = {}
    for index, word in enumerate(words):
        node = 0
        for code in word:
            if code not in tree[node]:
                tree[node][code] = len(tree)
                tree.append({})
            node = tree[node][code]
        ends.setdefault(node, index)
    return tree, ends


def _fit(codes: list[int], check: list[int], free_from: int) -> tuple[int, int]:
    """An offset at which all children fall on free slots, and where the next search may begin."""
    size = len(check)
    while free_from < size and check[free_from] != _FREE:
        free_from += 1
    first = offset = max(free_from - codes[0], 0)
    while any(offset + code < size and check[offset + code] != _FREE for code in codes):
        offset += 1
    # A crowded part is not searched again: this costs a little memory and makes the build ten times as fast.
    return offset, free_from if offset - first < _CROWDED else offset + codes[0]
