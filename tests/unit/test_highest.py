"""The highest values of each row."""

from __future__ import annotations

import numpy as np

from xuanpin.models.matching.slate import highest_columns


def test_the_highest_of_each_row_come_in_order_and_ties_go_to_the_first() -> None:
    values = np.random.default_rng(5).integers(0, 9, (400, 30)).astype(np.float32)
    expected = np.sort(np.argsort(-values, axis=1, kind="stable")[:, :12], axis=1)
    assert (highest_columns(values, 12) == expected).all()
    assert (highest_columns(values, 30) == np.arange(30)).all()
