"""The connection to the PostgreSQL database: statements, transactions and rows; errors never repeat its address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from xuanpin.pipelines.delivery.postgres.statements import session_limits
from xuanpin.pipelines.errors import DeliveryFailed
from xuanpin.pipelines.settings.postgres import PostgresSettings
from xuanpin.pipelines.typed.phrase import phrase

if TYPE_CHECKING:  # a home without a database should not wait for the driver
    from adbc_driver_postgresql import dbapi


LOCK_NOT_AVAILABLE = "55P03"
"""SQLSTATE of a statement that gave up waiting for a lock."""


class Database:
    """One connection (its `cursor`), on which each statement stands for itself outside of `transaction`."""

    def __init__(self, cursor: dbapi.Cursor) -> None:
        """Work on an open `cursor`, whose connection commits each statement."""
        self._cursor = cursor

    def run(self, *statements: str) -> None:
        """Run statements that give no rows."""
        for statement in statements:
            self._cursor.adbc_statement.set_sql_query(statement)
            self._cursor.adbc_statement.execute_update()

    def run_unless_locked(self, statement: str) -> bool:
        """Run a statement; return False where it would have had to wait for others for longer than a session waits."""
        from adbc_driver_postgresql import dbapi

        try:
            self.run(statement)
        except dbapi.Error as error:
            if error.sqlstate != LOCK_NOT_AVAILABLE:
                raise
            return False
        return True

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows that a statement gives."""
        self._cursor.execute(statement)
        found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found

    def value(self, statement: str) -> Any:
        """Return the one value that a statement gives."""
        ((found,),) = self.rows(statement)
        return found

    def copy(self, rows: pa.RecordBatchReader | pa.Table, schema: str, table: str) -> int:
        """Copy rows behind those of a table of a `schema`, whose types are those of the rows; return how many."""
        return int(self._cursor.adbc_ingest(table, rows, mode="append", db_schema_name=schema))

    def copy_aside(self, rows: pa.Table, table: str) -> None:
        """Copy rows to a new table that ends with the connection."""
        self._cursor.adbc_ingest(table, rows, mode="replace", temporary=True)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Have others see all that the block does, or nothing."""
        self.run("begin")
        try:
            yield
        except BaseException:
            self.run("rollback")
            raise
        self.run("commit")


@contextmanager
def connected(uri: str, settings: PostgresSettings) -> Iterator[Database]:
    """Connect to the database at `uri` for the block, as `settings` say.

    What the driver raises becomes DeliveryFailed, without the URI.
    """
    from adbc_driver_postgresql import dbapi

    try:
        limited = _with_limits(uri, settings.timeout_seconds)
        with dbapi.connect(limited, autocommit=True) as connection, connection.cursor() as cursor:
            database = Database(cursor)
            database.run(*session_limits())
            yield database
    except dbapi.Error as error:
        # The driver's message may repeat the URI with its password, or rows.
        raise DeliveryFailed(
            phrase(
                "the database in {variable} does not answer or refuses the work (SQLSTATE {state}, {reason}); check "
                "that it runs and that its user may create schemas and tables in it",
                variable=settings.connection_variable,
                state=error.sqlstate or "-",
                reason=error.status_code.name,
            )
        ) from None


def _with_limits(uri: str, seconds: int) -> str:
    """Add to a connection string how long to wait for a server that is gone, where it does not say so itself."""
    limits = {"connect_timeout": seconds, "tcp_user_timeout": 1_000 * seconds}
    pairs: Sequence[str] = [f"{name}={value}" for name, value in limits.items() if name not in uri]
    if "://" not in uri:
        return " ".join([uri, *pairs])
    return "&".join([uri if "?" in uri else f"{uri}?", *pairs])
