"""Resolves one SELECT: which columns of stored tables each of its columns is made of, and which decide its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

Origin = tuple[str, str]
"""A stored column: the table as `schema.table`, and the column."""
IDENTITY, COMPUTED, AGGREGATED = "identity", "computed", "aggregated"
"""How a column is made of its origins: as they are, from those of one row, from those of many rows."""
_RANKS = (IDENTITY, COMPUTED, AGGREGATED)
_DECIDING = ("where", "group", "having", "qualify", "order", "distinct", "limit")
"""Clauses that decide which rows there are, or in which order."""


@dataclass(frozen=True)
class Made:
    """What a column is made of: its stored `origins`, and how (`kind`)."""

    origins: frozenset[Origin] = frozenset()
    kind: str = IDENTITY

    def joined(self, other: Made) -> Made:
        """Return what a column is made of that is either this or the `other`."""
        return Made(self.origins | other.origins, max(self.kind, other.kind, key=_RANKS.index))

    def through(self, kind: str) -> Made:
        """Return the same origins, passed on through an expression of another `kind`."""
        return Made(self.origins, max(self.kind, kind, key=_RANKS.index))


@dataclass(frozen=True)
class Lineage:
    """What the rows of a statement are made of: each column, in order, and the stored columns that decide the rows."""

    columns: Mapping[str, Made] = field(default_factory=dict)
    deciding: frozenset[Origin] = frozenset()


def resolve(statement: exp.Query, schema: Mapping[str, Mapping[str, str]]) -> Lineage:
    """Return the lineage of a SELECT of DuckDB's dialect.

    `schema` gives the columns of the tables that it names, by `schema.table` and column. Raises sqlglot's errors for
    what it cannot read and KeyError for a column that no table of the statement has.
    """
    nested: dict[str, dict[str, object]] = {}
    for table, columns in schema.items():
        place, _, name = table.partition(".")
        nested.setdefault(place, {})[name] = dict(columns)
    tree = qualify(
        statement.copy(), schema=dict(nested), dialect="duckdb", quote_identifiers=False, validate_qualify_columns=False
    )
    resolver = _Resolver(traverse_scope(tree))
    return resolver.lineage()


class _Resolver:
    def __init__(self, scopes: list[Scope]) -> None:
        self._scopes = scopes
        self._found: dict[tuple[int, str, str], Made] = {}

    def lineage(self) -> Lineage:
        root = self._scopes[-1]
        deciding = frozenset().union(*(made.origins for scope in self._scopes for made in self._deciding(scope)))
        columns = {name: _counted(self.column(root, name), deciding) for name in _names(root)}
        return Lineage(columns, deciding)

    def column(self, scope: Scope, name: str, part: str = "") -> Made:
        """What the column `name` of a scope is made of, or one `part` of it where it is a record."""
        known = (id(scope), name, part)
        if known not in self._found:
            self._found[known] = self._column(scope, name, part)
        return self._found[known]

    def _column(self, scope: Scope, name: str, part: str) -> Made:
        if scope.set_operation_scopes:
            place = _names(scope).index(name)
            left, right = (self.column(side, _names(side)[place], part) for side in scope.set_operation_scopes)
            return left.joined(right)
        if isinstance(scope.expression, exp.UDTF):
            return self._expression(scope, scope.expression)
        item = next((item for item in _query(scope).selects if item.alias_or_name == name), None)
        if item is None:
            raise KeyError(name)
        value = item.unalias()
        if part and isinstance(value, exp.Column):
            return self._origin(scope, value, part)
        return self._expression(scope, _part_of(value, part))

    def _expression(self, scope: Scope, expression: exp.Expr) -> Made:
        """What the value of an expression of a scope is made of, subqueries in it included."""
        if isinstance(expression, exp.Paren):
            return self._expression(scope, expression.this)
        if isinstance(expression, exp.Column):
            return self._origin(scope, expression)
        if isinstance(expression, exp.Dot) and isinstance(expression.this, exp.Column):
            return self._origin(scope, expression.this, expression.name)
        kind = AGGREGATED if expression.find(exp.AggFunc, exp.Window) else COMPUTED
        made = Made(kind=kind if expression.find(exp.Column, exp.Subquery, exp.AggFunc) else IDENTITY)
        inner = [
            sub for sub in scope.subquery_scopes if expression is sub.expression or _within(sub.expression, expression)
        ]
        for sub in inner:
            for name in _names(sub):
                made = made.joined(self.column(sub, name))
        for column in expression.find_all(exp.Column):
            if not any(_within(column, sub.expression) for sub in inner):
                dot = column.parent if isinstance(column.parent, exp.Dot) else None
                made = made.joined(self._origin(scope, column, dot.name if dot else "").through(kind))
        return made

    def _origin(self, scope: Scope, column: exp.Column, part: str = "") -> Made:
        source, owner = _source(scope, column.table)
        if isinstance(source, exp.Table):
            return Made(frozenset({(f"{source.db}.{source.name}", column.name)})) if source.db else Made()
        if isinstance(source, Scope):
            if isinstance(source.expression, exp.UDTF):
                return self._expression(owner, source.expression).through(COMPUTED)
            return self.column(source, column.name, part)
        return Made()

    def _deciding(self, scope: Scope) -> Iterator[Made]:
        if not isinstance(scope.expression, exp.Select):
            return
        clauses = [scope.expression.args.get(name) for name in _DECIDING]
        clauses += [join.args.get("on") for join in scope.expression.args.get("joins") or ()]
        for clause in clauses:
            if isinstance(clause, exp.Expr):
                yield self._expression(scope, clause)


def _part_of(value: exp.Expr, part: str) -> exp.Expr:
    """The value of one part of a record that is put together here; the whole `value` where it is not."""
    parts = value.expressions if isinstance(value, exp.Struct) else ()
    return next((own.expression for own in parts if isinstance(own, exp.PropertyEQ) and own.name == part), value)


def _counted(made: Made, deciding: frozenset[Origin]) -> Made:
    """How many rows there are is made of whatever decides that."""
    is_count = made.kind == AGGREGATED and not made.origins
    return Made(deciding, AGGREGATED) if is_count else made


def _source(scope: Scope, name: str) -> tuple[exp.Expr | Scope | None, Scope]:
    """The table or query that `name` stands for in a scope or around it, and the scope that has it."""
    around: Scope | None = scope
    while around is not None:
        if name in around.sources:
            return around.sources[name], around
        around = around.parent
    return None, scope


def _query(scope: Scope) -> exp.Query:
    if not isinstance(scope.expression, exp.Query):
        raise TypeError(f"{type(scope.expression).__name__} has no columns")
    return scope.expression


def _names(scope: Scope) -> list[str]:
    return _query(scope).named_selects


def _within(node: exp.Expr, outer: exp.Expr) -> bool:
    around: exp.Expr | None = node
    while around is not None and around is not outer:
        around = around.parent
    return around is not None
