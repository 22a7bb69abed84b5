"""Knows how shops call our columns and tables, so that a message can write the mapping for them.

A name is proposed and never used by itself: the same word means different things in two shops. The dictionary is the
one by which exports are recognised.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xuanpin.pipelines.connect.recognition.dictionary import (
    is_folder_of,
    other_kind,
    refused_kind,
    strengths,
    tables_naming,
)


def known_columns(table: str, wanted: Sequence[str], theirs: Iterable[str]) -> dict[str, str]:
    """Return for each of the headers `theirs` that is known the column of `wanted` which it means in a source `table`.

    Each column and each header is used once, the strongest pair first.
    """
    headers = list(dict.fromkeys(theirs))
    pairs = [
        (-strength, wanted.index(column), at)
        for at, header in enumerate(headers)
        for column, strength in strengths(table, header).items()
        if column in wanted
    ]
    found: dict[str, str] = {}
    for _, place, at in sorted(pairs):
        if headers[at] not in found and wanted[place] not in found.values():
            found[headers[at]] = wanted[place]
    return {header: column for column in wanted for header, ours in found.items() if ours == column}


def known_tables(wanted: Sequence[str], theirs: Iterable[str]) -> dict[str, str]:
    """Return for each of the folders `theirs` whose name is known the source table of `wanted` that it may hold."""
    left, pairs = list(theirs), dict[str, str]()
    for table in wanted:
        folder = next((name for name in left if is_folder_of(table, name)), None)
        if folder is not None:
            pairs[folder] = table
            left.remove(folder)
    return pairs


def is_known_header(name: str) -> bool:
    """Tell whether `name` is a header of which it is known what it means to a shop, or one of our own."""
    return bool(tables_naming(name)) or other_kind(name) is not None or refused_kind(name) is not None
