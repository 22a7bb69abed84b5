"""The value of another policy, estimated from logs of random choices.

Of each logged choice are known what it brought (reward), the chance it had then (propensity) and the chance the other
policy gives it (target); their ratio weighs it. Choices of one agent share her groups and days and are not independent,
so uncertainty comes from whole agents.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as ngram_logit

from xuanpin.models.arrays import Floats, Ints

LEVEL = 0.95
FEWEST_AGENTS = 20
"""Fewer agents make a normal interval of a weighted mean too short."""
FEWEST_EFFECTIVE = 100.0
"""Choices worth of evidence below which a ratio of weighted sums is still visibly biased (order 1 / n)."""


@dataclass(frozen=True)
class Interval:
    """A mean and the lower and upper end of its two-sided 95 % interval; None where a single value gives none."""

    mean: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Logged:
    """Choices made by chance, one per row.

    reward; propensity: chance of the choice when it was made, in (0, 1]; target: the other policy's chance of it, ≥ 0;
    agent: who. Raises ValueError for a propensity or target outside its range.
    """

    reward: Floats
    propensity: Floats
    target: Floats
    agent: Ints

    def __post_init__(self) -> None:
        if np.any(self.propensity <= 0.0) or np.any(self.propensity > 1.0):
            raise ValueError("propensities must be above 0 and at most 1")
        if np.any(self.target < 0.0) or np.any(self.target > 1.0):
            raise ValueError("chances under the other policy must be between 0 and 1")

    @property
    def weight(self) -> Floats:
        """By how much likelier the other policy would have made each choice."""
        return self.target / self.propensity


@dataclass(frozen=True)
class Estimate:
    """Value of the other policy per choice; effective: logged choices the weights are worth; agents: how many of
    them chose; enough: may be claimed."""

    value: Interval
    effective: float
    agents: int
    enough: bool


def mean_interval(values: Floats) -> Interval:
    """Mean of independent values with Student's 95 % interval."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, None, None)
    spread = float(np.std(values, ddof=1)) / np.sqrt(len(values))
    return _around(mean, spread, len(values) - 1)


def effective_size(logged: Logged) -> float:
    """Kish's effective sample size (sum w)² / sum w² of the weights; Kish, "Survey Sampling" (1965), section 11.7."""
    squares = float(np.sum(logged.weight**2))
    return float(np.sum(logged.weight)) ** 2 / squares if squares > 0 else 0.0


def ips(logged: Logged) -> Estimate:
    """Inverse propensity score: unbiased where every choice that the other policy may make had a chance.

    Source: Horvitz and Thompson (1952); mean of w · reward over logged choices.
    """
    return _ratio(logged, logged.weight * logged.reward, np.ones_like(logged.reward))


def snips(logged: Logged) -> Estimate:
    """Self-normalised inverse propensity score: less noisy than `ips`, biased by the order of 1 / n.

    Source: Swaminathan and Joachims, "The self-normalized estimator for counterfactual learning", NIPS 2015.
    """
    return _ratio(logged, logged.weight * logged.reward, logged.weight)


def doubly_robust(logged: Logged, predicted: Floats, expected: Floats) -> Estimate:
    """A reward model corrected by the logged random choices; unbiased if the propensities or the model are right.

    predicted: the model's reward of the choice made; expected: its mean reward under the other policy's chances at
    that choice. Source: Dudík, Langford and Li, "Doubly robust policy evaluation and learning", ICML 2011.
    """
    return _ratio(logged, expected + logged.weight * (logged.reward - predicted), np.ones_like(logged.reward))


def _ratio(logged: Logged, part: Floats, whole: Floats) -> Estimate:
    """Sum of parts by sum of wholes, with the spread of the estimates that leave one agent out (jackknife)."""
    names, agent = np.unique(logged.agent, return_inverse=True)
    agents, effective, total = len(names), effective_size(logged), float(whole.sum())
    if total <= 0.0:
        return Estimate(Interval(float("nan"), None, None), effective, agents, False)
    value = float(part.sum()) / total
    rest = total - np.bincount(agent, whole, agents)
    if float(rest.min()) <= 0.0:
        return Estimate(Interval(value, None, None), effective, agents, False)
    shift = np.bincount(agent, part - value * whole, agents) / rest
    spread = np.sqrt((agents - 1) / agents * float(np.sum(shift**2)))
    enough = agents >= FEWEST_AGENTS and effective >= FEWEST_EFFECTIVE
    return Estimate(_around(value, float(spread), _freedom(shift)), effective, agents, enough)


def _freedom(shift: Floats) -> float:
    """Degrees of freedom of a variance of values with heavy tails, 2 n / (kurtosis - 1), at most n - 1.

    Source: Satterthwaite (1946), the variance of a sample variance matched with that of a chi-square.
    """
    squares = (shift - shift.mean()) ** 2
    spread, most = float(np.mean(squares)) ** 2, len(shift) - 1.0
    excess = float(np.mean(squares**2)) - spread
    return min(2.0 * len(shift) * spread / excess, most) if excess > 0.0 else most


def _around(mean: float, spread: float, freedom: float) -> Interval:
    reach = float(ngram_logit.ppf(0.5 + LEVEL / 2.0, freedom)) * float(spread)
    return Interval(mean, mean - reach, mean + reach)
