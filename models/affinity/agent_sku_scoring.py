"""Scores a block of agents against a set of SKUs: who may sell what, how it draws and what a sale is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from xuanpin.models.affinity.relative_risk import RelativeRisk
from xuanpin.models.arrays import Flags, Floats, Ints, Singles

HIGHEST_RATE = 0.95
"""Cap of a return or regret rate after the adjustment for misfit."""


@dataclass(frozen=True)
class AgentRows:
    """Agents as rows: vector (sparse, over taste dimensions), latent factors, daily visits and hard rules.

    price_min and price_max are infinite where not set, min_satisfaction minus infinity; excluded marks category levels.
    """

    vector: sp.csr_array
    factors: Singles
    visits: Singles
    price_min: Floats
    price_max: Floats
    min_satisfaction: Floats
    excluded: sp.csr_array


@dataclass(frozen=True)
class SkuRows:
    """SKUs as rows: vector over the same dimensions, latent factors, appeal, what rules look at and what a sale brings.

    levels: category levels of each SKU; return_rate p, regret_rate g, happy h (of those kept) and the cost c of regret
    give the worth of a sale, (1 - p) h - c g.
    """

    vector: sp.csr_array
    factors: Singles
    appeal: Singles
    price: Floats
    satisfaction: Floats
    levels: sp.csr_array
    return_rate: Singles
    regret_rate: Singles
    happy_if_kept: Singles
    regret_cost: float


@dataclass(frozen=True)
class AgentSkuScorer:
    """Everything needed to score any agent against the SKUs; habit: attraction by repeat buying, > 0, if any.

    habit: agents × SKUs; it adds to the attraction exp(appeal + closeness) of tastes.
    """

    agents: AgentRows
    skus: SkuRows
    outside: float
    returned: RelativeRisk
    regretted: RelativeRisk
    repeat_attraction: sp.csr_array | None = None

    def allowed(self, rows: Ints) -> Flags:
        """Hard persona rules: agents × SKUs."""
        agents, skus = self.agents, self.skus
        price, satisfaction = skus.price[None, :], skus.satisfaction[None, :]
        permitted = (price >= agents.price_min[rows, None]) & (price <= agents.price_max[rows, None])
        permitted &= satisfaction >= agents.min_satisfaction[rows, None]
        excluded = agents.excluded[rows]
        if excluded.nnz:
            permitted &= (excluded @ skus.levels.T).toarray() == 0
        return np.asarray(permitted)

    def closeness(self, rows: Ints) -> Singles:
        """The agent's own part of log attraction by taste: agents × SKUs."""
        agents, skus = self.agents, self.skus
        used = np.flatnonzero(np.diff(skus.vector.tocsc().indptr))
        own = agents.vector[rows][:, used].toarray().astype(np.float32)
        columns = skus.vector[:, used].toarray().astype(np.float32)
        return np.asarray(own @ columns.T + agents.factors[rows] @ skus.factors.T)

    def drawn(self, rows: Ints, closeness: Singles) -> Singles:
        """Closeness and habit: the agent's own part of log attraction."""
        if self.repeat_attraction is None:
            return closeness
        drawn, added = closeness.copy(), self.repeat_attraction[rows].tocoo()
        cells = added.coords
        drawn[cells] = np.logaddexp(closeness[cells], np.log(added.data) - self.skus.appeal[cells[1]])
        return drawn

    def attraction(self, drawn: Singles, sku: Ints | None = None) -> Singles:
        """Attraction relative to buying nothing; sku: columns, if only those are given."""
        appeal = self.skus.appeal if sku is None else self.skus.appeal[sku]
        level = drawn + (appeal - np.float32(np.log(self.outside)))
        np.clip(level, -30, 15, out=level)
        return np.exp(level, out=level)

    def rates(self, closeness: Singles, sku: Ints | None = None) -> tuple[Singles, Singles]:
        """Return and regret rates of each SKU among this agent's customers; sku: columns, if closeness is of those."""
        skus = self.skus
        rates = (skus.return_rate, skus.regret_rate) if sku is None else (skus.return_rate[sku], skus.regret_rate[sku])
        return _adjusted(rates[0], self.returned, closeness), _adjusted(rates[1], self.regretted, closeness)

    def unit_value(self, closeness: Singles, sku: Ints | None = None) -> Singles:
        """Net kept and happy units of one unit sold; columns as in `rates`."""
        returned, regretted = self.rates(closeness, sku)
        happy_if_kept = self.skus.happy_if_kept if sku is None else self.skus.happy_if_kept[sku]
        return np.asarray((1 - returned) * happy_if_kept - np.float32(self.skus.regret_cost) * regretted)


def _adjusted(rate: Singles, risk: RelativeRisk, closeness: Singles) -> Singles:
    if risk.slope == 0.0:
        return np.broadcast_to(rate, closeness.shape)
    adjusted = closeness * np.float32(-risk.slope)
    adjusted += np.float32(risk.slope * risk.centre)
    np.exp(adjusted, out=adjusted)
    adjusted *= rate
    return np.asarray(np.minimum(adjusted, np.float32(HIGHEST_RATE), out=adjusted))
