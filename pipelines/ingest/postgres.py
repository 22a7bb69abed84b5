"""Reads the source tables from a PostgreSQL database through ADBC, as if each read were a drop."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xuanpin.pipelines.context import BEIJING, Night
from xuanpin.pipelines.contracts import OPTIONAL
from xuanpin.pipelines.engine import Engine, load_sql
from xuanpin.pipelines.engine.names import quoted
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.drops import Drop, read_ledger
from xuanpin.pipelines.ingest.mapping import TableMapping
from xuanpin.pipelines.ingest.notes import nothing_kept
from xuanpin.pipelines.ingest.statements.drops import SNAPSHOT, TIME_TYPES, source_rows
from xuanpin.pipelines.settings.running import SourcesSettings
from xuanpin.pipelines.typed.phrase import phrase

if TYPE_CHECKING:  # a night whose sources are files should not wait for the driver
    from adbc_driver_postgresql import dbapi

WATERMARKS = "ops.watermarks"
"""The newest stamp seen of each source table, as text with its zone."""
STAMPS = ("updated_at", "sent_at", "created_at", "as_of_date")
"""Contract columns that say when a row was written; each source table has one of them."""


@dataclass(frozen=True)
class _Source:
    """The open source database and where its rows go."""

    cursor: dbapi.Cursor
    engine: Engine
    settings: SourcesSettings
    folder: Path
    now: datetime


def export_tables(
    night: Night, mappings: Mapping[str, TableMapping], folder: Path, environment: Mapping[str, str]
) -> dict[str, list[Drop]]:
    """Write what changed in each table since the last night to one Parquet file in `folder`, and return these as drops.

    `mappings` are by table; `environment` has the connection's URI. All tables are read in one snapshot. A row counts
    as changed when its stamp is at most `overlap_days` older than the newest stamp seen before: a transaction that was
    slow to commit is not lost, and rows read twice are stored once. Raises UsageError without a connection and
    InputRefused when the database cannot be read.
    """
    from adbc_driver_postgresql import dbapi

    settings = night.settings.sources
    uri = environment.get(settings.connection_variable)
    if not uri:
        raise UsageError(
            phrase(
                "{variable} is not set; set it to the URI of the source database, postgresql://user@host:port/name",
                variable=settings.connection_variable,
            )
        )
    try:
        with dbapi.connect(uri) as connection, connection.cursor() as cursor:
            cursor.execute(SNAPSHOT)
            source = _Source(cursor, night.engine, settings, folder, night.now)
            return {
                table: _export(source, mapping, getattr(settings.tables, table).reads)
                for table, mapping in mappings.items()
            }
    except dbapi.Error as error:
        # The driver's message may repeat the URI with its password.
        raise nothing_kept(
            phrase(
                "the source database in {variable} cannot be read ({reason}); check that it runs and that its user "
                "may read the tables",
                variable=settings.connection_variable,
                reason=error.status_code.name,
            )
        ) from None


@dataclass(frozen=True)
class _Table:
    """One table of the source database: its quoted name, its columns with their types and the one that dates rows."""

    name: str
    columns: Mapping[str, str]
    stamp: str | None

    def query(self, since: datetime | None) -> str:
        """SELECT of the rows stamped since a moment; all of them where there is no stamp or no moment."""
        return source_rows(self.name, self.columns, self.stamp, since)


def _export(source: _Source, mapping: TableMapping, reads: str | None) -> list[Drop]:
    table = mapping.contract.name
    described = _describe(source, mapping, reads or table)
    if described is None:
        return []
    file = source.folder / f"{table}.parquet"
    since = _watermark(source.engine, table)
    source.cursor.execute(described.query(since and since - timedelta(days=source.settings.overlap_days)))
    rows, newest = _write(source.cursor.fetch_record_batch(), file, described.stamp)
    if newest is not None:
        # A row stamped in the future must not hide those that come before its day.
        _set_watermark(source.engine, table, min(newest, source.now))
    if not rows:
        return []
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    is_repeat = (len(content), digest) in read_ledger(source.engine, table).contents
    return [Drop(table, f"postgres/{reads or table}", file, len(content), digest, is_repeat=is_repeat)]


def _describe(source: _Source, mapping: TableMapping, reads: str) -> _Table | None:
    """Find the table in the database; raises InputRefused when it is missing and may not be."""
    name = ".".join(map(quoted, reads.split(".")))
    source.cursor.execute(load_sql("postgres_columns").text, parameters=[name])
    columns = dict(source.cursor.fetchall())
    if columns:
        stamps = [raw for stamp in STAMPS for raw in mapping.raw_names(stamp) if columns.get(raw) in TIME_TYPES]
        return _Table(name, columns, stamps[0] if stamps else None)
    if mapping.contract.name in OPTIONAL:
        return None
    raise nothing_kept(
        phrase(
            "source table {table} is missing: the source database has no table {reads}; create it, or name "
            "another one in [sources.tables.{table}] reads",
            table=mapping.contract.name,
            reads=reads,
        )
    )


def _write(batches: pa.RecordBatchReader, file: Path, stamp: str | None) -> tuple[int, datetime | None]:
    """Write the rows as they stream in; return how many and the newest stamp among them, in UTC or Beijing time."""
    rows, newest = 0, None
    with pq.ParquetWriter(file, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
            if stamp is not None and (value := pc.max(batch.column(stamp)).as_py()) is not None:
                newest = max(newest or _moment(value), _moment(value))
    return rows, newest


def _moment(value: datetime | date) -> datetime:
    """A stamp as Beijing time; a stamp without a zone is Beijing time already, a date its midnight."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return value.astimezone(BEIJING) if value.tzinfo else value.replace(tzinfo=BEIJING)


def _watermark(engine: Engine, table: str) -> datetime | None:
    if not engine.exists(WATERMARKS):
        return None
    newest = {row["table_name"]: row["newest"] for row in engine.read(WATERMARKS).to_pylist()}
    return datetime.fromisoformat(newest[table]) if table in newest else None


def _set_watermark(engine: Engine, table: str, newest: datetime) -> None:
    mark = pa.table({"table_name": [table], "newest": [newest.isoformat()]})
    engine.replace_partition(WATERMARKS, mark, table_name=table)
