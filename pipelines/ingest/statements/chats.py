"""SQL that reads the databases in which chat programs keep messages. SQLite runs it; names are those of its schema."""

from __future__ import annotations

from collections.abc import Iterable


def tables() -> str:
    """Write the question which tables a database has."""
    return "select name from sqlite_master where type = 'table' order by name"


def table_columns(table: str) -> str:
    """Write the question which columns a `table` has; the second of each answer is its name."""
    return f"pragma table_info({_quoted(table)})"


def untrusted() -> str:
    """Write the setting under which a database may run no function of its own, such as in a column that it makes."""
    return "pragma trusted_schema = off"


def rows_of(table: str, columns: Iterable[str]) -> str:
    """Write the select of the `columns` of a `table` in the order in which its rows came.

    Another order would be sorted in a file beside the home.
    """
    return f"select {', '.join(map(_quoted, columns))} from {_quoted(table)} order by rowid"


def numbered_names(table: str, name: str) -> str:
    """Write the select of the numbers and the texts in the column `name` of a `table`."""
    return f"select rowid, {_quoted(name)} from {_quoted(table)}"


def distinct_values(table: str, column: str) -> str:
    """Write the select of the values of a `column` of a `table`, each once."""
    return f"select distinct {_quoted(column)} from {_quoted(table)} order by 1"


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
