"""Embeddings brought down to the directions in which SKUs differ: distances stay, and signs are settled."""

from __future__ import annotations

import numpy as np
import pytest

from xuanpin.models.affinity.style_space import MOST_DIRECTIONS, fit_style_space
from xuanpin.models.arrays import Floats, Singles


def drawn(rows: int, rank: int, width: int, seed: int = 1) -> Singles:
    """Embeddings that differ in so many ways."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.normal(size=(rows, rank)) @ rng.normal(size=(rank, width)), dtype=np.float32)


def distances(points: Floats) -> Floats:
    return np.asarray(np.linalg.norm(points[:, None] - points[None, :], axis=2))


def test_skus_are_as_far_apart_as_their_embeddings_of_length_one() -> None:
    vectors = drawn(40, 5, 64)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    place = fit_style_space(vectors).place(vectors)
    apart = distances(unit.astype(np.float64))
    scale = distances(place)[0, 1] / apart[0, 1]
    assert distances(place) == pytest.approx(scale * apart, abs=1e-4)
    assert (place**2).sum(axis=1).mean() == pytest.approx(1.0, abs=1e-4)


def test_the_length_of_an_embedding_says_nothing() -> None:
    vectors = drawn(30, 4, 16)
    space = fit_style_space(vectors)
    assert space.place(7 * vectors) == pytest.approx(space.place(vectors), abs=1e-5)


def test_as_many_directions_as_skus_differ_in_and_no_more_than_are_wanted() -> None:
    assert fit_style_space(drawn(100, 40, 64)).directions == MOST_DIRECTIONS
    assert fit_style_space(drawn(100, 3, 64)).directions == 3


@pytest.mark.parametrize("vectors", [drawn(0, 1, 8), drawn(1, 1, 8), np.ones((5, 8), np.float32)])
def test_skus_that_do_not_differ_have_no_directions(vectors: Singles) -> None:
    space = fit_style_space(vectors)
    assert space.directions == 0
    assert space.place(np.ones((2, 8), np.float32)).shape == (2, 0)


def test_each_direction_points_the_way_of_its_largest_coordinate() -> None:
    vectors = drawn(50, 6, 32)
    axes = fit_style_space(vectors).axes
    assert (axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] > 0).all()
    assert np.array_equal(fit_style_space(vectors).place(vectors), fit_style_space(vectors.copy()).place(vectors))
