"""What blocks of agents are scored with gives the numbers of the plain ways, which take longer."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xuanpin.models.arrays import Flags, Floats, Singles
from xuanpin.models.choosing import choose
from xuanpin.models.limits import limit_of
from xuanpin.models.sparse_rows import dense_rows, is_run, row_cells, sparse_rows

NUMBERS = st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 0.5 + 2**-52, 2.0, np.inf, np.nan])


@given(arrays(np.float64, st.integers(0, 6), elements=NUMBERS), arrays(np.float64, 4, elements=NUMBERS))
def test_ranks_meet_a_limit_where_the_numbers_do(values: Floats, least: Floats) -> None:
    rows = np.array([2, 0, 3])
    assert (limit_of(values, least).met(rows) == (values[None, :] >= least[rows, None])).all()


@pytest.mark.parametrize("rows", [[2, 3, 4], [4, 0, 3], [1], []], ids=["a run", "any order", "one", "none"])
def test_rows_of_a_sparse_matrix_are_those_of_the_whole(rows: list[int]) -> None:
    whole = np.array([[0, 2, 0], [0, 0, 0], [1, 0, 3], [0, 4, 0], [5, 6, 7]], dtype=np.float64)
    matrix, some = sp.csr_array(whole), np.array(rows, dtype=np.int64)
    place, value = row_cells(matrix, some)
    assert (place.tolist(), value.tolist()) == (
        np.flatnonzero(whole[some]).tolist(),
        whole[some][whole[some] > 0].tolist(),
    )
    assert (dense_rows(matrix, some) == whole[some]).all()
    assert (dense_rows(matrix, some, np.bool_) == (whole[some] > 0)).all()
    assert (sparse_rows(matrix, some).toarray() == whole[some]).all()
    assert is_run(some) == (rows in ([2, 3, 4], [1]))


@given(arrays(np.bool_, (2, 3)), arrays(np.float32, (2, 3)), arrays(np.float32, (2, 3)))
def test_numbers_are_chosen_to_the_last_bit(flags: Flags, values: Singles, others: Singles) -> None:
    assert choose(flags, values, others).tobytes() == np.where(flags, values, others).tobytes()
    assert choose(flags, values, np.float32(-1e9)).tobytes() == np.where(flags, values, np.float32(-1e9)).tobytes()
    kept = values.copy()
    choose(flags, kept, others, out=kept)
    assert kept.tobytes() == np.where(flags, values, others).tobytes()
