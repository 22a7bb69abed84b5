"""Writes the setting that translates words which are no value of an enumeration, ready to be put into the settings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from xuanpin.models.text.names import KnownNames
from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.known_words import known_word, nearest_word
from xuanpin.pipelines.ingest.privacy import known_names
from xuanpin.pipelines.ingest.shown_values import shown_values
from xuanpin.pipelines.ingest.statements.faults import untranslated_words
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

_SHOWN = 20
"""Words that a message writes; more of them are no words of a status."""
_OPEN = "…"
"""What stands for a meaning that somebody must say; it is refused as it is."""


def word_mapping(engine: Engine, contract: Contract, column: Column) -> Phrase:
    """Say how often each word that breaks the enumeration `column` was found, and which setting translates all.

    A word of the dictionary is translated, one that is only like another one is told as such, and the meaning of any
    other is left open. Reads temp.checked.
    """
    found = engine.query(untranslated_words(column)).to_pylist()
    known = KnownNames(full=frozenset(known_names(engine)))
    words = [row for row in found if shown_values(contract, column, [row["word"]], known) == f"'{row['word']}'"]
    if not words:
        return phrase(
            'say what yours means: [sources.tables.{table}.values] {column} = {{ "{word}" = "{guess}" }}',
            table=contract.name,
            column=column.name,
            word=phrase("your word"),
            guess=column.allowed[0],
        )
    return phrase(
        "say what yours mean ({words}{more}): [sources.tables.{table}.values] {column} = {{ {pairs} }}",
        words=joined((_told(contract.name, column.name, row) for row in words[:_SHOWN]), "; "),
        more=_more(len(found) - len(words[:_SHOWN])),
        table=contract.name,
        column=column.name,
        pairs=_pairs(contract.name, column.name, [row["word"] for row in words[:_SHOWN]]),
    )


def _told(table: str, column: str, row: dict[str, Any]) -> Phrase:
    rows = phrase("'{word}' in {rows:,} rows", word=row["word"], rows=row["rows"])
    if known_word(table, column, row["word"]):
        return rows
    nearest = nearest_word(table, column, row["word"])
    if nearest is None:
        return phrase("{rows}, an unknown word", rows=rows)
    return phrase("{rows}, not sure: the nearest known word is {nearest}", rows=rows, nearest=nearest)


def _more(count: int) -> Phrase:
    return phrase("; and {words:,} more words", words=count) if count else NOTHING


def _pairs(table: str, column: str, words: Sequence[str]) -> str:
    """Write the words with what each usually means, or leave it open."""
    pairs = {word: _meaning(table, column, word) for word in words}
    return ", ".join(f'{json.dumps(word, ensure_ascii=False)} = "{meaning}"' for word, meaning in pairs.items())


def _meaning(table: str, column: str, word: str) -> str:
    known = known_word(table, column, word)
    if known is None and (nearest := nearest_word(table, column, word)) is not None:
        known = known_word(table, column, nearest)
    return known or _OPEN
