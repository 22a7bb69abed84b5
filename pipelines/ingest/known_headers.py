"""Knows how Chinese shops call our columns and tables, so that a message can write the mapping for them.

A name is proposed and never used by itself: the same word means different things in two shops.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files


def known_header(ours: str, theirs: Iterable[str]) -> str | None:
    """Return the first of `theirs`, names of a shop's columns or folders, that is known to mean `ours`, else None."""
    return next((name for name in theirs if _plain(name) in _known().get(ours, frozenset())), None)


def known_pairs(wanted: Sequence[str], theirs: Iterable[str]) -> dict[str, str]:
    """Return for each name of `theirs` that is known the one of `wanted` which it means, each used once."""
    left, pairs = list(theirs), {}
    for ours in wanted:
        found = known_header(ours, left)
        if found is not None:
            pairs[found] = ours
            left.remove(found)
    return pairs


def is_known_header(name: str) -> bool:
    """Tell whether `name` is a header of which it is known what it means to a shop, or one of our own."""
    return _plain(name) in _all_known()


def _plain(name: str) -> str:
    """Return a name without blanks, its letters and brackets of one width and case."""
    return "".join(unicodedata.normalize("NFKC", name).split()).upper().partition("(")[0]


@cache
def _known() -> dict[str, frozenset[str]]:
    text = files("xuanpin.pipelines.ingest").joinpath("known_headers.csv").read_text(encoding="utf-8")
    return {row["ours"]: frozenset(map(_plain, row["theirs"].split("|"))) for row in csv.DictReader(text.splitlines())}


@cache
def _all_known() -> frozenset[str]:
    return frozenset(map(_plain, _known())).union(*_known().values())
