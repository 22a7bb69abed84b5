"""Aspects learned from labelled texts, on top of the lexicon: one small classifier a class of aspect and polarity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit

from xuanpin.models.arrays import Flags, Floats
from xuanpin.models.text.aspects import ASPECTS, AspectFinder
from xuanpin.models.text.lexicon import Lexicon
from xuanpin.models.text.polarity import LexiconScorer, split_clauses
from xuanpin.models.text.sparse_logit import fit_sparse_logit
from xuanpin.models.text.text_encoding import DIMENSIONS, EncodedTexts, text_blocks
from xuanpin.models.text.text_hashing import BLOCK, gram_counts, grams_present

REGULARISATION = 3.0
FOLDS = 5
_FEWEST_EXAMPLES = 3
"""A class with fewer examples is not learned."""
_THRESHOLDS = np.linspace(0.15, 0.7, 23)


class AspectFeatures:
    """Texts as rare character n-grams beside what the lexicon reads of each aspect."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.finder = AspectFinder(lexicon)
        self._scorer = LexiconScorer(lexicon)

    def of(self, texts: EncodedTexts, buckets: NDArray[np.uint32], rarity: Floats) -> sparse.csr_matrix:
        """Texts × (these buckets, each times its `rarity`, and the lexicon's columns); rows of n-grams have unit
        length."""
        grams = grams_present(texts, buckets) @ sparse.diags(rarity)
        length = np.sqrt(np.asarray(grams.multiply(grams).sum(axis=1)).ravel())
        grams = sparse.diags(1.0 / np.maximum(length, 1e-9)) @ grams
        columns = sparse.csr_matrix(self.lexicon_columns(texts))
        return sparse.csr_matrix(sparse.hstack([grams, columns]))

    def named(self, texts: EncodedTexts) -> Flags:
        """Texts × aspects: which aspects the lexicon's words name."""
        return np.asarray(self.lexicon_columns(texts)[:, 0 : 4 * len(ASPECTS) : 4] > 0)

    def lexicon_columns(self, texts: EncodedTexts) -> Floats:
        """Per aspect: named, praised, blamed, and named without an opinion; then the whole text's praise and blame."""
        clauses, text_of = split_clauses(texts)
        found = self.finder.find(clauses, text_of, lambda spoken: 1.0 / (1.0 + np.exp(-self._scorer.score(spoken))))
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
    """Predicts which classes hold of a text.

    buckets, rarity: the n-grams in use. weights: classes × features; intercepts: log-odds of each class without any.
    thresholds: probability from which a class is predicted, infinite for one that had too few examples to be learned.
    """

    features: AspectFeatures
    buckets: NDArray[np.uint32]
    rarity: Floats
    weights: Floats
    intercepts: Floats
    thresholds: Floats

    @property
    def is_learned(self) -> Flags:
        """Which classes had enough examples."""
        return np.isfinite(self.thresholds)

    def predict(self, texts: EncodedTexts) -> Flags:
        """Texts × classes."""
        parts = [np.zeros((0, len(self.thresholds)), dtype=bool)]
        for block in text_blocks(texts, BLOCK):
            matrix = self.features.of(block, self.buckets, self.rarity)
            parts.append(_probabilities(self.weights, self.intercepts, matrix) >= self.thresholds)
        return np.concatenate(parts)


def fit_aspects(
    texts: EncodedTexts,
    classes: Flags,
    features: AspectFeatures,
    fewest_examples: int = _FEWEST_EXAMPLES,
) -> AspectClassifier:
    """Learn each class (column of texts × classes) and the threshold that gives it the best F1 out of fold.

    A class with fewer than `fewest_examples` texts is never predicted.
    """
    # Loading it takes half a second: only a training pays for it.
    from sklearn.model_selection import KFold

    frequency = np.bincount(gram_counts(texts).indices, minlength=DIMENSIONS)
    buckets = np.flatnonzero(frequency >= 2)
    rarity = np.log((1 + len(texts)) / (1 + frequency[buckets])) + 1.0
    matrix = features.of(texts, buckets.astype(np.uint32), rarity)
    out_of_fold = np.zeros(classes.shape)
    for train, test in KFold(FOLDS, shuffle=True, random_state=0).split(matrix):
        out_of_fold[test] = _probabilities(*_fit(matrix[train], classes[train]), matrix[test])
    thresholds = np.array([_best_threshold(out_of_fold[:, k], classes[:, k]) for k in range(classes.shape[1])])
    thresholds[(classes.sum(axis=0) < fewest_examples) | classes.all(axis=0)] = np.inf
    return AspectClassifier(features, buckets.astype(np.uint32), rarity, *_fit(matrix, classes), thresholds)


def _fit(matrix: sparse.csr_matrix, classes: Flags) -> tuple[Floats, Floats]:
    """Weights (classes × features) and intercepts; a class that nearly no text or every text has gets probability 0."""
    weights = np.zeros((classes.shape[1], matrix.shape[1]))
    intercepts = np.full(classes.shape[1], -np.inf)
    for number, column in enumerate(classes.T):
        if column.sum() >= _FEWEST_EXAMPLES and not column.all():
            weights[number], intercepts[number] = fit_sparse_logit(matrix, column, REGULARISATION)
    return weights, intercepts


def _probabilities(weights: Floats, intercepts: Floats, matrix: sparse.csr_matrix) -> Floats:
    return np.asarray(expit(matrix @ weights.T + intercepts))


def _best_threshold(probabilities: Floats, truth: Flags) -> float:
    """Threshold with the best F1, amid those that are equal; drawn towards .35 when few examples speak for it."""
    scores = np.array([micro_f1(probabilities >= threshold, truth) for threshold in _THRESHOLDS])
    trust = truth.sum() / (truth.sum() + 20.0)
    return float(trust * _THRESHOLDS[scores == scores.max()].mean() + (1.0 - trust) * 0.35)


def micro_f1(predicted: Flags, truth: Flags) -> float:
    """F1 of what was `predicted` over all entries, against a `truth` of the same shape; 0 where neither holds any."""
    both = predicted.sum() + truth.sum()
    return float(2 * (predicted & truth).sum() / both) if both else 0.0
