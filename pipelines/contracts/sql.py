"""What the columns and rules of a contract say of a row, as SQL predicates, and their types in Arrow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import pyarrow as pa

from xuanpin.pipelines.contracts.reason_codes import codes_of
from xuanpin.pipelines.engine.names import literals, quoted

Severity = Literal["critical", "warning"]
SCALARS: Mapping[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "FLOAT": pa.float32(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIME": pa.time64("us"),
    "TIMESTAMP": pa.timestamp("us"),
}


@dataclass(frozen=True)
class Column:
    """One column of a contract; `minimum` and `maximum` are inclusive, `min_length` does not count blanks.

    `name` and `type` (of DuckDB) are those of the table; `required` values are never null. `title_zh` is the short
    Chinese name for the heads of tables; `description` and `description_zh` are what people read, with the `unit`
    of a number. `allowed` lists every value of an enumeration, empty where anything goes, and `labels_zh` what each
    is called. `coded` columns hold reason codes. No decision reads what is `audit_only`; what is `redaction_only`
    is read to redact texts and never stored. `planned` times may lie years ahead; any other time has happened when
    the row comes. `added_in` is the release that brought a source column; rows without a value keep the hash they
    had before it. One of a column and the column that it may be given `instead` of must be there. `wide` values are
    read by the step that needs them and never staged. The day of a `last_day` column is inclusive.
    """

    name: str
    type: str
    required: bool
    description: str
    description_zh: str
    unit: str | None = None
    allowed: tuple[str, ...] = ()
    labels_zh: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    coded: bool = False
    audit_only: bool = False
    redaction_only: bool = False
    planned: bool = False
    added_in: str | None = None
    instead: str | None = None
    title_zh: str = ""
    wide: bool = False
    last_day: bool = False

    @property
    def is_id(self) -> bool:
        """Whether the values name something: a key, or what refers to one."""
        return self.type == "VARCHAR" and self.name.endswith("_id")

    @property
    def inside_type(self) -> str:
        """The type inside the warehouse, where time is naive Beijing wall-clock."""
        return self.type.replace("TIMESTAMPTZ", "TIMESTAMP")


@dataclass(frozen=True)
class Rule:
    """A row rule by `name`; `breaks` is an SQL predicate over inside-typed columns, true where the row breaks it.

    A critical rule quarantines a source row and stops a publication; a warning is only reported. `description` is what
    people read.
    """

    name: str
    columns: tuple[str, ...]
    breaks: str
    severity: Severity = "critical"
    description: str = ""


@dataclass(frozen=True)
class TableRule:
    """A rule over whole tables, by `name`; `broken` selects the identities that break it, from `${table}` and
    `${other_table}`.

    `severity` is as in Rule, `description` what people read.
    """

    name: str
    broken: str
    severity: Severity
    description: str


def column_rules(table: str, columns: Sequence[Column]) -> tuple[Rule, ...]:
    """The rules of `table` that follow from its columns alone: presence, length, allowed values, codes, range,
    finite numbers."""
    return tuple(rule for column in columns for rule in _rules_of(table, column))


def _rules_of(table: str, column: Column) -> list[Rule]:
    name, value = column.name, quoted(column.name)
    predicates = {
        "missing": f"{value} is null" if column.required else None,
        "blank": f"length(ltrim({value})) < {column.min_length}" if column.min_length else None,
        "not_allowed": f"{value} not in ({literals(column.allowed)})" if column.allowed else None,
        "unknown_code": _unknown_code(table, column) if column.coded else None,
        "below_minimum": None if column.minimum is None else f"{value} < {column.minimum}",
        "above_maximum": None if column.maximum is None else f"{value} > {column.maximum}",
        "not_finite": _not_finite(column),
    }
    return [Rule(f"{name}_{fault}", (name,), breaks) for fault, breaks in predicates.items() if breaks]


def _not_finite(column: Column) -> str | None:
    value = quoted(column.name)
    if column.type == "FLOAT[]":
        return f"not isfinite(list_sum({value}))"
    return f"not isfinite({value})" if column.type == "DOUBLE" else None


def _unknown_code(table: str, column: Column) -> str:
    known = literals(codes_of(table)) or "''"
    if not column.type.endswith("[]"):
        return f"{quoted(column.name)} not in ({known})"
    unknown = f"list_filter({quoted(column.name)}, lambda reason: split_part(reason, ':', 1) not in ({known}))"
    return f"array_length({unknown}) > 0"


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """Names, inside types and nullability of the columns."""
    return pa.schema(
        [pa.field(column.name, arrow_type(column.inside_type), nullable=not column.required) for column in columns]
    )


def arrow_type(sql_type: str) -> pa.DataType:
    """The Arrow type of a DuckDB type (`sql_type`); raises ValueError for one that no contract uses."""
    if sql_type.endswith("[]"):
        return pa.list_(arrow_type(sql_type[:-2]))
    if decimal := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", sql_type):
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    if struct := re.fullmatch(r"STRUCT\((.+)\)", sql_type):
        fields = [field.split(maxsplit=1) for field in struct[1].split(",")]
        return pa.struct([(name, arrow_type(kind)) for name, kind in fields])
    if sql_type not in SCALARS:
        raise ValueError(f"type {sql_type} has no Arrow counterpart here; add it to SCALARS")
    return SCALARS[sql_type]


def differences(columns: Sequence[Column], actual: Mapping[str, str]) -> tuple[str, ...]:
    """How the `actual` columns of a table (name → DuckDB type, in order) differ from the contract's; empty where
    equal."""
    wanted = {column.name: column.inside_type for column in columns}
    missing = [f"missing {name} {kind}" for name, kind in wanted.items() if name not in actual]
    extra = [f"unexpected {name}" for name in actual if name not in wanted]
    types = [
        f"{name} is {actual[name]}, not {kind}"
        for name, kind in wanted.items()
        if name in actual and _plain(actual[name]) != _plain(kind)
    ]
    if not (missing or extra) and list(actual) != list(wanted):
        return (*types, f"columns are in the order {', '.join(actual)}")
    return (*missing, *extra, *types)


def names_column(predicate: str, column: str) -> bool:
    """Whether an SQL predicate names the column."""
    return re.search(rf"\b{re.escape(column)}\b", predicate) is not None


@cache
def _plain(sql_type: str) -> str:
    return re.sub(r'["\s]', "", sql_type).upper()
