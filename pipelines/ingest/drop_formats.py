"""Opens a drop by its content, never by its name: a table of text, JSON, a workbook or Parquet, packed or not.

Plain files go directly to the engine. All others are read row by row and copied for the engine as a Parquet file of
text columns; what is wrong with a row is written beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.drops import EMPTY_REMEDY, Drop, refused
from xuanpin.pipelines.ingest.formats.chats.archives import Archive, room_of_path
from xuanpin.pipelines.ingest.formats.chats.beside import beside
from xuanpin.pipelines.ingest.formats.chats.books import book_archive
from xuanpin.pipelines.ingest.formats.chats.databases import database_archive, is_database, refuse_sealed
from xuanpin.pipelines.ingest.formats.chats.kinds import LEFT_OUT
from xuanpin.pipelines.ingest.formats.chats.messages import Rules
from xuanpin.pipelines.ingest.formats.chats.recognition import text_archive
from xuanpin.pipelines.ingest.formats.chats.rows import COLUMNS, ChatRows, with_room
from xuanpin.pipelines.ingest.formats.encodings import as_utf8
from xuanpin.pipelines.ingest.formats.fill_down import filled_down
from xuanpin.pipelines.ingest.formats.header import (
    DELIMITERS,
    SEARCHED,
    Header,
    Wanted,
    cleaned,
    find_header,
    refuse_title,
    separator,
    unique_names,
)
from xuanpin.pipelines.ingest.formats.json_rows import has_lines, is_json, json_columns, json_records, json_rows
from xuanpin.pipelines.ingest.formats.lines import Line, ends_with_line, read_lines, read_rows
from xuanpin.pipelines.ingest.formats.nested import wanted_members, with_members
from xuanpin.pipelines.ingest.formats.packing import RESEND, head, unpacked
from xuanpin.pipelines.ingest.formats.plain import is_plain_csv, is_plain_json
from xuanpin.pipelines.ingest.formats.raw_table import Told, table_rows, write_table
from xuanpin.pipelines.ingest.formats.records import BLANKS, Record
from xuanpin.pipelines.ingest.formats.unread_kinds import refuse_unread_kinds
from xuanpin.pipelines.ingest.formats.workbooks import ending, holds_sheets, open_sheet, page_rows
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.statements.drops import (
    csv_files,
    file_columns,
    json_files,
    json_probe,
    parquet_files,
)
from xuanpin.pipelines.typed.paths import system_reason
from xuanpin.pipelines.typed.phrase import phrase

_PARQUET = b"PAR1"
_LOOK = 1 << 16
_NO_TEXT = BLANKS + DELIMITERS + '"'

Columns = tuple[tuple[str, str], ...]
"""Raw columns as (name, engine type)."""


@dataclass(frozen=True)
class RawFile:
    """A drop that the engine can read: where, how, and its raw columns with their types.

    `file` is the drop itself or a readable copy of it; `kind` is the reader that takes it, with the `delimiter` of a
    CSV: `careful` for rows that were copied to Parquet with their line number and their fault. `has_blanks`: whether
    an empty text is a missing value. `told` counts rows that are not data; `other_sheets` are not read; `layouts` are
    those of the file that settings must accept. `is_archive`: whether it is an archive of chats.
    """

    drop: Drop
    file: Path
    kind: Literal["parquet", "csv", "json", "careful"]
    columns: Columns
    delimiter: str = ""
    has_blanks: bool = False
    told: Told = field(default_factory=Counter, compare=False)
    other_sheets: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()
    is_archive: bool = False

    @property
    def shape(self) -> tuple[object, ...]:
        """Files of one shape can be read by one statement."""
        return (self.kind, self.columns, self.delimiter, self.has_blanks)


@dataclass(frozen=True)
class Opening:
    """What opening a drop needs: the engine, the folder for copies (`work`), and the headers that are `wanted`.

    `described` are the columns of the Parquet files that were opened before, by their schema.
    """

    engine: Engine
    work: Workspace
    wanted: Wanted
    described: dict[str, Columns] = field(default_factory=dict, compare=False)


def scan(files: list[RawFile]) -> str:
    """SQL that reads files of one shape; the column `drop_file` says which file a row came from.

    Files that were read with care have the columns `drop_row` and `drop_fault` too.
    """
    first, paths = files[0], [str(raw.file) for raw in files]
    columns = [name for name, _ in first.columns]
    if first.kind in ("parquet", "careful"):
        return parquet_files(paths)
    if first.kind == "json":
        return json_files(paths, columns)
    return csv_files(paths, columns, first.delimiter)


def open_drop(opening: Opening, drop: Drop, *, with_care: bool = False) -> RawFile:
    """Find out what a drop is and which columns it has.

    `with_care` reads a table of text row by row although it looks plain. Raises InputRefused for a file that is
    unreadable, truncated, of an unknown kind or encoding, or without columns; the message names the file.
    """
    try:
        return _opened(opening, drop, with_care)
    except OSError as error:
        raise refused(
            drop,
            phrase("cannot be read ({reason})", reason=system_reason(error)),
            phrase("check that it is still there and readable"),
        ) from None


def _opened(opening: Opening, drop: Drop, with_care: bool) -> RawFile:
    file = unpacked(drop, opening.work)
    if head(file, len(_PARQUET)) == _PARQUET:
        return _open_parquet(opening, drop, opening.work.link(file, ".parquet"))
    if holds_sheets(file):
        return _open_workbook(opening, drop, opening.work.link(file, ending(file)))
    if (rules := opening.wanted.chats) and (kind := beside(file)):
        nothing = _laid_out(opening, drop, COLUMNS, ())
        return replace(nothing, told=Counter({str(LEFT_OUT[kind]): 1}))
    if rules and is_database(file):
        known = _known(opening, rules)
        return _open_archive(opening, drop, database_archive(drop, file, known), known)
    refuse_unread_kinds(drop, head(file))
    with_care = with_care or bool(opening.wanted.fill_down)
    if rules:
        refuse_sealed(drop, file)
    file, is_damaged = as_utf8(drop, file, opening.work)
    if rules and (archive := text_archive(drop, file)) and not _is_mapped(opening, archive):
        return _open_archive(opening, drop, archive, _known(opening, rules))
    start = _start(file)
    if is_json(start):
        return _open_json(opening, drop, file, with_care or is_damaged)
    if start.lstrip(BLANKS).startswith("<"):
        return _open_page(opening, drop, file)
    return _open_csv(opening, drop, file, with_care or is_damaged)


def _open_archive(opening: Opening, drop: Drop, archive: Archive, rules: Rules) -> RawFile:
    """Read the messages of an archive as rows of the contract."""
    told: Told = Counter()
    rows = ChatRows(rules, told, is_strict=archive.has_many)
    records = rows.records(with_room(archive.read(), room_of_path(drop.path)))
    return replace(_laid_out(opening, drop, COLUMNS, records), told=told, is_archive=True)


def _is_mapped(opening: Opening, archive: Archive) -> bool:
    """Tell whether settings name every required column of an archive themselves: then it is a table like others."""
    return opening.wanted.found(archive.names) == len(opening.wanted.required)


def _known(opening: Opening, rules: Rules) -> Rules:
    """Add what the tables before know: which rooms are groups, which cards show a SKU, and who is an agent."""
    groups, skus, agents = (
        frozenset(opening.engine.select(stem)[column].to_pylist())
        for stem, column in (
            ("platform_groups", "group_id"),
            ("catalogue_skus", "sku_id"),
            ("platform_agents", "agent_id"),
        )
    )
    return replace(rules, groups=groups, skus=skus, known_agents=agents)


def _start(file: Path) -> str:
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        return stream.read(_LOOK)


def _open_parquet(opening: Opening, drop: Drop, file: Path) -> RawFile:
    schema = ""
    with suppress(pa.ArrowException, OSError):
        found = pq.read_metadata(file).schema
        # The engine numbers a repeated name, and would silently read the first one.
        unique_names(drop, opening.wanted, found.to_arrow_schema().names)
        schema = str(found).partition("\n")[2]
    if not schema or schema not in opening.described:
        opening.described[schema] = _described(opening, drop, file)
    return RawFile(drop, file, "parquet", opening.described[schema])


def _described(opening: Opening, drop: Drop, file: Path) -> Columns:
    found = opening.engine.probe(file_columns(parquet_files([str(file)])))
    if found is None:
        raise refused(drop, phrase("is not a complete Parquet file (truncated or damaged)"), RESEND)
    columns = ((row["column_name"], row["column_type"]) for row in found.to_pylist())
    return tuple(column for column in columns if column[0] != "drop_file")


def _open_json(opening: Opening, drop: Drop, file: Path, with_care: bool) -> RawFile:
    is_flat = not wanted_members(opening.wanted)
    if not with_care and is_flat and has_lines(file, opening.wanted) and is_plain_json(file):
        link = opening.work.link(file, ".json")
        found = opening.engine.probe(file_columns(json_probe(str(link))))
        names = [] if found is None else found["column_name"].to_pylist()
        if names and names != ["json"]:
            return RawFile(drop, link, "json", _text(names))
    names = json_columns(drop, with_members(drop, opening.wanted, json_rows(drop, file, opening.wanted)))
    columns = unique_names(drop, opening.wanted, cleaned(names))
    rows = json_records(with_members(drop, opening.wanted, json_rows(drop, file, opening.wanted)), names)
    raw = _laid_out(opening, drop, columns, rows)
    return raw if has_lines(file, opening.wanted) else replace(raw, layouts=("json_documents",))


def _open_workbook(opening: Opening, drop: Drop, file: Path) -> RawFile:
    rules = opening.wanted.chats
    if rules and (archive := book_archive(drop, file)) and not _is_mapped(opening, archive):
        return _open_archive(opening, drop, archive, _known(opening, rules))
    with open_sheet(drop, file, opening.wanted) as sheet:
        return _open_rows(opening, drop, sheet.header, sheet.rows, sheet.others)


def _open_page(opening: Opening, drop: Drop, file: Path) -> RawFile:
    header = find_header(drop, opening.wanted, page_rows(_pieces(file)))
    if header is None or not opening.wanted.found(header.names):
        raise refused(drop, phrase("is a web page or XML without the table"), phrase("send CSV, xlsx or Parquet"))
    return _open_rows(opening, drop, header, page_rows(_pieces(file)))


def _pieces(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        while piece := stream.read(_LOOK):
            yield piece


def _open_csv(opening: Opening, drop: Drop, file: Path, with_care: bool) -> RawFile:
    header = _csv_header(opening, drop, file)
    if not with_care and header.line == 1 and is_plain_csv(file, header):
        link = opening.work.link(file, ".csv")
        return RawFile(drop, link, "csv", _text(header.names), header.delimiter, has_blanks=True)
    rows = _whole(drop, file, read_rows(read_lines(file), header.delimiter, header.width), header)
    return _open_rows(opening, drop, header, rows)


def _csv_header(opening: Opening, drop: Drop, file: Path) -> Header:
    """Find the header with the delimiter that gives it most of the wanted columns, or else most columns."""
    lines = [line for line in islice(read_lines(file), 2 * SEARCHED) if line[1] is None or line[1].strip(_NO_TEXT)]
    named = next((mark for _, text in lines if text and (mark := separator(text))), None)
    found = [
        header
        for mark in ([named] if named else _worth_trying(lines))
        if (header := find_header(drop, opening.wanted, read_rows(iter(lines), mark), mark))
    ]
    if not found:
        raise refused(drop, phrase("has no header and no row"), EMPTY_REMEDY)
    return max(found, key=lambda header: (opening.wanted.found(header.names), header.width))


def _worth_trying(lines: Sequence[Line]) -> list[str]:
    """Return the delimiters that stand in some of the lines, and the first that does not: others part them alike."""
    held = [mark for mark in DELIMITERS if any(mark in text for _, text in lines if text)]
    absent = [mark for mark in DELIMITERS if mark not in held]
    return sorted([*held, *absent[:1]], key=DELIMITERS.index)


def _whole(drop: Drop, file: Path, rows: Iterable[Record], header: Header) -> Iterator[Record]:
    """Yield the rows; raise InputRefused where the last one was cut: it has no line end and too few fields."""
    last = None
    for last in rows:
        yield last
    if last is not None and not last.fault and 1 < len(last.fields) < header.width and not ends_with_line(file):
        raise refused(drop, phrase("ends in the middle of a row (truncated)"), RESEND)


def _open_rows(
    opening: Opening, drop: Drop, header: Header, rows: Iterable[Record], other_sheets: tuple[str, ...] = ()
) -> RawFile:
    refuse_title(drop, opening.wanted, header)
    told: Told = Counter()
    kept = table_rows(rows, header, opening.wanted, told)
    raw = _laid_out(opening, drop, header.names, kept, has_blanks=True)
    layouts = ("title_lines",) if header.above else ()
    return replace(raw, told=told, other_sheets=other_sheets, layouts=layouts)


def _laid_out(
    opening: Opening, drop: Drop, names: tuple[str, ...], rows: Iterable[Record], *, has_blanks: bool = False
) -> RawFile:
    file = opening.work.new(".parquet")
    write_table(file, names, filled_down(drop, opening.wanted, names, rows))
    return RawFile(drop, file, "careful", _text(names), has_blanks=has_blanks)


def _text(names: Iterable[str]) -> Columns:
    return tuple((name, "VARCHAR") for name in names)
