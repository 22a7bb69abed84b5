"""Looks headers up: as which column of a table they are known, as none of ours, or as what no decision may read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from xuanpin.pipelines.connect.recognition.files import rows_of
from xuanpin.pipelines.connect.recognition.names import meaning, readings
from xuanpin.pipelines.contracts import load_contract, source_contracts
from xuanpin.pipelines.typed.bilingual import Bilingual

OWN, CERTAIN, ALIKE, POSSIBLE, SELDOM = 1.1, 1.0, 0.9, 0.6, 0.42
"""Strength of a header: the contract's own name; a header that means one column; one of the same meaning in other
words; one that may mean the column; one that means it only where nothing better does, as the time of payment that of
the order. Only their order and the gaps between them count; they were set by hand and are measured by
`benchmarks.bench_recognition`."""
REFERRING = ("sku_id", "agent_id", "group_id", "order_id", "supplier_id")
"""Ids that several tables have: a header that is certain for one in another table may mean it here."""
SURE_HEADER = ALIKE - 0.05
"""From this strength on a header names its column without the help of values."""
_LATER = 0.001
"""What each place further down the list of possible headers takes away: the best stands first."""
_SHORTENED = 0.12
"""What leaving out unknown words in brackets takes away: 实付金额(含运费) is not quite 实付金额."""

_INCLUDED = re.compile(r"[(（【\[]\s*(?:incl|excl|含|不含|包含)[^)）】\]]*[)）】\]]", re.IGNORECASE)
"""What an amount contains is not what it is: a price that includes a fee is a price."""
_REFUSED, _CONTRACTS = "refused_headers.csv", "xuanpin.data_contracts"


@dataclass(frozen=True)
class Known:
    """The headers of one table: reading → column → strength, by the letter (`written`) and by the meaning (`meant`)."""

    written: Mapping[str, Mapping[str, float]]
    meant: Mapping[str, Mapping[str, float]]


@cache
def strengths(table: str, header: str) -> Mapping[str, float]:
    """Return how strongly a header names each column of a source table; columns that it does not name are left out."""
    known, found = _known(table), dict[str, float]()
    for at, reading in enumerate(readings(header)):
        by_letter = known.written.get(reading, {})
        by_meaning = known.meant.get(meaning(reading), {})
        for column in (*by_letter, *by_meaning):
            strength = max(by_letter.get(column, 0.0), by_meaning.get(column, 0.0)) - at * _SHORTENED
            found[column] = max(found.get(column, 0.0), strength)
    return found


@cache
def tables_naming(header: str) -> frozenset[str]:
    """Return the source tables in which a header is known for a column."""
    return frozenset(contract.name for contract in source_contracts() if strengths(contract.name, header))


@cache
def other_kind(header: str) -> str | None:
    """Return the kind of a header that is known to mean none of our columns, such as `logistics`; else None."""
    return _kind_of(header, "other_headers.csv", rows_of("other_headers.csv"))


@cache
def refused_kind(header: str) -> str | None:
    """Return the kind of a header that no decision may read, one of `refused_headers.csv`; else None."""
    return _kind_of(_INCLUDED.sub("", header), _REFUSED, rows_of(_REFUSED, _CONTRACTS))


def refused_as(kind: str) -> Bilingual:
    """Return what headers of a refused `kind` hold, in words."""
    row = next(row for row in rows_of(_REFUSED, _CONTRACTS) if row["kind"] == kind)
    return Bilingual(row["english"], row["chinese"])


def known_readings(table: str) -> Mapping[str, Mapping[str, float]]:
    """Return how strongly each known reading of a header names the columns of a `table`."""
    return _known(table).written


def is_folder_of(table: str, name: str) -> bool:
    """Tell whether a folder or sheet of this `name` is known to hold a source table."""
    return not _table_words(table).isdisjoint(readings(name))


def _kind_of(header: str, name: str, rows: Iterable[Mapping[str, str]]) -> str | None:
    exact, looks = _exact(name), readings(header)
    for reading in looks[:1]:
        kind = exact.get(reading) or exact.get(meaning(reading))
        if kind is not None:
            return kind
    for row in rows:
        if any(_contains(row, reading) for reading in looks[:1]):
            return row["kind"]
    return exact.get(looks[-1]) if looks else None


def _contains(row: Mapping[str, str], reading: str) -> bool:
    return _any_in(row["contains"], reading) and not _any_in(row["unless"], reading)


def _any_in(parts: str, reading: str) -> bool:
    """Tell whether one of the `parts`, as words where it is English, stands in the reading."""
    padded = f" {reading} "
    return any((f" {part} " in padded) if part.isascii() else (part in reading) for part in _listed(parts))


@cache
def _listed(parts: str) -> tuple[str, ...]:
    return tuple(part for part in parts.split("|") if part)


@cache
def _exact(name: str) -> Mapping[str, str]:
    rows = rows_of(name, _CONTRACTS) if name == _REFUSED else rows_of(name)
    pairs = [
        (reading, row["kind"]) for row in rows for word in row["headers"].split("|") for reading in readings(word)[:1]
    ]
    return {meaning(reading): kind for reading, kind in reversed(pairs)} | dict(reversed(pairs))


@cache
def _known(table: str) -> Known:
    written: dict[str, dict[str, float]] = {}
    meant: dict[str, dict[str, float]] = {}
    for header, column, strength in _entries(table):
        reading = readings(header)[0]
        _raise(written.setdefault(reading, {}), column, strength)
        alike = strength if strength > CERTAIN else strength - (CERTAIN - ALIKE)
        _raise(meant.setdefault(meaning(reading), {}), column, min(alike, ALIKE))
    return Known(written, meant)


def _raise(strengths: dict[str, float], column: str, strength: float) -> None:
    strengths[column] = max(strengths.get(column, 0.0), strength)


def _entries(table: str) -> Iterable[tuple[str, str, float]]:
    """Yield header, column and strength of all that is known of a table, whose contract has the column.

    A table that no other program exports (overrides, answers) is known by its own headers, also in Chinese.
    """
    contract = load_contract(table)
    is_ours = all(row["table"] != table for row in rows_of("known_headers.csv"))
    for column in contract.columns:
        yield column.name, column.name, OWN
        if is_ours:
            yield column.title_zh, column.name, CERTAIN
    for row in rows_of("known_headers.csv"):
        if row["table"] == table and row["column"] in contract.column_names:
            for at, header in enumerate(_listed(row["certain"])):
                yield header, row["column"], CERTAIN - at * _LATER / 10
            for at, header in enumerate(_listed(row["possible"])):
                yield header, row["column"], POSSIBLE - at * _LATER
            for at, header in enumerate(_listed(row["seldom"])):
                yield header, row["column"], SELDOM - at * _LATER
        elif row["column"] in REFERRING and row["column"] in contract.column_names:
            for header in _listed(row["certain"]):
                yield header, row["column"], SELDOM


@cache
def _table_words(table: str) -> frozenset[str]:
    words = [word for row in rows_of("known_tables.csv") if row["table"] == table for word in _listed(row["words"])]
    return frozenset(readings(word)[0] for word in words)
