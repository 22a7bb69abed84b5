"""Writes statements of ours, which are DuckDB's SQL, as Spark SQL that means the same.

sqlglot does most of it; what it leaves with another meaning is mended here, each with the case that showed it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from xuanpin.pipelines.engine.cluster.literals import spark_literal, spark_pattern
from xuanpin.pipelines.engine.failures import EngineError

_MARK = re.compile("\x00([pv])(\\w+)\x00")
"""Where a parameter goes into a translated text: as a pattern or as a value. No statement holds this character."""


def to_spark(sql: str, parameters: Mapping[str, Any]) -> str:
    """Return one statement (`sql`, with `$name` parameters) as Spark SQL, with the values of the `parameters` in it.

    A table `schema.table` becomes the view `view_name("schema.table")`. Raises EngineError for what does not translate
    and TypeError for a parameter that was not given or whose type no literal has.
    """
    text = _translated(sql)
    missing = sorted({name for _, name in _MARK.findall(text)} - parameters.keys())
    if missing:
        raise TypeError(f"the statement needs ${', $'.join(missing)}; pass them by name")

    def written(mark: re.Match[str]) -> str:
        kind, name = mark.groups()
        return spark_pattern(parameters[name]) if kind == "p" else spark_literal(parameters[name])

    return _MARK.sub(written, text)


def view_name(table: str) -> str:
    """Return the name, in one part, of the view that shows `schema.table` to the cluster."""
    return "__".join(table.split("."))


@cache
def tables_of(sql: str) -> frozenset[str]:
    """Return the tables, as `schema.table`, that a statement names; CTEs are none. Raises EngineError."""
    return frozenset(f"{table.db}.{table.name}" for table in _parsed(sql).find_all(exp.Table) if table.db)


@cache
def order_of(sql: str) -> bool:
    """Tell whether the rows of a SELECT are ordered by its last clause. Raises EngineError."""
    return _parsed(sql).args.get("order") is not None


def _parsed(sql: str) -> exp.Expr:
    try:
        statements = [tree for tree in sqlglot.parse(sql, read="duckdb") if tree is not None]
    except SqlglotError as error:
        raise EngineError(str(error), type(error).__name__) from error
    if len(statements) != 1:
        raise EngineError(f"{len(statements)} statements where one can be translated", "ParseError")
    return statements[0]


@cache
def _translated(sql: str) -> str:
    """Return a statement as Spark SQL, with a mark for each parameter."""
    tree = _parsed(sql)
    for mend in _MENDS:
        tree = tree.transform(mend, copy=False)
    try:
        return tree.sql("spark", identify=True, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)
    except SqlglotError as error:
        raise EngineError(str(error), type(error).__name__) from error


def _as_view(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Table) or not node.db:
        return node
    shown = exp.to_table(view_name(f"{node.db}.{node.name}"))
    if not node.alias:
        node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name)))
    node.set("this", shown.this)
    node.set("db", None)
    return node


def _parameter(node: exp.Expr) -> exp.Expr:
    return _marked("v", node.name) if isinstance(node, exp.Placeholder) else node


def _pattern(node: exp.Expr) -> exp.Expr:
    """A pattern is RE2's here and another library's there: see spark_pattern."""
    if not isinstance(node, exp.RegexpLike | exp.RegexpReplace):
        return node
    pattern = node.expression
    if isinstance(pattern, exp.Placeholder):
        node.set("expression", _marked("p", pattern.name))
    elif isinstance(pattern, exp.Literal):
        node.set("expression", exp.Var(this=spark_pattern(pattern.this)))
    else:
        raise EngineError(f"{pattern.sql()} as a pattern: write it as a text or bind it", "UnsupportedError")
    return node


def _replacement(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.RegexpReplace):
        if not node.args.get("modifiers") or node.args["modifiers"].name != "g":
            raise EngineError("regexp_replace without 'g' replaces everything on a cluster", "UnsupportedError")
        node.set("modifiers", None)
    return node


def _day_difference(node: exp.Expr) -> exp.Expr:
    """With a unit Spark counts whole days between moments, with none the dates between them, as DuckDB does."""
    if not isinstance(node, exp.DateDiff):
        return node
    if node.text("unit").upper() != "DAY":
        raise EngineError(f"date_diff by {node.text('unit').lower()} counts differently there", "UnsupportedError")
    days = [exp.cast(part, "date") for part in (node.this, node.expression)]
    return exp.cast(exp.Anonymous(this="DATEDIFF", expressions=days), "bigint")


def _quantile(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.PercentileCont):
        return node
    return exp.Anonymous(this="PERCENTILE", expressions=[node.this, node.expression])


def _whole_double(node: exp.Expr) -> exp.Expr:
    """Floor and ceil of a double are integers there, and a product with a decimal is a decimal then."""
    if not isinstance(node, exp.Floor | exp.Ceil) or isinstance(node.parent, exp.Cast):
        return node
    return exp.cast(node.copy(), "double")


def _split(node: exp.Expr) -> exp.Expr:
    """The separator is a pattern there."""
    if not isinstance(node, exp.Split):
        return node
    if not isinstance(node.expression, exp.Literal):
        raise EngineError(f"string_split at {node.expression.sql()}: write it as a text", "UnsupportedError")
    separator = exp.Var(this=spark_pattern(re.escape(node.expression.this)))
    return exp.Anonymous(this="SPLIT", expressions=[node.this, separator])


def _marked(kind: str, name: str) -> exp.Expr:
    return exp.Var(this=f"\x00{kind}{name}\x00")


_MENDS: tuple[Callable[[exp.Expr], exp.Expr], ...] = (
    _pattern,
    _parameter,
    _replacement,
    _day_difference,
    _quantile,
    _whole_double,
    _split,
    _as_view,
)
