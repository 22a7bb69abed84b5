"""Whose fault a regret is: crossed random effects of SKU, supplier, carrier, agent and customer on single lines.

A line is regretted with intensity shown x category rate x the product of one multiplier per factor; multipliers are
Gamma distributed around 1 and fitted in turn. Source: Gamma-Poisson shrinkage as in DuMouchel, Am. Stat. 53 (1999),
here crossed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from xuanpin.models.arrays import Flags, Floats, Ints

ROUNDS = 6  # the multipliers settle to three digits well before
# Of the Gamma. A culprit is an outlier, which the spread of ordinary levels does not foretell: even where those hardly
# differ, twenty expected regrets count as much as the prior.
SHAPE_RANGE = (0.2, 20.0)
CULPRIT = 1.25  # a culprit makes goods regretted at least this much more often, with probability .95


@dataclass(frozen=True)
class Effect:
    """One factor's levels: multipliers and counts behind them, shape (levels,), and the factor's Gamma shape."""

    multiplier: Floats
    observed: Floats
    expected: Floats
    shape: float

    @property
    def is_culprit(self) -> Flags:
        """Levels that are proven to cause regret whatever they touch."""
        proven = self.multiplier > CULPRIT  # the 5 % quantile of a Gamma lies below its mean
        seen, due = self.observed[proven], self.expected[proven]
        proven[proven] = gammaincinv(seen + self.shape, 0.05) / (due + self.shape) > CULPRIT
        return proven


def fit_effects(factors: Mapping[str, Ints], regretted: Floats, expected: Floats) -> dict[str, Effect]:
    """Fit one multiplier a level of each factor, in the order given.

    `factors` are level codes of shape (lines,), -1 where a line has no such level; `regretted` is 0 or 1 and `expected`
    the intensity that the line's category and age lead one to expect.
    """
    # Place 0 stands for an unknown level, whose multiplier stays 1.
    places = {name: codes + 1 for name, codes in factors.items()}
    observed = {name: np.bincount(place, regretted, 1)[1:].astype(np.float64) for name, place in places.items()}
    multipliers = {name: np.ones(len(seen) + 1) for name, seen in observed.items()}
    effects: dict[str, Effect] = {}
    intensity = expected.copy()
    for _ in range(ROUNDS):
        for name, place in places.items():
            intensity /= multipliers[name][place]
            due = np.bincount(place, intensity, 1)[1:].astype(np.float64)
            effects[name] = _shrink(observed[name], due)
            multipliers[name][1:] = effects[name].multiplier
            intensity *= multipliers[name][place]
    return effects


def _shrink(seen: Floats, due: Floats) -> Effect:
    # Moments: the squared miss of a level exceeds its Poisson noise by the spread of the multipliers times due squared.
    spread = (np.sum((seen - due) ** 2) - np.sum(due)) / max(float(np.sum(due**2)), 1e-12)
    shape = float(np.clip(1.0 / max(spread, 1e-12), *SHAPE_RANGE))
    return Effect((seen + shape) / (due + shape), seen, due, shape)


def blame(effects: Mapping[str, Effect], factors: Mapping[str, Ints]) -> dict[str, Floats]:
    """Share of each line's regret that each factor adds beyond the ordinary, shape (lines,); the rest is the product's.

    A multiplier of 3 adds two regrets to the one that would have come anyway.
    """
    excess = {}
    for name, codes in factors.items():
        over = np.append(np.maximum(effects[name].multiplier - 1.0, 0.0), 0.0)
        excess[name] = over[codes]
    total = 1.0 + sum(excess.values(), np.zeros(1))
    return {name: value / total for name, value in excess.items()}
