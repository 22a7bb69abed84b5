"""The highest values of each row."""

from __future__ import annotations

import numpy as np
import pytest

from xuanpin.models.matching.slate import SORTED_WHOLE, best_columns, highest_columns


def test_the_highest_of_each_row_come_in_order_and_ties_go_to_the_first() -> None:
    values = np.random.default_rng(5).integers(0, 9, (400, 30)).astype(np.float32)
    expected = np.sort(np.argsort(-values, axis=1, kind="stable")[:, :12], axis=1)
    assert (highest_columns(values, 12) == expected).all()
    assert (highest_columns(values, 30) == np.arange(30)).all()


@pytest.mark.parametrize("width", [30, SORTED_WHOLE, SORTED_WHOLE + 40], ids=["few", "as many as are sorted", "more"])
def test_the_best_of_each_row_come_first_and_of_equals_the_first(width: int) -> None:
    values = np.random.default_rng(5).integers(-9, 9, (400, width)).astype(np.float32)
    assert (best_columns(values, 12) == np.argsort(-values, axis=1, kind="stable")[:, :12]).all()
