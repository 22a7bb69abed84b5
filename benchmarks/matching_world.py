"""A small closed world for matching: hidden tastes, SKUs that compete inside a post, stock that runs out.

The system reads nothing of it: it generates personas, posts and purchases from a known truth.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints

STYLES, SERIES = 12, 8


@dataclass
class World:
    """Truth of a platform; utility is agent × SKU on the log scale where buying nothing is 0."""

    rng: np.random.Generator
    agents: int = 300
    skus: int = 900
    categories: int = 14
    listed: int = 120
    slots: int = 10
    competition: float = 0.0
    misfit: float = 0.5
    utility: Floats = field(init=False)
    closeness: Floats = field(init=False)

    def __post_init__(self) -> None:
        rng, a, s = self.rng, self.agents, self.skus
        self.category = rng.integers(self.categories, size=s)
        base = rng.normal(4.2, 0.6, self.categories)
        self.log_price = base[self.category] + rng.normal(0, 0.45, s)
        self.style = rng.random((s, STYLES)) < 0.18
        self.series = rng.random((s, SERIES)) < 0.12
        self.agent_style = rng.random((a, STYLES)) < 0.2
        self.agent_series = rng.random((a, SERIES)) < 0.2
        self.centre = rng.normal(4.2, 0.5, a)
        self.band = np.stack([np.exp(self.centre - 0.9), np.exp(self.centre + 0.9)], axis=1)
        self.visits = rng.lognormal(2.0, 0.7, a)
        self.members = np.round(self.visits * 25 * rng.lognormal(0, 0.3, a))
        self.excluded = rng.random((a, self.categories)) < 0.08
        like = rng.normal(0, 0.7, (a, self.categories))
        hidden = rng.normal(0, 1, (a, 4)) @ rng.normal(0, 1, (s, 4)).T * 0.3
        gap = (self.log_price[None, :] - self.centre[:, None] - rng.normal(0, 0.2, a)[:, None]) / 0.5
        tags = 0.5 * (self.agent_style @ self.style.T.astype(float)) + 0.4 * (self.agent_series @ self.series.T)
        self.closeness = like[:, self.category] + hidden - 0.5 * gap**2 + tags
        self.closeness -= self.closeness.mean(axis=1, keepdims=True)
        self.utility = rng.normal(0, 0.7, s)[None, :] + self.closeness - np.log(self.slots) - 0.5 + self.competition
        fault = rng.beta(1.2, 12.0, s)
        self.regret = np.clip(fault, 0, 0.9)
        self.other_return = rng.beta(2.0, 30.0, s)
        self.stock = np.maximum(rng.lognormal(3.2, 0.8, s).astype(int), 3)

    def allowed(self, skus: Ints) -> Flags:
        """Hard persona rules: agent × SKU of the list."""
        price = np.exp(self.log_price[skus])[None, :]
        band = (price >= self.band[:, :1]) & (price <= self.band[:, 1:])
        return band & ~self.excluded[:, self.category[skus]]

    def day(self, agent: Ints, sku: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """One day of posts: (bought, regretted, returned for other reasons, refused for want of stock) per post row."""
        visits = self.rng.poisson(self.visits)
        left = self.stock.copy()
        bought, lost = np.zeros(len(agent), dtype=np.int64), np.zeros(len(agent), dtype=np.int64)
        for a in self.rng.permutation(self.agents):
            rows = np.flatnonzero(agent == a)
            weight = np.exp(self.utility[a, sku[rows]])
            chance = np.append(weight, 1.0) / (weight.sum() + 1.0)
            wish = self.rng.multinomial(visits[a], chance)[:-1]
            got = np.minimum(wish, left[sku[rows]])
            left[sku[rows]] -= got
            bought[rows], lost[rows] = got, wish - got
        rate = np.clip(self.regret[sku] * np.exp(-self.misfit * self.closeness[agent, sku]), 0, 0.9)
        bad = self.rng.binomial(bought, rate)
        other = self.rng.binomial(bought - bad, self.other_return[sku])
        return bought, bad, other, lost
