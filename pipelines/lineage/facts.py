"""What the columns of every table are made of: by SQL (columns.csv), by Python (declared.yaml) and by the contracts.

Besides the tables of the warehouse there are `drops.*`, the source tables as they come; `run.*`, the tables of a run
folder; and `published.*`, what readers find.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from xuanpin.pipelines.contracts import STAMP, TABLES, load_contract
from xuanpin.pipelines.ingest.privacy import FREE_TEXTS, HASHED_IDS

Origin = tuple[str, str]
"""A column: its table as `schema.table`, and its name."""
Kind = Literal["identity", "masked", "computed", "aggregated"]
"""How a column is made of its origins: as they are, hashed or redacted, from those of one row, from those of many."""
KINDS: Mapping[str, Kind] = {"identity": "identity", "computed": "computed", "aggregated": "aggregated"}
"""The kinds that stand in columns.csv."""
ROWS = "*"
"""Stands in columns.csv in the place of a column for what decides which rows a table has."""


@dataclass(frozen=True)
class ColumnFact:
    """What a column is made of: its `origins`, in order, and how (`kind`). One without origins is a constant, a setting
    or a count of rows."""

    origins: tuple[Origin, ...]
    kind: Kind


@dataclass(frozen=True)
class TableFact:
    """What a table is made of: its `columns`, the columns that decide which rows it has (`deciding`), and in words what
    Python does (`how`, empty where SQL does all)."""

    columns: Mapping[str, ColumnFact] = field(default_factory=dict)
    deciding: tuple[Origin, ...] = ()
    how: str = ""


@cache
def table_facts() -> Mapping[str, TableFact]:
    """Return what every table is made of, by its name as `schema.table`."""
    facts = {**_from_contracts(), **_from_sql(), **declared_tables(), **_ledgers()}
    for added in _added_rows().values():
        facts |= {name: _united(facts[name], fact) for name, fact in added.items()}
    return facts


@cache
def step_facts(step: str) -> Mapping[str, TableFact]:
    """Return what every table is made of as the `step` (its name) writes it: of rows that other steps add to a table
    of its own, or that it adds to theirs, only its part."""
    return {**table_facts(), **declared_by(step)}


def origins_of(table: str, column: str, facts: Mapping[str, TableFact], *, is_whole: bool = False) -> frozenset[Origin]:
    """Return every column that a `column` of a `table` is made of by `facts`, through whatever tables.

    `is_whole` adds those that decide which rows these tables have. A column that is made of none has no origin.
    """
    reached: set[Origin] = set()
    waiting = [(table, column)]
    while waiting:
        name, own = waiting.pop()
        fact = facts.get(name, TableFact())
        made = fact.columns.get(own, ColumnFact((), "computed"))
        # A count over whatever a step has fetched is made of what decides its rows.
        is_count = made.kind == "aggregated" and not made.origins
        found = {*made.origins, *(fact.deciding if is_whole or is_count else ())} - reached
        reached |= found
        waiting += found
    return frozenset(reached)


def declarations() -> Mapping[str, Any]:
    """Return declared.yaml as it stands."""
    content: Mapping[str, Any] = yaml.load(_file("declared.yaml"), Loader=yaml.CSafeLoader)
    return content


@cache
def declared_tables() -> Mapping[str, TableFact]:
    """Return what the tables are made of that Python writes, by their name; without rows that other steps add."""
    return {name: _declared(entry) for name, entry in declarations()["tables"].items()}


def declared_by(step: str) -> Mapping[str, TableFact]:
    """Return the same, with what the `step` (its name) adds to a table in the place of what its own step does."""
    return {**declared_tables(), **_added_rows().get(step, {})}


def parsed(names: str, table: str) -> tuple[Origin, ...]:
    """Return the columns of a `table` whose `names` stand in a text, parted by spaces."""
    return tuple((table, name) for name in names.split())


def _file(name: str) -> str:
    return (files("xuanpin.pipelines.lineage") / name).read_text(encoding="utf-8")


def _declared(entry: Mapping[str, Any]) -> TableFact:
    columns: dict[str, ColumnFact] = {}
    for table, names in entry.get("copies", {}).items():
        columns |= {name: ColumnFact(((table, name),), "identity") for name in names.split()}
    for name, origin in entry.get("renames", {}).items():
        table, _, column = origin.rpartition(".")
        columns[name] = ColumnFact(((table, column),), "identity")
    for group in entry.get("computed", ()):
        origins = tuple(origin for table, names in sorted(group["from"].items()) for origin in parsed(names, table))
        columns |= {name: ColumnFact(origins, "computed") for name in group["columns"].split()}
    return TableFact(columns, how=entry["how"])


@cache
def _added_rows() -> Mapping[str, Mapping[str, TableFact]]:
    """What the rows are made of that a step adds to a table of another, by step and table."""
    added = declarations()["added"]
    return {step: {name: _declared(entry) for name, entry in own.items()} for step, own in added.items()}


def _united(fact: TableFact, added: TableFact) -> TableFact:
    """What a table is made of that has rows of both."""
    columns = {
        name: ColumnFact(tuple(sorted({*own.origins, *added.columns[name].origins})), "computed")
        for name, own in fact.columns.items()
    }
    return TableFact(columns, fact.deciding, f"{fact.how} {added.how}")


def _from_sql() -> Mapping[str, TableFact]:
    columns: dict[str, dict[str, ColumnFact]] = {}
    deciding: dict[str, tuple[Origin, ...]] = {}
    for row in csv.DictReader(_file("columns.csv").splitlines()):
        origins = tuple(_origins(row["origins"]))
        if row["column"] == ROWS:
            deciding[row["table"]] = origins
        else:
            columns.setdefault(row["table"], {})[row["column"]] = ColumnFact(origins, KINDS[row["kind"]])
    counted = declarations()["counted"]
    return {name: TableFact(own, deciding.get(name, ()), counted.get(name, "")) for name, own in columns.items()}


def _origins(text: str) -> Iterator[Origin]:
    """Read `schema.table(column column) schema.table(column)`."""
    for part in text.split(") "):
        if part:
            table, _, names = part.rstrip(")").partition("(")
            yield from parsed(names, table)


def _from_contracts() -> dict[str, TableFact]:
    facts: dict[str, TableFact] = {}
    for name in TABLES["source"]:
        facts |= {f"drops.{name}": _drop(name), f"source.{name}": _source(name)}
    for name in TABLES["published"]:
        facts |= {f"run.{name}": _run(name), f"published.{name}": _published(name)}
    return facts


def _drop(name: str) -> TableFact:
    return TableFact({column: ColumnFact((), "identity") for column in load_contract(name).column_names})


def _source(name: str) -> TableFact:
    contract = load_contract(name).stored()
    hidden = {*HASHED_IDS.get(name, ()), *FREE_TEXTS.get(name, ())}
    own = {column: _taken_in((f"drops.{name}", column), column in hidden) for column in contract.column_names}
    # What is kept for audits has no part in the hash, which decides between rows of one time.
    hashed = tuple((f"drops.{name}", column.name) for column in contract.columns if not column.audit_only)
    place = {"row_hash": ColumnFact(hashed, "computed"), "known_on": ColumnFact((), "computed")}
    return TableFact({**own, **place, "drop_seq": ColumnFact((), "computed")})


def _taken_in(origin: Origin, is_hidden: bool) -> ColumnFact:
    return ColumnFact((origin,), "masked" if is_hidden else "identity")


def _run(name: str) -> TableFact:
    columns = load_contract(name).column_names
    return TableFact({column: _stamped(f"night.{name}", column) for column in columns})


def _published(name: str) -> TableFact:
    columns = load_contract(name).column_names
    return TableFact({column: ColumnFact(((f"run.{name}", column),), "identity") for column in columns})


def _stamped(table: str, column: str) -> ColumnFact:
    """What a column of a run folder is made of: that of the night's table, except for the stamp of the run."""
    return ColumnFact((), "computed") if column in STAMP else ColumnFact(((table, column),), "identity")


def _ledgers() -> dict[str, TableFact]:
    return {name: TableFact(_unexplained(name), how=how) for name, how in declarations()["ledgers"].items()}


def _unexplained(table: str) -> dict[str, ColumnFact]:
    schema, _, name = table.partition(".")
    columns = load_contract(name).column_names if schema == "ops" else ()
    return {column: ColumnFact((), "computed") for column in columns}
