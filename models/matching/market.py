"""Agents in blocks and the stock that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from xuanpin.models.arrays import Ints, Singles
from xuanpin.models.matching.settling import Settled
from xuanpin.models.matching.slate import Block

BlockOf = Callable[[Ints], Block]
"""Builds the block of some agents (row numbers, ascending)."""
SettleBlocks = Callable[[Sequence[Ints], sp.csr_array, Singles], Iterable[Settled]]
"""Settles groups of agents (row numbers), in their order: given what neighbours leave them (`shared` of settle_block,
a row for each agent of the groups) and the price of each SKU."""
OpenBlocks = Callable[[NDArray[np.int16]], Iterable[tuple[Ints, Block]]]
"""Yields rows and block of agents, in their order, at least of those with open slots: given the SKU columns of all
agents, -1 where open."""

BLOCK_AGENTS = 1024
"""Agents scored together; their blocks stay in the cache of a core."""


SMALLEST = 1e-6
"""Units of stock below which a SKU counts as sold out where a match need not set aside a whole unit."""


WORKERS = 2
"""Threads that score blocks side by side; blocks do not depend on each other, so results do not depend on threads."""


@dataclass(frozen=True)
class Market:
    """All agents, a block at a time, and the stock that they share.

    width: most slots of any agent; stock: units of each SKU; least: units that a match takes at least (as in its
    blocks); neighbours: agent × earlier agent, the share (0–1) of her customers that the earlier one reaches too;
    set_aware: whether slates are chosen as sets or SKU by SKU; settle and open_blocks: who does so elsewhere than in
    threads of this process.
    """

    block_of: BlockOf
    agents: int
    width: int
    stock: Singles
    least: float
    neighbours: sp.csr_array
    set_aware: bool = True
    settle: SettleBlocks | None = None
    open_blocks: OpenBlocks | None = None


def agent_blocks(agents: int) -> Iterator[Ints]:
    """Return the row numbers of all agents, a block at a time."""
    for first in range(0, agents, BLOCK_AGENTS):
        yield np.arange(first, min(first + BLOCK_AGENTS, agents))


PER_AGENT = (
    "visits",
    "attraction",
    "unit_value",
    "allowed",
    "slots",
    "floor",
    "category_cap",
    "is_repeat",
    "repeat_cap",
)
"""Fields of a block that have a row per agent."""


def rows_of(block: Block, rows: Ints) -> Block:
    """Return the block of some agents (`rows`) of a block."""
    fields: dict[str, Any] = {name: getattr(block, name)[rows] for name in PER_AGENT}
    return replace(block, **fields)


def stacked(blocks: Sequence[Block]) -> Block:
    """Return one block of the agents of several `blocks`, one at least, in their order."""
    fields: dict[str, Any] = {name: np.concatenate([getattr(block, name) for block in blocks]) for name in PER_AGENT}
    return replace(blocks[0], **fields)
