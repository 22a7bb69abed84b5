"""What an engine raises, whichever database it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

NO_TABLE = "CatalogException"
"""Kind of the failure of a statement that names a table which is not there."""
REMEDY = "a table that lasts is described in data_contracts/ and created when its home is opened (see open_home)"


class EngineError(Exception):
    """SQL or a file that the engine cannot run, told in the words of the engine; `kind` names the failure."""

    def __init__(self, told: str, kind: str) -> None:
        super().__init__(told)
        self.kind = kind

    def __reduce__(self) -> tuple[type[EngineError], tuple[str, str]]:
        """Let it come from another process."""
        return type(self), (str(self), self.kind)


@contextmanager
def failures_of_duckdb() -> Iterator[None]:
    """Raise what DuckDB raises within the block as an EngineError."""
    try:
        yield
    except duckdb.Error as error:
        raise EngineError(str(error), type(error).__name__) from error


@contextmanager
def table_needed(table: str) -> Iterator[None]:
    """Raise LookupError where a statement of the block finds no `table`: asking first costs more than most of them."""
    try:
        yield
    except EngineError as error:
        if error.kind != NO_TABLE:
            raise
        raise LookupError(f"there is no table {table} to put rows into; {REMEDY}") from error
