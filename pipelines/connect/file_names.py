"""Turns the names of files into the pattern by which tomorrow's file of the same table is found."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import takewhile
from pathlib import PurePosixPath

from xuanpin.pipelines.ingest.places import ANY, OR, alternative, name_matches

_CHANGING = re.compile(
    r"(?P<sign>\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})|\d(?:[\d年月日时分秒点T_.:\- ]*[\d年月日时分秒])?"
)
"""Days, times and running numbers: what differs in tomorrow's name. A `sign` is a letter, by its number."""


def reads_of(places: Collection[str], others: Collection[str]) -> str:
    """Return what `reads` says so that it finds the files at `places`, their likes of later days, and none of `others`.

    Paths are relative to the source folder. The folder itself where it holds nothing else; else a pattern; else a
    pattern, or the name, of each file.
    """
    folders = {str(PurePosixPath(place).parent) for place in places}
    folder = next(iter(folders)) if len(folders) == 1 else ""
    if (
        folder not in ("", ".")
        and not any(map(_is_archive, PurePosixPath(folder).parts))
        and not _below(others, folder)
    ):
        return alternative(folder)
    together = _pattern(places, others)
    if together is not None:
        return alternative(together)
    return OR.join(dict.fromkeys(alternative(_pattern([place], others) or place) for place in sorted(places)))


def _pattern(places: Collection[str], others: Collection[str]) -> str | None:
    """Return the widest pattern that finds all `places` and none of the `others`."""
    patterns = (pattern for pattern in _patterns(places) if not _catches(pattern, others))
    return next((pattern for pattern in patterns if all(_finds(pattern, place) for place in places)), None)


def _patterns(places: Collection[str]) -> list[str]:
    """List patterns for all of the `places`, the widest first."""
    ordered = sorted(places)
    parts = [PurePosixPath(place).parts for place in ordered]
    if len({len(part) for part in parts}) > 1:
        return []
    generalised = ["/".join(_common([_changing(name) for name in names])) for names in zip(*parts, strict=True)]
    narrow = "/".join(generalised)
    return [_open_ended(narrow), narrow]


def _common(names: Sequence[str]) -> list[str]:
    """Return the pattern of several patterns of one name: what they begin and end with."""
    if len(set(names)) == 1:
        return [names[0]]
    start = _beginning(names)
    end = _beginning([name[len(start) :][::-1] for name in names])[::-1]
    return [_single(f"{start}{ANY}{end}")]


def _beginning(names: Sequence[str]) -> str:
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in same)


def _changing(name: str) -> str:
    return _single(_CHANGING.sub(lambda found: found["sign"] or ANY, name))


def _single(pattern: str) -> str:
    return re.sub(r"\*[-_ .()（）]*\*", ANY, re.sub(r"\*{2,}", ANY, pattern))


def _open_ended(pattern: str) -> str:
    """Let anything stand before the ending too: a browser calls a second download `name (1).csv`."""
    *folders, name = PurePosixPath(pattern).parts
    return "/".join([*(_widened(part) if _is_archive(part) else part for part in folders), _widened(name)])


def _widened(name: str) -> str:
    stem, dot, ending = name.partition(".")
    return _single(f"{stem}{ANY}{dot}{ending}")


def _is_archive(folder: str) -> bool:
    return folder.lower().endswith(".zip")


def _below(places: Collection[str], folder: str) -> bool:
    return any(PurePosixPath(place).is_relative_to(folder) for place in places)


def _catches(pattern: str, places: Collection[str]) -> bool:
    return any(_finds(pattern, place) for place in places)


def _finds(pattern: str, place: str) -> bool:
    wanted, names = PurePosixPath(pattern).parts, PurePosixPath(place).parts
    if len(wanted) > len(names):
        return False
    # What a folder holds is found with it; the rest of a pattern in an archive is one name.
    inner = "/".join(names[len(wanted) - 1 :])
    heads = all(name_matches(mark, name) for mark, name in zip(wanted[:-1], names, strict=False))
    return heads and (name_matches(wanted[-1], names[len(wanted) - 1]) or name_matches(wanted[-1], inner))
