"""Choosing a list at full size: our column generation beside plain HiGHS and greedy, all rules on, in one run.

python -m benchmarks.bench_assortment [--plain-seconds 60] [--sizes 5000 100000]
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from xuanpin.models.arrays import Flags
from xuanpin.models.assortment.baselines import greedy_list, plain_milp
from xuanpin.models.assortment.column_generation import solve_assortment
from xuanpin.models.assortment.constraints import Limits, ListCandidates, list_constraints
from xuanpin.models.assortment.list_risk import Listed
from xuanpin.models.assortment.problem import (
    Assortment,
    ConstraintConflictError,
    Tier,
    constraint_slack,
    list_objective,
    list_value,
    with_reachable_bounds,
)
from xuanpin.models.assortment.promise import first_rule
from xuanpin.models.assortment.segment_coverage import no_coverage, segment_coverage
from xuanpin.models.assortment.solve import solve_list

GAP = 1e-3
T = TypeVar("T")
TURNING = 0.002
"""Probability that a SKU turns bad alone, and with its supplier."""
SEGMENTS, BEST_PER_SEGMENT, CATEGORIES = 200, 400, 30


def platform(size: int, list_size: int, seed: int = 7) -> Assortment:
    """A catalogue of `size` candidates under every rule, with segments that prefer their own categories."""
    random = np.random.default_rng(seed)
    candidates = _catalogue(size, random)
    value = random.lognormal(0.0, 0.6, size)
    limits = Limits(
        list_size=list_size, landmine_promise=0.05, category_max_share=0.12, supplier_max_share=0.02,
        category_min={f"C{number:02d}": 2 for number in range(CATEGORIES)}, category_max={"C03/sub1": 3},
        price_bands=4, price_band_min_share=0.15, cold_chain_max=list_size // 20, explore_share=0.1,
        clearance_share=0.05, max_change_share=0.5,
    )  # fmt: skip
    preference = random.dirichlet(np.full(CATEGORIES, 0.3), SEGMENTS)
    topics = np.array([int(text[1:3]) for text in candidates.category])
    pairs = []
    for segment in range(SEGMENTS):
        liking = value * (0.05 + preference[segment, topics]) * random.lognormal(0.0, 0.5, size)
        best = np.argsort(-liking, kind="stable")[:BEST_PER_SEGMENT]
        pairs.append((np.full(len(best), segment), best, liking[best]))
    segment_of, column, pair_value = (np.concatenate(part) for part in zip(*pairs, strict=True))
    agents = random.integers(10, 200, SEGMENTS).astype(float)
    slots = random.integers(6, 16, SEGMENTS).astype(float)
    coverage = segment_coverage(segment_of, column, pair_value, agents, slots, random.uniform(0.3, 1.0, size), 1.0)
    spread = float(agents @ slots) / list_size * 0.3 * 0.1
    rule = first_rule(limits.landmine_promise, limits.promise_confidence, list_size)
    constraints = list_constraints(candidates, limits, rule)
    return Assortment(value * spread, candidates.is_pinned, constraints, coverage)


def _catalogue(size: int, random: np.random.Generator) -> ListCandidates:
    topic, branch_and_bound = random.integers(0, CATEGORIES, size), random.integers(0, 4, size)
    duplicates = random.integers(0, size, size)
    suppliers = random.integers(0, max(size // 60, 60), size)
    risks = random.beta(0.6, 6.0, size).clip(0.0, 0.3)
    pinned = np.zeros(size, dtype=np.bool_)
    pinned[random.choice(size, 3, replace=False)] = True
    return ListCandidates(
        category=np.array([f"C{a:02d}/sub{b}" for a, b in zip(topic, branch_and_bound, strict=True)], dtype=object),
        supplier=np.array([f"SP{number:04d}" for number in suppliers], dtype=object),
        title_key=np.full(size, "", dtype=object),
        spu=np.array([f"spu{t}" if t < size // 12 else "" for t in duplicates // 3], dtype=object),
        list_price=random.lognormal(4.0, 0.7, size),
        landmine_probability=risks + TURNING,
        risk=Listed(
            if_steady=risks,
            if_changed=np.full(size, 0.9),
            changed_alone=np.full(size, TURNING),
            changed_with_supplier=np.full(size, TURNING),
            suppliers=suppliers,
            sku_changes=3.0,
            supplier_changes=3.0,
        ),
        is_new=random.random(size) < 0.15,
        is_clearance=random.random(size) < 0.05,
        is_cold_chain=random.random(size) < 0.1,
        was_listed=np.isin(np.arange(size), random.choice(size, 100, replace=False)),
        is_pinned=pinned,
    )


def timed(work: Callable[[], T]) -> tuple[T, float, float]:
    """Result, wall seconds and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def verdict(problem: Assortment, chosen: Flags, bound: float) -> str:
    """How far a list is from the bound, and which firm rules it breaks."""
    eased = with_reachable_bounds(problem)
    slack = constraint_slack(eased, chosen)
    broken = int(np.count_nonzero(slack[problem.constraints.tiers != Tier.WISH]))
    missed = int(np.count_nonzero(slack[problem.constraints.tiers == Tier.WISH]))
    distance = (bound - list_objective(eased, chosen)) / list_value(eased, chosen)
    return f"{distance:8.2%} from the bound | {broken} rules broken, {missed} wishes missed"


def compare(size: int, list_size: int, plain_seconds: float) -> None:
    """One line a solver for one size."""
    problem = platform(size, list_size)
    ours, wall, cpu = timed(lambda: solve_assortment(problem, GAP))
    name = f"{size:>7,} candidates, K = {list_size}, {len(problem.constraints.names):,} rules"
    print(name)
    outcome = verdict(problem, ours.chosen, ours.bound)
    print(f"  columns {wall:7.2f} s {cpu:7.2f} cpu-s | gap {ours.gap:.1e} | {outcome}")
    listed, wall, cpu = timed(lambda: greedy_list(with_reachable_bounds(problem)))
    print(f"  greedy  {wall:7.2f} s {cpu:7.2f} cpu-s |             | {verdict(problem, listed, ours.bound)}")
    (plain, _), wall, cpu = timed(lambda: plain_milp(with_reachable_bounds(problem), GAP, plain_seconds))
    outcome = "no list" if plain is None else verdict(problem, plain, ours.bound)
    print(f"  HiGHS   {wall:7.2f} s {cpu:7.2f} cpu-s |             | {outcome}", flush=True)


def infeasible() -> None:
    """Pins that no list can hold: the message names the rule and the amount."""
    random = np.random.default_rng(1)
    candidates = _catalogue(5_000, random)
    pinned = np.isin(np.arange(5_000), random.choice(5_000, 130, replace=False))
    limits = Limits(list_size=120, landmine_promise=0.05)
    try:
        solve_list(replace(candidates, is_pinned=pinned), np.ones(5_000), no_coverage(5_000), limits)
    except ConstraintConflictError as conflict:
        print(f"  130 pins, K = 120: {conflict}")


def main() -> None:
    """Print the comparison for every size and the infeasible case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plain-seconds", type=float, default=60.0, help="time limit of plain HiGHS")
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 100_000])
    asked = parser.parse_args()
    for size in asked.sizes:
        for list_size in (120, 300):
            compare(size, list_size, asked.plain_seconds)
    infeasible()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


if __name__ == "__main__":
    main()
