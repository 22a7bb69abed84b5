"""Finds what `reads` of a source table names: a folder or file, a pattern with `*`, a zip archive as a folder, or
several of them parted by `|`."""

from __future__ import annotations

import os
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from xuanpin.pipelines.ingest.members import UNREADABLE, members
from xuanpin.pipelines.typed.plain_files import leads_out

ANY = "*"
"""The one mark of a pattern: any letters, or none. All others are letters of a name, as people put [ and ? in names."""


OR = "|"
"""Between patterns; in a name it is written as `_BAR`."""
_BAR, _BLANK = r"\x7c", r"\x20"
"""How a bar, and a blank at either end, are written in one of several patterns."""


@dataclass(frozen=True)
class Place:
    """A file or folder (`path`), or the `member` of a zip archive at `path`."""

    path: Path
    member: str = ""


def find_places(sources: Path, reads: str) -> list[Place]:
    """Return what there is at `reads` below the folder `sources`, in the order of names; nothing where none is there.

    A file that really has the name is meant, also where `*` is in it. Nothing outside `sources` is opened.
    """
    if (sources / reads).exists():
        return [Place(sources / reads)]
    found = [place for part in alternatives(reads) for place in _find_places(sources, part)]
    return list(dict.fromkeys(found))


def alternatives(reads: str) -> list[str]:
    """Return the names and patterns that `reads` parts by `|`."""
    parts = (part.strip() for part in reads.split(OR))
    return [part.replace(_BAR, OR).replace(_BLANK, " ") for part in parts if part]


def alternative(pattern: str) -> str:
    """Return a name or pattern as `reads` must have it, so that `alternatives` returns it as it is."""
    inner = pattern.strip(" ")
    before, _, after = pattern.partition(inner) if inner else ("", "", pattern)
    return f"{_BLANK * len(before)}{inner.replace(OR, _BAR)}{_BLANK * len(after)}"


def shown_path(path: Path) -> str:
    """Write a relative path as readable text that differs for any two paths, whatever bytes they have."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _find_places(sources: Path, reads: str) -> list[Place]:
    if (sources / reads).exists():
        return [Place(sources / reads)]
    return list(_matching(sources, sources, PurePosixPath(reads).parts)) if sources.is_dir() else []


def is_pattern(reads: str) -> bool:
    """Tell whether `reads` may name several files, some of which come later."""
    return ANY in reads or OR in reads


def name_matches(pattern: str, name: str) -> bool:
    """Tell whether a `name` is one that the `pattern` means, however its letters with accents are composed."""
    mark = "".join(".*" if letter == ANY else re.escape(letter) for letter in _composed(pattern))
    return re.fullmatch(mark, _composed(name), re.DOTALL) is not None


def _is_meant(pattern: str, name: str) -> bool:
    """Tell whether a pattern means a name, or the name as it is shown: settings are UTF-8, names may be any bytes."""
    return name_matches(pattern, name) or name_matches(pattern, shown_path(Path(name)))


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _matching(folder: Path, root: Path, parts: Sequence[str]) -> Iterator[Place]:
    for entry in sorted(folder.iterdir()):
        if not _is_meant(parts[0], entry.name):
            continue
        if len(parts) == 1 or leads_out(entry, root):
            yield Place(entry)
        elif entry.is_dir():
            yield from _matching(entry, root, parts[1:])
        elif entry.is_file() and zipfile.is_zipfile(entry):
            yield from _members(entry, "/".join(parts[1:]))


def _members(file: Path, pattern: str) -> list[Place]:
    """List the members of an archive that are meant; the archive itself where it is damaged, to be refused by name."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = sorted(members(archive))
    except UNREADABLE:
        return [Place(file)]
    return [Place(file, name) for name in names if _is_meant(pattern, name)]
