"""Removes personal data from ids and free text before a row is stored anywhere."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.text.names import KnownNames, redact_names, sort_names
from xuanpin.models.text.redaction import redact_labels, redact_texts
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.statements import rows
from xuanpin.pipelines.ingest.statements.scratch import INCOMING
from xuanpin.pipelines.settings.running import PrivacySettings
from xuanpin.pipelines.typed.phrase import phrase

HASHED_IDS: Mapping[str, Mapping[str, str]] = {
    "orders": {"customer_id": "true"},
    "chat_messages": {"sender_id": "coalesce(sender_role, '') not in ('agent', 'assistant')"},
}
"""Per source table the columns that identify a customer, and the SQL condition under which they do."""

FREE_TEXTS: Mapping[str, tuple[str, ...]] = {
    "returns": ("comment",),
    "chat_messages": ("text",),
    "overrides": ("reason",),
    "match_answers": ("comment",),
}
"""Per source table the columns in which people write."""

LABELS: Mapping[str, tuple[str, ...]] = {
    "products": ("title", "brand", "style_tags", "series_tags"),
    "agents": ("style_tags", "series_tags"),
    "overrides": ("author", "approved_by"),
}
"""Per source table the columns that are shown as they come, less what can only be personal data in them."""

NAMES: Mapping[str, str] = {"orders": "new_names", "chat_messages": "new_sender_names"}
"""Per source table that tells names the statement that finds those which are new."""

PRIVACY = "ops.privacy"
KNOWN_NAMES = "ops.known_names"
"""Columns of ops.known_names: one row a customer's name, the only place where names are kept."""

TEXTS_TOGETHER = 500_000
"""Stored texts that are looked through at once for names that have just become known: some hundred MB."""
_SAFE = "temp.safe_values"
_FINGERPRINT = b"xuanpin customer key"
_HEX = 24


@dataclass(frozen=True)
class Guard:
    """What protects a batch: the names known so far and the key for customer ids (None: ids stay as they come).

    `_sorted` has these names as they were sorted last.
    """

    engine: Engine
    key: bytes | None
    _sorted: list[tuple[tuple[list[str], list[str]], KnownNames]] = field(
        default_factory=list, init=False, compare=False, repr=False
    )

    def names(self) -> KnownNames:
        """The names as `sorted_names` has them; they are sorted anew only where they or the words have changed."""
        told = known_names(self.engine), _catalogue_words(self.engine)
        if not self._sorted or self._sorted[0][0] != told:
            self._sorted[:] = [(told, sort_names(*told))]
        return self._sorted[0][1]

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
        return redact_texts(texts, self.names()) if len(texts) else texts

    def redact_rows(self, rows: pa.Array, ids: Collection[str]) -> pa.Array:
        """The `rows`, JSON objects, with values redacted as texts are, so that each is still an object.

        A long number stays in columns that hold `ids`, for these name the row.
        """
        read = [json.loads(row) for row in rows.to_pylist()]
        cells = [(name in ids, value) for row in read for name, value in row.items()]
        names = self.names()
        safe = {
            is_id: iter(redact_texts(pa.array(values, pa.string()), names, are_ids_kept=is_id).to_pylist())
            for is_id in (True, False)
            for values in [[value for of_id, value in cells if of_id == is_id]]
        }
        written = [{name: next(safe[name in ids]) for name in row} for row in read]
        return pa.array([json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in written], pa.string())


def redact_tags(values: pa.Array) -> pa.Array:
    """The `values`, labels or lists of them, without what can only be personal data."""
    if not pa.types.is_list(values.type):
        return redact_labels(values)
    return pa.ListArray.from_arrays(values.offsets, redact_labels(values.values), mask=values.is_null())


def check_key(engine: Engine, settings: PrivacySettings, environment: Mapping[str, str]) -> bytes | None:
    """Return the key for customer ids, or None where the environment has none.

    Raises UsageError when it is not the key, or the lack of one, that this home was begun with: the same customer
    would get two identities; and when there is none although settings require it.
    """
    text = environment.get(settings.key_variable, "")
    key = text.encode() or None
    if key is None and settings.key_required:
        raise UsageError(
            phrase(
                "[privacy] key_required is set and {variable} is empty: set it to the key of this home, so that no "
                "customer's name is stored",
                variable=settings.key_variable,
            )
        )
    fingerprint = hmac.digest(key, _FINGERPRINT, hashlib.sha256).hex()[:_HEX] if key else "none"
    stored = engine.read(PRIVACY).to_pylist()
    if not stored:
        engine.append(PRIVACY, pa.table({"key_fingerprint": [fingerprint]}))
    elif stored[0]["key_fingerprint"] != fingerprint:
        began = phrase("without a key") if stored[0]["key_fingerprint"] == "none" else phrase("with another key")
        raise UsageError(
            phrase(
                "the customer key in {variable} is not the one this home was begun with: it was begun "
                "{began} and now there is {key}, so that the same customer would get two identities; restore "
                "{variable} as it was, or begin a new home and ingest from the start",
                variable=settings.key_variable,
                began=began,
                key=phrase("none") if key is None else phrase("one"),
            )
        )
    return key


