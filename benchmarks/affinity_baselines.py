"""What agents who bought the same SKUs also bought: item neighbours, EASE and the ALS of the implicit package.

All take a sparse agent × SKU matrix of history and give scores of every agent for every SKU of it.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from xuanpin.models.arrays import Floats, Ints


def item_cosine(history: sp.csr_array, shrink: float = 10.0, keep: int = 100) -> sp.csr_array:
    """SKU × SKU cosine of binary histories, damped for rare pairs; the `keep` nearest of each SKU, without itself."""
    seen = sp.csr_array((np.ones(history.nnz), history.indices, history.indptr), shape=history.shape)
    together = sp.csr_array(seen.T @ seen)
    together.setdiag(0)
    together.eliminate_zeros()
    bought: Floats = np.asarray(seen.sum(axis=0)).ravel()
    row = np.repeat(np.arange(together.shape[0]), np.diff(together.indptr))
    together.data = together.data / (np.sqrt(bought[row] * bought[together.indices]) + shrink)
    return _nearest(together, row, keep)


def _nearest(likeness: sp.csr_array, row: Ints, keep: int) -> sp.csr_array:
    order = np.lexsort((likeness.indices, -likeness.data, row))
    place = np.arange(len(order)) - np.repeat(likeness.indptr[:-1], np.diff(likeness.indptr))
    chosen = order[place < keep]
    cells = (row[chosen], likeness.indices[chosen])
    return sp.csr_array((likeness.data[chosen], cells), shape=likeness.shape)


def ease(history: sp.csr_array, ridge: float) -> Floats:
    """SKU × SKU weights that rebuild each SKU from the others (Steck 2019, "Embarrassingly shallow autoencoders")."""
    gram = (history.T @ history).toarray()
    gram[np.diag_indices_from(gram)] += ridge
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights)


def als(binary: sp.csr_array, place: np.ndarray) -> np.ndarray | None:
    """Scores of the implicit package; None where the extra `bench` is not installed."""
    try:
        from implicit.als import AlternatingLeastSquares
    except ImportError:
        return None
    model = AlternatingLeastSquares(factors=64, regularization=0.05, alpha=10.0, iterations=15, random_state=1)
    model.fit(sp.csr_matrix(binary, dtype=np.float32), show_progress=False)
    return np.asarray(model.user_factors @ model.item_factors[place].T)
