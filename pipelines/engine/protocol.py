"""What every engine must do; the rest of the program knows no more of a database than this."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import pyarrow as pa

if TYPE_CHECKING:  # steps that need no frames should not wait for pandas
    import pandas as pd

Rows: TypeAlias = "pa.Table | pd.DataFrame | str"
"""Rows to write: an Arrow table, a frame, or the name of a warehouse table."""


class Engine(Protocol):
    """One open warehouse with the schemas source, history, night and ops; tables are named `schema.table`.

    Tables of source, history and ops last: nothing here creates one or changes its columns, and LookupError is raised
    where one is missing. Those of night are made by whoever writes them.

    Time inside is naive Beijing wall-clock TIMESTAMP and the session's zone is UTC. Parameters are bound by
    name, never formatted in. A table keeps the order in which its rows were written; a join or a group has
    none.
    """

    def materialise(self, stem: str, *, into: str = "night", **parameters: Any) -> int:
        """Run the SELECT of sql/**/<stem>.sql, replace the table `into.stem` with it and return its rows.

        Only the parameters that the file names are bound. Raises TypeError when one of them was not given, LookupError
        where `into` is a schema whose tables last.
        """

    def select(self, stem: str, **parameters: Any) -> pa.Table:
        """Return the whole result of sql/**/<stem>.sql in its own order, for rows that no other SELECT reads.

        Binds parameters as `materialise` does.
        """

    def query(self, sql: str, /, **parameters: Any) -> pa.Table:
        """Return the whole result of one SELECT."""

    def read(self, table: str) -> pa.Table:
        """Return a whole table in the order in which it was written."""

    def store(self, table: str, data: pa.Table | pd.DataFrame, schema: pa.Schema | None = None) -> int:
        """Create or replace a table, typed by `schema` or by the rows' own Arrow types; return how many rows.

        A table that lasts keeps its columns: all its rows are replaced, by column name.
        Raises TypeError for a column without a type (all values null) and values that do not fit `schema`.
        """

    def append(self, table: str, data: Rows) -> int:
        """Add rows to a table by column name; return how many. Raises LookupError where there is no such table."""

    def replace_partition(self, table: str, data: Rows, /, **where: Any) -> int:
        """Swap the rows whose columns equal `where` for new ones at once; return how many are new."""

    def replace_keys(self, table: str, data: Rows, *, keys: str, on: str) -> int:
        """Swap the rows whose column `on` occurs in the table `keys` for new ones at once; return how many are new."""

    def execute(self, sql: str, /, **parameters: Any) -> None:
        """Run one statement for its effect."""

    def exists(self, table: str) -> bool:
        """Tell whether the warehouse has this table."""

    def transaction(self) -> AbstractContextManager[None]:
        """Commit everything inside or nothing; a transaction inside another one joins it."""

    def dbapi_connection(self) -> Any:
        """Return a second DB-API connection to the same warehouse; it sees what has been committed."""

    def close(self) -> None:
        """Write everything to the file and let go of it."""
