"""Writes statements of ours, which are DuckDB's SQL, as Spark SQL that means the same.

sqlglot does most of it; what it would leave with another meaning is mended in `mends`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from xuanpin.pipelines.engine.cluster.literals import spark_literal
from xuanpin.pipelines.engine.cluster.marks import MARK, Pattern, read_mark
from xuanpin.pipelines.engine.cluster.mends import mend, view_name
from xuanpin.pipelines.engine.failures import EngineError

__all__ = ["order_of", "patterns_of", "tables_of", "to_spark", "translated", "view_name"]


def to_spark(sql: str, parameters: Mapping[str, Any]) -> str:
    """Return one statement (`sql`, with `$name` parameters) as Spark SQL, with the values of the `parameters` in it.

    A table `schema.table` becomes the view `view_name("schema.table")`, and a regular expression a call of the function
    that `patterns_of` names, which the session must have. Raises EngineError for what does not translate, TypeError for
    a parameter that was not given or that no literal can hold.
    """

    def written(mark: str) -> str:
        read = read_mark(mark, parameters)
        return read.function if isinstance(read, Pattern) else spark_literal(read.value)

    return MARK.sub(lambda found: written(found[1]), translated(sql))


def patterns_of(sql: str, parameters: Mapping[str, Any]) -> frozenset[Pattern]:
    """Return the regular expressions that a statement (`sql`) seeks, with the values of the `parameters` in them.

    Raises what `to_spark` raises.
    """
    marks = (read_mark(mark, parameters) for mark in MARK.findall(translated(sql)))
    return frozenset(mark for mark in marks if isinstance(mark, Pattern))


@cache
def tables_of(sql: str) -> frozenset[str]:
    """Return the tables, as `schema.table`, that a statement (`sql`) names; CTEs are none. Raises EngineError."""
    return frozenset(f"{table.db}.{table.name}" for table in _parsed(sql).find_all(exp.Table) if table.db)


@cache
def order_of(sql: str) -> bool:
    """Tell whether the rows of a SELECT (`sql`) are ordered by its last clause. Raises EngineError."""
    return _parsed(sql).args.get("order") is not None


def _parsed(sql: str) -> exp.Expr:
    try:
        # Without a line end, sqlglot takes a parameter before an empty text at the end for the begin of a quotation.
        statements = [tree for tree in sqlglot.parse(f"{sql}\n", read="duckdb") if tree is not None]
    except SqlglotError as error:
        raise EngineError(str(error), type(error).__name__) from error
    if len(statements) != 1:
        raise EngineError(f"{len(statements)} statements where one can be translated", "ParseError")
    return statements[0]


@cache
def translated(sql: str) -> str:
    """Return a statement as Spark SQL, with a mark for each parameter and pattern. Raises EngineError."""
    tree = _parsed(sql)
    mend(tree)
    try:
        # Functions that marks stand for must keep their names.
        return tree.sql(
            "spark",
            identify=True,
            comments=False,
            normalize_functions=False,
            unsupported_level=sqlglot.ErrorLevel.RAISE,
        )
    except SqlglotError as error:
        raise EngineError(str(error), type(error).__name__) from error
