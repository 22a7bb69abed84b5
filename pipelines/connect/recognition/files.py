"""Reads the dictionaries that are packaged with the program: CSV in UTF-8 whose lists are parted by bars."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

_HERE = "xuanpin.pipelines.connect.recognition"


@cache
def rows_of(name: str, package: str = _HERE) -> tuple[dict[str, str], ...]:
    """Return the rows of the dictionary `name` of a `package`, each by the headers of the file."""
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
