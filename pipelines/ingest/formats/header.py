"""Finds the header of a table: the first line that has the wanted columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise

from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.formats.chats.messages import Rules
from xuanpin.pipelines.ingest.formats.records import BLANKS, Record, is_blank
from xuanpin.pipelines.ingest.statements.drops import FAULT, ROW
from xuanpin.pipelines.typed.phrase import joined, phrase

SEARCHED = 20
"""Lines among which the header is looked for."""
_FEWEST_IN_GROUPS = 2
"""Wanted names that the second line of a header has; a row of data may hold one by chance."""
DELIMITERS = ",\t;|"
_BROKEN = re.compile("[\0\ud800-\udfff]")
_SEPARATOR = re.compile(r'"?sep=(.)"?')
"""The line by which spreadsheet programs learn the delimiter."""


@dataclass(frozen=True)
class Wanted:
    """What is known of a table's headers before a drop is opened, in lower case.

    `required`: for each required column the headers that it may have; empty where a view reads the drop. `known`: all
    headers that are read. `key`: headers of the key. `may_have_title`: whether lines of text may precede the header;
    `may_be_document`: whether one JSON document may hold all rows. Both are allowed by settings. `sheet`: the name of
    the sheet, or its pattern, where settings say it. `fill_down`: headers whose empty cells repeat the value above.
    `chats`: how archives of chats are read, None where the table has none.
    """

    table: str
    required: tuple[frozenset[str], ...] = ()
    known: frozenset[str] = frozenset()
    key: frozenset[str] = frozenset()
    may_have_title: bool = False
    may_be_document: bool = False
    sheet: str | None = None
    fill_down: tuple[str, ...] = ()
    chats: Rules | None = None

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset[str]().union(*self.required)

    def knows(self, name: str) -> bool:
        """Tell whether a single `name` is that of a required column."""
        return name.lower() in self._required

    def found(self, names: Iterable[str]) -> int:
        """Count the required columns that are among the headers `names`."""
        present = self._required.intersection(map(str.lower, names))
        # Most lines are rows of data, which have none.
        return sum(not alternatives.isdisjoint(present) for alternatives in self.required) if present else 0


@dataclass(frozen=True)
class Header:
    """The distinct `names` of a table's columns, their `line`, the lines of text `above`, and the `delimiter`."""

    names: tuple[str, ...]
    line: int
    above: int = 0
    delimiter: str = ""

    @property
    def width(self) -> int:
        """How many columns the table has."""
        return len(self.names)


def separator(text: str) -> str | None:
    """Return the delimiter that a line of `text` such as `sep=;` names, or None."""
    match = _SEPARATOR.fullmatch(text.strip(BLANKS))
    return match[1] if match else None


def find_header(drop: Drop, wanted: Wanted, rows: Iterable[Record], delimiter: str = "") -> Header | None:
    """Return the first of the rows that has most of the required columns, or None where all are blank.

    Blank rows and a `sep=` line above it do not count; `delimiter` is kept in the header. Raises InputRefused for a
    column that is there twice.
    """
    filled = [row for row in islice(rows, SEARCHED) if not row.fault and not is_blank(row.fields)]
    # The delimiter that such a line names parts it too.
    filled = [row for row in filled if not separator(delimiter.join(field or "" for field in row.fields))]
    if not filled:
        return None
    named = [cleaned(row.fields) for row in filled]
    scores = [wanted.found(names) for names in named]
    place = scores.index(max(scores))
    found, last = named[place], filled[place].line
    if (double := _of_two_lines(wanted, named, max(scores))) is not None:
        place, found = double
        last = filled[place + 1].line
    return Header(unique_names(drop, wanted, found), last, above=place, delimiter=delimiter)


def _of_two_lines(wanted: Wanted, named: Sequence[list[str]], most: int) -> tuple[int, list[str]] | None:
    """Return where a header of two lines begins, with its names, if it has more wanted columns than `most`, one line's.

    The second line names the columns of a group that the first names together, and is empty below the others.
    """
    for place, (upper, lower) in enumerate(pairwise(named)):
        lower = [*lower, *[""] * (len(upper) - len(lower))]
        if len(lower) == len(upper) and _names_groups(wanted, upper, lower):
            names = [below or above for above, below in zip(upper, lower, strict=True)]
            if all(names) and wanted.found(names) > most:
                return place, names
    return None


def _names_groups(wanted: Wanted, upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Tell whether a second line has wanted names where the first has none; a row of data has not."""
    below = [above for above, name in zip(upper, lower, strict=True) if name]
    is_known = sum(map(wanted.knows, filter(None, lower)))
    return is_known >= _FEWEST_IN_GROUPS and not any(map(wanted.knows, filter(None, below)))


def refuse_title(drop: Drop, wanted: Wanted, header: Header) -> None:
    """Raise InputRefused where text precedes the header and settings do not accept it."""
    if header.above and not wanted.may_have_title:
        lines = phrase("a line" if header.above == 1 else "{count} lines", count=header.above)
        raise refused(
            drop,
            phrase("has {lines} of text above its header, which is line {line}", lines=lines, line=header.line),
            phrase(
                'send it without it, or accept such files: [sources.tables.{table}] accepts = ["title_lines"]',
                table=wanted.table,
            ),
        )


def unique_names(drop: Drop, wanted: Wanted, names: Sequence[str]) -> tuple[str, ...]:
    """Return the headers `names`, distinct in any case: an unread header that is there again gets a number.

    Raises InputRefused where a column that is read is there more than once.
    """
    times = Counter(name.lower() for name in names)
    if read := sorted(name for name in names if times[name.lower()] > 1 and name.lower() in wanted.known):
        raise refused(
            drop,
            phrase("has the column {columns} more than once", columns=joined(dict.fromkeys(read))),
            phrase("send each column once"),
        )
    return tuple(_numbered(list(names)))


def _numbered(names: list[str]) -> Iterable[str]:
    taken = {"drop_file", ROW, FAULT}
    for place, name in enumerate(names, start=1):
        name = name or f"column_{place}"
        while name.lower() in taken:
            name = f"{name}_{place}"
        taken.add(name.lower())
        yield name


def cleaned(fields: Sequence[str | None]) -> list[str]:
    """Return the `fields` of a header, or the names of an object, without broken characters and blanks around them."""
    return [_BROKEN.sub("\ufffd", field or "").strip(BLANKS) for field in fields]
