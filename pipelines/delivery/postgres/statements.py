"""Writes the SQL of the PostgreSQL store, which follows from the contracts: schemas, loads, versions of rows, pointers.

The schema of readers holds views; a second one, `<schema>_store`, holds what they read. A table there has a partition
for each load. A load begins as all rows of one run; a later run of the same list date that differs in few rows is a
further version of it: rows say with `since` and `until` in which versions they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine.names import column_list, literals, quoted
from xuanpin.pipelines.engine.names import literal as text_literal
from xuanpin.pipelines.engine.run_files import MARKED_JSON

OPEN_END = 2_147_483_647
"""`until` of rows that the newest version of a load has: the largest integer of PostgreSQL."""
STAMPED = ("list_date", "as_of_date", "run_id")
"""Columns that a view takes from the run; of these a row itself has list_date alone."""
TYPES: Mapping[str, str] = {
    "VARCHAR": "text",
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "DOUBLE": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "VARCHAR[]": "text[]",
}
"""Types of PostgreSQL by those of the contracts; decimals are numeric, and structs jsonb."""
FOUND_BY = ("agent_id", "sku_id")
"""Columns by which readers look rows up; they get an index where they do not begin the key."""
FILLED = 90
"""Percent of a page that a load fills: rows that a recall ends are marked in their pages, and no index changes."""
LOCK_WAIT_SECONDS = 2
"""Seconds that a change of tables waits for readers, who would wait behind it."""
STATEMENT_SECONDS = 900
"""Seconds after which a statement is given up: a hundred times what 1.5 million rows take."""


@dataclass(frozen=True)
class Names:
    """Name what is in the database, by the `schema` of readers."""

    schema: str

    @property
    def store(self) -> str:
        """Name of the schema that only this program reads."""
        return f"{self.schema}_store"

    def shown(self, name: str) -> str:
        """Name for statements of a view in the schema of readers."""
        return f"{quoted(self.schema)}.{quoted(name)}"

    def kept(self, name: str) -> str:
        """Name for statements of a table in the store."""
        return f"{quoted(self.store)}.{quoted(name)}"


def literal(value: Any) -> str:
    """Write a value as a literal: null, a boolean, a whole number, or the text of anything else."""
    if value is None:
        return "null"
    if isinstance(value, bool | int):
        return str(value).lower()
    # A text of PostgreSQL cannot hold the character zero.
    return text_literal(str(value).replace("\0", ""))


def session_limits() -> list[str]:
    """Write how long a session waits and works at most."""
    return [
        f"set lock_timeout = '{LOCK_WAIT_SECONDS}s'",
        f"set statement_timeout = '{STATEMENT_SECONDS}s'",
        # Keys and indexes of 1.5 million rows are sorted in memory, and by two processes.
        "set maintenance_work_mem = '256MB'",
        # What a killed process has begun ends, and its lock with it.
        "set client_connection_check_interval = '1s'",
        "set client_min_messages = 'warning'",
    ]


def lock(names: Names) -> str:
    """Write the question for the lock that one process holds for as long as it is connected: one row, true if so."""
    return f"select pg_try_advisory_lock(hashtext({literal('xuanpin ' + names.schema)}))"


def kept_columns(contract: Contract) -> tuple[Column, ...]:
    """The columns of a contract that its rows have in the store: all but those of the run."""
    return tuple(column for column in contract.columns if column.name not in STAMPED[1:])


def file_types(contract: Contract) -> dict[str, str]:
    """The types to which the rows of a file are cast before they are copied, by column."""
    return {
        column.name: MARKED_JSON if "STRUCT" in column.type else column.inside_type for column in kept_columns(contract)
    }


def row_key(contract: Contract) -> tuple[Column, ...]:
    """The columns that tell rows of one list date apart."""
    return tuple(contract.column(name) for name in contract.key if name not in STAMPED)


def column_type(column: Column) -> str:
    """The type of PostgreSQL of a contract's column; raises KeyError for one that no published contract uses."""
    if decimal := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", column.type):
        return f"numeric({decimal[1]}, {decimal[2]})"
    return "jsonb" if "STRUCT" in column.type else TYPES[column.inside_type]


def first_load(names: Names, contract: Contract, load: int, list_date: str) -> str:
    """Write the table of a new load of a list date, not yet a part of its contract's table."""
    part, whole = names.kept(part_name(contract, load)), names.kept(contract.name)
    bounds = f"list_date is not null and load is not null and list_date = {literal(list_date)} and load = {load}"
    return f"create table {part} (like {whole} including defaults, check ({bounds})) with (fillfactor = {FILLED})"


def load_number(names: Names, contract: Contract, load: int) -> str:
    """Write that the rows copied into the table of a load are of this load."""
    return f"alter table {names.kept(part_name(contract, load))} alter column load set default {load}"


def part_name(contract: Contract, load: int) -> str:
    """Name of the table of a load."""
    return f"{contract.name}_{load}"


def finished_load(names: Names, contract: Contract, load: int) -> list[str]:
    """Write key, indexes and statistics of a load whose rows are there."""
    part, key = names.kept(part_name(contract, load)), row_key(contract)
    columns = ", ".join([*(quoted(column.name) for column in key), "since"])
    if all(column.required for column in key):
        unique = f"alter table {part} add primary key ({columns})"
    else:
        unique = f"create unique index on {part} ({columns})"
    found_by = [name for name in FOUND_BY if name in contract.column_names and name != key[0].name]
    return [unique, *(f"create index on {part} ({quoted(name)})" for name in found_by), f"analyze {part}"]


