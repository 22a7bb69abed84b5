"""What like-minded agents share beyond attributes: a low-rank residual of purchases over the choice model.

Cells are agent × SKU with bought units y and expected units e; y ~ Poisson(e · exp(x_a · z_s)). Alternating ridge
regressions on the working residual (y - e) / e with weights e (Hu, Koren, Volinsky 2008, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import svds

from xuanpin.models.arrays import Floats


@dataclass(frozen=True)
class Factors:
    """Factors of agents (agent × rank) and of SKUs (SKU × rank); their product adds to the log attraction."""

    agent: Floats
    sku: Floats


def no_factors(agents: int, skus: int) -> Factors:
    """Return factors of rank 0 for so many `agents` and `skus`: no residual."""
    return Factors(np.zeros((agents, 0)), np.zeros((skus, 0)))


def fit_factorization(
    bought: sp.csr_array, expected: sp.csr_array, rank: int, ridge: float, sweeps: int = 6
) -> Factors:
    """Fit factors to agent × SKU cells of units `bought` and `expected`; both matrices have the same sparsity and
    expected > 0 on it.

    `ridge` is the penalty of each factor, `sweeps` the alternations. Rank 0 where there are too few agents or SKUs;
    factors of 0 where everything was bought as expected.
    """
    rank = min(rank, min(bought.shape) - 1)
    if rank < 1 or bought.nnz == 0:
        return no_factors(bought.shape[0], bought.shape[1])
    residual = bought.copy()
    residual.data = bought.data - expected.data
    pearson = residual.copy()
    pearson.data = residual.data / np.sqrt(expected.data + 0.5)
    if not np.any(pearson.data):
        return Factors(np.zeros((bought.shape[0], rank)), np.zeros((bought.shape[1], rank)))
    _, scale, right = svds(pearson, k=rank, v0=_start(pearson))
    sku = right.T[:, ::-1] * np.sqrt(scale[::-1])
    sku *= 0.1 / max(float(np.abs(sku).max()), 1e-12)
    for _ in range(sweeps):
        agent = _solve(residual, expected, sku, ridge)
        sku = _solve(sp.csr_array(residual.T), sp.csr_array(expected.T), agent, ridge)
    return Factors(_solve(residual, expected, sku, ridge), sku)


def _start(matrix: sp.csr_array) -> Floats:
    """A vector for the singular vectors to start from: ones, or an uneven one where ones are what the matrix maps to 0.

    Residuals of sets that everybody posts alike sum to 0 in every row.
    """
    size = min(matrix.shape)
    ones = np.ones(size)
    image = matrix @ ones if matrix.shape[1] == size else matrix.T @ ones
    is_lost = float(np.abs(image).max()) <= 1e-9 * float(np.abs(matrix.data).max())
    return np.cos(1.0 + np.arange(size)) if is_lost else ones


def _solve(residual: sp.csr_array, weight: sp.csr_array, other: Floats, ridge: float) -> Floats:
    rank = other.shape[1]
    outer = (other[:, :, None] * other[:, None, :]).reshape(len(other), rank * rank)
    normal = np.asarray(weight @ outer).reshape(-1, rank, rank) + ridge * np.eye(rank)
    return np.asarray(np.linalg.solve(normal, np.asarray(residual @ other)[:, :, None])[:, :, 0])
