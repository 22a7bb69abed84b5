"""What is known of a SKU before its own lines: nothing learnt from nothing, and nothing of itself in its kind."""

import numpy as np
import pytest

from xuanpin.models.risk.beta_binomial import fit_strength, pooled_rates


@pytest.mark.parametrize(("events", "exposure"), [([0.0, 0.0], [40.0, 9.0]), ([0.0, 0.0], [0.0, 0.0])])
def test_without_any_outcome_the_prior_is_as_weak_as_it_gets(events: list[float], exposure: list[float]) -> None:
    assert fit_strength(np.full(2, 0.1), np.array(events), np.array(exposure)) == 0.5


def test_a_sku_is_no_witness_for_its_own_kind() -> None:
    kind, exposure = np.zeros(3, np.int64), np.array([100.0, 100.0, 100.0])
    quiet = pooled_rates(kind, kind, np.array([0.0, 10.0, 10.0]), exposure, 20.0, without_self=True)
    loud = pooled_rates(kind, kind, np.array([90.0, 10.0, 10.0]), exposure, 20.0, without_self=True)
    assert quiet[0] == loud[0] == pytest.approx(0.1, abs=0.005)
    assert quiet[1] < loud[1]
