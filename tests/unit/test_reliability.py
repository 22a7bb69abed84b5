"""How predictions are held against outcomes: gaps weigh by the lines behind them, and the worst are the highest."""

import numpy as np
import pytest

from xuanpin.models.evaluation.reliability import Reliability, worst_precision


def test_a_bin_of_few_lines_weighs_little() -> None:
    found = Reliability(np.array([0, 1]), np.array([0.1, 0.5]), np.array([0.2, 0.1]), np.array([90.0, 10.0]))
    assert found.expected_error == pytest.approx(0.9 * 0.1 + 0.1 * 0.4)


def test_the_worst_are_those_of_the_highest_predictions_and_of_equals_the_first() -> None:
    predicted, is_bad = np.array([0.1, 0.9, 0.5, 0.9]), np.array([False, True, False, False])
    assert [worst_precision(predicted, is_bad, count) for count in (1, 2, 4)] == [1.0, 0.5, 0.25]
