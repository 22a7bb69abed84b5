"""Brings a platform's own embeddings of its SKUs down to the few directions in which the SKUs differ most.

Principal components of vectors of length 1: tastes follow what tells SKUs apart, and effects of hundreds of columns for
each agent would be neither known nor affordable.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Floats, Singles

MOST_DIRECTIONS = 16
"""Directions that are kept, by measure: see decision 40."""
LEAST_SHARE = 1e-3
"""Share of the spread of the first direction below which one says nothing."""


@dataclass(frozen=True)
class StyleSpace:
    """Directions of a platform's embeddings: `centre` (d) of vectors of length 1, and the columns of `axes` (d × k)."""

    centre: Singles
    axes: Singles

    @property
    def directions(self) -> int:
        """Number of directions k."""
        return int(self.axes.shape[1])

    def place(self, vectors: Singles) -> Floats:
        """Return where `vectors` (n × d, none of them zero) lie along the directions (n × k), in all about 1 apart."""
        return np.asarray((_unit(vectors) - self.centre) @ self.axes, dtype=np.float64)


def fit_style_space(vectors: Singles) -> StyleSpace:
    """Find the directions of `vectors` (n × d, none of them zero); none where fewer than two differ.

    The sign of a direction is that of its largest coordinate, so that the same vectors give the same numbers.
    """
    width = vectors.shape[1]
    if len(vectors) < 2:
        return StyleSpace(np.zeros(width, np.float32), np.zeros((width, 0), np.float32))
    unit = _unit(vectors)
    centre = unit.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread, axes = np.linalg.eigh(np.asarray((unit - centre).T @ (unit - centre), dtype=np.float64) / len(unit))
    spread, axes = spread[::-1][:MOST_DIRECTIONS], axes[:, ::-1][:, :MOST_DIRECTIONS]
    kept = spread > max(LEAST_SHARE * spread[0], np.finfo(np.float32).eps)
    axes = axes[:, kept] * np.sign(axes[np.abs(axes[:, kept]).argmax(axis=0), np.flatnonzero(kept)])
    return StyleSpace(centre, (axes / np.sqrt(max(spread[kept].sum(), 1e-12))).astype(np.float32))


def _unit(vectors: Singles) -> Singles:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
