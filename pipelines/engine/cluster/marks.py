"""Marks in a translated statement: where values, which differ from call to call, go into a text that does not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any

from sqlglot import exp

from xuanpin.pipelines.engine.failures import EngineError

MARK = re.compile("\x00([^\x00]+)\x00")
"""A mark in a text; no statement holds the character around it."""


@dataclass(frozen=True)
class Value:
    """The value of a parameter."""

    value: Any


@dataclass(frozen=True)
class Pattern:
    """An RE2 pattern (`text`) that a statement seeks or, with a `replacement`, replaces wherever it is found."""

    text: str
    replacement: str | None

    @property
    def function(self) -> str:
        """The name by which a session knows the function that does it to a text."""
        return f"re2_{md5(repr(self).encode()).hexdigest()}"


def value_mark(parameter: str) -> str:
    """Return the mark of a `parameter`'s value."""
    return _mark({"parameter": parameter})


def pattern_mark(pattern: exp.Expr, replacement: str | None) -> str:
    """Return the mark of the function that does what Pattern says with a `replacement`.

    The `pattern` is a text or a value mark.

    Raises EngineError for another one.
    """
    if isinstance(pattern, exp.Literal):
        return _mark({"pattern": pattern.this, "replacement": replacement})
    marked = MARK.fullmatch(pattern.name)
    if marked is None:
        raise EngineError(f"{pattern.sql()} as a pattern: write it as a text or bind it", "UnsupportedError")
    return _mark(json.loads(marked[1]) | {"replacement": replacement})


def _mark(described: Mapping[str, str | None]) -> str:
    return f"\x00{json.dumps(described, ensure_ascii=True)}\x00"


def read_mark(mark: str, parameters: Mapping[str, Any]) -> Value | Pattern:
    """Return what a `mark`, without the characters around it, stands for.

    Raises TypeError where its parameter is not among the `parameters`.
    """
    described = json.loads(mark)
    name = described.get("parameter")
    if name is not None and name not in parameters:
        raise TypeError(f"the statement needs ${name}; pass it by name")
    value = described["pattern"] if name is None else parameters[name]
    return Pattern(value, described["replacement"]) if "replacement" in described else Value(value)
