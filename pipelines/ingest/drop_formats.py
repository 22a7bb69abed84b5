"""Opens a drop: Parquet, CSV or JSON lines, plain or gzip, told apart by content and never by name."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

from xuanpin.pipelines.engine import Engine, EngineError
from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.statements.drops import csv_files, file_columns, json_files, json_probe, parquet_files

_CHUNK = 1 << 20
_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
_DELIMITERS = ",\t;|"
_RESEND = "send the whole file again"


@dataclass(frozen=True)
class RawFile:
    """A drop that the engine can read: where, how, and its raw columns with their types.

    `file` is the drop itself or a readable copy of it; `kind` is the reader that takes it, with the `delimiter` of a
    CSV and the `compression` as DuckDB calls it.
    """

    drop: Drop
    file: Path
    kind: Literal["parquet", "csv", "json"]
    columns: tuple[tuple[str, str], ...]
    delimiter: str = ""
    compression: str = "none"

    @property
    def shape(self) -> tuple[object, ...]:
        """Files of one shape can be read by one statement."""
        return (self.kind, self.columns, self.delimiter, self.compression)


def scan(files: list[RawFile]) -> str:
    """SQL that reads files of one shape; the column `drop_file` says which file a row came from."""
    first, paths = files[0], [str(raw.file) for raw in files]
    columns = [name for name, _ in first.columns]
    if first.kind == "parquet":
        return parquet_files(paths)
    if first.kind == "json":
        return json_files(paths, columns, first.compression)
    return csv_files(paths, columns, first.compression, first.delimiter)


def open_drop(engine: Engine, drop: Drop, scratch: Path) -> RawFile:
    """Find out what a drop is and which columns it has.

    Text that is not plain UTF-8 is written to `scratch` as UTF-8 first. Raises InputRefused for a file that is
    unreadable, truncated, of an unknown encoding or without columns; the message names the file.
    """
    is_gzip = _head(drop.file).startswith(_GZIP)
    content = _first_bytes(drop, is_gzip)
    if content.startswith(_PARQUET):
        return _open_parquet(engine, drop, _unpacked(drop, scratch) if is_gzip else drop.file)
    encoding = _encoding(drop, is_gzip)
    is_json = _starts_with_object(content)
    file, compression = drop.file, "gzip" if is_gzip else "none"
    # The JSON reader does not skip a byte-order mark.
    if encoding != "utf-8-sig" or (is_json and content.startswith(codecs.BOM_UTF8)):
        file, compression = _transcoded(drop, is_gzip, encoding, scratch), "none"
    if is_json:
        return RawFile(drop, file, "json", _json_columns(engine, drop, file, compression), "", compression)
    columns, delimiter = _csv_header(drop, content, encoding)
    return RawFile(drop, file, "csv", columns, delimiter, compression)


def _open_parquet(engine: Engine, drop: Drop, file: Path) -> RawFile:
    try:
        rows = engine.query(file_columns(parquet_files([str(file)]))).to_pylist()
    except EngineError:
        raise refused(drop, "is not a whole Parquet file (truncated or damaged)", _RESEND) from None
    return RawFile(drop, file, "parquet", tuple((row["column_name"], row["column_type"]) for row in rows))


def _json_columns(engine: Engine, drop: Drop, file: Path, compression: str) -> tuple[tuple[str, str], ...]:
    try:
        rows = engine.query(file_columns(json_probe(str(file), compression))).to_pylist()
    except EngineError:
        raise refused(drop, "is not JSON lines (a line does not parse)", _RESEND) from None
    return tuple((row["column_name"], "VARCHAR") for row in rows)


def _csv_header(drop: Drop, content: bytes, encoding: str) -> tuple[tuple[tuple[str, str], ...], str]:
    text = codecs.getincrementaldecoder(encoding)().decode(content)
    first_line = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=lambda mark: (first_line.count(mark), -_DELIMITERS.index(mark)))
    names = [name.strip() for name in next(csv.reader(io.StringIO(text), delimiter=delimiter), [])]
    names = [name or f"column_{position}" for position, name in enumerate(names, start=1)]
    folded = [name.lower() for name in names]
    twice = sorted({name for name, key in zip(names, folded, strict=True) if folded.count(key) > 1})
    if twice:
        raise refused(drop, f"has the column {', '.join(twice)} more than once", "send each column once")
    return tuple((name, "VARCHAR") for name in names), delimiter


def _head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(8)


def _open(drop: Drop, is_gzip: bool) -> BinaryIO:
    return cast(BinaryIO, gzip.open(drop.file)) if is_gzip else drop.file.open("rb")


def _chunks(drop: Drop, is_gzip: bool) -> Iterator[bytes]:
    try:
        with _open(drop, is_gzip) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except (EOFError, OSError, zlib.error):
        raise refused(drop, "cannot be unpacked to its end (truncated or damaged)", _RESEND) from None


def _first_bytes(drop: Drop, is_gzip: bool) -> bytes:
    first = next(_chunks(drop, is_gzip), b"")
    if not first:
        raise refused(drop, "is empty (0 bytes unpacked)", "send it again, or remove it if there was nothing to send")
    return first


def _starts_with_object(content: bytes) -> bool:
    return content.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")


def _encoding(drop: Drop, is_gzip: bool) -> str:
    """UTF-8 if the whole file is, else GB18030 if the whole file is; a NUL byte is in neither."""
    problems = {}
    for encoding in ("utf-8-sig", "gb18030"):
        problem = _decoding_problem(drop, is_gzip, encoding)
        if problem is None:
            return encoding
        problems[encoding] = problem
        if problem == "end":
            raise refused(drop, "ends in the middle of a character (truncated)", _RESEND)
    raise refused(drop, "is in an unknown encoding", "send text as UTF-8 or GB18030, or send Parquet")


def _decoding_problem(drop: Drop, is_gzip: bool, encoding: str) -> Literal["middle", "end"] | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(drop, is_gzip):
            if "\x00" in decoder.decode(chunk):
                return "middle"
    except UnicodeDecodeError:
        return "middle"
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "end"
    return None


def _transcoded(drop: Drop, is_gzip: bool, encoding: str, scratch: Path) -> Path:
    decoder = codecs.getincrementaldecoder(encoding)()
    target = scratch / f"{drop.sha256}.utf8"
    with target.open("wb") as out:
        for chunk in _chunks(drop, is_gzip):
            out.write(decoder.decode(chunk).encode())
    return target


def _unpacked(drop: Drop, scratch: Path) -> Path:
    target = scratch / f"{drop.sha256}.parquet"
    try:
        with gzip.open(drop.file) as packed, target.open("wb") as out:
            shutil.copyfileobj(packed, out)
    except (EOFError, OSError, zlib.error):
        raise refused(drop, "cannot be unpacked to its end (truncated or damaged)", _RESEND) from None
    return target
