"""Lets SQLAlchemy, and through it Great Expectations, read the warehouse over a connection that is already open.

Great Expectations reads a cursor after its connection was returned, and SQLAlchemy's PostgreSQL reflection asks for
catalogues that the warehouse does not have. So rows are fetched whole on execute, and tables are described from the
warehouse's own catalogue.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.pool import StaticPool

CATALOGUE = sa.func.duckdb_columns().table_valued(
    "schema_name", "table_name", "column_name", "column_index", "data_type", "is_nullable", name="catalogue"
)
"""The warehouse's own list of columns."""

_OPEN: dict[str, Any] = {}
"""The open connections by the token that stands in their URL; a URL can carry no object."""


class BufferedCursor:
    """Hold the whole result of a statement, so that it can be read after the connection was returned."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run the SQL `statement` with its `parameters` and keep every row of the result."""
        result = self._connection.execute(statement, list(parameters))
        self.description = result.description
        self._rows = deque(result.fetchall())

    def fetchone(self) -> Any:
        """Return the next row, or None after the last."""
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        """Return up to `size` further rows."""
        return [self._rows.popleft() for _ in range(min(size, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        return self.fetchmany(len(self._rows))

    def close(self) -> None:
        """Do nothing: the rows are in memory."""


class BufferedConnection:
    """Present an open connection as DB-API in auto-commit mode, for reading only."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def cursor(self) -> BufferedCursor:
        """Return a new cursor on the connection."""
        return BufferedCursor(self._connection)

    def commit(self) -> None:
        """Do nothing: nothing is written."""

    def rollback(self) -> None:
        """Do nothing: nothing is written."""

    def close(self) -> None:
        """Do nothing: the owner of the connection closes it."""


class WarehouseDialect(PGDialect):
    """Speak PostgreSQL's SQL over the warehouse's connection and catalogue."""

    name = "duckdb"
    driver = "warehouse"
    default_paramstyle = "qmark"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:
        """Return the module that SQLAlchemy asks for parameter style and error class."""
        return SimpleNamespace(paramstyle="qmark", Error=Exception)

    @classmethod
    def get_pool_class(cls, url: sa.URL) -> type[sa.Pool]:
        """Return the pool that keeps one connection, whatever the `url`."""
        return StaticPool

    def connect(self, *args: Any, **parameters: Any) -> Any:
        """Return the open connection whose token stands as host in `parameters`.

        SQLAlchemy passes no `args` for this kind of URL.
        """
        return BufferedConnection(_OPEN[parameters["host"]])

    def initialize(self, connection: sa.Connection) -> None:
        """Do nothing: the server is known, and PostgreSQL's questions about itself would fail."""

    def has_table(self, connection: sa.Connection, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        """Say whether `schema` (main without one) has a table of the name `table_name`; `kw` is not used."""
        return bool(self.get_columns(connection, table_name, schema))

    def get_columns(
        self, connection: sa.Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Any]:
        """Describe the columns of `table_name` in `schema` (main without one) in their order.

        Returns dictionaries with name, type, nullable and default, as SQLAlchemy's reflection has them; `kw` is not
        used.
        """
        own = (CATALOGUE.c.table_name == table_name) & (CATALOGUE.c.schema_name == (schema or "main"))
        described = sa.select(CATALOGUE.c.column_name, CATALOGUE.c.data_type, CATALOGUE.c.is_nullable)
        rows = connection.execute(described.where(own).order_by(CATALOGUE.c.column_index))
        return [
            {"name": name, "type": _sqlalchemy_type(kind), "nullable": nullable, "default": None}
            for name, kind, nullable in rows
        ]

    def get_pk_constraint(
        self, connection: sa.Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> Any:
        """Return no primary key for any `table_name` of any `schema`; `kw` is not used."""
        return {"constrained_columns": [], "name": None}

    def get_table_names(self, connection: sa.Connection, schema: str | None = None, **kw: Any) -> list[str]:
        """Return the names of the tables in `schema` (main without one), sorted; `kw` is not used."""
        name = CATALOGUE.c.table_name
        own = sa.select(name).distinct().where(CATALOGUE.c.schema_name == (schema or "main")).order_by(name)
        return list(connection.execute(own).scalars())


def _sqlalchemy_type(kind: str) -> sa.types.TypeEngine[Any]:
    known: dict[str, sa.types.TypeEngine[Any]] = {
        "BIGINT": sa.BIGINT(),
        "INTEGER": sa.INTEGER(),
        "DOUBLE": sa.DOUBLE(),
        "BOOLEAN": sa.BOOLEAN(),
        "DATE": sa.DATE(),
        "TIME": sa.TIME(),
        "TIMESTAMP": sa.TIMESTAMP(),
        "VARCHAR": sa.VARCHAR(),
    }
    return known.get(kind, sa.types.NullType() if not kind.startswith("DECIMAL") else sa.NUMERIC())


@contextmanager
def shared_connection(connection: Any) -> Iterator[str]:
    """Share an open DB-API connection with SQLAlchemy; yield the URL that reaches it until the block ends."""
    registry.register("duckdb.warehouse", __name__, "WarehouseDialect")
    token = uuid4().hex
    _OPEN[token] = connection
    try:
        yield f"duckdb+warehouse://{token}"
    finally:
        del _OPEN[token]
        connection.close()
