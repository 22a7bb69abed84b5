"""Whose fault a regret is: crossed random effects of SKU, supplier, carrier, agent and customer on single lines.

A line is regretted with intensity shown x category rate x the product of one multiplier per factor; multipliers are
Gamma distributed around 1 and fitted in turn. Source: Gamma-Poisson shrinkage as in DuMouchel, Am. Stat. 53 (1999),
here crossed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

ROUNDS = 6  # the multipliers settle to three digits well before
SHAPE_RANGE = (0.2, 1_000.0)  # of the Gamma; 1,000 means that the levels of a factor do not differ
CULPRIT = 1.5  # a culprit makes goods regretted at least this much more often, with probability .95


@dataclass(frozen=True)
class Effect:
    """One factor's levels: multiplier, counts behind it, and the multiplier it exceeds with probability .95."""

    multiplier: Floats
    observed: Floats
    expected: Floats
    surely_above: Floats

    @property
    def is_culprit(self) -> Flags:
        """Levels that are proven to cause regret whatever they touch."""
        return self.surely_above > CULPRIT


def fit_effects(factors: Mapping[str, Ints], regretted: Floats, expected: Floats) -> dict[str, Effect]:
    """Fit one multiplier a level of each factor, in the order given.

    `factors` are level codes of shape (lines,), -1 where a line has no such level; `regretted` is 0 or 1 and `expected`
    the intensity that the line's category and age lead one to expect.
    """
    # Code -1 reads the last place, which stays 1.
    multipliers = {name: np.ones(int(codes.max(initial=-1)) + 2) for name, codes in factors.items()}
    effects: dict[str, Effect] = {}
    intensity = expected.copy()
    for _ in range(ROUNDS):
        for name, codes in factors.items():
            intensity /= multipliers[name][codes]
            effects[name] = _fit_one(codes, regretted, intensity)
            multipliers[name][:-1] = effects[name].multiplier
            intensity *= multipliers[name][codes]
    return effects


def _fit_one(codes: Ints, regretted: Floats, expected: Floats) -> Effect:
    known = codes >= 0
    size = int(codes.max(initial=-1)) + 1
    seen: Floats = np.bincount(codes[known], regretted[known], size).astype(np.float64)
    due: Floats = np.bincount(codes[known], expected[known], size).astype(np.float64)
    # Moments: the squared miss of a level exceeds its Poisson noise by the spread of the multipliers times due squared.
    spread = (np.sum((seen - due) ** 2) - np.sum(due)) / max(float(np.sum(due**2)), 1e-12)
    shape = float(np.clip(1.0 / max(spread, 1e-12), *SHAPE_RANGE))
    return Effect(
        multiplier=(seen + shape) / (due + shape),
        observed=seen,
        expected=due,
        surely_above=gammaincinv(seen + shape, 0.05) / (due + shape),
    )


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
