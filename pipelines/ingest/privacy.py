"""Identities and free text lose what is personal before the row is stored anywhere."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.text.redaction import redact_names, redact_texts
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings.running import PrivacySettings

HASHED_IDS: Mapping[str, Mapping[str, str]] = {
    "orders": {"customer_id": "true"},
    "chat_messages": {"sender_id": "coalesce(sender_role, '') not in ('agent', 'assistant')"},
}
"""Per source table the columns that identify a customer, and the SQL condition under which they do."""

FREE_TEXTS: Mapping[str, tuple[str, ...]] = {
    "returns": ("comment",),
    "chat_messages": ("text",),
    "overrides": ("reason",),
}
"""Per source table the columns in which people write."""

_FINGERPRINT = b"xuanpin customer key"
_HEX = 24


@dataclass(frozen=True)
class Guard:
    """What protects a batch: the names known so far and the key for customer ids (None: ids stay as they come)."""

    engine: Engine
    key: bytes | None

    def hash_ids(self, ids: pa.Array) -> pa.Array:
        """HMAC-SHA256 under the key, 24 hexadecimal digits an id; the ids themselves where no key is set."""
        if self.key is None:
            return ids
        key = self.key
        return pa.array(
            [hmac.digest(key, str(value).encode(), "sha256").hex()[:_HEX] for value in ids.to_pylist()],
            pa.string(),
        )

    def redact(self, texts: pa.Array) -> pa.Array:
        """Texts without phones, ids, addresses, accounts and the names in ops.known_names."""
        return redact_texts(texts, known_names(self.engine)) if len(texts) else texts


def check_key(engine: Engine, settings: PrivacySettings, environment: Mapping[str, str]) -> bytes | None:
    """Return the key for customer ids, or None where the environment has none.

    Raises UsageError when it is not the key, or the lack of one, that this home was begun with: the same customer
    would get two identities.
    """
    text = environment.get(settings.key_variable, "")
    key = text.encode() or None
    fingerprint = hmac.digest(key, _FINGERPRINT, hashlib.sha256).hex()[:_HEX] if key else "none"
    stored = engine.query("select key_fingerprint from ops.privacy").to_pylist()
    if not stored:
        engine.execute("insert into ops.privacy (key_fingerprint) values ($fingerprint)", fingerprint=fingerprint)
    elif stored[0]["key_fingerprint"] != fingerprint:
        began = "without a key" if stored[0]["key_fingerprint"] == "none" else "with another key"
        raise UsageError(
            f"the customer key in {settings.key_variable} is not the one this home was begun with: it was begun "
            f"{began} and now there is {'none' if key is None else 'one'}, so that the same customer would get two "
            f"identities; restore {settings.key_variable} as it was, or begin a new home and ingest from the start"
        )
    return key


def collect_names(engine: Engine, relation: str) -> None:
    """Add the customer names of a relation to ops.known_names, the only place where they are kept."""
    engine.execute(
        f"""
        insert into ops.known_names (name)
        select distinct trim(customer_name) as name
        from {relation}
        where trim(customer_name) <> '' and trim(customer_name) not in (select name from ops.known_names)
        """
    )


def known_names(engine: Engine) -> list[str]:
    """The names in ops.known_names in order."""
    return list(engine.query("select name from ops.known_names order by name").column("name").to_pylist())


def redact_stored(engine: Engine, names: Collection[str]) -> None:
    """Take names that have just become known out of the texts that were stored before, a day at a time.

    The hash and the date of a row stay: they say what came and when, so that no earlier run changes its id.
    """
    for table, columns in FREE_TEXTS.items() if names else ():
        for column in columns:
            days = engine.query(f'select distinct known_on from source.{table} where "{column}" is not null')
            for day in days["known_on"].to_pylist():
                _redact_day(engine, f"source.{table}", column, day, names)


def _redact_day(engine: Engine, table: str, column: str, day: date, names: Collection[str]) -> None:
    texts = engine.query(
        f'select distinct "{column}" as value from {table} where known_on = $day and "{column}" is not null', day=day
    )["value"].combine_chunks()
    safe = redact_names(texts, names)
    is_changed = pc.not_equal(texts, safe)
    if not pc.any(is_changed).as_py():
        return
    changed = pa.table({"value": texts.filter(is_changed), "safe": safe.filter(is_changed)})
    engine.store("night.safe_values", changed)
    engine.execute(
        f'''
        update {table} set "{column}" = s.safe
        from night.safe_values as s
        where {table}."{column}" = s.value and {table}.known_on = $day
        ''',
        day=day,
    )
    engine.execute("drop table night.safe_values")


def protect(guard: Guard, table: str, relation: str) -> str:
    """Return the SQL relation that reads `relation` with its identities hashed and its texts redacted."""
    replaced, joins = [], []
    columns: dict[str, tuple[str, Callable[[pa.Array], pa.Array]]] = dict.fromkeys(
        FREE_TEXTS.get(table, ()), ("true", guard.redact)
    )
    if guard.key is not None:
        columns |= {column: (when, guard.hash_ids) for column, when in HASHED_IDS.get(table, {}).items()}
    for column, (condition, function) in columns.items():
        safe = safe_values(guard.engine, function, relation, column)
        joins.append(f'left join {safe} on {safe}.value = {relation}."{column}"')
        replaced.append(f'case when {condition} then {safe}.safe else {relation}."{column}" end as "{column}"')
    if not replaced:
        return relation
    return f"(select {relation}.* replace ({', '.join(replaced)}) from {relation} {' '.join(joins)})"


def safe_values(engine: Engine, function: Callable[[pa.Array], pa.Array], relation: str, column: str) -> str:
    """Make a temporary table (value, safe) of a text column's distinct values and return its name.

    The raw values stay in temporary tables, which are never written to the warehouse file; only the safe ones pass
    through it.
    """
    safe = f"safe_{column}"
    engine.execute(
        f"""
        create or replace temp table numbered_values as
        select row_number() over () as value_no, value
        from (select distinct "{column}" as value from {relation} where "{column}" is not null)
        """
    )
    values = engine.query("select value_no, value from numbered_values order by value_no")
    raw = values.column("value").combine_chunks().cast(pa.string())
    replaced = function(raw)
    engine.store("night.safe_values", pa.table({"value_no": values.column("value_no"), "safe": replaced}))
    engine.execute(
        f"""
        create or replace temp table {safe} as
        select value, safe from numbered_values join night.safe_values using (value_no)
        """
    )
    engine.execute("drop table night.safe_values")
    engine.execute("drop table numbered_values")
    return safe
