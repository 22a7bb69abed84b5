"""Sets aside the rows that break a contract rule, and stops the night when they are too many."""

from __future__ import annotations

import difflib

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest.casts import typed_columns
from xuanpin.pipelines.ingest.plausible import Plausible
from xuanpin.pipelines.ingest.privacy import Guard, safe_values
from xuanpin.pipelines.ingest.statements import rows
from xuanpin.pipelines.ingest.statements.plausible import is_time
from xuanpin.pipelines.ingest.statements.scratch import REJECTED
from xuanpin.pipelines.settings.running import IngestSettings


def check_rows(engine: Engine, contract: Contract, relation: str, times: Plausible) -> int:
    """Write temp.checked, the rows of `relation` with `rules`, the names of the rules each breaks; return how many."""
    return engine.execute(rows.checked_rows(contract, relation), now=times.now, earliest=times.earliest_day)


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
    """Put the checked rows that break rules into ops.quarantine as redacted JSON, once each, under the batch
    `drop_seq`; return how many broke."""
    engine = guard.engine
    rejected = engine.execute(rows.rejected_rows(contract))
    if rejected:
        safe_values(engine, guard.redact, REJECTED, "row")
        engine.insert("rejected_rows", into="ops.quarantine", table_name=contract.name, drop_seq=drop_seq)
        engine.drop("temp.safe_row")
    engine.drop(REJECTED)
    return rejected


def all_rules(contract: Contract) -> tuple[str, ...]:
    """Names of all rules that quarantine a row of this table."""
    typed = typed_columns(contract)
    types = tuple(f"{column.name}_type" for column in typed)
    times = tuple(f"{column.name}_implausible" for column in typed if is_time(column))
    return types + times + tuple(rule.name for rule in contract.critical_rules)


def _rule_name(contract: Contract, name: str) -> str | None:
    table, _, rule = name.partition(".")
    if table != contract.name:
        return None
    known = all_rules(contract)
    if rule not in known:
        nearest = difflib.get_close_matches(rule, known, n=1, cutoff=0.0)[0]
        raise UsageError(f"[ingest] rule_shares: {table} has no rule {rule}; the nearest is {table}.{nearest}")
    return rule


def _check_share(engine: Engine, contract: Contract, rules: list[str], share: float, setting: str) -> None:
    counted = engine.select("broken_shares", rules=rules).to_pylist()[0]
    new, bad = counted["new_rows"], counted["bad_rows"]
    if bad <= share * new:
        return
    ids = ", ".join(counted["ids"] or ["without a key"])
    raise InputRefused(
        f"{contract.name}: {bad} of {new} new rows ({bad / new:.2%}) break {', '.join(counted['rules'])}, more than "
        f"the {share:.2%} that settings accept; among them {ids} in {counted['path']}. Correct the rows and send them "
        f"again, or raise [ingest] {setting}. Nothing of this night was kept"
    )
