"""How likely agents take what they are given, as the match step asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from xuanpin.models.arrays import BY_AGENT, Floats, Ints, Singles
from xuanpin.models.matching.price_refusals import PriceAnswers
from xuanpin.pipelines.matching.answered import Measures


class Acceptance(Protocol):
    """Tells how likely agents take and post what they are given.

    Rows are the agents of the lineup that it was made for (`lineup.agent_ids`), columns its SKUs (`lineup.sku_ids`).
    Any object with this method may stand in a MatchProblem. So who knows the truth, as a simulated world does, matches
    by it: `match_by(night, read)`, where `read(night)` returns `replace(problem, taking=Truth(problem.lineup))` of
    `problem = read_match_problem(night)`, and Truth.chance gives the world's own chances.
    """

    def chance(self, rows: Ints, closeness: Singles) -> Singles:
        """Return the chance, 0-1, of each SKU for the agents at `rows`: agents × SKUs.

        `closeness` (agents × SKUs) is what the scorer gives for these rows.
        """
        ...


@dataclass(frozen=True)
class SilentAgents:
    """Agents of whom no answer is known; `silent` (agents × SKUs): the chance that she refuses a SKU for good."""

    silent: sp.csr_array = field(metadata=BY_AGENT)

    def chance(self, rows: Ints, closeness: Singles) -> Singles:
        """Return the chance that the agents at `rows` do not refuse a SKU for good; whatever its `closeness`."""
        return np.asarray(1.0 - self.silent[rows].toarray(), dtype=np.float32)


@dataclass(frozen=True)
class AnsweringAgents:
    """Agents some of whom have answered, and the SKUs of the list.

    silent: as in SilentAgents; measure: of what their groups pay and regret; sku_level (SKUs): log odds that all agents
    share; plain: weights of closeness, a dearer and a cheaper price, a recent post, regrets, and a SKU that she took,
    or did not take, the last time; effects (agents × attributes) and kinds (SKUs × attributes): what agents take more
    or less of; recent (agents × SKUs): 1 just after a post; took and left (agents × SKUs): 1 where she took a SKU the
    last time, or did not; prices and price_weights: what agents said of prices, and what is usual of a dearer one, a
    cheaper one, a SKU that she took, and of all.
    """

    silent: sp.csr_array = field(metadata=BY_AGENT)
    sku_level: Singles
    plain: Floats
    measure: Measures
    effects: sp.csr_array = field(metadata=BY_AGENT)
    kinds: Singles
    recent: sp.csr_array = field(metadata=BY_AGENT)
    took: sp.csr_array = field(metadata=BY_AGENT)
    left: sp.csr_array = field(metadata=BY_AGENT)
    prices: PriceAnswers
    price_weights: Floats

    def chance(self, rows: Ints, closeness: Singles) -> Singles:
        """Return the chance, 0-1, that the agents at `rows` take the SKUs: agents × SKUs.

        Reasons exclude each other, as in a multinomial logit: the odds of a refusal for the price and of one for
        anything else add up. A refusal for good, seen by silence, comes on top.
        """
        gap = (self.prices.listed[None, :] - self.measure.usual[rows, None]).astype(np.float32)
        dearer, took = np.maximum(gap, 0), self.took[rows].toarray()
        cheaper = dearer - gap
        dear, cheap, again, level = self.price_weights.astype(np.float32)
        usual = _chance(dear * dearer + cheap * cheaper + again * took + level)
        refusals = np.exp(-np.clip(self._level(rows, closeness, dearer, cheaper, took), -30, 30))
        refusals += 1.0 / self.prices.suits(rows, usual)
        return np.asarray((1.0 - self.silent[rows].toarray()) / refusals, dtype=np.float32)

    def _level(self, rows: Ints, closeness: Singles, dearer: Singles, cheaper: Singles, took: Singles) -> Singles:
        """Log odds that an agent takes a SKU, whatever its price."""
        close, dear, cheap, recent, regrets, again, left = self.plain.astype(np.float32)
        level = closeness * (close / np.float32(self.measure.spread)) + self.sku_level
        level += dear * dearer + cheap * cheaper + recent * self.recent[rows].toarray()
        level += self.effects[rows].toarray() @ self.kinds.T + again * took + left * self.left[rows].toarray()
        level += (regrets * self.measure.regrets[rows, None]).astype(np.float32)
        return np.asarray(level, dtype=np.float32)


def _chance(level: Singles) -> Singles:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(level, -30, 30))))
