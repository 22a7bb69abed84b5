"""What the floors cost: the few slots that every agent gets filled though their stock is worth more elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xuanpin.models.arrays import Singles
from xuanpin.models.matching.assignment import Assignment, assign_slates
from xuanpin.models.matching.dual_prices import sampled
from xuanpin.models.matching.market import Market, agent_blocks
from xuanpin.models.matching.slate import Block, values_at


def floor_cost(market: Market, price: Singles) -> float:
    """Return the net kept units that agents' slates would have more of without floors; below zero, they have less.

    `price` is per unit of stock of each SKU, as learnt with floors. A sample of the agents with its share of the stock
    is assigned twice at these prices, with floors and without, and the difference put in proportion to all agents. A
    Lagrangian estimate, the gains below zero that floors accept, is no use: where stock is scarce, floors change who
    gets what is left over, and that is worth a hundred times as much, in either direction.
    """
    if not market.agents:
        return 0.0
    with_floors = sampled(market)
    without = replace(with_floors, block_of=lambda places: _without_floors(with_floors.block_of(places)))
    kept, free = (net_units(each, assign_slates(each, price)) for each in (with_floors, without))
    return (free - kept) * market.agents / with_floors.agents


def _without_floors(block: Block) -> Block:
    return replace(block, floor=np.zeros_like(block.floor))


def net_units(market: Market, found: Assignment) -> float:
    """Return the net kept units expected of the slates `found`: no more of a match is sold than its stock."""
    total = 0.0
    for rows in agent_blocks(market.agents):
        block, sku = market.block_of(rows), found.sku[rows].astype(np.int64)
        attraction = values_at(block.attraction, sku)
        sold = (block.visits / (1.0 + attraction.sum(axis=1)))[:, None] * attraction
        net = np.minimum(sold, found.taken[rows]) * values_at(block.unit_value, sku)
        total += float(net.sum(dtype=np.float64))
    return total
