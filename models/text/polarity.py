"""Satisfaction of a text by the lexicon alone: opinions with their degree and negation, clause by clause."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.lexicon import Lexicon
from xuanpin.models.text.term_matching import TermHits, TermMatcher
from xuanpin.models.text.text_encoding import EncodedTexts, pick_texts

DENYING = ("不", "没", "无", "未", "别", "not ", "no ")
"""How terms begin that deny what follows."""
DEGREE_REACH = 3
"""Characters before an opinion in which a degree word counts: 「非常的好」."""
NEGATED = -0.8
"""「不难看」 is weaker praise than 「好看」."""
FIRM_SCORE = 1.0
"""Score from which a text's opinion is firm, ..."""
FIRM_BALANCE = 0.8
"""... if what its opinion words say for one side, less what they say for the other, is so much of all they say..."""
FIRM_DENSITY = 0.6
"""... and they weigh so much over the root of its characters. Of such shopping reviews the list judges .985 right, as
many as a model of all labels does."""
LUKEWARM_LONGEST = 30
"""Characters up to which a lukewarm word is the whole of what a text says: in a longer one other words tell too."""
_PUNCTUATION = "，,。.！!？?；;、 ~～…\n\t)(（）【】“”\"'：:"
_INSIDE_WORDS = " '"
"""Marks that part no clause between letters: 「not bad」, 「doesn't fit」, 「hen hao」."""
_QUOTES = '“”"'
"""Marks that part no clause at all: 「号称“静音”」 claims."""
_LETTER, _DIGIT, _MARK, _INSIDE = 1, 2, 3, 4


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
        terms = list(dict.fromkeys([*lexicon.polarity, *lexicon.degrees, *lexicon.negators]))
        self._matcher = TermMatcher(terms)
        self._weights = np.array([lexicon.polarity.get(term, 0.0) for term in terms])
        self._degrees = np.log([lexicon.degrees.get(term, 1.0) for term in terms])
        self._reaches = np.array([lexicon.negators.get(term, 0) for term in terms])
        self._denies = np.array([term.startswith(DENYING) for term in terms])
        self._speaks = (self._weights != 0) | (self._degrees > 0) | (self._reaches > 0)
        self._lukewarm = TermMatcher(sorted(lexicon.lukewarm))

    def opinions(self, texts: EncodedTexts) -> Opinions:
        """Every opinion with its degree and negation applied; neither crosses a punctuation mark."""
        hits = _whole_words(self._matcher.find(texts), texts)
        terms, starts = hits.terms, hits.starts
        # A term that runs into the next one ends where that begins: 「不是很」 negates 「很甜」...
        ends = np.minimum(hits.ends, np.append(starts[1:], len(texts.chars)))
        # ... but its denial is said once where the next one begins with it: 「一点都不」 and 「不酸」.
        is_repeated = (ends < hits.ends) & np.append(self._denies[terms[1:]] & (self._weights[terms[1:]] != 0), False)
        reaches = np.where(is_repeated, 0, self._reaches[terms])
        said = (self._weights[terms] != 0) & ~self._is_denied_before(hits)
        places, weights = starts[said], self._weights[terms[said]]
        clause = clause_starts(texts)[places]
        degree = _reach_sum(ends, self._degrees[terms], np.maximum(places - DEGREE_REACH, clause), places)
        negators = np.zeros(len(places))
        for reach in np.unique(self._reaches[self._reaches > 0]):
            turning = (reaches == reach).astype(np.float64)
            negators += _reach_sum(ends, turning, np.maximum(places - reach, clause), places)
        is_turned = np.rint(negators).astype(np.int64) % 2 == 1
        weights = weights * np.exp(np.clip(degree, -1.0, 1.0)) * np.where(is_turned, NEGATED, 1.0)
        rows = np.searchsorted(texts.row_starts, places, side="right") - 1
        return Opinions(places, rows, weights)

    def _is_denied_before(self, hits: TermHits) -> Flags:
        """True at opinions that begin inside an opinion which denies them: in 「不爱吃」 「爱吃」 is not said."""
        denied = np.zeros(len(hits.terms), dtype=bool)
        before, after = hits.terms[:-1], hits.terms[1:]
        denied[1:] = (hits.starts[1:] < hits.ends[:-1]) & self._denies[before]
        denied[1:] &= self._weights[before] * self._weights[after] < 0
        return denied

    def read(self, texts: EncodedTexts) -> tuple[Floats, Floats]:
        """The score, and the opinions' absolute weights over the root of the text's length."""
        scores, weights, _ = self._weigh(texts)
        return scores, weights / np.sqrt(texts.lengths + 1.0)

    def verdicts(self, texts: EncodedTexts) -> tuple[Floats, Flags]:
        """The score, and whether it is firm: clear opinions of one sign fill much of the text."""
        scores, weights, balance = self._weigh(texts)
        is_dense = weights / np.sqrt(texts.lengths + 1.0) >= FIRM_DENSITY
        return scores, is_dense & (np.abs(scores) >= FIRM_SCORE) & (np.abs(balance) >= FIRM_BALANCE * weights)

    def lukewarm(self, texts: EncodedTexts) -> Flags:
        """Whether each short text judges that the goods are neither good nor bad, and judges nothing else.

        「太一般了」 says more than that: what strengthens or turns a lukewarm word, and every other opinion, tells.
        """
        found = _whole_words(self._lukewarm.find(texts), texts)
        rows = np.searchsorted(texts.row_starts, found.starts, side="right") - 1
        is_lukewarm = np.zeros(len(texts), dtype=bool)
        is_lukewarm[rows[texts.lengths[rows] <= LUKEWARM_LONGEST]] = True
        chosen = np.flatnonzero(is_lukewarm)
        some = pick_texts(texts, chosen)
        covers = _covered(self._lukewarm.find(some), len(some.chars))
        hits = _whole_words(self._matcher.find(some), some)
        speaks = hits.starts[self._speaks[hits.terms] & ~covers[hits.starts]]
        is_lukewarm[chosen[np.searchsorted(some.row_starts, speaks, side="right") - 1]] = False
        return is_lukewarm

    def _weigh(self, texts: EncodedTexts) -> tuple[Floats, Floats, Floats]:
        """The score of each text, and the sums of its opinions' absolute weights and of their weights."""
        opinions = self.opinions(texts)
        absolute = np.bincount(opinions.rows, np.abs(opinions.weights), len(texts))
        signed = np.bincount(opinions.rows, opinions.weights, len(texts))
        return opinions.totals(len(texts)), np.asarray(absolute, float), np.asarray(signed, float)

    def score(self, texts: EncodedTexts) -> Floats:
        """One signed score a text: positive is praise, 0 is nothing said."""
        return self.opinions(texts).totals(len(texts))


