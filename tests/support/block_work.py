"""Match problems of random small platforms, and the same matching with and without workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse as sp

from xuanpin.models.matching import assignment, market
from xuanpin.pipelines.choice_model import spread
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.matching.inputs import MatchProblem
from xuanpin.pipelines.matching.step import solve_market
from xuanpin.pipelines.matching.told import told_parts
from xuanpin.pipelines.matching.workers import MatchWorkers


@contextmanager
def blocks_of(agents: int, together: int = 2, sent: int = 1) -> Iterator[None]:
    """Blocks of so many agents, so that a few agents are several blocks; so many are worked on and sent together."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(market, "BLOCK_AGENTS", agents)
        changed.setattr(assignment, "BLOCK_AGENTS", agents)
        changed.setattr(spread, "PART_BLOCKS", together)
        changed.setattr(spread, "SENT_BLOCKS", sent)
        yield


def with_neighbours(problem: MatchProblem, share: float, seed: int) -> MatchProblem:
    """The problem where agents share customers with so large a share of the earlier ones."""
    rng = np.random.default_rng(seed)
    agents = len(problem.lineup.slots)
    links = np.tril(rng.random((agents, agents)) < share, -1) * rng.uniform(0.1, 0.9, (agents, agents))
    return replace(problem, neighbours=sp.csr_array(links.astype(np.float32)))


def in_workers(engine: Engine, problem: MatchProblem) -> tuple[assignment.Assignment, float, float]:
    """Slates, bound and cost of floors by blocks; night.matches, slates, needs and alternates are written."""
    workers = MatchWorkers(engine, problem)
    found = solve_market(problem, workers.market())
    workers.store_matches(found[0], "night.matches")
    workers.store_slates(found[0], "night.slates")
    workers.store_needs("night.needs")
    workers.store_alternates(found[0], "night.alternates")
    workers.close()
    return found


def alternates_here(problem: MatchProblem, slates: assignment.Assignment) -> pa.Table:
    """All alternates, as one machine finds them."""
    return pa.concat_tables([part.alternates for part in told_parts(problem, slates)])
