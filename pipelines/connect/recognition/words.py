"""Translates the words of an enumeration: known ones, those that are nearly spelt so, and those that nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xuanpin.pipelines.connect.recognition.values import Profile
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.ingest.known_words import known_word, nearest_value


@dataclass(frozen=True)
class Words:
    """The words of a column: `known` and `near` ones with the contract's value, `unknown` ones with their count."""

    known: Mapping[str, str]
    near: Mapping[str, str]
    unknown: Mapping[str, int]


NO_WORDS = Words({}, {}, {})


def words_of(profile: Profile, table: str, column: Column) -> Words:
    """Translate the words of a sampled column that is taken for `column`; a column of anything else has none."""
    if not column.allowed or not profile.is_enumeration:
        return NO_WORDS
    translated = {word: known_word(table, column.name, word) for word in profile.written}
    known = {word: value for word, value in translated.items() if value is not None and value != word}
    unknown = {word: count for word, count in profile.written.items() if translated[word] is None}
    nearest = {word: nearest_value(table, column.name, word) for word in unknown}
    return Words(known, {word: value for word, value in nearest.items() if value is not None}, unknown)
