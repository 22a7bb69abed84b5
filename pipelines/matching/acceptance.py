"""How likely agents take what they are given, as the match step asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
import scipy.sparse as sp

from xuanpin.models.arrays import BY_AGENT, Array, Floats, Ints, Singles
from xuanpin.models.matching.price_refusals import PriceAnswers
from xuanpin.models.sparse_rows import dense_rows, is_run, row_cells
from xuanpin.pipelines.matching.answered import Measures

KEPT_BYTES = 256 * 1024**2
"""Memory that kept chances may take: those of 335,000 agents with 200 SKUs."""
MANY_AGENTS = 512
"""Agents asked for together from whom on chances are kept."""
Cells: TypeAlias = tuple[Ints, Array]
"""Filled cells of a sparse matrix, as row_cells gives them."""


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


class KeptChances:
    """Chances of many agents, kept from when they are first asked for: a night scores each block three times.

    taking: who tells the chances; agents and skus: how many there are. Agents beyond KEPT_BYTES are asked for anew.
    """

    def __init__(self, taking: Acceptance, agents: int, skus: int) -> None:
        """Keep nothing yet."""
        self._taking, most = taking, KEPT_BYTES // max(4 * skus, 1)
        self._kept = np.empty((min(agents, most), skus), np.float32)
        self._is_kept = np.zeros(agents, np.bool_)

    def chance(self, rows: Ints, closeness: Singles) -> Singles:
        """Return what `taking` says of the agents at `rows` and their `closeness`, which is not to be changed.

        Threads may ask side by side.
        """
        if self._is_kept[rows].all():
            return self._kept[rows[0] : rows[-1] + 1] if is_run(rows) else self._kept[rows]
        chance = self._taking.chance(rows, closeness)
        # Linear algebra adds up in another order for a handful of agents, which would show in last digits.
        if len(rows) >= MANY_AGENTS and rows.max() < len(self._kept):
            self._kept[rows], self._is_kept[rows] = chance, True
        return chance


@dataclass(frozen=True)
class SilentAgents:
    """Agents of whom no answer is known; `silent` (agents × SKUs): the chance that she refuses a SKU for good."""

    silent: sp.csr_array = field(metadata=BY_AGENT)

    def chance(self, rows: Ints, closeness: Singles) -> Singles:
        """Return the chance that the agents at `rows` do not refuse a SKU for good; whatever its `closeness`."""
        return np.asarray(1.0 - dense_rows(self.silent, rows), dtype=np.float32)


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
        cheaper = (self.measure.usual[rows, None] - self.prices.listed[None, :]).astype(np.float32)
        dearer = np.maximum(-cheaper, 0)
        cheaper += dearer
        took = row_cells(self.took, rows)
        refusals = _odds_against(self._level(rows, closeness, dearer, cheaper, took))
        suits = self.prices.suits(rows, self._usual(dearer, cheaper, took))
        refusals += np.divide(np.float32(1.0), suits, out=suits)
        place, silent = row_cells(self.silent, rows)
        chance = 1.0 / refusals
        chance.ravel()[place] = (1.0 - silent) / refusals.ravel()[place]
        return np.asarray(chance)

    def _usual(self, dearer: Singles, cheaper: Singles, took: Cells) -> Singles:
        """The chance that a price suits among all agents."""
        dear, cheap, again, level = self.price_weights.astype(np.float32)
        odds = dear * dearer
        odds += cheap * cheaper
        _add(odds, took, again)
        odds += level
        usual = _odds_against(odds)
        usual += 1.0
        return np.asarray(np.divide(np.float32(1.0), usual, out=usual))

    def _level(self, rows: Ints, closeness: Singles, dearer: Singles, cheaper: Singles, took: Cells) -> Singles:
        """Log odds that an agent takes a SKU, whatever its price."""
        close, dear, cheap, recent, regrets, again, left = self.plain.astype(np.float32)
        level = closeness * (close / np.float32(self.measure.spread))
        level += self.sku_level
        part = dear * dearer
        part += cheap * cheaper
        _add(part, row_cells(self.recent, rows), recent)
        level += part
        np.matmul(dense_rows(self.effects, rows), self.kinds.T, out=part)
        _add(part, took, again)
        _add(part, row_cells(self.left, rows), left)
        level += part
        level += (regrets * self.measure.regrets[rows, None]).astype(np.float32)
        return np.asarray(level)


def _add(level: Singles, cells: Cells, weight: np.float32) -> None:
    """Add to the few cells that have a feature what it weighs."""
    place, value = cells
    level.ravel()[place] += weight * value


def _odds_against(level: Singles) -> Singles:
    """Odds against what has these log odds, in place."""
    np.clip(level, -30, 30, out=level)
    np.negative(level, out=level)
    return np.exp(level, out=level)