def collect_names(engine: Engine, table: str) -> None:
    """Add the names of customers, or of senders, in the incoming rows of `table` to ops.known_names."""
    engine.insert(NAMES[table], into=KNOWN_NAMES)


def known_names(engine: Engine) -> list[str]:
    """The names in ops.known_names in order."""
    return list(engine.read(KNOWN_NAMES, order_by=("name",)).column("name").to_pylist())


def sorted_names(engine: Engine) -> KnownNames:
    """The same names by how sure it is that a text means the person; words of the catalogue are words."""
    return sort_names(known_names(engine), _catalogue_words(engine))


def _catalogue_words(engine: Engine) -> list[str]:
    return list(engine.select("catalogue_words")["word"].to_pylist())


def redact_stored(engine: Engine, names: Collection[str]) -> None:
    """Take names that have just become known out of the texts that were stored before, some days at a time.

    The hash and the date of a row stay: they say what came and when, so that no earlier run changes its id.
    """
    added = sorted_names(engine).only(names).for_stored() if names else KnownNames()
    for table, columns in FREE_TEXTS.items() if names else ():
        for column in columns:
            sizes = engine.query(rows.text_days(f"source.{table}", column)).to_pylist()
            for first, last in _together(sizes):
                _redact_days(engine, f"source.{table}", column, (first, last), added)


def _together(sizes: Sequence[Mapping[str, Any]]) -> Iterator[tuple[date, date]]:
    """Yield the first and the last day of each run of days that are read together: to find names costs once a run."""
    days = list[date]()
    texts = 0
    for size in sizes:
        if days and texts + size["texts"] > TEXTS_TOGETHER:
            yield days[0], days[-1]
            days, texts = [], 0
        days.append(size["known_on"])
        texts += size["texts"]
    if days:
        yield days[0], days[-1]


def _redact_days(engine: Engine, table: str, column: str, days: tuple[date, date], names: KnownNames) -> None:
    found = engine.query(rows.texts_of_days(table, column), first=days[0], last=days[1]).combine_chunks()
    texts = found["value"].combine_chunks()
    safe = redact_names(texts, names)
    changed = pa.table({"day": found["known_on"], "old": texts, "new": safe}).filter(pc.not_equal(texts, safe))
    for day in pc.unique(changed["day"]).to_pylist():
        engine.store(_SAFE, changed.filter(pc.field("day") == day).select(["old", "new"]))
        engine.replace_values(table, column, values=_SAFE, known_on=day)
        engine.drop(_SAFE)


def protect(guard: Guard, table: str) -> str:
    """Return the SQL relation of the incoming rows of `table` with their identities hashed and their texts redacted."""
    columns: dict[str, tuple[str, Callable[[pa.Array], pa.Array]]] = dict.fromkeys(
        FREE_TEXTS.get(table, ()), ("true", guard.redact)
    )
    columns |= dict.fromkeys(LABELS.get(table, ()), ("true", redact_tags))
    if guard.key is not None:
        columns |= {column: (when, guard.hash_ids) for column, when in HASHED_IDS.get(table, {}).items()}
    for column, (_, function) in columns.items():
        safe_values(guard.engine, function, INCOMING, column)
    return rows.protected_rows(INCOMING, {column: when for column, (when, _) in columns.items()})


def safe_values(engine: Engine, function: Callable[[pa.Array], pa.Array], relation: str, column: str) -> None:
    """Make the temporary table safe_<column> (value, safe) of the distinct values of a text column of `relation`;
    `function` makes them safe.

    Temporary tables are never written to the warehouse file, so that raw values may stand there.
    """
    values = engine.query(rows.distinct_values(relation, column))["value"].combine_chunks()
    engine.store(rows.safe_table(column), pa.table({"value": values, "safe": function(values)}))
