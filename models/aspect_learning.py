"""Aspects learned from labelled texts, on top of the lexicon: one small classifier a class of aspect and polarity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from models.aspects import ASPECTS, AspectFinder
from models.lexicon import Lexicon
from models.polarity import LexiconScorer, split_clauses
from models.text_encoding import EncodedTexts
from models.text_hashing import DIMENSIONS, gram_counts

REGULARISATION = 3.0
FOLDS = 5
_FEWEST_POSITIVES = 3
"""A class with fewer examples is left to the lexicon: nothing can be learned of it."""
_THRESHOLDS = np.linspace(0.15, 0.7, 23)


class AspectFeatures:
    """Texts as rare character n-grams beside what the lexicon reads of each aspect."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._scorer = LexiconScorer(lexicon)
        self._finder = AspectFinder(lexicon)

    def of(self, texts: EncodedTexts, rarity: NDArray[np.float64]) -> sparse.csr_matrix:
        """Texts × (buckets of some rarity and four columns an aspect); rows of n-grams have unit length."""
        used = np.flatnonzero(rarity)
        counts: sparse.csr_matrix = gram_counts(texts)[:, used]
        counts.data = np.minimum(counts.data, 1.0)
        grams = counts @ sparse.diags(rarity[used])
        length = np.sqrt(np.asarray(grams.multiply(grams).sum(axis=1)).ravel())
        grams = sparse.diags(1.0 / np.maximum(length, 1e-9)) @ grams
        columns = sparse.csr_matrix(self.lexicon_columns(texts))
        return sparse.csr_matrix(sparse.hstack([grams, columns]))

    def lexicon_columns(self, texts: EncodedTexts) -> NDArray[np.float64]:
        """Per aspect: named, praised, blamed, and named without an opinion; then the whole text's praise and blame."""
        clauses, text_of = split_clauses(texts)
        found = self._finder.find(clauses, text_of, lambda spoken: 1.0 / (1.0 + np.exp(-self._scorer.score(spoken))))
        columns = np.zeros((len(texts), 4 * len(ASPECTS) + 2))
        base = 4 * found.aspects
        columns[found.rows, base] = 1.0
        columns[found.rows, base + 1] = np.maximum(found.polarities, 0.0)
        columns[found.rows, base + 2] = np.maximum(-found.polarities, 0.0)
        columns[found.rows, base + 3] = found.polarities == 0.0
        whole = self._scorer.score(texts)
        columns[:, -2], columns[:, -1] = np.maximum(whole, 0.0) / 3, np.maximum(-whole, 0.0) / 3
        return columns


@dataclass(frozen=True)
class AspectClassifier:
    """Predicts which classes hold of a text; classes without enough examples are never predicted."""

    features: AspectFeatures
    rarity: NDArray[np.float64]
    models: tuple[LogisticRegression | None, ...]
    thresholds: NDArray[np.float64]

    def predict(self, texts: EncodedTexts) -> NDArray[np.bool_]:
        """Texts × classes."""
        return _probabilities(self.models, self.features.of(texts, self.rarity)) >= self.thresholds


def fit_aspects(texts: EncodedTexts, classes: NDArray[np.bool_], lexicon: Lexicon) -> AspectClassifier:
    """Learn each class (column of texts × classes) and the threshold that gives it the best F1 out of fold."""
    features = AspectFeatures(lexicon)
    frequency = np.bincount(gram_counts(texts).indices, minlength=DIMENSIONS)
    rarity = np.where(frequency >= 2, np.log((1 + len(texts)) / (1 + frequency)) + 1.0, 0.0)
    matrix = features.of(texts, rarity)
    out_of_fold = np.zeros(classes.shape)
    for train, test in KFold(FOLDS, shuffle=True, random_state=0).split(matrix):
        out_of_fold[test] = _probabilities(_fit(matrix[train], classes[train]), matrix[test])
    thresholds = np.array([_best_threshold(out_of_fold[:, k], classes[:, k]) for k in range(classes.shape[1])])
    return AspectClassifier(features, rarity, _fit(matrix, classes), thresholds)


def _fit(matrix: sparse.csr_matrix, classes: NDArray[np.bool_]) -> tuple[LogisticRegression | None, ...]:
    models: list[LogisticRegression | None] = []
    for column in classes.T:
        if column.sum() < _FEWEST_POSITIVES or column.all():
            models.append(None)
            continue
        models.append(LogisticRegression(solver="liblinear", C=REGULARISATION, random_state=0).fit(matrix, column))
    return tuple(models)


def _probabilities(models: tuple[LogisticRegression | None, ...], matrix: sparse.csr_matrix) -> NDArray[np.float64]:
    found = [np.zeros(matrix.shape[0]) if model is None else model.predict_proba(matrix)[:, 1] for model in models]
    return np.stack(found, axis=1)


def _best_threshold(probabilities: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Threshold with the best F1, drawn towards one half when few examples speak for it."""
    scores = [_f1(probabilities >= threshold, truth) for threshold in _THRESHOLDS]
    trust = truth.sum() / (truth.sum() + 20.0)
    return float(trust * _THRESHOLDS[int(np.argmax(scores))] + (1.0 - trust) * 0.35)


def _f1(predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    both = predicted.sum() + truth.sum()
    return float(2 * (predicted & truth).sum() / both) if both else 0.0
