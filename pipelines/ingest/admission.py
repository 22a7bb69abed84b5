"""Admits clean rows to the history: once each, when all they refer to is known, dated by when a run may see them."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.casts import cast_column

log = logging.getLogger("xuanpin.ingest")

KNOWN_WITH: Mapping[str, tuple[str, ...]] = {
    "products": ("updated_at",),
    "inventory": ("as_of_date",),
    "agents": ("updated_at",),
    "groups": ("updated_at",),
    "orders": ("updated_at", "ordered_at"),
    "returns": ("updated_at", "requested_at"),
    "chat_messages": ("sent_at",),
    "overrides": ("created_at",),
}
"""Columns whose latest business date is the first day a run may see the row, were all it refers to known."""


def has_waiting(engine: Engine, contract: Contract) -> bool:
    """Tell whether rows of this table wait for what they refer to."""
    waiting = engine.query(
        "select 1 from ops.quarantine where table_name = $table_name and state = 'waiting' limit 1",
        table_name=contract.name,
    )
    return len(waiting) > 0


def admit(engine: Engine, contract: Contract, drop_seq: int) -> int:
    """Move the clean rows of `checked`, and the waiting rows whose reference has come, into source.<table>.

    Rows whose reference is unknown wait in ops.quarantine; each version of a row is stored once. Updates
    ops.arrivals. Returns how many rows were admitted.
    """
    _find_candidates(engine, contract)
    _resolve_references(engine, contract)
    table = f"source.{contract.name}"
    columns = ", ".join(f'"{column.name}"' for column in contract.stored().columns)
    engine.execute(
        f"""
        insert into {table} ({columns}, row_hash, known_on, drop_seq)
        select {columns}, row_hash, known_on, $seq
        from resolved
        where len(unknown) = 0
        """,
        seq=drop_seq,
    )
    _keep_waiting(engine, contract, drop_seq)
    note_arrivals(engine, table, "select distinct known_on from resolved where len(unknown) = 0", drop_seq)
    admitted = engine.query("select count(*) as n from resolved where len(unknown) = 0")["n"][0].as_py()
    for name in ("checked", "candidates", "resolved"):
        engine.execute(f"drop table {name}")
    return int(admitted)


def _find_candidates(engine: Engine, contract: Contract) -> None:
    stored = contract.stored().columns
    columns = ", ".join(f'"{column.name}"' for column in stored)
    audited = ", ".join(f', "{name}" nulls last' for name in contract.audit_only_columns())
    hashed = ", ".join(f'"{column.name}" := "{column.name}"' for column in stored if not column.audit_only)
    held = ", ".join(
        cast_column(f"(\"row\" ->> '$.{column.name}')", "VARCHAR", column) + f' as "{column.name}"' for column in stored
    )
    engine.execute(
        f"""
        create or replace temp table candidates as
        with offered as (
            select {columns}, drop_path, cast(null as bigint) as held_seq from checked where len(rules) = 0
            union all
            select {held}, drop_path, drop_seq as held_seq
            from ops.quarantine
            where table_name = '{contract.name}' and state = 'waiting'
        ),
        hashed as (
            select *, md5(cast(to_json(struct_pack({hashed})) as varchar)) as row_hash from offered
        )
        select hashed.*
        from hashed
        anti join source.{contract.name} using (row_hash)
        qualify row_number() over (partition by row_hash order by held_seq nulls last, drop_path{audited}) = 1
        """
    )


def _resolve_references(engine: Engine, contract: Contract) -> None:
    """A row is seen no earlier than the first version of what it refers to."""
    joins, unknown = [], []
    dates = [f'cast("{name}" as date)' for name in KNOWN_WITH[contract.name]]
    for column, (table, target) in contract.references.items():
        first = f"first_{column}"
        engine.execute(
            f"""
            create or replace temp table {first} as
            select "{target}" as referred, min(known_on) as first_known_on
            from source.{table}
            where "{target}" in (select "{column}" from candidates)
            group by "{target}"
            """
        )
        joins.append(f'left join {first} on {first}.referred = candidates."{column}"')
        dates.append(f"{first}.first_known_on")
        unknown.append(f"case when \"{column}\" is not null and {first}.referred is null then '{column}_unknown' end")
    engine.execute(
        f"""
        create or replace temp table resolved as
        select
            candidates.*,
            greatest({", ".join(dates)}) as known_on,
            list_filter([{", ".join(unknown)}]::varchar[], lambda name: name is not null) as unknown
        from candidates
        {" ".join(joins)}
        """
    )


def _keep_waiting(engine: Engine, contract: Contract, drop_seq: int) -> None:
    engine.execute(
        "delete from ops.quarantine where table_name = $table_name and state = 'waiting'",
        table_name=contract.name,
    )
    key = ", ".join(f'cast("{name}" as varchar)' for name in contract.key)
    texts = {column.name: _as_text(column) for column in contract.stored().columns}
    values = ", ".join(f'"{name}" := {text}' for name, text in texts.items())
    engine.execute(
        f"""
        insert into ops.quarantine (table_name, key, rules, row, state, drop_path, drop_seq)
        select
            $table_name, concat_ws('|', {key}), unknown, cast(to_json(struct_pack({values})) as varchar),
            'waiting', drop_path, coalesce(held_seq, $seq)
        from resolved
        where len(unknown) > 0
        order by row_hash
        """,
        table_name=contract.name,
        seq=drop_seq,
    )
    _log_waiting(engine, contract.name)


def _as_text(column: Column) -> str:
    """Text from which the same value is read again."""
    value = f'"{column.name}"'
    return f"cast(to_json({value}) as varchar)" if column.type.endswith("[]") else f"cast({value} as varchar)"


def _log_waiting(engine: Engine, table: str) -> None:
    waiting = engine.query(
        """
        select count(*) as n, min(key, 3) as ids, list_sort(list_distinct(flatten(list(rules)))) as rules
        from ops.quarantine
        where table_name = $table_name and state = 'waiting'
        """,
        table_name=table,
    ).to_pylist()[0]
    if waiting["n"]:
        log.warning(
            "%s: %d rows wait for what they refer to (%s), such as %s; they are admitted when it arrives",
            table,
            waiting["n"],
            ", ".join(waiting["rules"]),
            ", ".join(waiting["ids"]),
        )


def note_arrivals(engine: Engine, table: str, changed_days: str, drop_seq: int) -> None:
    """Renew the fingerprints of the days that gained or lost rows, a select of known_on; other days are not read."""
    name = table.removeprefix("source.")
    engine.execute(f"create or replace temp table gained as {changed_days}")
    engine.execute(
        "delete from ops.arrivals where table_name = $name and known_on in (select known_on from gained)",
        name=name,
    )
    engine.execute(
        f"""
        insert into ops.arrivals (table_name, known_on, last_drop_seq, rows, fingerprint)
        select $name, known_on, $seq, count(*), md5(string_agg(row_hash, '' order by row_hash))
        from {table}
        where known_on in (select known_on from gained)
        group by known_on
        order by known_on
        """,
        name=name,
        seq=drop_seq,
    )
    engine.execute("drop table gained")
