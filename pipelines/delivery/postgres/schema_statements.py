"""Writes the statements that make the schema of the PostgreSQL store what the contracts say, views and comments too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.delivery.postgres.statements import (
    OPEN_END,
    STAMPED,
    Names,
    column_type,
    kept_columns,
    literal,
)
from xuanpin.pipelines.engine.names import quoted

RUN_COLUMNS: Mapping[str, tuple[str, str]] = {
    "run_id": ("text primary key", "运行编号：清单的唯一编号。 Identity of the run."),
    "list_date": ("date not null", "上架日：清单所属的日期。 Day that the list is for."),
    "as_of_date": ("date not null", "数据截止日。 Last closed business day whose events the run saw."),
    "state": ("text not null", "状态。 State: auto_approved, approved, fallback or recalled."),
    "is_current": ("boolean not null", "是否为该上架日当前生效的清单。 Whether readers of the list date see this run."),
    "reason": ("text", "原因（英文）。 Why the run was made or decided, where a reason was given."),
    "reason_zh": ("text", "原因（中文）。 The same in Chinese."),
    "loaded_at": ("timestamptz not null", "写入数据库的时间。 When the run was written to this database."),
}
"""Columns of the list of runs: the type, and what people read."""
NEWEST = "是否为最新上架日的当前清单。 Whether this is the current run of the newest list date."


def places(names: Names) -> list[str]:
    """Write the two schemas and the note of which release wrote them last."""
    return [
        f"create schema if not exists {quoted(names.schema)}",
        f"create schema if not exists {quoted(names.store)}",
        f"create table if not exists {names.kept('version')} "
        "(only_row boolean primary key default true check (only_row), format integer, contracts text, digest text)",
    ]


def is_there(names: Names) -> str:
    """Write the question whether a release has written the store: one row if so."""
    return f"select 1 where to_regclass({literal(names.kept('version'))}) is not null"


def version(names: Names) -> str:
    """Write the question which release wrote the store last."""
    return f"select format, contracts, digest from {names.kept('version')}"


def written_version(names: Names, number: int, contracts: str, digest: str) -> str:
    """Write that the store is as a release wants it: format `number`, versions of the `contracts`, `digest` of
    its statements."""
    filled = ", ".join(map(literal, (number, contracts, digest)))
    return (
        f"insert into {names.kept('version')} (format, contracts, digest) values ({filled}) on conflict (only_row) "
        "do update set format = excluded.format, contracts = excluded.contracts, digest = excluded.digest"
    )


def definitions(names: Names, contracts: Sequence[Contract]) -> list[str]:
    """Write all tables, views and comments; each statement may meet what is there already, of an earlier release."""
    return [
        *_lists(names),
        *(statement for contract in contracts for statement in _table(names, contract)),
        *(statement for contract in contracts for statement in _views(names, contract)),
    ]


def role_exists(role: str) -> str:
    """Write the question whether a role exists: one row if so."""
    return f"select 1 from pg_roles where rolname = {literal(role)}"


def new_role(role: str) -> str:
    """Write a role that cannot log in; those who read become its members."""
    return f"create role {quoted(role)} nologin"


def grants(names: Names, role: str) -> list[str]:
    """Write that a role may read the views, and nothing else."""
    return [
        f"grant usage on schema {quoted(names.schema)} to {quoted(role)}",
        f"grant select on all tables in schema {quoted(names.schema)} to {quoted(role)}",
    ]


def _lists(names: Names) -> Iterator[str]:
    """The list of runs, where their rows are, and the views of it."""
    runs, tables = names.kept("runs"), names.kept("run_tables")
    yield f"create sequence if not exists {names.kept('loads')}"
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in RUN_COLUMNS.items())
    yield f"create table if not exists {runs} ({columns})"
    yield (f"create unique index if not exists one_current_run on {runs} (list_date) where is_current")
    yield (
        f"create table if not exists {tables} (run_id text not null, list_date date not null, table_name text not null,"
        " load bigint not null, version integer not null, sha256 text, primary key (run_id, table_name))"
    )
    yield f"create table if not exists {names.kept('published')} (table_name text primary key)"
    newest = f"is_current and list_date = (select max(list_date) from {runs} where is_current)"
    shown = f"select {', '.join(RUN_COLUMNS)}, {newest} as is_newest from {runs}"
    said = {name: told for name, (_, told) in RUN_COLUMNS.items()} | {"is_newest": NEWEST}
    for view, condition, told in (
        ("runs", "", "所有可查询的清单版本。 Every run whose rows can be read here."),
        ("current_runs", " where is_current", "每个上架日当前生效的清单。 The run that each list date shows."),
    ):
        yield f"create or replace view {names.shown(view)} as {shown}{condition}"
        yield from _comments(names.shown(view), "view", told, said)


def _table(names: Names, contract: Contract) -> Iterator[str]:
    """The table of a contract in the store, without a row of its own; its loads are its parts."""
    table, columns = names.kept(contract.name), kept_columns(contract)
    own = f"load bigint not null, since integer not null default 0, until integer not null default {OPEN_END}"
    first = next(column for column in columns if column.name == "list_date")
    yield (f"create table if not exists {table} ({_definition(first)}, {own}) partition by range (list_date, load)")
    for column in columns:
        yield f"alter table {table} add column if not exists {_definition(column)}"
    yield (
        f"insert into {names.kept('published')} values ({literal(contract.name)}) on conflict (table_name) do nothing"
    )


def _definition(column: Column) -> str:
    # A column that an earlier release did not know is empty in its rows, whatever the contract asks of later ones.
    return f"{quoted(column.name)} {column_type(column)}"


def _views(names: Names, contract: Contract) -> Iterator[str]:
    """What readers see of a contract: the current runs, and every run."""
    columns = [f"{'r' if column in STAMPED else 't'}.{quoted(column)}" for column in contract.column_names]
    rows = (
        f"select {', '.join(columns)} from {names.kept('runs')} as r "
        f"join {names.kept('run_tables')} as h on h.run_id = r.run_id and h.table_name = {literal(contract.name)} "
        f"join {names.kept(contract.name)} as t on t.list_date = r.list_date and t.load = h.load "
        "and t.since <= h.version and t.until > h.version"
    )
    of_all = f"{_said(contract)} 每次运行都在，按 run_id 查询。 Of every run: name one by run_id and list_date."
    said = {column.name: _said_of(column) for column in contract.columns}
    yield f"create or replace view {names.shown(contract.name)} as {rows} where r.is_current"
    yield from _comments(names.shown(contract.name), "view", _said(contract), said)
    yield f"create or replace view {names.shown(f'{contract.name}_runs')} as {rows}"
    yield from _comments(names.shown(f"{contract.name}_runs"), "view", of_all, said)
    yield from _comments(names.kept(contract.name), "table", _said(contract), {})


def _comments(name: str, kind: str, told: str, columns: Mapping[str, str]) -> Iterator[str]:
    yield f"comment on {kind} {name} is {literal(told)}"
    for column, said in columns.items():
        yield f"comment on column {name}.{quoted(column)} is {literal(said)}"


def _said(contract: Contract) -> str:
    return f"{contract.name_zh}：{contract.description_zh} {contract.description}"


def _said_of(column: Column) -> str:
    unit = f" [{column.unit}]" if column.unit else ""
    return f"{column.title_zh}：{column.description_zh} {column.description}{unit}"
