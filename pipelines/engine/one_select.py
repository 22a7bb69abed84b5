"""Reads a SELECT that a deployment wrote with the engine's own parser, and names what it asks for beside its relation.

`tree` is a part of the statement as json_serialize_sql writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from typing import Any

from xuanpin.pipelines.engine.opening import open_memory
from xuanpin.pipelines.typed.phrase import Phrase, phrase

_ROWS_OF_ARGUMENTS = frozenset({"unnest", "range", "generate_series", "json_each", "json_tree"})
"""Table functions whose rows follow from their arguments alone; every other one reads files, settings or tables."""
_CLOCK = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})
"""Words that the parser takes for a column although they are the time of the call."""


def foreign_parts(text: str, relation: str) -> list[str]:
    """Return what the one SELECT `text` names that is neither `relation`, a CTE of its own nor a pure function.

    Names stand as they do in the statement, each once, in order. Raises ValueError, with what is wrong, where `text` is
    no SELECT or more than one statement.
    """
    parsed = _parsed(text)
    if parsed["error"]:
        raise ValueError(_problem(parsed))
    if len(parsed["statements"]) != 1:
        raise ValueError(phrase("holds {count} statements", count=len(parsed["statements"])))
    return list(dict.fromkeys(_foreign(parsed["statements"], frozenset({relation.lower()}))))


def selected_columns(text: str) -> list[str]:
    """Return the names of the columns that a statement (`text`, which foreign_parts accepts) reads, each once."""
    return list(dict.fromkeys(_columns(_parsed(text)["statements"])))


def _columns(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        if tree.get("class") == "COLUMN_REF":
            yield tree["column_names"][-1]
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from _columns(part)


@cache
def _parsed(text: str) -> dict[str, Any]:
    """Return the statement as the engine's parser sees it, or the error that it found."""
    with closing(open_memory()) as engine:
        parsed: dict[str, Any] = json.loads(engine.select("parsed_select", text=text)["tree"][0].as_py())
    return parsed


def _problem(parsed: dict[str, Any]) -> Phrase:
    if parsed["error_type"] == "parser":
        problem = parsed["error_message"].splitlines()[0]
        return phrase("is not SQL that the engine can read ({problem})", problem=problem)
    return phrase("is or holds a statement that is not a SELECT")


@cache
def _impure() -> frozenset[str]:
    with closing(open_memory()) as engine:
        return frozenset(engine.select("impure_functions")["function_name"].to_pylist())


def _foreign(tree: Any, known: frozenset[str]) -> Iterator[str]:
    """Yield the foreign names in a tree, in which the relations `known` may be read."""
    if isinstance(tree, list):
        for part in tree:
            yield from _foreign(part, known)
    if not isinstance(tree, dict):
        return
    if "cte_name" in tree:
        known |= {tree["cte_name"].lower()}
    for entry in tree.get("cte_map", {}).get("map", ()):
        # A CTE sees those before it, and itself only where it is recursive.
        yield from _foreign(entry["value"], known)
        known |= {entry["key"].lower()}
    yield from _own_name(tree, known)
    for key, part in tree.items():
        if key != "cte_map":
            yield from _foreign(part, known)


def _own_name(tree: dict[str, Any], known: frozenset[str]) -> Iterator[str]:
    """Yield the name of a tree itself, without its parts, where it is foreign."""
    kind, name = tree.get("type"), str(tree.get("function_name", "")).lower()
    if kind == "BASE_TABLE":
        place = [tree[level] for level in ("catalog_name", "schema_name") if tree[level]]
        if place or tree["table_name"].lower() not in known:
            yield ".".join([*place, tree["table_name"]])
    elif kind == "TABLE_FUNCTION":
        name = tree["function"].get("function_name", "").lower()
        if name not in _ROWS_OF_ARGUMENTS:
            yield f"{name}()"
    elif kind == "SHOW_REF":
        yield phrase("describe, show or summarize")
    elif tree.get("class") == "PARAMETER":
        yield f"${tree['identifier']}"
    elif tree.get("class") == "COLUMN_REF" and set(tree["column_names"]) <= _CLOCK:
        yield tree["column_names"][0]
    elif name in _impure():
        yield f"{name}()"
    if tree.get("sample"):
        yield phrase("a random sample")
