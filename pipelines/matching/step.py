"""Step `match`: match every active agent with the SKUs of tomorrow's list that suit her groups, within the stock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from threadpoolctl import threadpool_limits

from xuanpin.models.matching.assignment import Assignment, assign_slates
from xuanpin.models.matching.dual_prices import fit_dual_prices
from xuanpin.models.matching.floors import floor_cost
from xuanpin.models.matching.market import Market
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.matching.acceptance import KeptChances
from xuanpin.pipelines.matching.inputs import MatchProblem, read_match_problem
from xuanpin.pipelines.matching.results import agent_needs, matches_given
from xuanpin.pipelines.matching.told import NOTHING, Told, told_parts
from xuanpin.pipelines.matching.workers import MatchWorkers


def match(night: Night) -> StepCount:
    """Match active agents with the list and give the reasons.

    Reads night.sku_list, sku_scores, stg_agents, stg_match_answers, int_own_picks, int_agent_records, the tables of
    step `affinity`, history.matched, posts and short_nights; writes night.int_answer_history, int_match_needs,
    int_agent_slates, int_agent_sizes, int_weakest_tenths, agent_matches, agent_alternates, agent_summary, pick_answers,
    match_certificate. Returns the agents and their matches.
    """
    return match_by(night, read_match_problem)


def match_by(night: Night, read_problem: Callable[[Night], MatchProblem]) -> StepCount:
    """Match as `match` does, with the problem that `read_problem` reads.

    A caller that knows more than the night, as a simulation does, changes what read_match_problem returns.
    """
    # One thread: the order of sums inside linear algebra must not depend on the machine.
    with threadpool_limits(1):
        problem = read_problem(night)
        is_spread = night.engine.has_workers and len(problem.stock) > 0
        bound, cost, matches = _match_in_workers(night, problem) if is_spread else _match_here(night, problem)
    night.engine.materialise("int_agent_sizes")
    night.engine.materialise("int_weakest_tenths")
    agents = night.engine.materialise("agent_summary", as_of_date=night.as_of_date)
    night.engine.materialise("pick_answers")
    night.engine.materialise("match_certificate", bound=bound, floor_cost=cost)
    return agents, matches


def _match_here(night: Night, problem: MatchProblem) -> tuple[float, float, int]:
    """Store matches, needs and alternates; returns the bound, what the floors cost, and how many matches there are."""
    bound, cost, matches, parts = 0.0, 0.0, 0, iter([NOTHING])
    if len(problem.stock):
        kept = KeptChances(problem.taking, len(problem.lineup.slots), len(problem.stock))
        problem = replace(problem, taking=kept)
        assignment, bound, cost = solve_market(problem, problem.market())
        matches, parts = matches_given(problem, assignment), told_parts(problem, assignment)
    _store_parts(night, parts)
    night.engine.store("night.int_match_needs", agent_needs(problem))
    return bound, cost, matches


def _match_in_workers(night: Night, problem: MatchProblem) -> tuple[float, float, int]:
    """Do the same with blocks of agents in the workers, where what is stored stays."""
    workers = MatchWorkers(night.engine, problem)
    assignment, bound, cost = solve_market(problem, workers.market())
    workers.store_matches(assignment, "night.agent_matches")
    workers.store_slates(assignment, "night.int_agent_slates")
    workers.store_alternates(assignment, "night.agent_alternates")
    workers.store_needs("night.int_match_needs")
    workers.close()
    return bound, cost, matches_given(problem, assignment)


def _store_parts(night: Night, parts: Iterable[Told]) -> None:
    """Store matches, slates and alternates part by part, so that memory does not grow with the platform."""
    tables = ("night.agent_matches", "night.int_agent_slates", "night.agent_alternates")
    for place, told in enumerate(parts):
        for table, rows in zip(tables, told, strict=True):
            if place:
                night.engine.append(table, rows)
            else:
                night.engine.store(table, rows)


def solve_market(problem: MatchProblem, market: Market) -> tuple[Assignment, float, float]:
    """Assign all slots in the `market` of a problem; returns the slates, the bound, and what the floors cost.

    The bound is in net kept units: no slates within the stock earn more (Lagrangian dual). The cost is in the same
    units (see floor_cost).
    """
    price = fit_dual_prices(market, problem.priced_stock())
    assignment = assign_slates(market, price)
    return assignment, assignment.bound, floor_cost(market, price)
