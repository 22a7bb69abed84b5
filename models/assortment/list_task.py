"""A list under its promise: the problem that is solved, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from xuanpin.models.arrays import Flags, Floats
from xuanpin.models.assortment.column_generation import solve_assortment
from xuanpin.models.assortment.constraints import Limits, ListCandidates, list_constraints
from xuanpin.models.assortment.list_risk import share_quantiles
from xuanpin.models.assortment.problem import TOLERANCE, Assortment, Coverage, ListSolution, Tier
from xuanpin.models.assortment.promise import PROMISE, PromiseRule


@dataclass(frozen=True)
class SolvedList:
    """The problem as solved, its solution, and the `promise`: the share of landmines (0-1) that the list was held to.

    Where `is_promised` it is the one asked for, and holds with its confidence; elsewhere it is the larger one that
    does, or the expected share.
    """

    problem: Assortment
    solution: ListSolution
    promise: float
    is_promised: bool


@dataclass(frozen=True)
class ListTask:
    """What is solved: candidates, their `value` (n), the coverage, the limits, the relative gap, and a list to stay
    `near` (see solve_assortment)."""

    candidates: ListCandidates
    value: Floats
    coverage: Coverage
    limits: Limits
    gap: float
    near: Flags | None

    def problem(self, rule: PromiseRule) -> Assortment:
        """Return what is solved under a form of the promise (`rule`)."""
        constraints = list_constraints(self.candidates, self.limits, rule)
        return Assortment(self.value, self.candidates.is_pinned, constraints, self.coverage)

    def solve(self, rule: PromiseRule) -> SolvedList:
        """Return the best list under a form of the promise."""
        problem = self.problem(rule)
        promise = self.limits.landmine_promise if rule.is_promise else rule.share
        return SolvedList(problem, solve_assortment(problem, self.gap, self.near), promise, rule.is_promise)

    def at(self, confidence: float) -> ListTask:
        """Return the task with another confidence."""
        return replace(self, limits=replace(self.limits, promise_confidence=confidence))

    def keeps(self, chosen: Flags) -> bool:
        """Return whether a list (`chosen`, n flags) keeps the promise by its exact distribution."""
        return upper_share(self.candidates, self.limits, chosen) <= self.limits.landmine_promise + TOLERANCE


def upper_share(candidates: ListCandidates, limits: Limits, chosen: Flags) -> float:
    """Return the share of landmines that a list (`chosen`, n flags) does not exceed with the confidence of the
    `limits`."""
    return share_quantiles(candidates.risk.at(chosen), (limits.promise_confidence,))[0]


def given_up(found: SolvedList) -> float:
    """Return by how much a list (`found`) misses its rules, each in its own unit; wishes are none."""
    return float(found.solution.slack[found.problem.constraints.tiers < Tier.WISH].sum())


def binds(found: SolvedList) -> bool:
    """Return whether the promise costs a list (`found`) anything."""
    return float(found.solution.prices[found.problem.constraints.names.index(PROMISE)]) > 0.0
