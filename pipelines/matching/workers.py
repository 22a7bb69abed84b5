"""Matches in the workers of a cluster: the driver keeps stock and slates, and every block of agents is scored there.

Prices, who gets what is scarce and the filling of open slots stay with the driver, so the same slates come out as on
one machine. Down go the list and its prices, and once each agent's own part of the problem; up come slates, and
the scores of agents whose slots are open. What is published of each match is made in the workers and stays there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp
from numpy.typing import NDArray

from xuanpin.models.arrays import Ints, Singles
from xuanpin.models.matching.assignment import Assignment
from xuanpin.models.matching.market import PER_AGENT, Market, agent_blocks, rows_of
from xuanpin.models.matching.settling import Settled, settle_block
from xuanpin.models.matching.slate import Block
from xuanpin.pipelines.choice_model.by_agent import Part, part_columns, parts_of
from xuanpin.pipelines.choice_model.spread import NOBODY, Spread
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.matching.alternates import ALTERNATES, units_left
from xuanpin.pipelines.matching.inputs import MatchProblem
from xuanpin.pipelines.matching.results import MATCHES, NEEDS, agent_needs, match_rows, reserved_units
from xuanpin.pipelines.matching.slates import SLATES
from xuanpin.pipelines.matching.told import told_block

SETTLED = pa.schema(
    [
        ("sku", pa.list_(pa.int16())),
        ("taken", pa.list_(pa.float32())),
        ("gain", pa.list_(pa.float32())),
        ("bound", pa.float64()),
    ]
)
"""A row per agent: Settled of her block; `bound` is that of the whole block."""
ROW = "row"
"""Place of an agent in her block."""


class MatchWorkers:
    """Tonight's problem, the work of whose blocks is done where `engine` runs blocks."""

    def __init__(self, engine: Engine, problem: MatchProblem) -> None:
        """Send nothing yet."""
        agents = len(problem.lineup.slots)
        self._problem, self._blocks = problem, list(agent_blocks(agents))
        # Who is whose neighbour only the driver asks.
        apart = replace(problem, neighbours=sp.csr_array((0, 0)))
        self._spread = Spread(engine, apart, self._blocks)

    def market(self) -> Market:
        """Return the market of the problem, whose blocks are settled in the workers."""
        return replace(self._problem.market(), settle=self._settle, open_blocks=self._open_blocks)

    def _settle(self, groups: Sequence[Ints], shared: sp.csr_array, price: Singles) -> Iterator[Settled]:
        task, more = partial(_settled_rows, price=price), {"shared": shared}
        # Blocks of everybody are there already.
        if [*map(len, groups)] == [*map(len, self._blocks)]:
            found = self._spread.rows(task, SETTLED, more)
        else:
            found = self._spread.rows_of(groups, task, SETTLED, more)
        return map(_settled, found)

    def _open_blocks(self, sku: NDArray[np.int16]) -> Iterator[tuple[Ints, Block]]:
        nobody = self._problem.block(NOBODY)
        like = {ROW: NOBODY, **_fields(nobody)}
        schema = pa.schema([(name, column.type) for name, column in part_columns(like).items()])
        more: dict[str, Part] = {"filled": (sku >= 0).sum(axis=1)}
        for rows, found in zip(self._blocks, self._spread.rows(_open_rows, schema, more), strict=True):
            fields = parts_of(found, like)
            yield rows[fields.pop(ROW)], replace(nobody, **fields)

    def store_matches(self, assignment: Assignment, into: str) -> None:
        """Store the matches of match_rows in the table `into`."""
        self._spread.store(_match_rows, MATCHES, _slates(assignment), into)

    def store_slates(self, assignment: Assignment, into: str) -> None:
        """Store the slates of match_rows in the table `into`."""
        self._spread.store(_slate_rows, SLATES, _slates(assignment), into)

    def store_needs(self, into: str) -> None:
        """Store the rows of agent_needs in the table `into`."""
        self._spread.store(_needs, NEEDS, {}, into)

    def store_alternates(self, assignment: Assignment, into: str) -> None:
        """Store the rows of block_alternates in the table `into`."""
        left = units_left(self._problem, reserved_units(self._problem, assignment))
        self._spread.store(partial(_alternates, left=left), ALTERNATES, _slates(assignment), into)

    def close(self) -> None:
        """Remove what was sent."""
        self._spread.close()


def _slates(assignment: Assignment) -> dict[str, Part]:
    return {"sku": assignment.sku, "taken": assignment.taken}


def _everyone(problem: MatchProblem) -> Ints:
    return np.arange(len(problem.lineup.slots))


def _fields(block: Block) -> dict[str, Part]:
    return {name: getattr(block, name) for name in PER_AGENT}


def _settled_rows(problem: MatchProblem, more: Mapping[str, Any], *, price: Singles) -> pa.Table:
    found = settle_block(problem.block(_everyone(problem)), more["shared"], price)
    columns = part_columns({"sku": found.sku, "taken": found.taken, "gain": found.gain})
    return pa.table({**columns, "bound": np.full(len(found.sku), found.bound)}, schema=SETTLED)


def _settled(rows: pa.Table) -> Settled:
    width = pc.list_value_length(rows["sku"])[0].as_py()
    like: dict[str, Part] = {
        "sku": np.zeros((0, width), np.int16),
        "taken": np.zeros((0, width), np.float32),
        "gain": np.zeros((0, width), np.float32),
    }
    return Settled(**parts_of(rows, like), bound=rows["bound"][0].as_py())


def _open_rows(problem: MatchProblem, more: Mapping[str, Any]) -> pa.Table:
    block = problem.block(_everyone(problem))
    rows = np.flatnonzero(block.slots > more["filled"])
    return pa.table(part_columns({ROW: rows, **_fields(rows_of(block, rows))}))


def _assignment(more: Mapping[str, Any]) -> Assignment:
    return Assignment(more["sku"], more["taken"], 0.0)


def _match_rows(problem: MatchProblem, more: Mapping[str, Any]) -> pa.Table:
    return match_rows(problem, _assignment(more)).matches


def _slate_rows(problem: MatchProblem, more: Mapping[str, Any]) -> pa.Table:
    return match_rows(problem, _assignment(more)).slates


def _needs(problem: MatchProblem, more: Mapping[str, Any]) -> pa.Table:
    return agent_needs(problem)


def _alternates(problem: MatchProblem, more: Mapping[str, Any], *, left: Ints) -> pa.Table:
    return told_block(problem, _assignment(more), _everyone(problem), left).alternates
