"""A logistic regression on sparse features, alike on every machine."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from xuanpin.models.arrays import Flags, Floats


def fit_sparse_logit(
    features: sparse.csr_matrix, targets: Flags, regularisation: float, sample_weights: Floats | None = None
) -> tuple[Floats, float]:
    """Return the weight of each feature and the intercept.

    features: texts × features. targets: the class of each text. regularisation: C of scikit-learn, the inverse of the
    penalty. sample_weights: trust in each target, 1 where None.
    """
    # Loading it takes half a second: only a training pays for it.
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(solver="liblinear", C=regularisation, random_state=0)
    # Threads of BLAS that share sums of a few thousand numbers mostly wait for each other: twenty times the CPU-seconds
    # on two cores, and sums that depend on how many there are.
    with threadpool_limits(1):
        model.fit(features, targets, sample_weight=sample_weights)
    return np.asarray(model.coef_[0], dtype=np.float64), float(model.intercept_[0])