def attached_load(names: Names, contract: Contract, load: int, list_date: str) -> str:
    """Write that the table of a load of a `list_date` becomes a part of its contract's table; readers go on."""
    day, part = literal(list_date), names.kept(part_name(contract, load))
    bounds = f"from ({day}, {load}) to ({day}, {load + 1})"
    return f"alter table {names.kept(contract.name)} attach partition {part} for values {bounds}"


def ended_rows(names: Names, contract: Contract, load: int, version: int, ended: str) -> str:
    """Write that the rows of a load whose keys the temporary table `ended` has are not in `version` and later ones."""
    same = [
        f"r.{quoted(column.name)} {'=' if column.required else 'is not distinct from'} e.{quoted(column.name)}"
        for column in row_key(contract)
    ]
    part = names.kept(part_name(contract, load))
    return (
        f"update {part} as r set until = {version} from {quoted(ended)} as e "
        f"where r.until = {OPEN_END} and {' and '.join(same)}"
    )


def measured(table: str) -> str:
    """Write that the database measures a temporary table, from which it plans what it does with it."""
    return f"analyze {quoted(table)}"


def rows_of_version(names: Names, contract: Contract, load: int, version: int) -> str:
    """Write the count of the rows that a version of a load has."""
    part = names.kept(part_name(contract, load))
    return f"select count(*) from {part} where since <= {version} and until > {version}"


def readers(names: Names, tables: Iterable[str]) -> str:
    """Write the question which transactions of others use some of the store's `tables` now."""
    kept = ", ".join(f"{literal(names.kept(table))}::regclass" for table in tables)
    return (
        "select distinct virtualtransaction from pg_locks where locktype = 'relation' and granted "
        f"and database = (select oid from pg_database where datname = current_database()) "
        f"and pid <> pg_backend_pid() and relation in ({kept})"
    )


def next_load(names: Names) -> str:
    """Write the question for a number that no load has had."""
    return f"select nextval({literal(names.kept('loads'))})"


def held_runs(names: Names) -> str:
    """Write the question for the runs that the database holds, with what may change of them."""
    return f"select run_id, list_date::text, state, is_current from {names.kept('runs')}"


def held_tables(names: Names) -> str:
    """Write the question for where the rows of each table of each run are, and of which file they came."""
    return f"select run_id, list_date::text, table_name, load, version, sha256 from {names.kept('run_tables')}"


def written_run(names: Names, values: Mapping[str, Any]) -> str:
    """Write a run (`values` by column) to the list of runs, or what has changed of it."""
    columns, changed = column_list(list(values)), [name for name in values if name != "run_id"]
    filled = ", ".join(map(literal, values.values()))
    renewed = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in changed)
    table = names.kept("runs")
    return f"insert into {table} ({columns}) values ({filled}) on conflict (run_id) do update set {renewed}"


def nothing_current(names: Names, list_date: str, run_id: str) -> str:
    """Write that no run of a list date but `run_id` is shown."""
    return (
        f"update {names.kept('runs')} set is_current = false "
        f"where is_current and list_date = {literal(list_date)} and run_id <> {literal(run_id)}"
    )


def written_table(names: Names, values: Mapping[str, Any]) -> str:
    """Write where the rows of a table of a run are (`values` by column)."""
    filled = ", ".join(map(literal, values.values()))
    renewed = "load = excluded.load, version = excluded.version, sha256 = excluded.sha256"
    return (
        f"insert into {names.kept('run_tables')} ({column_list(list(values))}) values ({filled}) "
        f"on conflict (run_id, table_name) do update set {renewed}"
    )


def nothing_shown(names: Names, list_dates: Sequence[str]) -> str:
    """Write that no run is shown of list dates."""
    among = f"list_date in ({literals(list_dates)})"
    return f"update {names.kept('runs')} set is_current = false where is_current and {among}"


def removed_runs(names: Names, run_ids: Sequence[str]) -> list[str]:
    """Write that the runs `run_ids` are no longer held; what becomes of their rows is another statement."""
    among = f"run_id in ({literals(run_ids)})"
    return [f"delete from {names.kept(table)} where {among}" for table in ("run_tables", "runs")]


def unread_rows(names: Names, contract: Contract, load: int) -> str:
    """Write the removal of the rows of a load that are in no version which a run still has."""
    part, tables = names.kept(part_name(contract, load)), names.kept("run_tables")
    return (
        f"delete from {part} as r where not exists (select from {tables} as h where h.table_name = "
        f"{literal(contract.name)} and h.load = {load} and r.since <= h.version and r.until > h.version)"
    )


def unused_loads(names: Names) -> str:
    """Write the question for the loads that no run needs: the table, the name of the part, whether it is still a part,
    and whether its removal was begun."""
    return f"""
        select parent.relname::text, part.relname::text, i.inhrelid is not null, coalesce(i.inhdetachpending, false)
        from pg_class as part
        join pg_namespace as n on n.oid = part.relnamespace and n.nspname = {literal(names.store)}
        join {names.kept("published")} as p on part.relname ~ ('^' || p.table_name || '_[0-9]+$')
        join pg_class as parent on parent.relnamespace = n.oid and parent.relname = p.table_name
        left join pg_inherits as i on i.inhrelid = part.oid
        where part.relkind = 'r' and not exists (
            select from {names.kept("run_tables")} as h
            where h.table_name || '_' || h.load = part.relname
        )
    """


def detached_load(names: Names, table: str, part: str, *, is_begun: bool) -> str:
    """Write that a load (its `part`) leaves its table, for which no reader waits, or has left it (`is_begun`)."""
    how = "finalize" if is_begun else "concurrently"
    return f"alter table {names.kept(table)} detach partition {names.kept(part)} {how}"


def dropped_load(names: Names, part: str) -> str:
    """Write the removal of the table of a load, its `part`."""
    return f"drop table {names.kept(part)}"
