"""Sets aside the rows that break a contract rule, and stops the night when they are too many."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import datetime

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Rule
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest.mapping import typed_columns
from xuanpin.pipelines.ingest.privacy import Guard, safe_values
from xuanpin.pipelines.settings.running import IngestSettings


def check_rows(engine: Engine, contract: Contract, relation: str, now: datetime) -> None:
    """Write the temporary table `checked`: the rows of `relation` with `rules`, the names of the rules each breaks.

    `now` is naive Beijing wall-clock. A value that does not fit its type breaks `<column>_type` and no other rule.
    """
    failed = {column.name for column in typed_columns(contract)}
    cases = [f"case when raw.\"{name}\" is not null then '{name}_type' end" for name in sorted(failed)]
    for rule in _critical(contract):
        fits = [f'raw."{name}" is null' for name in rule.columns if name in failed]
        condition = " and ".join([*fits, f"({rule.breaks})"])
        cases.append(f"case when {condition} then '{rule.name}' end")
    sql = f"""
        create or replace temp table checked as
        select *, list_filter([{", ".join(cases)}]::varchar[], lambda name: name is not null) as rules
        from {relation}
    """
    engine.execute(sql, **({"now": now} if "$now" in sql else {}))


def check_shares(engine: Engine, contract: Contract, settings: IngestSettings) -> None:
    """Raise InputRefused when more of the checked rows break rules than settings accept.

    A rule with a share of its own in `rule_shares` is held to that one, all others together to `bad_share`.
    """
    own = {rule: share for name, share in settings.rule_shares.items() if (rule := _rule_name(contract, name))}
    for rule, share in own.items():
        _check_share(engine, contract, [rule], share, f'rule_shares."{contract.name}.{rule}"')
    others = [rule for rule in all_rules(contract) if rule not in own]
    _check_share(engine, contract, others, settings.bad_share, "bad_share")


def reject_rows(guard: Guard, contract: Contract, drop_seq: int) -> int:
    """Put the checked rows that break rules into ops.quarantine as redacted JSON, once each; return how many broke."""
    engine = guard.engine
    key = ", ".join(f'cast("{name}" as varchar)' for name in contract.key)
    engine.execute(
        f"""
        create or replace temp table rejected as
        select nullif(concat_ws('|', {key}), '') as key, rules, {_row_json(contract)} as row, drop_path
        from checked
        where len(rules) > 0
        """
    )
    rejected = engine.query("select count(*) as n from rejected")["n"][0].as_py()
    if rejected:
        safe = safe_values(engine, guard.redact, "rejected", "row")
        engine.execute(
            f"""
            insert into ops.quarantine (table_name, key, rules, row, state, drop_path, drop_seq)
            select $table_name, key, rules, safe, 'rejected', min(drop_path), $seq
            from rejected
            join {safe} on value = row
            where not exists (
                select 1 from ops.quarantine as old
                where old.table_name = $table_name and old.state = 'rejected' and old.row = safe
            )
            group by key, rules, safe
            order by key, safe
            """,
            table_name=contract.name,
            seq=drop_seq,
        )
        engine.execute(f"drop table {safe}")
    engine.execute("drop table rejected")
    return int(rejected)


def all_rules(contract: Contract) -> tuple[str, ...]:
    """Names of all rules that quarantine a row of this table."""
    types = tuple(f"{column.name}_type" for column in typed_columns(contract))
    return types + tuple(rule.name for rule in _critical(contract))


def _critical(contract: Contract) -> Iterable[Rule]:
    return (rule for rule in contract.rules if rule.severity == "critical")


def _rule_name(contract: Contract, name: str) -> str | None:
    table, _, rule = name.partition(".")
    if table != contract.name:
        return None
    known = all_rules(contract)
    if rule not in known:
        nearest = difflib.get_close_matches(rule, known, n=1, cutoff=0.0)[0]
        raise UsageError(f"[ingest] rule_shares: {table} has no rule {rule}; the nearest is {table}.{nearest}")
    return rule


def _row_json(contract: Contract) -> str:
    """The row as JSON text, a value that did not fit as it came; what is read for redaction only is left out."""
    failed = {column.name for column in typed_columns(contract)}
    parts = []
    for column in contract.stored().columns:
        value = f'cast("{column.name}" as varchar)'
        parts.append(
            f'"{column.name}" := ' + (f'coalesce({value}, raw."{column.name}")' if column.name in failed else value)
        )
    return f"cast(to_json(struct_pack({', '.join(parts)})) as varchar)"


def _check_share(engine: Engine, contract: Contract, rules: list[str], share: float, setting: str) -> None:
    key = " || '|' || ".join(f'cast("{name}" as varchar)' for name in contract.key)
    counted = engine.query(
        f"""
        with judged as (
            select drop_path, {key} as key, list_filter(rules, lambda name: list_contains($rules, name)) as broken
            from checked
        )
        select
            count(*) as new_rows,
            count(*) filter (len(broken) > 0) as bad_rows,
            list_sort(list_distinct(flatten(list(broken)))) as names,
            min(key, 3) filter (len(broken) > 0) as ids,
            min(drop_path) filter (len(broken) > 0) as path
        from judged
        """,
        rules=rules,
    ).to_pylist()[0]
    new, bad = counted["new_rows"], counted["bad_rows"]
    if bad <= share * new:
        return
    ids = ", ".join(counted["ids"] or ["without a key"])
    raise InputRefused(
        f"{contract.name}: {bad} of {new} new rows ({bad / new:.2%}) break {', '.join(counted['names'])}, more than "
        f"the {share:.2%} that settings accept; among them {ids} in {counted['path']}. Correct the rows and send them "
        f"again, or raise [ingest] {setting}. Nothing of this night was kept"
    )
