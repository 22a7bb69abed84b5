"""The logarithm of the Gamma tail agrees with the tail, and goes on where the tail is no number."""

import math

import numpy as np
import pytest
from scipy.special import gammaincc

from xuanpin.models.risk.gamma_tail import log_upper_gamma


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("shape", "above"), [(1.0, 0.1), (3.0, 2.0), (40.0, 400.0), (5.0, 600.0)])
def test_it_is_the_logarithm_of_the_tail(shape: float, above: float) -> None:
    found = log_upper_gamma(np.array([shape]), np.array([above]))
    assert found[0] == pytest.approx(math.log(gammaincc(shape, above)), rel=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("above", [700.0, 5_000.0, 1e6])
def test_far_out_it_goes_on(above: float) -> None:
    """For shape 2 the tail is (1 + above) exp(-above)."""
    found = log_upper_gamma(np.array([2.0]), np.array([above]))
    assert found[0] == pytest.approx(math.log1p(above) - above, rel=1e-5)
