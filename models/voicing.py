"""Whether a text voices an opinion at all: how much in it the lexicon and the student know as praise or as blame.

Three kinds of evidence count alike, each against what is typical of texts that the lexicon is sure of: opinion words
for the length, how far the student leans, and how opinionated the text's n-grams are one by one. Merchandisers who
label messages as voicing none teach the platform's own words for that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold

from models.student import GramStudent, fit_student
from models.text_encoding import EncodedTexts, pick_texts

FAINTEST_SURE = 0.04
"""Share of the texts that the lexicon is sure of which may fall silent: of all opinions about a tenth then does."""
LOST_OPINIONS = 0.08
"""Share of the opinions labelled by merchandisers that may be lost: few labels leave it uncertain; a tenth is meant."""
FEWEST_LABELS = 30
"""Labels of each kind (an opinion, none) from which they teach."""
FOLDS = 5


@dataclass(frozen=True)
class Evidence:
    """What speaks for an opinion in each text, shape (texts,).

    scores: the lexicon's. student: log-odds of content, 0 without a student. density: weight of the opinion words over
    the root of the characters. leaning: mean absolute weight of the n-grams to the student.
    """

    scores: NDArray[np.float64]
    student: NDArray[np.float64]
    density: NDArray[np.float64]
    leaning: NDArray[np.float64]

    def of(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Evidence:
        """The evidence of some of the texts."""
        return Evidence(self.scores[rows], self.student[rows], self.density[rows], self.leaning[rows])

    def kinds(self) -> NDArray[np.float64]:
        """Texts × 3: the evidence that a text voices an opinion, whichever."""
        return np.stack([self.density, np.abs(self.student), self.leaning], axis=1)


@dataclass(frozen=True)
class Voicing:
    """typical, spread: of each kind of evidence in texts of opinion. limit: strength below which a text has none."""

    typical: tuple[float, ...]
    spread: tuple[float, ...]
    limit: float
    words: GramStudent | None = None

    def strength(self, texts: EncodedTexts, evidence: Evidence) -> NDArray[np.float64]:
        """How clearly each text voices an opinion; 0 is typical of one that does."""
        total = np.sum((evidence.kinds() - self.typical) / self.spread, axis=1)
        return np.asarray(total if self.words is None else total + self.words.log_odds(texts))

    def is_silent(self, texts: EncodedTexts, evidence: Evidence) -> NDArray[np.bool_]:
        """Whether each text voices no opinion."""
        return np.asarray(self.strength(texts, evidence) < self.limit)


def fit_voicing(texts: EncodedTexts, evidence: Evidence, is_sure: NDArray[np.bool_]) -> Voicing:
    """Learn without labels what is typical of an opinion, from the texts that the lexicon is sure of."""
    sure = evidence.of(is_sure)
    kinds = sure.kinds()
    typical, spread = kinds.mean(axis=0), np.maximum(kinds.std(axis=0), 1e-6)
    open_ended = Voicing(_rounded(typical), _rounded(spread), -np.inf)
    strength = open_ended.strength(pick_texts(texts, np.flatnonzero(is_sure)), sure)
    return replace(open_ended, limit=round(float(np.quantile(strength, FAINTEST_SURE)), 6))


def teach_voicing(voicing: Voicing, texts: EncodedTexts, evidence: Evidence, has_opinion: NDArray[np.bool_]) -> Voicing:
    """Learn from labelled texts the platform's own words of opinion and of none; the limit comes from other folds.

    Too few labels of either kind leave the voicing as it is.
    """
    if min(has_opinion.sum(), (~has_opinion).sum()) < FEWEST_LABELS:
        return voicing
    strength = np.zeros(len(texts))
    for train, test in KFold(FOLDS, shuffle=True, random_state=0).split(has_opinion):
        taught = replace(voicing, words=_words(texts, has_opinion, train))
        strength[test] = taught.strength(pick_texts(texts, test), evidence.of(test))
    limit = round(float(np.quantile(strength[has_opinion], LOST_OPINIONS)), 6)
    return replace(voicing, words=_words(texts, has_opinion, np.arange(len(texts))), limit=limit)


def _words(texts: EncodedTexts, has_opinion: NDArray[np.bool_], rows: NDArray[np.int64]) -> GramStudent:
    return fit_student(pick_texts(texts, rows), has_opinion[rows], np.ones(len(rows)))


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)
