"""By what names the world knows tables that come in and go out: paths and databases, never with a password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.ingest.places import alternatives
from xuanpin.pipelines.settings.running import SourcesSettings

POSTGRES_PORT = 5432


@dataclass(frozen=True)
class Place:
    """A dataset as others name it: its `namespace`, such as file or postgres://host:port, and its `name` there."""

    namespace: str
    name: str


def drop_places(
    table: str, sources: Path | None, settings: SourcesSettings, environment: Mapping[str, str]
) -> tuple[Place, ...]:
    """Return where the rows of a source `table` come from: paths below `sources`, or a table of the database whose
    address `environment` holds under the name that `settings` give."""
    reads = getattr(settings.tables, table).reads or table
    if settings.kind == "postgres":
        return _in_database(environment.get(settings.connection_variable, ""), reads)
    if sources is None:
        return ()
    return tuple(Place("file", str(sources.absolute() / part)) for part in alternatives(reads))


def published_places(table: str, home: Home) -> tuple[Place, ...]:
    """Return where readers find a published table (`table` as `schema.table`); nowhere for others."""
    schema, _, name = table.partition(".")
    path = (home.published / "published.duckdb").absolute()
    return (Place("file", f"{path}#{name}"),) if schema == "published" else ()


def _in_database(address: str, table: str) -> tuple[Place, ...]:
    """Name a table of a database by host, port and database alone: whoever connects there is nobody's business."""
    try:
        parts = urlsplit(address)
        host, port, database = parts.hostname, parts.port or POSTGRES_PORT, parts.path.strip("/")
    except ValueError:
        return ()
    if not host or not database:
        return ()
    name = table if "." in table else f"public.{table}"
    return (Place(f"postgres://{host}:{port}", f"{database}.{name}"),)