def punctuation(texts: EncodedTexts) -> Flags:
    """True at characters that end a clause, the closing 0 of a text among them."""
    marks = np.zeros(0x10000, dtype=bool)
    marks[[ord(mark) for mark in _PUNCTUATION]] = True
    marks[0] = True
    return np.asarray(marks[np.minimum(texts.chars, 0xFFFF)])


def _clause_ends(texts: EncodedTexts) -> Flags:
    """True at punctuation that parts clauses: not at quotes, nor at a blank or an apostrophe between letters."""
    classes = _char_classes()[np.minimum(texts.chars, 0xFFFF)]
    marks = classes >= _MARK
    inside = np.flatnonzero(classes[1:-1] == _INSIDE) + 1
    marks[inside[(classes[inside - 1] == _LETTER) & (classes[inside + 1] == _LETTER)]] = False
    return np.asarray(marks)


def split_clauses(texts: EncodedTexts) -> tuple[EncodedTexts, Ints]:
    """Each clause as a text of its own, and the text it came from; a text without words is one empty clause."""
    marks = _clause_ends(texts)
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
    after_mark = np.where(_clause_ends(texts), np.arange(1, len(texts.chars) + 1), 0)
    starts = np.maximum.accumulate(after_mark) if len(after_mark) else after_mark
    return np.concatenate([[0], starts[:-1]]).astype(np.int64)


def _reach_sum(ends: Ints, values: Floats, lowest: Ints, places: Ints) -> Floats:
    """Sum of the values of those terms that end after `lowest` and not after `places`; `ends` ascend."""
    counts = np.flatnonzero(values)
    before = np.concatenate([[0.0], np.cumsum(values[counts])])
    first, last = (np.searchsorted(ends[counts], bound, side="right") for bound in (lowest, places))
    return np.asarray(before[last] - before[first])


def _covered(hits: TermHits, size: int) -> Flags:
    """True at the characters, of so many, that lie inside an occurrence."""
    edges = np.zeros(size + 1, dtype=np.int64)
    np.add.at(edges, hits.starts, 1)
    np.add.at(edges, hits.ends, -1)
    return np.asarray(np.cumsum(edges[:-1]) > 0)


def _whole_words(hits: TermHits, texts: EncodedTexts) -> TermHits:
    """Without terms inside a longer word of letters or number: the 「bad」 of 「badge」, the 「0分」 of 「10分」.

    Words may be joined to others of ours: 「taihaochi」 is 「tai」 and 「haochi」.
    """
    table = _char_classes()
    first, last = (table[np.minimum(texts.chars[ends], 0xFFFF)] for ends in (hits.starts, hits.ends - 1))
    begins, closes = (np.isin(ends, (_LETTER, _DIGIT)) for ends in (first, last))
    if not begins.any() and not closes.any():
        return hits
    before = np.where(hits.starts > 0, table[np.minimum(texts.chars[hits.starts - 1], 0xFFFF)], _MARK)
    after = table[np.minimum(texts.chars[hits.ends], 0xFFFF)]
    is_joined = np.append(hits.starts[1:] == hits.ends[:-1], False)
    is_cut = begins & (first == before) & ~np.insert(is_joined[:-1], 0, False)
    is_cut |= closes & (last == after) & ~is_joined
    keep = np.flatnonzero(~is_cut)
    return TermHits(hits.starts[keep], hits.lengths[keep], hits.terms[keep])


@cache
def _char_classes() -> NDArray[np.int8]:
    """Of each character of the basic plane: a small Latin letter, a digit, a mark that parts clauses, one that does so
    unless it stands between letters, or none of them (0)."""
    classes = np.zeros(0x10000, dtype=np.int8)
    classes[[ord(mark) for mark in _PUNCTUATION if mark not in _QUOTES]] = _MARK
    classes[[ord(mark) for mark in _INSIDE_WORDS]] = _INSIDE
    classes[0] = _MARK
    classes[ord("a") : ord("z") + 1] = _LETTER
    classes[ord("0") : ord("9") + 1] = _DIGIT
    return classes
