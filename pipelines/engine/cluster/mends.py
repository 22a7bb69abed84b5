"""Mends in the tree of a statement what sqlglot would leave with another meaning on a cluster, one kind a function."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from xuanpin.pipelines.engine.cluster.literals import spark_literal
from xuanpin.pipelines.engine.cluster.marks import pattern_mark, value_mark
from xuanpin.pipelines.engine.failures import EngineError

_SPACES = "".join(map(chr, (0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)))
"""What trim(x) takes away; a cluster takes the first of them alone."""


def mend(tree: exp.Expr) -> None:
    """Change the `tree` of a statement so that sqlglot writes it with the same meaning.

    Raises EngineError for what has no such form.
    """
    # What a node consists of comes before it.
    for node in reversed(list(tree.walk())):
        mended = _MENDS.get(type(node), _right)(node)
        if mended is not node:
            node.replace(mended)


def _right(node: exp.Expr) -> exp.Expr:
    return node


def _unsupported(problem: str) -> EngineError:
    return EngineError(problem, "UnsupportedError")


def _seek(node: exp.RegexpLike) -> exp.Expr:
    """RE2 does it there too: other libraries mean other things by a space, a word's edge and the end of a line."""
    if node.args.get("flag"):
        raise _unsupported("regexp_matches with options: write them into the pattern, as (?i)")
    return _re2(node, None)


def _replace(node: exp.RegexpReplace) -> exp.Expr:
    replacement = node.args.get("replacement")
    if node.args.get("modifiers") != exp.Literal.string("g") or not isinstance(replacement, exp.Literal):
        raise _unsupported("regexp_replace without 'g', or by what is no text")
    return _re2(node, replacement.this)


def _re2(node: exp.RegexpLike | exp.RegexpReplace, replacement: str | None) -> exp.Expr:
    return exp.Anonymous(this=pattern_mark(node.expression, replacement), expressions=[node.this])


def _day_difference(node: exp.DateDiff) -> exp.Expr:
    """With a unit a cluster counts whole days between moments, with none the dates between them, as DuckDB does."""
    if node.text("unit").upper() != "DAY":
        raise _unsupported(f"date_diff by {node.text('unit').lower()}: count days")
    dates = [exp.cast(part, "date") for part in (node.this, node.expression)]
    return exp.cast(_call("datediff", *dates), "bigint")


def _cast(node: exp.Cast) -> exp.Expr:
    """A date that is moved by days: Sail does not multiply every number by an interval. A double as a decimal: Spark
    rounds by its shortest text, DuckDB by its product with a power of ten, which tells halves apart otherwise."""
    if node.to.this == exp.DType.DATE and node.this.find(exp.Interval):
        return _moved(node.this)
    if node.to.this == exp.DType.DECIMAL and len(node.to.expressions) == 2 and _is_double(node.this):
        power = exp.Var(this=spark_literal(10.0 ** int(node.to.expressions[1].name)))
        whole = _call("round", exp.Mul(this=exp.paren(node.this), expression=power))
        node.set("this", exp.Div(this=whole, expression=power.copy(), typed=True, safe=True))
    return node


def _is_double(node: exp.Expr) -> bool:
    """Tell whether an expression (`node`) is a double by what it says; of a column alone nothing is known."""
    match node:
        case exp.Cast():
            return bool(node.to.this == exp.DType.DOUBLE)
        case exp.Ln() | exp.Exp() | exp.Pow() | exp.Sqrt():
            return True
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Div() | exp.Nullif():
            return _is_double(node.this) or _is_double(node.expression)
        case exp.Paren() | exp.Neg():
            return _is_double(node.this)
        case exp.Coalesce() | exp.Greatest() | exp.Least():
            return any(map(_is_double, (node.this, *node.expressions)))
        case _:
            return False


def _moved(moment: exp.Expr) -> exp.Expr:
    """Return a moment, give or take intervals of days, as a date."""
    moment = moment.unnest()
    days = moment.expression.unnest() if isinstance(moment, exp.Add | exp.Sub) else moment
    interval = days.expression if isinstance(days, exp.Mul) else days
    if not isinstance(interval, exp.Interval):
        return exp.cast(moment, "date")
    if interval.text("unit").upper() != "DAY":
        raise _unsupported(f"{interval.sql()}: only days are added to dates")
    step = exp.Literal.number(interval.name)
    count = step if interval is days else exp.Mul(this=days.this, expression=step)
    move = "date_add" if isinstance(moment, exp.Add) else "date_sub"
    return _call(move, _moved(moment.this), exp.cast(count, "int"))


def _group_condition(node: exp.Having) -> exp.Expr:
    """Sail takes a name in an aggregate of `having` for the result of that name: each is told its table."""
    select = node.parent
    if isinstance(select, exp.Select) and not select.args.get("joins"):
        source = select.args["from_"].this.alias_or_name
        for aggregate in node.find_all(exp.AggFunc):
            for column in aggregate.find_all(exp.Column):
                column.set("table", exp.to_identifier(source))
    return node


