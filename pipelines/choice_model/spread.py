"""Runs a function of some agents wherever the engine runs blocks: in the workers of a cluster, or here.

A tree of dataclasses holds agents and what they share, such as the SKUs of the list. What they share travels with the
function. The agents travel as a table with a row each, made once and read by every function; what comes back is rows
again. The driver builds the tree, so it holds all agents, but it scores none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Ints
from xuanpin.pipelines.choice_model.by_agent import (
    Part,
    agent_parts,
    of_agents,
    part_columns,
    parts_of,
    some_rows,
    with_agent_parts,
)
from xuanpin.pipelines.engine.protocol import Engine

Task: TypeAlias = "Callable[[Any, Mapping[str, Any]], pa.Table]"
"""Makes rows of the tree of some agents, and of what else is given of each of them; it is pure and can be pickled."""

PART_BLOCKS = 512
"""Blocks worked on and fetched together: bounds the driver's memory, and leaves work for some hundred workers."""
SENT_BLOCKS = 64
"""Blocks sent together: 77 MB of 1,024 agents each; a Spark Connect server takes 128 MiB at a time."""
BLOCK, PLACE = "block", "place"
"""Columns of every table that goes to and fro: number of the block, and place in it, which orders its rows."""
NOBODY: Ints = np.zeros(0, np.int64)
"""Rows of no agents."""
_NUMBERS = [pa.field(BLOCK, pa.int64()), pa.field(PLACE, pa.int64())]
_GROUPS, _MORE, _FOUND, _SENT = "temp.spread_groups", "temp.spread_more", "temp.spread_found", "temp.spread_sent"


class Spread:
    """The agents of a tree on their way to an engine's workers; `blocks` are the row numbers of all, in order.

    Each method runs a task for blocks of agents. `more` are further values with a row for each of these agents, in
    their order; the task gets those of its block by the same names.
    """

    def __init__(self, engine: Engine, tree: object, blocks: Sequence[Ints]) -> None:
        """Send nothing yet."""
        self._engine, self._parts = engine, agent_parts(tree)
        self._shared = of_agents(tree, NOBODY)
        self._blocks, self._sent = blocks, dict[int, str]()

    def rows(self, task: Task, schema: pa.Schema, more: Mapping[str, Part]) -> Iterator[pa.Table]:
        """Yield the rows that a task makes of each block, with the columns of `schema`."""
        for number, some, own in _batches(self._blocks, more):
            yield from self._found(task, schema, self._standing(number, some), some, own)

    def rows_of(
        self, groups: Sequence[Ints], task: Task, schema: pa.Schema, more: Mapping[str, Part]
    ) -> Iterator[pa.Table]:
        """Yield the rows that a task makes of each of some `groups` of agents (row numbers), with the columns of
        `schema`."""
        for _, some, own in _batches(groups, more):
            self._send(some, _GROUPS)
            yield from self._found(task, schema, _GROUPS, some, own)
            self._engine.drop(_GROUPS)

    def store(self, task: Task, schema: pa.Schema, more: Mapping[str, Part], into: str) -> None:
        """Replace the table `into` by the rows that a task makes of all blocks, in no order, with the columns of
        `schema`; they stay where they are made."""
        if not self._blocks:
            self._engine.store(into, schema.empty_table())
        for number, some, own in _batches(self._blocks, more):
            self._map(_BlockTask(task, self._shared, _nobody(own)), self._standing(number, some), some, own,
                      into=_FOUND if number else into, schema=schema)  # fmt: skip
            if number:
                self._add_found(into)

    def close(self) -> None:
        """Remove the tables of agents that were sent."""
        self._engine.drop(*self._sent.values())
        self._sent.clear()

    def _standing(self, number: int, blocks: Sequence[Ints]) -> str:
        """The table of the agents of some blocks, sent once."""
        if number not in self._sent:
            self._sent[number] = f"temp.spread_agents_{number}"
            self._send(blocks, self._sent[number])
        return self._sent[number]

    def _send(self, groups: Sequence[Ints], into: str) -> None:
        """Make a table of the agents of some groups that stands where the workers are, not with the driver."""
        for first in range(0, len(groups), SENT_BLOCKS):
            rows = _numbered(self._parts, groups[first : first + SENT_BLOCKS], first)
            self._engine.store(_SENT, rows)
            place = _FOUND if first else into
            self._engine.map_blocks(_as_they_are, {"agents": _SENT}, by=BLOCK, into=place, schema=rows.schema)
            self._engine.drop(_SENT)
            if first:
                self._add_found(into)

    def _add_found(self, into: str) -> None:
        self._engine.append(into, _FOUND)
        self._engine.drop(_FOUND)

    def _found(
        self, task: Task, schema: pa.Schema, agents: str, groups: Sequence[Ints], own: Mapping[str, Part]
    ) -> Iterator[pa.Table]:
        numbered = pa.schema([*_NUMBERS, *schema])
        run = _BlockTask(task, self._shared, _nobody(own), is_numbered=True)
        self._map(run, agents, groups, own, into=_FOUND, schema=numbered)
        rows = self._engine.read(_FOUND, order_by=(BLOCK, PLACE)).cast(numbered)
        self._engine.drop(_FOUND)
        ends = np.searchsorted(rows[BLOCK].to_numpy(), np.arange(len(groups) + 1))
        for first, end in pairwise(ends):
            yield rows.slice(first, end - first).select(schema.names)

    def _map(
        self,
        run: _BlockTask,
        agents: str,
        groups: Sequence[Ints],
        own: Mapping[str, Part],
        *,
        into: str,
        schema: pa.Schema,
    ) -> None:
        if not own:
            self._engine.map_blocks(run, {"agents": agents}, by=BLOCK, into=into, schema=schema)
            return
        self._engine.store(_MORE, _numbered(own, _in_a_row(groups)))
        self._engine.map_blocks(run, {"agents": agents, "more": _MORE}, by=BLOCK, into=into, schema=schema)
        self._engine.drop(_MORE)


