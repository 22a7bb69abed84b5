"""Quarantines the rows that break a contract rule, and stops the night if they are too many."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from typing import Any

import pyarrow as pa

from xuanpin.models.text.names import KnownNames
from xuanpin.pipelines.contracts import Contract, statements
from xuanpin.pipelines.contracts.set_aside import older_in_force
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.casts import typed_columns
from xuanpin.pipelines.ingest.faults import Fault, describe, find_faults
from xuanpin.pipelines.ingest.formats.records import ROW_FAULTS
from xuanpin.pipelines.ingest.notes import Notes, nothing_kept
from xuanpin.pipelines.ingest.plausible import Plausible
from xuanpin.pipelines.ingest.privacy import Guard, known_names, safe_values
from xuanpin.pipelines.ingest.statements import rows
from xuanpin.pipelines.ingest.statements.ids import damage_rule
from xuanpin.pipelines.ingest.statements.plausible import is_time
from xuanpin.pipelines.ingest.statements.scratch import CLEAN_COUNTS, REJECTED
from xuanpin.pipelines.ingest.vectors import vector_rules
from xuanpin.pipelines.settings.running import IngestSettings
from xuanpin.pipelines.typed.phrase import Phrase, joined, listed, phrase

log = logging.getLogger("xuanpin.ingest")

NO_CLEAN = pa.schema([("drop_path", pa.string()), ("rows", pa.int64())]).empty_table()
"""All rows stand in temp.checked."""
_TOLD = 5
"""Rules that a message describes in full; it is read on a terminal."""


def check_rows(engine: Engine, contract: Contract, relation: str, times: Plausible) -> int:
    """Write temp.checked and return its row count: `relation` with `rules`, the names of the rules that a row breaks.

    `times` are the bounds of plausible times.
    """
    count_clean(engine)
    return engine.execute(rows.checked_rows(contract, relation), now=times.now, earliest=times.earliest_day)


def count_clean(engine: Engine, counts: pa.Table = NO_CLEAN) -> None:
    """Write temp.clean_counts: how many clean rows each drop has beside those in temp.checked (`counts`)."""
    engine.store(CLEAN_COUNTS, counts, NO_CLEAN.schema)


def own_shares(contract: Contract, settings: IngestSettings) -> dict[str, float]:
    """Return the rules of a table with a share of their own in `rule_shares`; raises UsageError for an unknown one."""
    return {rule: share for name, share in settings.rule_shares.items() if (rule := _rule_name(contract, name))}


def has_broken(engine: Engine) -> bool:
    """Tell whether any of the checked rows breaks a rule."""
    return bool(engine.query(rows.broken_row()).num_rows)


def set_aside(guard: Guard, contract: Contract, drop_seq: int, settings: IngestSettings, notes: Notes) -> int:
    """Put the checked rows that break rules into ops.quarantine as redacted JSON, once each, as the batch `drop_seq`.

    Returns how many broke, with those that were set aside before: they leave temp.checked and count into no share, for
    a database sends rows without a stamp every night, among few others; the notes say how many. Raises InputRefused
    where more of the others break rules than settings accept, and UsageError for an unknown rule there.
    """
    engine, own = guard.engine, own_shares(contract, settings)
    if not has_broken(engine):
        return 0
    may_be_known = bool(engine.select("held_rejects", table_name=contract.name).num_rows)
    if not may_be_known:
        # Before they are redacted: a refused batch may have millions.
        _check_shares(engine, contract, own, settings.bad_share)
    with _rejected(guard, contract) as rejected:
        known = _leave_known(engine, contract, notes) if may_be_known else 0
        if may_be_known:
            _check_shares(engine, contract, own, settings.bad_share)
        if rejected > known:
            _report(engine, contract)
            engine.insert("rejected_rows", into="ops.quarantine", table_name=contract.name, drop_seq=drop_seq)
    return rejected


def _check_shares(engine: Engine, contract: Contract, own: Mapping[str, float], bad_share: float) -> None:
    """A rule of `own` is compared with the share there, all others together with `bad_share`."""
    for rule, share in own.items():
        _check_share(engine, contract, [rule], share, f'rule_shares."{contract.name}.{rule}"')
    others = [rule for rule in all_rules(contract) if rule not in own]
    _check_share(engine, contract, others, bad_share, "bad_share")


def _leave_known(engine: Engine, contract: Contract, notes: Notes) -> int:
    """Take the rows that were set aside before out of temp.checked and temp.rejected; return how many."""
    known = engine.run("known_rejects", table_name=contract.name)
    if not known:
        return 0
    engine.run("settled_rejects")
    told = phrase("{rows:,} rows that an earlier night set aside came again and will stay so", rows=known)
    notes.warn(
        "set_aside_before", phrase("{told}; correct what is in ops.quarantine where the file is made", told=told)
    )
    return known


@contextmanager
def _rejected(guard: Guard, contract: Contract) -> Iterator[int]:
    """Make temp.rejected and the redacted text of its rows, temp.safe_row; yield how many there are."""
    engine = guard.engine
    rejected = engine.execute(rows.rejected_rows(contract))
    ids = frozenset(column.name for column in contract.columns if column.is_id)
    safe_values(engine, partial(guard.redact_rows, ids=ids), REJECTED, "row")
    yield rejected
    engine.drop(REJECTED, "temp.safe_row")


def note_superseded(engine: Engine, contract: Contract, today: date, notes: Notes) -> None:
    """Note how many keys of a source table have an older version in force than one that was rejected lately.

    Stamps up to `today` count; the notes name three keys.
    """
    since = today - timedelta(days=statements.QUARANTINED_DAYS)
    keys = older_in_force(engine, contract, since=since, as_of=today)
    if keys:
        told = phrase(
            "{versions:,} newest versions set aside, so that an older one is in force: {keys}",
            versions=len(keys),
            keys=listed(keys),
        )
        notes.warn(
            "newer_version_set_aside",
            phrase("{told}; correct the rows where the file is made and send them again", told=told),
        )


def all_rules(contract: Contract) -> tuple[str, ...]:
    """Names of all rules that quarantine a row of this table."""
    typed = typed_columns(contract)
    types = tuple(f"{column.name}_type" for column in typed)
    times = tuple(f"{column.name}_implausible" for column in typed if is_time(column))
    damages = tuple(damage_rule(column.name) for column in contract.columns if column.is_id)
    declared = tuple(rule.name for rule in contract.critical_rules)
    return types + times + damages + vector_rules(contract) + declared + tuple(ROW_FAULTS)


def _rule_name(contract: Contract, name: str) -> str | None:
    table, _, rule = name.partition(".")
    if table != contract.name:
        return None
    known = all_rules(contract)
    if rule not in known:
        nearest = difflib.get_close_matches(rule, known, n=1, cutoff=0.0)[0]
        raise UsageError(
            phrase(
                "[ingest] rule_shares: {table} has no rule {rule}; the nearest is {table}.{nearest}",
                table=table,
                rule=rule,
                nearest=nearest,
            )
        )
    return rule


def _check_share(engine: Engine, contract: Contract, rules: Sequence[str], share: float, setting: str) -> None:
    found = _count_broken(engine, rules)
    new, bad = found["new_rows"], found["bad_rows"]
    if bad <= share * new:
        return
    ids = joined(found["ids"] or [phrase("without a key")])
    faults = find_faults(engine, contract, found["rules"])
    cure = phrase("Correct them where the file is made, or map them in the settings, and send it again")
    if not any(fault.is_systematic for fault in faults):
        cure = phrase("Correct the rows and send them again, or raise [ingest] {setting}", setting=setting)
    raise nothing_kept(
        phrase(
            "{table}: {bad} of {new} new rows ({bad_share:.2%}) break {rules}, more than the {share:.2%} that "
            "[ingest] {setting} accepts; among them {ids} in {path}. {described}. {cure}",
            table=contract.name,
            bad=bad,
            new=new,
            bad_share=bad / new,
            rules=joined(found["rules"]),
            share=share,
            setting=setting,
            ids=ids,
            path=found["path"],
            described=_described(engine, contract, faults),
            cure=cure,
        )
    )


def _count_broken(engine: Engine, rules: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = engine.select("broken_shares", rules=list(rules)).to_pylist()[0]
    return found


def _described(engine: Engine, contract: Contract, faults: Sequence[Fault]) -> Phrase:
    known = KnownNames(full=frozenset(known_names(engine)))
    told = [describe(engine, contract, fault, known) for fault in faults[:_TOLD]]
    more = len(faults) - _TOLD
    return joined([*told, *([phrase("{more} more rules are broken", more=more)] if more > 0 else [])], "; ")


def _report(engine: Engine, contract: Contract) -> None:
    """Log which rows were set aside and why."""
    found = _count_broken(engine, all_rules(contract))
    faults = find_faults(engine, contract, found["rules"])
    log.warning(
        "%s: %d of %d new rows are set aside: %s",
        contract.name,
        found["bad_rows"],
        found["new_rows"],
        _described(engine, contract, faults),
    )
