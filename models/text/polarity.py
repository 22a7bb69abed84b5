"""Satisfaction of a text by the lexicon alone: opinions with their degree and negation, clause by clause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.lexicon import Lexicon
from xuanpin.models.text.term_matching import TermMatcher
from xuanpin.models.text.text_encoding import EncodedTexts, pick_texts

NEGATION_REACH = 4
"""Characters before an opinion in which a negator negates it: 「没有那么好」."""
DEGREE_REACH = 3
"""Characters before an opinion in which a degree word counts: 「非常的好」."""
NEGATED = -0.8
"""「不难看」 is weaker praise than 「好看」."""
_PUNCTUATION = "，,。.！!？?；;、 ~～…\n\t)(（）【】“”\"'：:"

_OPINION, _DEGREE, _NEGATOR, _SILENT = 0, 1, 2, 3


@dataclass(frozen=True)
class Opinions:
    """Opinion words in order of place: index into the texts' characters (`places`), the text (`rows`), and the
    signed weight (`weights`)."""

    places: Ints
    rows: Ints
    weights: Floats

    def totals(self, row_count: int) -> Floats:
        """Sum of the weights over the root of how many there are, one value for each of `row_count` texts; 0 where
        nothing is said.

        The root keeps a long and mixed text from sounding surer than a short and clear one.
        """
        counts = np.bincount(self.rows, minlength=row_count)
        sums = np.bincount(self.rows, weights=self.weights, minlength=row_count)
        return np.asarray(sums / np.sqrt(counts + 1.0), dtype=np.float64)


class LexiconScorer:
    """Finds the opinions of many texts at once; see the lexicon's README for the meaning of the weights."""

    def __init__(self, lexicon: Lexicon) -> None:
        entries = {term: (_DEGREE, float(np.log(factor))) for term, factor in lexicon.degrees.items()}
        entries |= dict.fromkeys(lexicon.negators, (_NEGATOR, 0.0))
        for term, weight in lexicon.polarity.items():
            entries[term] = (_OPINION if weight else _SILENT, weight)
        self._matcher = TermMatcher(list(entries))
        self._kinds = np.array([kind for kind, _ in entries.values()])
        self._values = np.array([value for _, value in entries.values()])

    def opinions(self, texts: EncodedTexts) -> Opinions:
        """Every opinion with its degree and negation applied; neither crosses a punctuation mark."""
        hits = self._matcher.find(texts)
        kinds = self._kinds[hits.terms]
        places = hits.starts[kinds == _OPINION]
        weights = self._values[hits.terms[kinds == _OPINION]]
        clause = clause_starts(texts)[places]
        size = len(texts.chars)
        degree = _reach_sum(hits.ends, self._values[hits.terms], kinds == _DEGREE, places, clause, DEGREE_REACH, size)
        negators = _reach_sum(hits.ends, np.ones(len(kinds)), kinds == _NEGATOR, places, clause, NEGATION_REACH, size)
        is_turned = np.rint(negators).astype(np.int64) % 2 == 1
        weights = weights * np.exp(np.clip(degree, -1.0, 1.0)) * np.where(is_turned, NEGATED, 1.0)
        rows = np.searchsorted(texts.row_starts, places, side="right") - 1
        return Opinions(places, rows, weights)

    def read(self, texts: EncodedTexts) -> tuple[Floats, Floats]:
        """The score, and the opinions' absolute weights over the root of the text's length."""
        opinions = self.opinions(texts)
        weights = np.bincount(opinions.rows, weights=np.abs(opinions.weights), minlength=len(texts))
        return opinions.totals(len(texts)), weights / np.sqrt(texts.lengths + 1.0)

    def score(self, texts: EncodedTexts) -> Floats:
        """One signed score a text: positive is praise, 0 is nothing said."""
        return self.opinions(texts).totals(len(texts))


def punctuation(texts: EncodedTexts) -> Flags:
    """True at characters that end a clause, the closing 0 of a text among them."""
    marks = np.zeros(0x10000, dtype=bool)
    marks[[ord(mark) for mark in _PUNCTUATION]] = True
    marks[0] = True
    return np.asarray(marks[np.minimum(texts.chars, 0xFFFF)])


def split_clauses(texts: EncodedTexts) -> tuple[EncodedTexts, Ints]:
    """Each clause as a text of its own, and the text it came from; a text without words is one empty clause."""
    marks = punctuation(texts)
    ends = np.flatnonzero(marks)
    starts = np.concatenate([[0], ends + 1]).astype(np.int64)
    rows = np.searchsorted(texts.row_starts, ends, side="right") - 1
    lengths = ends - starts[:-1]
    is_wordless = np.bincount(rows, weights=lengths, minlength=len(texts))[rows] == 0
    is_last = ends == texts.row_starts[1:][rows] - 1
    keep = np.flatnonzero((lengths > 0) | (is_wordless & is_last))
    clauses = EncodedTexts(np.where(marks, np.uint32(0), texts.chars), starts)
    return pick_texts(clauses, keep), rows[keep]


def clause_starts(texts: EncodedTexts) -> Ints:
    """For each character, where its clause begins."""
    after_mark = np.where(punctuation(texts), np.arange(1, len(texts.chars) + 1), 0)
    starts = np.maximum.accumulate(after_mark) if len(after_mark) else after_mark
    return np.concatenate([[0], starts[:-1]]).astype(np.int64)


def _reach_sum(
    ends: Ints,
    values: Floats,
    wanted: Flags,
    places: Ints,
    clause: Ints,
    reach: int,
    size: int,
) -> Floats:
    """Sum of the wanted values whose term ends at most `reach` characters before each place, in its clause."""
    before = np.concatenate([[0.0], np.cumsum(np.bincount(ends[wanted], weights=values[wanted], minlength=size + 1))])
    lowest = np.maximum(places - reach, clause)
    return np.asarray(before[places + 1] - before[lowest + 1])
