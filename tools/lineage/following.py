"""Follows the statements of a traced night: what tables are made of by SQL, and what Python has fetched and stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

from sqlglot import exp

from tools.lineage.statements import Lineage, Made, Origin, resolve
from tools.traced_night import statements_of

KEPT = ("source", "history", "night", "ops")
"""Schemas whose tables are told of; those of `temp` are passed through."""
_INCOMING = "incoming_rows"
"""The name by which the engine reads rows that come from Python."""


@dataclass(frozen=True)
class TracedStep:
    """One step of a traced night: its `name`, its statements in their order, and the columns that the tables of the
    warehouse have after it, with their types."""

    name: str
    texts: tuple[str, ...]
    columns: Mapping[str, Mapping[str, str]]


@dataclass
class Followed:
    """What has been found: `made` by SQL, by table; `stored` by Python, with their columns; and what Python `fetched`,
    by step.

    Tables of `passed` are stored as one SELECT of the same step returned them, and count as made by SQL. `declared` are
    those that Python makes.
    """

    passed: frozenset[str]
    declared: Mapping[str, Lineage]
    made: dict[str, Lineage] = field(default_factory=dict)
    stored: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fetched: dict[str, set[Origin]] = field(default_factory=dict)
    resolved: dict[object, Lineage] = field(default_factory=dict)

    def follow(self, step: TracedStep) -> None:
        """Take the statements of one step into account."""
        _StepFollower(self, step).follow()

    def add(self, table: str, lineage: Lineage) -> None:
        """Take note that SQL puts rows of this `lineage` into a table, beside those that it has."""
        known = self.made.get(table, Lineage())
        columns = {name: made.joined(known.columns.get(name, made)) for name, made in lineage.columns.items()}
        self.made[table] = Lineage({**known.columns, **columns}, known.deciding | lineage.deciding)


class _StepFollower:
    def __init__(self, found: Followed, step: TracedStep) -> None:
        self._found, self._step = found, step
        self._schema: dict[str, Mapping[str, str]] = {name: own for name, own in step.columns.items() if own}
        self._through = {name: own for name, own in found.declared.items() if not _is_kept(name)}
        """Views and temporary tables, which are not told of: what they are made of."""
        self._schema |= {name: dict.fromkeys(own.columns, "VARCHAR") for name, own in self._through.items()}
        self._selected: list[Lineage] = []

    def follow(self) -> None:
        for statement in chain.from_iterable(map(statements_of, self._step.texts)):
            target, query = _parts(statement)
            if query is None or target == f".{_INCOMING}":
                continue
            if target is not None and any(table.name == _INCOMING for table in query.find_all(exp.Table)):
                self._store(target)
                continue
            lineage = self._passed_through(self._resolved(query))
            if target is None:
                self._selected.append(lineage)
                self._found.fetched.setdefault(self._step.name, set()).update(_origins(lineage))
            elif _is_view(statement) or not _is_kept(target):
                self._through[target] = lineage
                self._schema[target] = dict.fromkeys(lineage.columns, "VARCHAR")
            else:
                self._found.add(target, lineage)
                self._schema.setdefault(target, dict.fromkeys(lineage.columns, "VARCHAR"))

    def _resolved(self, query: exp.Query) -> Lineage:
        """Resolve a query once, however many nights run it; statements_of gives them all the same one."""
        named = {f"{table.db}.{table.name}" for table in query.find_all(exp.Table)} & self._schema.keys()
        columns = {name: self._schema[name] for name in named}
        key = (id(query), tuple(sorted((name, *own) for name, own in columns.items())))
        if key not in self._found.resolved:
            self._found.resolved[key] = resolve(query, columns)
        return self._found.resolved[key]

    def _store(self, target: str) -> None:
        columns = tuple(self._schema.get(target, ()))
        if target in self._found.passed:
            self._found.add(target, next(own for own in reversed(self._selected) if tuple(own.columns) == columns))
        else:
            self._found.stored[target] = columns

    def _passed_through(self, lineage: Lineage) -> Lineage:
        """Put the stored columns in the place of those of views and temporary tables."""
        columns = {name: self._expanded(made) for name, made in lineage.columns.items()}
        more = [self._through[table].deciding for table, _ in _origins(lineage) if table in self._through]
        deciding = self._expanded(Made(lineage.deciding)).origins.union(*more)
        return Lineage(columns, deciding)

    def _expanded(self, made: Made) -> Made:
        expanded = Made(kind=made.kind)
        for origin in made.origins:
            table, column = origin
            if table in self._through:
                expanded = expanded.joined(self._through[table].columns[column])
            else:
                expanded = expanded.joined(Made(frozenset({origin})))
        return expanded


def _parts(statement: exp.Expr) -> tuple[str | None, exp.Query | None]:
    """The table that a statement fills and the SELECT that fills it; no table where rows are fetched."""
    if isinstance(statement, exp.Query):
        return None, statement
    if isinstance(statement, exp.Create | exp.Insert) and isinstance(statement.expression, exp.Query):
        table = statement.this.find(exp.Table)
        return f"{table.db}.{table.name}", statement.expression
    return None, None


def _is_kept(table: str) -> bool:
    return table.partition(".")[0] in KEPT


def _is_view(statement: exp.Expr) -> bool:
    return statement.args.get("kind") == "VIEW"


def _origins(lineage: Lineage) -> frozenset[Origin]:
    return lineage.deciding.union(*(made.origins for made in lineage.columns.values()))
