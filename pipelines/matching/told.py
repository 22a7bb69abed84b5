"""What is told of the slates: matches and alternates, by one look at the scores of each block of agents."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import pyarrow as pa

from xuanpin.models.arrays import Ints
from xuanpin.models.matching.assignment import Assignment
from xuanpin.models.matching.market import BLOCK_AGENTS, WORKERS, agent_blocks
from xuanpin.pipelines.matching.alternates import ALTERNATES, block_alternates, units_left
from xuanpin.pipelines.matching.inputs import MatchProblem
from xuanpin.pipelines.matching.results import NOTHING as NO_MATCHES
from xuanpin.pipelines.matching.results import block_matches, reserved_units

PART_AGENTS = 32 * BLOCK_AGENTS
"""Agents whose rows are stored together, while those of as many more are made: a million agents have fifteen million
matches."""


class Told(NamedTuple):
    """Rows by agent: `matches` and `slates` as in Matched, and `alternates` as in night.agent_alternates."""

    matches: pa.Table
    slates: pa.Table
    alternates: pa.Table


NOTHING = Told(*NO_MATCHES, ALTERNATES.empty_table())
"""What is told where there is no list, or nobody."""


def told_parts(problem: MatchProblem, assignment: Assignment) -> Iterator[Told]:
    """Yield the rows of the slates of an `assignment` in parts of PART_AGENTS agents, one part at least."""
    left = units_left(problem, reserved_units(problem, assignment))

    def told(rows: Ints) -> Told:
        return told_block(problem, assignment, rows, left)

    blocks, each = list(agent_blocks(len(assignment.sku))), max(1, PART_AGENTS // BLOCK_AGENTS)
    waiting: deque[list[Future[Told]]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        for first in range(0, max(len(blocks), 1), each):
            waiting.append([pool.submit(told, rows) for rows in blocks[first : first + each]])
            if len(waiting) > 1:
                yield _joined(waiting.popleft())
        yield _joined(waiting.popleft())


def _joined(parts: list[Future[Told]]) -> Told:
    """The rows of some blocks in one piece: of small pieces DuckDB makes row groups by copying and compressing all rows
    once more, on one core."""
    tables = zip(NOTHING, *(part.result() for part in parts), strict=True)
    return Told(*(pa.concat_tables(pieces).combine_chunks() for pieces in tables))


def told_block(problem: MatchProblem, assignment: Assignment, rows: Ints, left: Ints) -> Told:
    """Return the rows of the slates of the agents at `rows`; `left` is what units_left says."""
    seen = problem.seen(rows)
    matched, rank = block_matches(problem, assignment, rows, seen)
    return Told(*matched, block_alternates(problem, rows, seen, rank, left))
