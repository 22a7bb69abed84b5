"""Choosing the list under its promise, and saying for every candidate what stood in its way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from models.assortment import Assortment, Choice, Coverage, Floats, Integers, RulesConflict
from models.list_rules import Catalogue, Limits, list_rules
from models.sifting import choose


@dataclass(frozen=True)
class ListChoice:
    """The problem as solved, its answer, and the expected share of landmines that the list was held to."""

    problem: Assortment
    choice: Choice
    promise: float


def choose_list(
    catalogue: Catalogue, value: Floats, coverage: Coverage, limits: Limits, gap: float = 1e-3
) -> ListChoice:
    """The best list under all rules; the promise shortens it, but not below `limits.list_floor` SKUs.

    Where fewer would be left (a platform whose goods have no outcomes yet), the promise is lifted to the least share
    that the safest such list has, and held there. Raises RulesConflict where pins break a hard rule.
    """
    floor = min(limits.list_floor, catalogue.size)
    level = least_promise(catalogue, floor)
    strict = replace(limits, list_floor=0)
    if level <= limits.landmine_promise:
        return _solve(catalogue, value, coverage, strict, gap)
    try:
        kept = _solve(catalogue, value, coverage, strict, gap)
        if np.count_nonzero(kept.choice.chosen) >= floor:
            return kept
    except RulesConflict as conflict:
        if set(conflict.excess) != {"promise"}:
            raise
    return _solve(catalogue, value, coverage, replace(limits, landmine_promise=level, list_floor=floor), gap)


def least_promise(catalogue: Catalogue, floor: int) -> float:
    """The least mean landmine probability of a list of `floor` SKUs with all pins; 0 for an empty one."""
    order = np.lexsort((catalogue.landmine_probability, ~catalogue.is_pinned))
    count = max(floor, int(np.count_nonzero(catalogue.is_pinned)))
    safest = np.sort(catalogue.landmine_probability[order[:count]])
    # A hair above the mean: rounding must not make the very list that sets the level impossible.
    return float(safest.mean()) + 1e-9 if floor and len(safest) else 0.0


def _solve(catalogue: Catalogue, value: Floats, coverage: Coverage, limits: Limits, gap: float) -> ListChoice:
    problem = Assortment(value, catalogue.is_pinned, list_rules(catalogue, limits), coverage)
    return ListChoice(problem, choose(problem, gap), limits.landmine_promise)


@dataclass(frozen=True)
class Obstacles:
    """For each candidate (n): the rule in its way (row of the rules, −1 where only better goods are), what that rule
    charges it, its worth at the list's prices before any charge, and what it lacks to be listed (≥ 0)."""

    rule: Integers
    charge: Floats
    credit: Floats
    lack: Floats


def obstacles(made: ListChoice) -> Obstacles:
    """Read the prices of the rules: a rule stands in the way where its charge alone outweighs what is lacking.

    The size of the list charges everybody alike and is never named.
    """
    rules, choice = made.problem.rules, made.choice
    prices = rules.senses * choice.prices
    named = prices.copy()
    named[[name == "list_size" for name in rules.names]] = 0.0
    charges = sparse.csc_array(sparse.diags_array(named) @ rules.matrix)
    most = np.asarray(charges.max(axis=0).todense(), dtype=np.float64).ravel()
    lack = np.maximum(-choice.gain, 0.0)
    rule = np.where((most > 0) & (most >= lack), np.asarray(charges.argmax(axis=0)).ravel(), -1)
    return Obstacles(rule, np.where(rule >= 0, most, 0.0), choice.gain + rules.matrix.T @ prices, lack)
