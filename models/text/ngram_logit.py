"""A linear n-gram logit on hashed character n-grams: learns from weak or true labels, scores by adding up weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from xuanpin.models.arrays import Flags, Floats, Singles
from xuanpin.models.text.sparse_logit import fit_sparse_logit
from xuanpin.models.text.text_encoding import DIMENSIONS, EncodedTexts
from xuanpin.models.text.text_hashing import gram_counts, gram_sums

FEWEST_TEXTS = 3
"""A gram seen in fewer texts is noise: dropping it costs nothing and halves the model."""
REGULARISATION = 1.0
_FLOOR = 0.3
"""Weight left to grams that both classes use alike."""
_SCALE = 0.25


@dataclass(frozen=True)
class NgramLogit:
    """weights: float32 per bucket, rarity and class contrast folded in. A text's log-odds is `intercept` plus their
    mean-like sum."""

    weights: Singles
    intercept: float

    def log_odds(self, texts: EncodedTexts) -> Floats:
        """Log-odds of the positive class: sum of weights over the root of the number of grams, plus the intercept."""
        return mean_logits([self], texts)[0]

    def scaled(self, say: float) -> NgramLogit:
        """Return the n-gram logit with its log-odds multiplied by `say`, 0-1."""
        return NgramLogit((self.weights * np.float32(say)).astype(np.float32), self.intercept * say)


def mean_logits(ngram_logits: Sequence[NgramLogit], texts: EncodedTexts) -> list[Floats]:
    """The log-odds of each n-gram logit; the n-grams of the texts are hashed once for all."""
    sums, counts = gram_sums(texts, [ngram_logit.weights for ngram_logit in ngram_logits])
    roots = np.sqrt(np.maximum(counts, 1))
    return [of_one / roots + ngram_logit.intercept for of_one, ngram_logit in zip(sums, ngram_logits, strict=True)]


def fit_ngram_logit(
    texts: EncodedTexts,
    targets: Flags,
    sample_weights: Floats,
    regularisation: float = REGULARISATION,
) -> NgramLogit:
    """Logistic regression on counts scaled by rarity and by the classes' log-count ratio (Wang and Manning, 2012).

    targets: true class or a weak label of it. sample_weights: trust in each label, 0–1. regularisation: C of
    scikit-learn, the inverse of the penalty. Raises ValueError when only one class is there.
    """
    if targets.all() or not targets.any():
        raise ValueError(f"{len(targets)} texts of one class teach nothing; give both praise and complaints")
    counts = gram_counts(texts)
    frequency = np.bincount(counts.indices, minlength=DIMENSIONS)
    rarity = np.where(frequency >= FEWEST_TEXTS, np.log((1 + len(texts)) / (1 + frequency)) + 1.0, 0.0)
    scale = _SCALE * rarity * (_FLOOR + np.abs(_contrast(counts, targets, sample_weights)))
    grams = np.asarray(counts.sum(axis=1)).ravel()
    used = np.flatnonzero(scale)
    features = sparse.diags(1.0 / np.sqrt(np.maximum(grams, 1))) @ counts[:, used] @ sparse.diags(scale[used])
    coefficients, intercept = fit_sparse_logit(features.tocsr(), targets, regularisation, sample_weights)
    weights = np.zeros(DIMENSIONS, dtype=np.float32)
    weights[used] = (coefficients * scale[used]).astype(np.float32)
    return NgramLogit(weights, intercept)


def _contrast(counts: sparse.csr_matrix, targets: Flags, sample_weights: Floats) -> Floats:
    """Log ratio of a gram's share of the positive texts to its share of the negative ones."""
    present = sparse.csr_matrix((np.ones_like(counts.data), counts.indices, counts.indptr), shape=counts.shape)
    praise = present.T @ (sample_weights * targets) + 1.0
    complaint = present.T @ (sample_weights * ~targets) + 1.0
    return np.asarray(np.log((praise / praise.sum()) / (complaint / complaint.sum())))
