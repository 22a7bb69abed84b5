"""Knows the usual Chinese and English words for values of our enumerations, so that settings can be written for them.

The words are in `known_words.csv`, by table and column. A night reads by what settings say: the same word means
different things in two shops, so that a meaning is proposed and somebody confirms it, or settings name the columns
whose other words may be read as they are usually meant (`usual_words`).
"""

from __future__ import annotations

import csv
import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from xuanpin.pipelines.contracts import load_contract

_SIMILAR = 0.75
"""Share of letters in common from which two words may be spellings of one."""
_ENDS = ("关闭", "结束", "终止", "closed", "ended")
"""Parts of words that say that a matter is over, and not what came of it."""
_DENIALS = ("未", "没", "不", "非", "待", "无", "un", "not", "non", "in")
"""Words before another one that turn its meaning round."""


def known_word(table: str, column: str, word: str) -> str | None:
    """Return the value of a source `table`'s enumeration `column` that a shop's `word` usually means, or None."""
    return _known(table, column).get(_plain(word))


def known_words(table: str, column: str, words: Iterable[str]) -> dict[str, str]:
    """Return for each of the `words` of a source `table`'s `column` that is known the value of ours that it means."""
    return {word: ours for word in words if (ours := known_word(table, column, word)) is not None}


def usual_words(table: str, column: str) -> dict[str, str]:
    """Return the words of the dictionary for a source `table`'s `column`, as they are written, each with our value.

    Words that end a matter without saying how are left out: 已关闭 is cancelled in one shop and delivered in another.
    """
    rows = [row for row in _rows() if (row["table"], row["column"]) == (table, column)]
    words = {word: row["ours"] for row in rows for word in row["theirs"].split("|")}
    return {word: ours for word, ours in words.items() if not any(end in word.casefold() for end in _ENDS)}


def nearest_word(table: str, column: str, word: str) -> str | None:
    """Return the known word of a source `table`'s `column` that a shop's `word` spells otherwise or holds, or None."""
    plain = _plain(word)
    if not plain:
        return None
    known = [theirs for theirs in _known(table, column) if not _denies(plain, theirs) and not _denies(theirs, plain)]
    held = [theirs for theirs in known if len(theirs) > 1 and theirs in plain]
    close = difflib.get_close_matches(plain, known, n=1, cutoff=_SIMILAR)
    return max(held, key=len, default=None) or next(iter(close), None)


def _denies(longer: str, shorter: str) -> bool:
    """Tell whether a word is another one with a denial before it, as 未完成 is of 完成."""
    before, found, _ = longer.partition(shorter)
    return bool(found) and before.endswith(_DENIALS)


def _plain(word: str) -> str:
    """Return a word in one width and case, without blanks, marks, and what stands in brackets at its end."""
    narrow = unicodedata.normalize("NFKC", word).casefold()
    told = narrow.partition("(")[0].strip() or narrow
    return "".join(letter for letter in told if letter.isalnum())


@cache
def _known(table: str, column: str) -> Mapping[str, str]:
    """Return our value for each word of a column: its own words, what the contract calls them, and the dictionary's."""
    described = load_contract(table).column(column)
    found = {_plain(value): value for value in described.allowed}
    found |= {_plain(label): value for value, label in zip(described.allowed, described.labels_zh, strict=False)}
    return MappingProxyType(found | _listed().get((table, column), {}))


@cache
def _listed() -> Mapping[tuple[str, str], dict[str, str]]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in _rows():
        words = dict.fromkeys(map(_plain, row["theirs"].split("|")), row["ours"])
        found.setdefault((row["table"], row["column"]), {}).update(words)
    return found


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = files("xuanpin.pipelines.ingest").joinpath("known_words.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
