"""Takes some agents out of a tree of dataclasses, as a table with a row per agent, and puts them back into it.

A field with a row per agent is marked with BY_AGENT: an array whose first axis is agents, a sparse matrix with a row
per agent, or an Arrow array. All else in the tree is shared by all agents. A row of a sparse matrix is two lists in its
table, of columns and of values; both have the memory layout of the matrix, so that nothing is copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from xuanpin.models.arrays import BY_AGENT, Array, Ints

Part: TypeAlias = "Array | sp.csr_array | pa.Array"
"""Values with a row per agent."""
Tree = TypeVar("Tree")

COLUMNS = "at"
"""Ending of the column that holds the columns of a sparse matrix."""


def agent_parts(tree: object) -> dict[str, Part]:
    """Return what has a row per agent in a tree of dataclasses, by the names of the fields that lead to it."""
    return dict(_parts(tree, ""))


def _parts(tree: object, place: str) -> Iterator[tuple[str, Part]]:
    for name, value, is_part in _branches(tree):
        if is_part:
            yield f"{place}{name}", value
        else:
            yield from _parts(value, f"{place}{name}_")


def _branches(tree: object) -> Iterator[tuple[str, Any, bool]]:
    """Names and values below a place of the tree, and whether each has a row per agent; what is None has none."""
    if isinstance(tree, Mapping):
        yield from ((name, value, False) for name, value in tree.items() if is_dataclass(value))
    elif is_dataclass(tree):
        for field in fields(tree):
            value, is_part = getattr(tree, field.name), field.metadata == BY_AGENT
            if value is not None and (is_part or is_dataclass(value) or isinstance(value, Mapping)):
                yield field.name, value, is_part


def with_agent_parts(tree: Tree, parts: Mapping[str, Part]) -> Tree:
    """Return the tree with other agents: `parts` are named as by agent_parts, which finds the same names in it."""
    whole: Any = _with_parts(tree, parts, "")
    found: Tree = whole
    return found


def _with_parts(tree: Any, parts: Mapping[str, Part], place: str) -> Any:
    changed = {
        name: parts[f"{place}{name}"] if is_part else _with_parts(value, parts, f"{place}{name}_")
        for name, value, is_part in _branches(tree)
    }
    if isinstance(tree, Mapping):
        return {**tree, **changed}
    return replace(tree, **changed) if changed else tree


def of_agents(tree: Tree, rows: Ints) -> Tree:
    """Return the tree of the agents at `rows` alone."""
    return with_agent_parts(tree, {name: some_rows(part, rows) for name, part in agent_parts(tree).items()})


def some_rows(part: Part, rows: Ints) -> Part:
    """Return the values of the agents at `rows`."""
    return part.take(pa.array(rows)) if isinstance(part, pa.Array) else part[rows]


def part_columns(parts: Mapping[str, Part]) -> dict[str, pa.Array]:
    """Return parts as columns of a table with a row per agent."""
    columns: dict[str, pa.Array] = {}
    for name, part in parts.items():
        if isinstance(part, pa.Array):
            columns[name] = part
        elif isinstance(part, np.ndarray) and part.ndim == 1:
            columns[name] = pa.array(part)
        elif isinstance(part, np.ndarray):
            ends = np.arange(len(part) + 1) * part.shape[1]
            columns[name] = _lists(ends, part.ravel())
        else:
            columns[f"{name}_{COLUMNS}"] = _lists(part.indptr, part.indices)
            columns[name] = _lists(part.indptr, part.data)
    return columns


def _lists(ends: Array, values: Array) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(ends.astype(np.int32, copy=False)), pa.array(values))


def parts_of(table: pa.Table, like: Mapping[str, Part]) -> dict[str, Any]:
    """Return the parts that part_columns made a table of; those of `like`, of any agents, have their kinds and
    widths."""
    return {name: _part(table, name, part) for name, part in like.items()}


def _part(table: pa.Table, name: str, like: Part) -> Part:
    column = table[name].combine_chunks()
    if isinstance(like, pa.Array):
        return column.cast(like.type)
    values = _numbers(column if pa.types.is_primitive(column.type) else column.flatten(), like.dtype)
    if isinstance(like, np.ndarray):
        return (
            values.reshape(-1, *like.shape[1:]) if values.size else np.zeros((len(column), *like.shape[1:]), like.dtype)
        )
    at = _numbers(table[f"{name}_{COLUMNS}"].combine_chunks().flatten(), like.indices.dtype)
    sizes = pc.list_value_length(column).to_numpy(zero_copy_only=False)
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(like.indptr.dtype)
    return sp.csr_array((values, at, ends), shape=(len(column), like.shape[1]))


def _numbers(column: pa.Array, kind: np.dtype[Any]) -> Array:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=kind)
