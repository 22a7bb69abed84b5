"""How SQLAlchemy, and through it Great Expectations, reads the warehouse over a connection that is already open.

Great Expectations reads a cursor after its connection was given back, and SQLAlchemy's PostgreSQL reflection asks for
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
    """A cursor that holds its whole result, so that it can be read after the connection was given back."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        result = self._connection.execute(statement, list(parameters))
        self.description = result.description
        self._rows = deque(result.fetchall())

    def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        return [self._rows.popleft() for _ in range(min(size, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        return self.fetchmany(len(self._rows))

    def close(self) -> None:
        """Nothing to give back: the rows are ours."""


class BufferedConnection:
    """A DB-API connection in auto-commit mode; it only ever reads."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def cursor(self) -> BufferedCursor:
        return BufferedCursor(self._connection)

    def commit(self) -> None:
        """Nothing to commit."""

    def rollback(self) -> None:
        """Nothing to roll back."""

    def close(self) -> None:
        """The owner of the connection closes it."""


class WarehouseDialect(PGDialect):
    """PostgreSQL's SQL over the warehouse's connection and catalogue."""

    name = "duckdb"
    driver = "warehouse"
    default_paramstyle = "qmark"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:
        return SimpleNamespace(paramstyle="qmark", Error=Exception)

    @classmethod
    def get_pool_class(cls, url: sa.URL) -> type[sa.Pool]:
        return StaticPool

    def connect(self, *args: Any, **parameters: Any) -> Any:
        return BufferedConnection(_OPEN[parameters["host"]])

    def initialize(self, connection: sa.Connection) -> None:
        """The server is known; PostgreSQL's questions about itself would fail."""

    def has_table(self, connection: sa.Connection, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        return bool(self.get_columns(connection, table_name, schema))

    def get_columns(
        self, connection: sa.Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Any]:
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
        return {"constrained_columns": [], "name": None}

    def get_table_names(self, connection: sa.Connection, schema: str | None = None, **kw: Any) -> list[str]:
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
        "TIMESTAMP": sa.TIMESTAMP(),
        "VARCHAR": sa.VARCHAR(),
    }
    return known.get(kind, sa.types.NullType() if not kind.startswith("DECIMAL") else sa.NUMERIC())


@contextmanager
def lent(connection: Any) -> Iterator[str]:
    """Lend an open DB-API connection to SQLAlchemy; yields the URL that reaches it until the block ends."""
    registry.register("duckdb.warehouse", __name__, "WarehouseDialect")
    token = uuid4().hex
    _OPEN[token] = connection
    try:
        yield f"duckdb+warehouse://{token}"
    finally:
        del _OPEN[token]
        connection.close()
