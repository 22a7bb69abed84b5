"""Translates the words of an enumeration: known ones, those that are nearly spelt so, and those that nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xuanpin.pipelines.connect.recognition.values import Profile
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.ingest.known_words import known_word, nearest_word


@dataclass(frozen=True)
class Words:
    """The words of a column: `known` and `near` ones with the contract's value, `unknown` ones with their count."""

    known: Mapping[str, str]
    near: Mapping[str, str]
    unknown: Mapping[str, int]


NO_WORDS = Words({}, {}, {})


def words_of(profile: Profile, table: str, column: Column) -> Words:
    """Translate the words of a sampled column that is taken for `column` of `table`; one of anything else has none."""
    if not column.allowed or not profile.is_enumeration:
        return NO_WORDS
    translated = {word: known_word(table, column.name, word) for word in profile.written}
    known = {word: value for word, value in translated.items() if value is not None and value != word}
    unknown = {word: count for word, count in profile.written.items() if translated[word] is None}
    spelt = {word: nearest_word(table, column.name, word) for word in unknown}
    near = {word: known_word(table, column.name, like) for word, like in spelt.items() if like is not None}
    return Words(known, {word: value for word, value in near.items() if value is not None}, unknown)
