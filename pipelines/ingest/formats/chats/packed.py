"""Unpacks what chat databases keep packed in a cell: LZ4 blocks, Zstandard frames, and records of numbered fields."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from xuanpin.pipelines.ingest.formats.records import LINE_LIMIT

_ZSTD = b"\x28\xb5\x2f\xfd"
_LEAST_MATCH, _MORE = 4, 15
_VARINT, _WIDE, _BYTES, _NARROW = 0, 1, 2, 5
"""[Protocol Buffers encoding]: how a field is written."""
_LONGEST = 10
"""Bytes that a number may have."""


class BrokenCellError(ValueError):
    """A cell that is not packed as it should be, or unpacks to more than a message can be."""


def cell_text(cell: object) -> str:
    """Return the text of a cell: packed with Zstandard or LZ4, or as it is; '' for none. Raises BrokenCellError."""
    if not isinstance(cell, bytes):
        return "" if cell is None else str(cell)
    if cell.startswith(_ZSTD):
        return _unframed(cell).decode("utf-8", "replace")
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        return unpacked_block(cell).rstrip(b"\0").decode("utf-8", "replace")


def packed_text(cell: object) -> str:
    """Return the text of a cell that is an LZ4 block; '' for none. Raises BrokenCellError."""
    if not isinstance(cell, bytes) or not cell:
        return cell_text(cell)
    return unpacked_block(cell).rstrip(b"\0").decode("utf-8", "replace")


def _unframed(cell: bytes) -> bytes:
    try:
        with pa.input_stream(pa.BufferReader(cell), compression="zstd") as stream:
            content: bytes = stream.read(LINE_LIMIT + 1)
    except (OSError, pa.ArrowException):
        raise BrokenCellError from None
    if len(content) > LINE_LIMIT:
        raise BrokenCellError
    return content


def unpacked_block(block: bytes) -> bytes:
    """Return the content of an LZ4 `block`, which does not say its size; raises BrokenCellError."""
    out, place = bytearray(), 0
    try:
        while place < len(block):
            token = block[place]
            count, place = _length(block, place + 1, token >> 4)
            if place + count > len(block):
                raise BrokenCellError
            out += block[place : place + count]
            place += count
            if place >= len(block):
                break
            back = block[place] | block[place + 1] << 8
            count, place = _length(block, place + 2, token & _MORE)
            _repeat(out, back, count + _LEAST_MATCH)
    except IndexError:
        raise BrokenCellError from None
    return bytes(out)


def _length(block: bytes, place: int, count: int) -> tuple[int, int]:
    """Return a length and the place behind it: 15 goes on in the next byte, and so does 255."""
    if count == _MORE:
        while True:
            more, place = block[place], place + 1
            count += more
            if more != 0xFF:
                break
    return count, place


def _repeat(out: bytearray, back: int, count: int) -> None:
    if not 0 < back <= len(out) or len(out) + count > LINE_LIMIT:
        raise BrokenCellError
    for _ in range(count):
        out.append(out[-back])


def sender_of(record: object) -> str:
    """Return the account in the record beside a message of WeChat 3: field 3 with 1 in its field 1; '' for none."""
    if not isinstance(record, bytes):
        return ""
    try:
        for number, value in _fields(record):
            if number == 3 and isinstance(value, bytes):
                inner = dict(_fields(value))
                if inner.get(1) == 1 and isinstance(text := inner.get(2), bytes):
                    return text.decode("utf-8", "replace")
    except IndexError:
        return ""
    return ""


def _fields(record: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field of a record; raises IndexError where it ends within one."""
    place = 0
    while place < len(record):
        tag, place = _number(record, place)
        kind = tag & 7
        if kind == _VARINT:
            value, place = _number(record, place)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            size, place = _number(record, place)
        else:
            size = {_WIDE: 8, _NARROW: 4}.get(kind, len(record))
        if place + size > len(record):
            raise IndexError
        yield tag >> 3, record[place : place + size]
        place += size


def _number(record: bytes, place: int) -> tuple[int, int]:
    value = 0
    for step in range(_LONGEST):
        byte = record[place]
        value, place = value | (byte & 0x7F) << 7 * step, place + 1
        if byte < 0x80:
            return value, place
    raise IndexError
