"""Writes names and texts into SQL that has to be generated; the one place that knows how both are quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SCRATCH = "temp"
"""The schema of tables that end with the connection and are never written to the warehouse file."""


def quoted(name: str) -> str:
    """Quote the name of a column, a table or a rule, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def quoted_table(table: str) -> str:
    """Quote `schema.table`; raises ValueError for anything else, so that no SQL hides in a name."""
    if not re.fullmatch(r"\w+\.\w+", table):
        raise ValueError(f"{table!r} is not a table name; write schema.table")
    return ".".join(map(quoted, table.split(".")))


def literal(text: str) -> str:
    """Write a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Write texts as SQL literals with commas between."""
    return ", ".join(map(literal, texts))


def path_pattern(path: str) -> str:
    """Write a `path` so that the engine, which takes a path for a pattern, finds what has just this name."""
    return re.sub(r"[*?\[]", r"[\g<0>]", path)


def column_list(columns: Sequence[str]) -> str:
    """Quote the columns with commas between; all columns where none is named."""
    return ", ".join(map(quoted, columns)) or "*"


def order_clause(columns: Sequence[str]) -> str:
    """Write an order by the columns, each `name` or `name desc`; no order where none is named."""
    terms = [quoted(column.removesuffix(" desc")) + " desc" * column.endswith(" desc") for column in columns]
    return f" order by {', '.join(terms)}" if terms else ""


def equals(columns: Iterable[str]) -> str:
    """Write the condition that each of the `columns` equals, or like it is null as, the parameter of its name."""
    return " and ".join(f"{quoted(column)} is not distinct from ${column}" for column in columns)


def create_anew(table: str) -> str:
    """Write the beginning of the statement that makes `schema.table`, in place of one that may be there."""
    kind = "temp table" if table.startswith(f"{SCRATCH}.") else "table"
    return f"create or replace {kind} {quoted_table(table)}"


def no_rows(columns: str) -> str:
    """Write a select of no rows with some `columns`, each `name type`, with a comma and a blank between."""
    typed = (column.split(" ") for column in columns.split(", "))
    return f"select {', '.join(f'cast(null as {kind}) as {name}' for name, kind in typed)} where false"


def first_and_last(column: str, rows: str) -> str:
    """Write a select of the least and the greatest value of a `column` of the relation `rows`; nulls without rows.

    What a table stores outside of them is not read where a condition names them.
    """
    return f"select min({quoted(column)}) as first, max({quoted(column)}) as last from {rows}"


def all_rows(table: str) -> str:
    """Write a select of all rows of `schema.table`."""
    return f"select * from {quoted_table(table)}"
