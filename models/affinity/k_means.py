"""Groups rows of numbers around centres: k-means, begun by k-means++ (Arthur and Vassilvitskii 2007; Lloyd 1982).

It gives the groups that scikit-learn's KMeans gives for the same seed, whose import takes longer than the grouping.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Floats, Ints

MOST_STEPS = 25
"""Most times that rows are dealt to their centres."""
TOLERANCE = 1e-4
"""Share of the mean variance of the columns that centres, squared, must move by for another step."""


@dataclass(frozen=True)
class Centres:
    """The centres of groups (`at`), groups × columns."""

    at: Floats

    def nearest(self, rows: Floats) -> Ints:
        """Return the group whose centre is nearest to each of the `rows` (rows × columns), the first of equal ones."""
        apart = np.einsum("ij,ij->i", self.at, self.at) - 2.0 * (rows @ self.at.T)
        return np.asarray(apart.argmin(axis=1))


def fit_centres(rows: Floats, groups: int, seed: int) -> Centres:
    """Return the centres of so many `groups` of `rows` (rows × columns), at most as many as there are different rows.

    The same `seed` gives the same centres.
    """
    middle = rows.mean(axis=0)
    centred = rows - middle
    centres = Centres(centred[_first_centres(centred, groups, np.random.RandomState(seed))])
    still = TOLERANCE * float(centred.var(axis=0).mean())
    before = np.zeros(0, np.int64)
    for _ in range(MOST_STEPS):
        group = centres.nearest(centred)
        moved = Centres(_means(centred, group, centres))
        is_still = np.array_equal(group, before) or float(((moved.at - centres.at) ** 2).sum()) <= still
        before, centres = group, moved
        if is_still:
            break
    return Centres(centres.at + middle)


def _first_centres(rows: Floats, groups: int, random: np.random.RandomState) -> Ints:
    """Rows far from each other: each the best of a few drawn with chances as their squared distance to those before."""
    tries = 2 + int(np.log(groups))
    norms, ones = np.einsum("ij,ij->i", rows, rows), np.ones(len(rows))

    def distances(to: Ints) -> Floats:
        apart = -2.0 * (rows[to] @ rows.T)
        apart += norms[to, None]
        apart += norms
        return np.maximum(apart, 0.0, out=apart)

    chosen = [int(random.choice(len(rows), p=np.full(len(rows), 1.0 / len(rows))))]
    near = distances(np.array(chosen))[0]
    total = near @ ones
    for _ in range(1, groups):
        drawn = np.searchsorted(np.cumsum(near), random.uniform(size=tries) * total)
        drawn = np.minimum(drawn, len(rows) - 1)
        left = np.minimum(near, distances(drawn))
        totals = left @ ones
        best = int(totals.argmin())
        chosen.append(int(drawn[best]))
        near, total = left[best], totals[best]
    return np.array(chosen)


def _means(rows: Floats, group: Ints, centres: Centres) -> Floats:
    """The mean of each group; one that has lost all its rows keeps its centre."""
    size = np.bincount(group, minlength=len(centres.at))
    filled, order, at = np.flatnonzero(size), np.argsort(group, kind="stable"), centres.at.copy()
    sums = np.add.reduceat(rows[order], (np.cumsum(size) - size)[filled], axis=0)
    at[filled] = sums * (1.0 / size[filled, None])
    return at
