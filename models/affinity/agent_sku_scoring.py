"""Scores a block of agents against a set of SKUs: who may sell what, its attraction and what a sale is worth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from xuanpin.models.affinity.perishing import Perishing
from xuanpin.models.affinity.relative_risk import RelativeRisk
from xuanpin.models.arrays import BY_AGENT, Flags, Floats, Ints, Singles
from xuanpin.models.limits import Limit, limit_of
from xuanpin.models.sparse_rows import dense_rows, row_cells, sparse_rows

HIGHEST_RATE = 0.95
"""Cap of a return or regret rate (0–1) after the adjustment by relative risk."""
PAIRS = 65_536
"""Pairs of agents and SKUs whose closeness is computed at a time; bounds memory."""


@dataclass(frozen=True)
class AgentRows:
    """Agents as rows: vector (sparse, over the features), factors, daily visits and hard persona rules.

    price_min, price_max (yuan) and max_landmine_probability are infinite where not set, min_satisfaction minus
    infinity; excluded marks category levels. added_regret: share of units (0-1) regretted because of her couriers and
    promises, whatever the SKU; None where that does not count.
    """

    vector: sp.csr_array = field(metadata=BY_AGENT)
    factors: Singles = field(metadata=BY_AGENT)
    visits: Singles = field(metadata=BY_AGENT)
    price_min: Floats = field(metadata=BY_AGENT)
    price_max: Floats = field(metadata=BY_AGENT)
    min_satisfaction: Floats = field(metadata=BY_AGENT)
    max_landmine_probability: Floats = field(metadata=BY_AGENT)
    excluded: sp.csr_array = field(metadata=BY_AGENT)
    added_regret: Singles | None = field(default=None, metadata=BY_AGENT)


@dataclass(frozen=True)
class SkuRows:
    """SKUs as rows: vector over the same features, factors, appeal, what rules look at and what a sale brings.

    price: yuan; satisfaction and landmine_probability: 0-1; levels: category levels of each SKU; return_rate p,
    regret_rate g, happy_if_kept h (0-1) and the cost c of regret (regret_cost, in kept units) give the value of a sold
    unit, (1 - p) h - c g.
    """

    vector: sp.csr_array
    factors: Singles
    appeal: Singles
    price: Floats
    satisfaction: Floats
    landmine_probability: Floats
    levels: sp.csr_array
    return_rate: Singles
    regret_rate: Singles
    happy_if_kept: Singles
    regret_cost: Singles


@dataclass(frozen=True)
class AgentSkuScorer:
    """Everything needed to score any agent against the SKUs.

    outside: attraction of buying nothing; returned, regretted: how rates rise as closeness falls; repeat_attraction:
    agents × SKUs, sparse, attraction by repeat purchase (> 0), which adds to exp(appeal + closeness); refused: agents ×
    SKUs, sparse, what an agent has declined and is not asked again; perishing: what perishes, None where nothing does.
    """

    agents: AgentRows
    skus: SkuRows
    outside: float
    returned: RelativeRisk
    regretted: RelativeRisk
    repeat_attraction: sp.csr_array | None = field(default=None, metadata=BY_AGENT)
    refused: sp.csr_array | None = field(default=None, metadata=BY_AGENT)
    perishing: Perishing | None = None

    def of_skus(self, rows: Ints) -> AgentSkuScorer:
        """Return the scorer of some SKUs alone; rows: their columns here."""
        skus = self.skus
        fields = {name: getattr(skus, name)[rows] for name in skus.__dataclass_fields__}
        repeat = None if self.repeat_attraction is None else self.repeat_attraction[:, rows]
        refused = None if self.refused is None else self.refused[:, rows]
        perishing = None if self.perishing is None else self.perishing.of_skus(rows)
        some = replace(skus, **fields)
        return replace(self, skus=some, repeat_attraction=repeat, refused=refused, perishing=perishing)

    def allowed(self, rows: Ints) -> Flags:
        """Return what the hard rules permit the agents at `rows`, by persona and by what keeps: agents × SKUs."""
        permitted = self.allowed_at_any_risk(rows)
        if np.isfinite(self.agents.max_landmine_probability[rows]).any():
            permitted &= self._within_risk.met(rows)
        return permitted

    def allowed_at_any_risk(self, rows: Ints) -> Flags:
        """Return what the rules permit the agents at `rows` but for their highest landmine probability: agents ×
        SKUs."""
        first, *others = self._limits
        permitted = first.met(rows)
        for limit in others:
            permitted &= limit.met(rows)
        excluded = sparse_rows(self.agents.excluded, rows)
        if excluded.nnz:
            _strike(permitted, excluded @ self._levels_by_level, np.arange(len(rows)))
        if self.refused is not None and self.refused.nnz:
            _strike(permitted, self.refused, rows)
        if self.perishing is not None:
            permitted &= self.perishing.keeps(rows)
        return np.asarray(permitted)

    def closeness(self, rows: Ints) -> Singles:
        """Return the agent's own part of log attraction by effects and factors, for the agents at `rows`: agents ×
        SKUs."""
        used, columns = self._used_columns
        own = dense_rows(self.agents.vector, rows, np.float32)
        close = (own if len(used) == own.shape[1] else own.take(used, axis=1)) @ columns.T
        close += self.agents.factors[rows] @ self.skus.factors.T
        return np.asarray(close)

    def closeness_of(self, agent: Ints, sku: Ints) -> Floats:
        """Return closeness of pairs, the agents at rows `agent` with the SKUs at columns `sku`."""
        found = np.empty(len(agent))
        for first in range(0, len(agent), PAIRS):
            of = slice(first, first + PAIRS)
            own, its = self.agents.vector[agent[of]], self.skus.vector[sku[of]]
            found[of] = np.asarray(own.multiply(its).sum(axis=1)).ravel()
            found[of] += np.einsum("ij,ij->i", self.agents.factors[agent[of]], self.skus.factors[sku[of]])
        return found

    @cached_property
    def _limits(self) -> tuple[Limit, ...]:
        agents, skus = self.agents, self.skus
        return (
            limit_of(skus.price, agents.price_min),
            limit_of(-skus.price, -agents.price_max),
            limit_of(skus.satisfaction, agents.min_satisfaction),
        )

    @cached_property
    def _within_risk(self) -> Limit:
        return limit_of(-self.skus.landmine_probability, -self.agents.max_landmine_probability)

    @cached_property
    def _levels_by_level(self) -> sp.csr_array:
        """Category levels × SKUs."""
        return sp.csr_array(self.skus.levels.T)

    @cached_property
    def _used_columns(self) -> tuple[Ints, Singles]:
        """The features that one of the SKUs has, and the SKUs' values of these."""
        used = np.flatnonzero(np.diff(self.skus.vector.tocsc().indptr))
        return used, self.skus.vector[:, used].toarray().astype(np.float32)

    def own_attraction(self, rows: Ints, closeness: Singles) -> Singles:
        """Return closeness with repeat purchase added: the own part of log attraction of the agents at `rows`.

        What perishes counts for the share of the day's sales that come before their orders close.
        """
        own = closeness
        if self.repeat_attraction is not None:
            own = closeness.copy()
            place, added = row_cells(self.repeat_attraction, rows)
            appeal = self.skus.appeal[place % len(self.skus.appeal)]
            own.ravel()[place] = np.logaddexp(own.ravel()[place], np.log(added) - appeal)
        return own if self.perishing is None else own + self.perishing.log_share(rows)

    def attraction(self, own: Singles, sku: Ints | None = None) -> Singles:
        """Return attraction relative to buying nothing; own: the agent's own part of log attraction; sku: columns,
        if only those are given."""
        appeal = self.skus.appeal if sku is None else self.skus.appeal[sku]
        level = own + (appeal - np.float32(np.log(self.outside)))
        np.clip(level, -30, 15, out=level)
        return np.exp(level, out=level)

    def rates(self, rows: Ints, closeness: Singles, sku: Ints | None = None) -> tuple[Singles, Singles]:
        """Return the return and regret rates of each SKU among the customers of the agents at `rows`; sku: columns, if
        closeness is of those."""
        skus = self.skus
        rates = (skus.return_rate, skus.regret_rate) if sku is None else (skus.return_rate[sku], skus.regret_rate[sku])
        returned, regretted = (
            _adjusted(rates[0], self.returned, closeness),
            _adjusted(rates[1], self.regretted, closeness),
        )
        if self.agents.added_regret is not None:
            own = self.agents.added_regret[rows, None]
            returned, regretted = _within(returned + own), _within(regretted + own)
        if self.perishing is None:
            return returned, regretted
        added = self.perishing.added(rows, sku)
        return _within(returned + added), _within(regretted + added)

    def unit_value(self, rows: Ints, closeness: Singles, sku: Ints | None = None) -> Singles:
        """Return the net kept and happy units of one unit sold; `rows`, `closeness` and the columns `sku` as in
        `rates`."""
        return self.value_at(*self.rates(rows, closeness, sku), sku)

    def value_at(self, returned: Singles, regretted: Singles, sku: Ints | None = None) -> Singles:
        """Return the same at the rates that `rates` returns for the columns `sku`."""
        happy_if_kept = self.skus.happy_if_kept if sku is None else self.skus.happy_if_kept[sku]
        cost = self.skus.regret_cost if sku is None else self.skus.regret_cost[sku]
        value = 1 - returned
        value *= happy_if_kept
        value -= cost * regretted
        return np.asarray(value)


def _strike(permitted: Flags, struck: sp.csr_array, rows: Ints) -> None:
    """Forbid the filled cells of the rows of a matrix at `rows`."""
    permitted.ravel()[row_cells(struck, rows)[0]] = False


def _within(rate: Singles) -> Singles:
    return np.asarray(np.clip(rate, np.float32(0), np.float32(HIGHEST_RATE)))


def _adjusted(rate: Singles, risk: RelativeRisk, closeness: Singles) -> Singles:
    if risk.slope == 0.0:
        return np.broadcast_to(rate, closeness.shape)
    adjusted = closeness * np.float32(-risk.slope)
    adjusted += np.float32(risk.slope * risk.centre)
    np.exp(adjusted, out=adjusted)
    adjusted *= rate
    return np.asarray(np.minimum(adjusted, np.float32(HIGHEST_RATE), out=adjusted))
