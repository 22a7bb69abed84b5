"""Settings of a PostgreSQL database that follows what is published."""

from __future__ import annotations

from pydantic import Field

from xuanpin.pipelines.settings.section import Section


class PostgresSettings(Section):
    """A PostgreSQL database in which other systems read the published tables."""

    connection_variable: str | None = Field(
        None,
        description="environment variable that holds the connection URI, postgresql://user@host:port/name; no database "
        "if unset",
    )
    schema_name: str = Field(
        "xuanpin",
        pattern=r"^[a-z_][a-z0-9_]{0,39}$",
        description="schema in which readers find the tables; a second one, its name with _store, holds the rows",
    )
    reader_role: str | None = Field(
        None,
        pattern=r"^[a-z_][a-z0-9_]{0,39}$",
        description="role that may read the tables and nothing else, created where it is missing; whoever reads is "
        "made a member of it",
    )
    timeout_seconds: int = Field(
        10, ge=2, le=600, description="seconds after which a database that does not answer is given up"
    )
