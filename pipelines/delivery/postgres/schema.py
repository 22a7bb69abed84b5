"""Keeps the schema of the PostgreSQL store what the contracts of this release say, and leaves that of a later one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from xuanpin.pipelines.contracts import published_contracts
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
    versions = {contract.name: contract.version for contract in contracts}
    wanted = [*statements.definitions(names, contracts), *(statements.grants(names, role) if role else ())]
    digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()
    held = _held_digest(database, names, versions)
    if held != digest:
        with database.transaction():
            database.run(*statements.places(names))
            if role is not None and not database.rows(statements.role_exists(role)):
                database.run(statements.new_role(role))
            database.run(*wanted, statements.written_version(names, FORMAT, json.dumps(versions), digest))


def _held_digest(database: Database, names: Names, versions: Mapping[str, str]) -> str | None:
    """Return the digest of the statements that made the store, None where there is none."""
    if not database.rows(statements.is_there(names)):
        return None
    ((number, contracts, digest),) = database.rows(statements.version(names))
    later = [f"format {number}"] if number > FORMAT else []
    later += [f"{name} {held}" for name, held in json.loads(contracts).items() if _is_later(held, versions.get(name))]
    if later:
        raise DeliveryFailed(
            phrase(
                "the schema {schema} was written by a later release ({what}); use that release, or another schema",
                schema=names.schema,
                what=", ".join(later),
            )
        )
    return str(digest)


def _is_later(held: str, own: str | None) -> bool:
    """Whether a contract's version is later than the own one, also where there is no such contract yet."""
    return own is None or _parts(held) > _parts(own)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
