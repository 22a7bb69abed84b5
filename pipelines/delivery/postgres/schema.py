"""Keeps the schema of the PostgreSQL store what the contracts of this release say, and leaves that of a later one."""

from __future__ import annotations

import hashlib

from xuanpin.pipelines.contracts import published_contracts, schema_version
from xuanpin.pipelines.delivery.postgres import schema_statements as statements
from xuanpin.pipelines.delivery.postgres.database import Database
from xuanpin.pipelines.delivery.postgres.statements import Names
from xuanpin.pipelines.errors import DeliveryFailed
from xuanpin.pipelines.typed.phrase import phrase

FORMAT = 1
"""Number of the way in which the store keeps rows; a release that changes it brings what it finds to its own."""


def renew_schema(database: Database, names: Names, role: str | None) -> None:
    """Bring tables, views, comments and grants (to `role`) to what this release says, where they are not so.

    Raises DeliveryFailed where a later release has written them.
    """
    contracts = published_contracts()
    wanted = [*statements.definitions(names, contracts), *(statements.grants(names, role) if role else ())]
    digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()
    held = _held_version(database, names)
    if held is not None:
        _refuse_later(names, held[0], held[1])
    if held is None or held[2] != digest:
        with database.transaction():
            database.run(*statements.places(names))
            if role is not None and not database.rows(statements.role_exists(role)):
                database.run(statements.new_role(role))
            database.run(*wanted, statements.written_version(names, FORMAT, schema_version(), digest))


def _held_version(database: Database, names: Names) -> tuple[int, str, str] | None:
    if not database.rows(statements.is_there(names)):
        return None
    ((number, contracts, digest),) = database.rows(statements.version(names))
    return int(number), str(contracts), str(digest)


def _refuse_later(names: Names, number: int, contracts: str) -> None:
    if number > FORMAT or _parts(contracts) > _parts(schema_version()):
        raise DeliveryFailed(
            phrase(
                "the schema {schema} was written by a later release (format {format}, contracts {contracts}); this "
                "one knows format {own_format} and contracts {own_contracts}: use that release, or another schema",
                schema=names.schema,
                format=number,
                contracts=contracts,
                own_format=FORMAT,
                own_contracts=schema_version(),
            )
        )


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
