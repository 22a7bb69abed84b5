"""Saves a workbook without the clock, so that the same facts give the same bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path

from openpyxl import Workbook

# ZIP cannot say a year before 1980, and a fixed instant keeps the file the same from run to run.
INSTANT = (1980, 1, 1, 0, 0, 0)


def save_timeless(book: Workbook, path: Path, day: date) -> None:
    """Save a workbook (`book`) with fixed entry times, and `day` as the time at which it was made and saved."""
    stamp = datetime.combine(day, time())
    book.properties.created = book.properties.modified = stamp
    content = io.BytesIO()
    book.save(content)
    path.write_bytes(_timeless(content, stamp))


def _timeless(content: io.BytesIO, stamp: datetime) -> bytes:
    """Return the same archive without the clock: fixed entry times and the list date as the time of saving."""
    result = io.BytesIO()
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            body = source.read(entry)
            if entry.filename == "docProps/core.xml":
                body = _with_modified(body, stamp)
            target.writestr(zipfile.ZipInfo(entry.filename, INSTANT), body, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _with_modified(body: bytes, stamp: datetime) -> bytes:
    text = body.decode()
    opening = '<dcterms:modified xsi:type="dcterms:W3CDTF">'
    start = text.index(opening) + len(opening)
    return (text[:start] + stamp.strftime("%Y-%m-%dT%H:%M:%SZ") + text[text.index("<", start) :]).encode()
