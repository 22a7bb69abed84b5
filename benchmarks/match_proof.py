"""Additive slots compared with the dual bound and with an exact linear programme on the same numbers.

With every match taking one unit the problem is a min-cost flow, whose linear programme has whole solutions.
"""

from __future__ import annotations

import time

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

from xuanpin.models.matching.assignment import additive_bound, assign_slates
from xuanpin.models.matching.dual_prices import fit_dual_prices
from xuanpin.models.matching.market import Market, rows_of
from xuanpin.models.matching.slate import Block

Values = np.ndarray


def prove(agents: int, skus: int, slots: int, seed: int) -> dict[str, float | int]:
    """Value found, its gap to the dual bound and to the exact optimum, on a random dense problem with scarce stock."""
    block, stock = random_problem(agents, skus, slots, seed)
    market = Market(
        lambda rows: rows_of(block, rows), agents, slots, stock, 1.0, sp.csr_array((agents, agents)), set_aware=False
    )
    started = time.perf_counter()
    price = fit_dual_prices(market, stock)
    found = assign_slates(market, price)
    seconds = time.perf_counter() - started
    row, place = np.nonzero(found.sku >= 0)
    value = float(block.unit_value[row, found.sku[row, place]].sum(dtype=np.float64))
    bound = additive_bound(market, price)
    started = time.perf_counter()
    exact = exact_value(block, stock)
    measured = {"agents": agents, "seconds": seconds, "exact seconds": time.perf_counter() - started}
    return measured | {
        "value": value,
        "gap to bound %": 100 * (1 - value / bound),
        "gap to exact %": 100 * (1 - value / exact),
    }


def random_problem(agents: int, skus: int, slots: int, seed: int) -> tuple[Block, Values]:
    """Utilities with good and bad SKUs, a fifth of the pairs forbidden, stock for a third more than is wanted."""
    rng = np.random.default_rng(seed)
    unit_value = np.exp(rng.normal(0, 0.6, skus) + rng.normal(0, 0.7, (agents, skus))).astype(np.float32)
    shape = (agents, skus)
    stock = np.maximum(1, np.floor(1.3 * agents * slots / skus * rng.lognormal(-0.3, 0.8, skus))).astype(np.float32)
    # A visit that always buys one unit of each SKU posted, with no competition: gain = unit value - price.
    block = Block(
        visits=np.full(agents, 1e6, np.float32),
        attraction=np.full(shape, 1e-6, np.float32),
        unit_value=unit_value,
        allowed=rng.random(shape) < 0.8,
        slots=np.full(agents, slots),
        floor=np.zeros(agents, np.int64),
        least=1.0,
        category_code=np.zeros(skus, np.int64),
        category_cap=np.full(agents, slots),
        is_repeat=np.zeros(shape, bool),
        repeat_cap=np.full(agents, slots),
    )
    return block, stock


def exact_value(block: Block, stock: Values) -> float:
    """Optimum of the assignment of one-unit matches: max Σ w x, each agent ≤ slots, each SKU ≤ stock, 0 ≤ x ≤ 1."""
    agent, sku = np.nonzero(block.allowed)
    one = np.ones(len(agent))
    variable = np.arange(len(agent))
    per_agent = sp.csr_array((one, (agent, variable)), shape=(len(block.slots), len(agent)))
    per_sku = sp.csr_array((one, (sku, variable)), shape=(len(stock), len(agent)))
    rows = sp.vstack([per_agent, per_sku], format="csr")
    limits = LinearConstraint(rows, ub=np.concatenate([block.slots, stock]))
    found = milp(-block.unit_value[agent, sku].astype(np.float64), constraints=limits, bounds=Bounds(0, 1))
    return -float(np.asarray(found.fun))
