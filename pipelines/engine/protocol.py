"""What every engine must do; the rest of the program knows no more of a database than this."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import pyarrow as pa

if TYPE_CHECKING:  # steps that need no frames should not wait for pandas
    import pandas as pd

Rows: TypeAlias = "pa.Table | pd.DataFrame | str"
"""Rows to write: an Arrow table, a frame, or the name of a warehouse table."""

BlockFunction: TypeAlias = "Callable[[Mapping[str, pa.Table]], pa.Table]"
"""Turns the rows of one block, by the name of their table, into rows of its result."""


class Engine(Protocol):
    """One open warehouse with the schemas source, history, night and ops; tables are named `schema.table`.

    Tables of source, history and ops last: nothing here creates one or changes its columns, and LookupError is raised
    where one is missing. Those of night are made by whoever writes them. Those of `temp` end with the connection and
    are never written to the warehouse file.

    Time inside is naive Beijing wall-clock TIMESTAMP and the session's zone is UTC. Parameters are bound by
    name, never formatted in. A table keeps the order in which its rows were written; a join or a group has
    none.
    """

    @property
    def has_workers(self) -> bool:
        """Tell whether map_blocks runs in other processes than this one, so that large work is sent there."""

    def materialise(self, stem: str, *, into: str = "night", called: str | None = None, **parameters: Any) -> int:
        """Run the SELECT of sql/**/<stem>.sql, replace the table `into.stem` with it and return its rows.

        `called` gives the table another name than the stem. Only the parameters that the file names are bound. Raises
        TypeError when one of them was not given, LookupError where `into` is a schema whose tables last.
        """

    def select(self, stem: str, **parameters: Any) -> pa.Table:
        """Return the whole result of sql/**/<stem>.sql in its own order, for rows that no other SELECT reads.

        Binds parameters as `materialise` does.
        """

    def batches(self, stem: str, **parameters: Any) -> Iterator[pa.RecordBatch]:
        """Return what `select` of `stem` does batch by batch, for rows that would take too much memory at once.

        The first batch has no rows: it tells the columns. Nothing else may be asked of the engine before the last.
        """

    def insert(self, stem: str, *, into: str, **parameters: Any) -> int:
        """Add the rows of sql/**/<stem>.sql to the table `into`, by column name; return how many.

        Binds parameters as `materialise` does.
        """

    def run(self, stem: str, **parameters: Any) -> int:
        """Run the delete or update of sql/**/<stem>.sql; return how many rows it changed.

        Binds parameters as `materialise` does.
        """

    def create(self, sql: str, /, *, into: str, **parameters: Any) -> int:
        """Replace the table `into` with the rows of `sql`, a SELECT that had to be generated; return how many.

        It is of the subset that both engines run. Raises LookupError where `into` is of a schema whose tables last.
        """

    def derive(self, columns: str, *, rows: str, into: str) -> str:
        """Return a relation of the rows of the relation `rows` with other `columns`, expressions on a single row.

        `rows` is a table, or a SELECT in brackets of the subset that both engines run; `columns` are of DuckDB's own
        dialect, and may be computed piece by piece, wherever the rows are. What is returned is a SELECT in brackets
        where they are at hand, else the table `into`, made anew.
        """

    def insert_rows(self, sql: str, /, *, into: str, **parameters: Any) -> int:
        """Add the rows of `sql`, a SELECT that had to be generated, to the table `into` by column name; return how
        many. It is of the subset that both engines run."""

    def query(self, sql: str, /, **parameters: Any) -> pa.Table:
        """Return the whole result of one SELECT that had to be generated; whole statements stand in sql/."""

    def row(self, sql: str, /, **parameters: Any) -> tuple[Any, ...]:
        """Return the values of the one row of `sql`, a SELECT that had to be generated; `query` plans it twice."""

    def probe(self, sql: str, /) -> pa.Table | None:
        """Return the result of `sql`, a SELECT over files, or None where it fails; an open transaction goes on."""

    def read(
        self, table: str, *, columns: Sequence[str] = (), order_by: Sequence[str] = (), most: int | None = None
    ) -> pa.Table:
        """Return a table, or some columns of it, in the order in which it was written.

        `order_by` names columns that order it instead, each as `name` or `name desc`, nulls last; with `most` only so
        many of the first rows are returned.
        """

    def distinct(self, table: str, *columns: str) -> pa.Table:
        """Return each combination of values that the columns of a table have, once and in order."""

    def store(self, table: str, data: pa.Table | pd.DataFrame, schema: pa.Schema | None = None) -> int:
        """Create or replace a table with the rows `data`, typed by `schema` or by their own Arrow types; return how
        many rows.

        A table that lasts keeps its columns: all its rows are replaced, by column name. Raises TypeError for a column
        without a type (all values null) and values that do not fit `schema`.
        """

    def append(self, table: str, data: Rows) -> int:
        """Add the rows `data` to a table by column name; return how many. Raises LookupError where there is no such
        table."""

    def replace_partition(self, table: str, data: Rows, /, **where: Any) -> int:
        """Swap the rows whose columns equal `where` for the rows `data` at once; return how many are new."""

    def replace_keys(self, table: str, data: Rows, *, keys: str, on: str | Sequence[str]) -> int:
        """Swap the rows whose column `on`, or columns together, occur in the table `keys` for the rows `data` at once;
        return how many are new. A row with a null in them stays."""

    def delete_where(self, table: str, /, **where: Any) -> int:
        """Delete the rows whose columns equal `where`; return how many. Raises TypeError without a column."""

    def delete_keys(self, table: str, *, keys: str, on: str | Sequence[str]) -> int:
        """Delete the rows whose column `on`, or columns together, occur in the table `keys`; return how many."""

    def replace_value(self, table: str, column: str, *, old: Any, new: Any) -> int:
        """Write `new` where a column holds `old`; return in how many rows."""

    def replace_values(self, table: str, column: str, *, values: str, **where: Any) -> int:
        """Write `new` where a column holds `old`, by the rows of the table `values`, in the rows whose columns equal
        `where`; return in how many. A value stands once in `old`."""

    def overwrite(self, table: str, column: str, *, new: Any, keys: str, on: str) -> int:
        """Write `new` wherever a column holds something else, in the rows whose column `on` occurs in the table `keys`;
        return in how many."""

    def clear(self, table: str) -> int:
        """Delete every row of a table; return how many."""

    def create_view(self, view: str, sql: str, /) -> None:
        """Show `sql`, a SELECT without parameters, as the table `view`; it replaces a view of that name."""

    def drop_view(self, view: str) -> None:
        """Take a view away."""

    def map_blocks(
        self,
        function: BlockFunction,
        tables: Mapping[str, str],
        *,
        by: str,
        into: str,
        schema: pa.Schema,
        is_heavy: bool = False,
    ) -> int:
        """Replace the table `into` by what `function` makes of `tables`, block by block; return how many rows.

        `tables` gives each table the name by which the function knows it; a block is the rows with one value of the
        column `by`, and every value of the first table is one. A table without rows of a block comes empty. Rows of a
        block stand in no order. `function` is pure and can be pickled, and may run in another process; what it returns
        has the columns of `schema`. The rows of `into`, which is none of `tables`, are in no order. `is_heavy`: a block
        is much work however few its rows.
        """

    def drop(self, *tables: str) -> None:
        """Remove these tables."""

    def execute(self, sql: str, /, **parameters: Any) -> int:
        """Run one statement (`sql`) of DuckDB's own dialect that had to be generated; return how many rows it changed.

        It names no table that may be large.
        """

    def exists(self, table: str) -> bool:
        """Tell whether the warehouse has this table."""

    def columns(self, table: str) -> dict[str, str]:
        """Return the columns of a table in their order, each with its type as DuckDB writes it; none without a table
        of that name."""

    def tables_with(self, column: str) -> list[str]:
        """Return the tables of source, history and night that have a column of this name, in order."""

    def transaction(self) -> AbstractContextManager[None]:
        """Commit everything inside or nothing; a transaction inside another one joins it."""

    def is_at_hand(self, sql: str, /) -> bool:
        """Tell whether all tables that `sql`, a SELECT, names stand where `dbapi_connection` finds them."""

    def dbapi_connection(self) -> Any:
        """Return a DB-API connection for tools that read tables at hand; it sees what has been committed."""

    def confine(self, *folders: Path) -> None:
        """Let no statement from now on open a file outside these folders, load an extension or change a setting.

        A link leads to where it points. The warehouse's own files and what large work spills are not meant. Folders can
        be confined again only to the same ones: raises RuntimeError for others.
        """

    def rewrite(self) -> None:
        """Write the warehouse file anew, so that what was deleted is in none of its blocks; temporary tables go.

        Readers of the path find the old file or the whole new one. It needs room for both, and is not called inside a
        transaction. Raises HomeBusy where another process takes the file meanwhile; nothing is lost.
        """

    def checkpoint(self, least: int = 0) -> None:
        """Write what the log holds into the file now, where that is `least` bytes or more; `close` does it at the
        latest.

        Another thread may do it while tables are read; what writes waits for it. It does nothing where an open
        transaction has written.
        """

    def close(self) -> None:
        """Write everything to the file and let go of it."""
