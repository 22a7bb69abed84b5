"""Choosing a list at full size: our sifting beside plain HiGHS and greedy, all rules on, in one run.

python -m benchmarks.bench_assortment [--plain-seconds 60]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from models.assortment import Assortment, Choice, RulesConflictError, objective_of, slack_of, worth_of
from models.assortment_baselines import greedy_list, plain_milp
from models.list_rules import Catalogue, Limits, list_rules
from models.segment_coverage import segment_coverage
from models.sifting import choose

SEGMENTS, BEST_PER_SEGMENT, CATEGORIES = 200, 400, 30


def platform(size: int, list_size: int, seed: int = 7) -> Assortment:
    """A catalogue of `size` candidates under every rule, with segments that prefer their own categories."""
    random = np.random.default_rng(seed)
    catalogue = _catalogue(size, random)
    value = random.lognormal(0.0, 0.6, size)
    limits = Limits(
        list_size=list_size, landmine_promise=0.05, category_max_share=0.12, supplier_max_share=0.02,
        category_min={f"C{number:02d}": 2 for number in range(CATEGORIES)}, category_max={"C03/sub1": 3},
        price_bands=4, price_band_min_share=0.15, cold_chain_max=list_size // 20, explore_share=0.1,
        clearance_share=0.05, max_change_share=0.5,
    )  # fmt: skip
    taste = random.dirichlet(np.full(CATEGORIES, 0.3), SEGMENTS)
    topics = np.array([int(text[1:3]) for text in catalogue.category])
    pairs = []
    for segment in range(SEGMENTS):
        liking = value * (0.05 + taste[segment, topics]) * random.lognormal(0.0, 0.5, size)
        best = np.argsort(-liking, kind="stable")[:BEST_PER_SEGMENT]
        pairs.append((np.full(len(best), segment), best, liking[best]))
    segment_of, column, worth = (np.concatenate(part) for part in zip(*pairs, strict=True))
    agents = random.integers(10, 200, SEGMENTS).astype(float)
    slots = random.integers(6, 16, SEGMENTS).astype(float)
    coverage = segment_coverage(segment_of, column, worth, agents, slots, random.uniform(0.3, 1.0, size))
    spread = float(agents @ slots) / list_size * 0.3 * 0.1
    return Assortment(value * spread, catalogue.is_pinned, list_rules(catalogue, limits), coverage)


def _catalogue(size: int, random: np.random.Generator) -> Catalogue:
    topic, branch = random.integers(0, CATEGORIES, size), random.integers(0, 4, size)
    twins = random.integers(0, size, size)
    pinned = np.zeros(size, dtype=np.bool_)
    pinned[random.choice(size, 3, replace=False)] = True
    return Catalogue(
        category=np.array([f"C{a:02d}/sub{b}" for a, b in zip(topic, branch, strict=True)], dtype=object),
        supplier=np.array(
            [f"SP{number:04d}" for number in random.integers(0, max(size // 60, 60), size)], dtype=object
        ),
        title_key=np.full(size, "", dtype=object),
        spu=np.array([f"spu{t}" if t < size // 12 else "" for t in twins // 3], dtype=object),
        list_price=random.lognormal(4.0, 0.7, size),
        landmine_probability=random.beta(0.6, 6.0, size).clip(0.0, 0.3),
        is_new=random.random(size) < 0.15,
        is_clearance=random.random(size) < 0.05,
        is_cold_chain=random.random(size) < 0.1,
        was_listed=np.isin(np.arange(size), random.choice(size, 100, replace=False)),
        is_pinned=pinned,
    )