_AFTER_QUALIFY = ("distinct", "order", "offset", "limit")
"""What is done to the rows that `qualify` leaves."""


def _qualified(node: exp.Select) -> exp.Expr:
    """The rows of `qualify` are written as a filter around the SELECT, which sqlglot would order and limit before."""
    after = {name: node.args[name] for name in _AFTER_QUALIFY if node.args.get(name)}
    if not node.args.get("qualify") or not after:
        return node
    first = node.copy()
    for name in after:
        first.set(name, None)
    after["order"] = _renamed(after.get("order"), node)
    for name in [*node.args]:
        node.set(name, after.get(name))
    node.set("expressions", [exp.column(name, quoted=True) for name in first.named_selects])
    node.set("from_", exp.From(this=first.subquery("qualified", copy=False)))
    return node


def _renamed(order: exp.Order | None, select: exp.Select) -> exp.Order | None:
    """Return the order of a SELECT by the names of its columns, as it stands around it."""
    named = {chosen.alias_or_name: chosen.unalias() for chosen in select.selects}
    for column in [] if order is None else list(order.find_all(exp.Column)):
        if column.name not in named or (column.table and named[column.name] != column):
            raise _unsupported(f"order by {column.sql()} after qualify: select it by that name")
        column.set("table", None)
    return order


def _rows_of_list(node: exp.Join) -> exp.Expr:
    """Sail knows the columns of a LATERAL VIEW, which sqlglot would write, in no condition."""
    if isinstance(node.this, exp.Unnest):
        rows = _call("explode", *node.this.expressions)
        node.set("this", exp.Lateral(this=rows, alias=node.this.args["alias"]))
    return node


def _trim(node: exp.Trim) -> exp.Expr:
    if node.args.get("expression") is None:
        node.set("expression", _text(_SPACES))
        node.set("position", node.args.get("position") or "BOTH")
    return node


def _split(node: exp.Split) -> exp.Expr:
    """The separator is a pattern there."""
    if not isinstance(node.expression, exp.Literal):
        raise _unsupported(f"string_split at {node.expression.sql()}: write it as a text")
    return _call("split", node.this, _text(re.escape(node.expression.this)))


def _whole_double(node: exp.Expr) -> exp.Expr:
    """Floor and ceil of a double are integers there, whose product with a decimal is a decimal."""
    return exp.cast(node.copy(), "double")


def _average(node: exp.Avg) -> exp.Expr:
    """The average of decimals is a decimal there."""
    return exp.Avg(this=exp.cast(node.this, "double"))


def _sorted(node: exp.ArraySort) -> exp.Expr:
    """A list of no rows is empty there, and null here."""
    collected = node.this.this if isinstance(node.this, exp.Filter) else node.this
    if not isinstance(collected, exp.ArrayAgg):
        return node
    is_any = exp.GT(this=_call("size", node.this.copy()), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=is_any, true=node.copy())])


def _finite(node: exp.Anonymous) -> exp.Expr:
    """There is no such function there; what is no number is above every number in both."""
    if node.name.lower() != "isfinite":
        return node
    largest = exp.Var(this=spark_literal(sys.float_info.max))
    return exp.LTE(this=_call("abs", exp.cast(node.expressions[0], "double")), expression=largest)


def _type(node: exp.DataType) -> exp.Expr:
    match node.this:
        case exp.DType.INT128:
            return exp.DataType.build("decimal(38, 0)")
        case exp.DType.TIME:  # there is none that every cluster has: times go there as texts
            return exp.DataType.build("varchar")
    return node


def _view(node: exp.Table) -> exp.Expr:
    if node.db:
        if not node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name)))
        node.set("this", exp.to_identifier(view_name(f"{node.db}.{node.name}")))
        node.set("db", None)
    return node


def view_name(table: str) -> str:
    """Return the name, in one part, of the view that shows `schema.table` to the cluster."""
    return "__".join(table.split("."))


def _call(function: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=function, expressions=list(arguments))


def _text(text: str) -> exp.Expr:
    return exp.Var(this=spark_literal(text))


_MENDS: Mapping[type[exp.Expr], Callable[[Any], exp.Expr]] = {
    exp.Anonymous: _finite,
    exp.ArraySort: _sorted,
    exp.Avg: _average,
    exp.Cast: _cast,
    exp.Ceil: _whole_double,
    exp.DataType: _type,
    exp.DateDiff: _day_difference,
    exp.Floor: _whole_double,
    exp.Having: _group_condition,
    exp.Join: _rows_of_list,
    exp.PercentileCont: lambda node: _call("percentile", node.this, node.expression),
    exp.Placeholder: lambda node: exp.Var(this=value_mark(node.name)),
    exp.RegexpLike: _seek,
    exp.RegexpReplace: _replace,
    exp.Select: _qualified,
    exp.Split: _split,
    exp.Table: _view,
    exp.Trim: _trim,
}
