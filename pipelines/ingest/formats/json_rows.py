"""Reads JSON row by row: lines of which some do not parse, and documents that hold their rows in a list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.formats.header import Wanted
from xuanpin.pipelines.ingest.formats.lines import ends_with_line, read_lines
from xuanpin.pipelines.ingest.formats.packing import RESEND
from xuanpin.pipelines.ingest.formats.records import BLANKS, LINE_LIMIT, Fault, Record, without_broken
from xuanpin.pipelines.typed.phrase import phrase

Row = tuple[int, dict[str, Any] | Fault]
"""The line, or the place in a list, of a row and its values, or what is wrong with it."""

MOST_COLUMNS = 2_000
"""Names that the rows of one file may have together."""
_LOOK = 1 << 16
_STARTS = re.compile(r'[\s\ufeff]*(?:\{\s*["}]|\{\s*$|\[\s*[\[{"\]]|\[\s*$)')
_LIST_WITHIN = re.compile(r'[\s\ufeff]*\{(?:[^\[]|\[\s*[^\s{])*?"[^"]*"\s*:\s*(?=\[\s*\{)', re.DOTALL)
"""The part of a document before its first list of objects."""
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_DECODER = json.JSONDecoder()
_GAP = re.compile(r"[\s,\ufeff]*")
_LOOKED_AT = 20
"""Lines among which one object is looked for."""


def is_json(start: str) -> bool:
    """Tell whether the `start` of a text is that of JSON objects or of a list of them."""
    return _STARTS.match(start) is not None


def json_rows(drop: Drop, file: Path, wanted: Wanted) -> Iterator[Row]:
    """Yield the rows of a UTF-8 file of JSON: one object a line, or the objects of its list.

    Raises InputRefused for a document, where settings do not accept them, and for one that does not parse.
    """
    if has_lines(file, wanted):
        yield from _line_rows(drop, file)
        return
    if not wanted.may_be_document:
        raise refused(
            drop,
            phrase("is one JSON document (its rows are in a list, or extend over several lines)"),
            phrase(
                "send one object a line (JSON lines), or accept such files: [sources.tables.{table}] accepts = "
                '["json_documents"]',
                table=wanted.table,
            ),
        )
    yield from _document_rows(drop, file)


def json_columns(drop: Drop, rows: Iterable[Row]) -> list[str]:
    """Return the names that the rows have, in the order in which they first appear.

    Raises InputRefused where they are too many for a table.
    """
    names: dict[str, None] = {}
    for _, row in rows:
        if isinstance(row, dict):
            names.update(dict.fromkeys(row))
        if len(names) > MOST_COLUMNS:
            raise refused(
                drop,
                phrase("has more than {most_columns} names in its objects", most_columns=MOST_COLUMNS),
                phrase("send one object a row"),
            )
    return list(names)


def json_records(rows: Iterable[Row], names: list[str]) -> Iterator[Record]:
    """Yield rows as records of text, with the fields `names`; a row without any value is left out."""
    for line, row in rows:
        if not isinstance(row, dict):
            yield Record(line, [], row)
            continue
        fields = [_as_text(row.get(name)) for name in names]
        if any(fields):
            yield without_broken(Record(line, fields))


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def has_lines(file: Path, wanted: Wanted | None = None) -> bool:
    """Tell whether a `file` has JSON lines: one of its first lines with text is an object, and no list begins.

    A single object with a list of objects is a document, unless the list is a `wanted` column, or it has more of them
    than the objects have.
    """
    filled = (text for _, text in read_lines(file) if text is not None and text.strip(BLANKS))
    first = list(islice(filled, _LOOKED_AT))
    if first and first[0].lstrip(BLANKS).startswith("["):
        return False
    objects = [parsed for text in first if (parsed := _parsed(text)) is not None]
    return bool(objects) and not (len(first) == 1 and _is_document(objects[0], wanted or Wanted("")))


def _is_document(row: dict[str, Any], wanted: Wanted) -> bool:
    lists = dict(_lists_within(row))
    if not lists or any(map(wanted.knows, lists)):
        return False
    return wanted.found(row) <= wanted.found(next(iter(lists.values()))[0])


def _lists_within(row: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Yield the lists of objects of an object and of those that it holds, by name; answers of services nest them."""
    for name, value in row.items():
        if isinstance(value, list) and _holds_objects(value):
            yield name, value
        elif isinstance(value, dict):
            yield from _lists_within(value)


def _holds_objects(values: list[Any]) -> bool:
    return bool(values) and isinstance(values[0], dict)


def _line_rows(drop: Drop, file: Path) -> Iterator[Row]:
    """Yield the objects of lines; raise InputRefused where the last one was cut: it has no line end and no close."""
    is_cut = False
    for line, text in read_lines(file):
        is_cut = False
        if text is None:
            yield line, "line_too_long"
        elif stripped := text.strip(BLANKS):
            parsed = _parsed(stripped)
            is_cut = parsed is None and stripped.startswith("{") and not text.endswith("}")
            yield line, "not_json" if parsed is None else parsed
    if is_cut and not ends_with_line(file):
        raise refused(drop, phrase("ends in the middle of a row (truncated)"), RESEND)


def _document_rows(drop: Drop, file: Path) -> Iterator[Row]:
    """Yield the objects of a list, of the first list within an object, or of objects one after the other."""
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        text = stream.read(_LOOK)
        match = _LIST_WITHIN.match(text)
        place = _after_gap(text, match.end() if match else 0)
        start = text[:place]
        is_list, number = text.startswith("[", place), 0
        place += is_list
        while True:
            place = _after_gap(text, place)
            if is_list and text.startswith("]", place):
                _refuse_another(drop, start, text[place + 1 :] + stream.read(LINE_LIMIT))
                return
            if (found := _next_value(text, place)) is not None:
                value, place = found
                number += 1
                yield number, value if isinstance(value, dict) else "not_json"
                continue
            text, place = text[place:], 0
            more = stream.read(_LOOK) if len(text) <= LINE_LIMIT else ""
            if not more and (text or is_list):
                raise refused(drop, phrase("does not parse as JSON after {number} objects", number=number), RESEND)
            if not more:
                return
            text += more


def _refuse_another(drop: Drop, start: str, rest: str) -> None:
    """Raise InputRefused where another document follows in `rest` the one that began with `start`, after its list."""
    bare = _QUOTED.sub("", start)
    depth = bare.count("{") - bare.count("}")
    found = _next_value('{"":' * depth + "0" + rest, 0)
    if found is not None and _after_gap(rest, 0) < len(rest) and "{" in ('{"":' * depth + "0" + rest)[found[1] :]:
        raise refused(
            drop,
            phrase("holds several JSON documents one after another, each with a list of rows"),
            phrase("send each document as a file of its own, or one object a line"),
        )


def _after_gap(text: str, place: int) -> int:
    match = _GAP.match(text, place)
    return match.end() if match else place


def _next_value(text: str, place: int) -> tuple[Any, int] | None:
    try:
        return _DECODER.raw_decode(text, place)
    except (ValueError, RecursionError):
        return None
