"""Groups are those that scikit-learn finds, whatever ties there are."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from xuanpin.models.affinity.k_means import Centres, fit_centres


@pytest.mark.parametrize(("seed", "digits"), [(1, 8), (2, 8), (3, 0), (4, 0)])
def test_groups_are_those_of_scikit_learn(seed: int, digits: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.round(rng.normal(size=(300, 5)) @ rng.normal(size=(5, 12)), digits)
    with threadpool_limits(1):
        known = KMeans(20, n_init=1, max_iter=25, random_state=11).fit(rows)
        assert np.array_equal(fit_centres(rows, 20, 11).nearest(rows), known.predict(rows))


def test_as_many_groups_as_kinds_of_rows_are_these_kinds() -> None:
    kinds = np.array([[0.0, 2.0], [2.0, 0.0], [2.0, 2.0]])
    centres = fit_centres(np.repeat(kinds, [1, 5, 3], axis=0), 3, 11)
    assert np.allclose(kinds, centres.at[centres.nearest(kinds)])


def test_of_equal_centres_the_first_is_nearest() -> None:
    assert Centres(np.array([[1.0], [1.0], [0.0]])).nearest(np.array([[0.9], [0.1]])).tolist() == [0, 2]
