"""Some rows of a sparse matrix in the plain arrays that blocks of agents are scored in.

A block asks some fifteen matrices for a thousand rows each, of which few cells are filled: scipy's own slices of them
cost a tenth of the whole step. No cell may stand twice in a matrix.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import DTypeLike

from xuanpin.models.arrays import Array, Ints


def row_cells(matrix: sp.csr_array, rows: Ints) -> tuple[Ints, Array]:
    """Return the filled cells of the rows of a `matrix` at `rows`: their places in a flat array of these rows ×
    columns, row by row, and their values."""
    starts, ends = matrix.indptr[rows], matrix.indptr[rows + 1]
    counts = ends - starts
    offset = np.arange(len(rows)) * matrix.shape[1]
    if is_run(rows):
        run = slice(starts[0], ends[-1])
        return np.repeat(offset, counts) + matrix.indices[run], matrix.data[run]
    before = np.cumsum(counts) - counts
    cell = np.arange(int(counts.sum())) + np.repeat(starts - before, counts)
    return np.repeat(offset, counts) + matrix.indices[cell], matrix.data[cell]


def dense_rows(matrix: sp.csr_array, rows: Ints, kind: DTypeLike | None = None) -> Array:
    """Return the rows of a `matrix` at `rows` with all their columns, as numbers of a `kind` where one is named."""
    dense = np.zeros((len(rows), matrix.shape[1]), matrix.dtype if kind is None else kind)
    if matrix.nnz:
        place, value = row_cells(matrix, rows)
        dense.ravel()[place] = value
    return dense


def sparse_rows(matrix: sp.csr_array, rows: Ints) -> sp.csr_array:
    """Return the rows of a `matrix` at `rows`."""
    return matrix[int(rows[0]) : int(rows[-1]) + 1] if is_run(rows) else matrix[rows]


def is_run(rows: Ints) -> bool:
    """Tell whether `rows` follow one another without a gap, at least one."""
    return len(rows) > 0 and int(rows[-1]) - int(rows[0]) == len(rows) - 1 and bool((np.diff(rows) == 1).all())
