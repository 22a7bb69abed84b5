"""Effects of single agents on attributes of SKUs, drawn to 0, fitted family by family.

Within a family the attributes of a row overlap (a SKU has two styles), so that a step bounds the curvature from above
(De Pierro, "A modified expectation maximization algorithm", IEEE Trans. Med. Imaging 14, 1995): no step goes too far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from xuanpin.models.arrays import Flags, Floats, Ints

Slopes = Callable[[Floats], tuple[Floats, Floats]]
"""Gives slope and curvature of the log likelihood in the log odds of each row."""


@dataclass
class _Family:
    """Entries of one family: row, value, cell (agent and attribute) and what the row has in all.

    weighed is the value where she teaches; agent and attribute are those of each cell. Found are the effects and the
    curvature of each entry.
    """

    row: Ints
    value: Floats
    cell: Ints
    whole: Floats
    weighed: Floats
    agent: Ints
    attribute: Ints
    effect: Floats
    curve: Floats


class OwnEffects:
    """Effects of agents (`agent`, of each row) on the attributes of the rows (`own`, rows × attributes, 0 or more).

    `teaches` (rows × families) says which effects a row changes, `family` is that of each attribute.
    """

    def __init__(self, agent: Ints, own: sp.csr_array, teaches: Flags, family: Ints) -> None:
        """Begin with no effects."""
        self._rows, self._attributes = len(agent), own.shape[1]
        entries = own.tocoo()
        row, column = (np.asarray(part, dtype=np.int64) for part in entries.coords)
        self._families = [
            _family(row[of], column[of], entries.data[of], agent, teaches[:, number], self._attributes)
            for number in range(teaches.shape[1])
            for of in [np.flatnonzero(family[column] == number)]
        ]

    def improve(self, level: Floats, slopes: Slopes, variance: Floats) -> Floats:
        """Take one step in each family in turn; return the log odds of the rows (`level` before) with it.

        `slopes` are those of the rows' likelihood, `variance` that of each family's effects.
        """
        for part, spread in zip(self._families, variance, strict=True):
            slope, curve = slopes(level)
            cells = len(part.effect)
            gradient = np.bincount(part.cell, slope.take(part.row) * part.weighed, cells) - part.effect / spread
            part.curve = curve.take(part.row) * part.weighed
            step = gradient / (np.bincount(part.cell, part.curve * part.whole, cells) + 1.0 / spread)
            part.effect = part.effect + step
            level = level + np.bincount(part.row, part.value * step.take(part.cell), self._rows)
        return level

    def variances(self, variance: Floats, guess: float, worth: float) -> Floats:
        """Return the mean squared effect of each family, what is uncertain of it included (`variance` before).

        `guess` counts as so many effects (`worth`).
        """
        squares = [
            float((part.effect**2 + 1.0 / (_curvature(part) + 1.0 / spread)).sum())
            for part, spread in zip(self._families, variance, strict=True)
        ]
        sizes = [len(part.effect) for part in self._families]
        return np.array([(total + guess * worth) / (size + worth) for total, size in zip(squares, sizes, strict=True)])

    def matrix(self, agents: int) -> sp.csr_array:
        """Return the effects, `agents` × attributes."""
        empty = np.zeros(0, np.int64)
        agent = np.concatenate([empty, *(part.agent for part in self._families)])
        attribute = np.concatenate([empty, *(part.attribute for part in self._families)])
        effect = np.concatenate([np.zeros(0), *(part.effect for part in self._families)])
        return sp.csr_array((effect.astype(np.float32), (agent, attribute)), shape=(agents, self._attributes))


def _curvature(part: _Family) -> Floats:
    """Curvature of each cell."""
    return np.bincount(part.cell, part.curve * part.value, len(part.effect)).astype(np.float64)


def _family(row: Ints, column: Ints, value: Floats, agent: Ints, teaches: Flags, attributes: int) -> _Family:
    cells, cell = np.unique(agent[row] * attributes + column, return_inverse=True)
    return _Family(
        row=row,
        value=value,
        cell=cell,
        whole=np.bincount(row, value, len(agent))[row].astype(np.float64),
        weighed=value * teaches[row],
        agent=cells // max(attributes, 1),
        attribute=cells % max(attributes, 1),
        effect=np.zeros(len(cells)),
        curve=np.zeros(len(row)),
    )