def _nobody(parts: Mapping[str, Part]) -> dict[str, Part]:
    return {name: some_rows(part, NOBODY) for name, part in parts.items()}


def _in_a_row(groups: Sequence[Ints]) -> list[Ints]:
    """As many agents, numbered one after the other."""
    return np.split(np.arange(sum(map(len, groups))), np.cumsum([len(rows) for rows in groups])[:-1])


def _batches(groups: Sequence[Ints], more: Mapping[str, Part]) -> Iterator[tuple[int, Sequence[Ints], dict[str, Part]]]:
    """Number, PART_BLOCKS groups and what more there is of their agents."""
    ends = np.cumsum([0, *map(len, groups)])
    for number, first in enumerate(range(0, len(groups), PART_BLOCKS)):
        some = groups[first : first + PART_BLOCKS]
        rows = np.arange(ends[first], ends[first + len(some)])
        yield number, some, {name: some_rows(part, rows) for name, part in more.items()}


def _as_they_are(tables: Mapping[str, pa.Table]) -> pa.Table:
    return tables["agents"]


def _numbered(parts: Mapping[str, Part], groups: Sequence[Ints], first: int = 0) -> pa.Table:
    """The agents of some groups as rows of a table; `first` is the number of the first group."""
    rows = np.concatenate(groups)
    columns = part_columns({name: some_rows(part, rows) for name, part in parts.items()})
    sizes = [len(group) for group in groups]
    block = np.repeat(np.arange(first, first + len(groups)), sizes)
    return pa.table({BLOCK: block, PLACE: np.arange(len(rows)), **columns})


@dataclass(frozen=True)
class _BlockTask:
    """What runs in a worker: the tree without agents (`shared`), and what more there is of each, of nobody (`like`)."""

    task: Task
    shared: Any
    like: Mapping[str, Part]
    is_numbered: bool = False

    def __call__(self, tables: Mapping[str, pa.Table]) -> pa.Table:
        """Return the rows that the task makes of a block, whose agents come in any order."""
        agents = tables["agents"].sort_by(PLACE)
        tree = with_agent_parts(self.shared, parts_of(agents, agent_parts(self.shared)))
        rows = self.task(tree, parts_of(tables["more"].sort_by(PLACE), self.like) if self.like else {})
        if not self.is_numbered:
            return rows
        block = np.full(len(rows), agents[BLOCK][0].as_py())
        named = zip(rows.column_names, rows.columns, strict=True)
        return pa.table({BLOCK: block, PLACE: np.arange(len(rows)), **dict(named)})
