"""Our own shopping lexicon: words of praise and complaint, negators, and the aspect that a word names.

The CSV files beside this module are the lexicon; `README.md` there says what each column means. A deployment may
lay a folder with files of the same names and columns beside it: its rows add terms or replace ours.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from math import isfinite, nan
from pathlib import Path

DEMAND = "demand"
"""In the column aspect: the term names none."""
NEGATION_REACH = 4
"""Characters before an opinion in which a negator without a reach of its own negates it: 「没有那么好」."""


@dataclass(frozen=True)
class Lexicon:
    """Terms with their meaning.

    polarity: term → weight from -2 (strong complaint) to 2 (strong praise), emoji included.
    degrees: term → factor on the next opinion. negators: term → characters before an opinion in which it negates it.
    aspects: term → aspect of the glossary. demands: terms by which a buyer asks for a remedy, which judge nothing.
    lukewarm: terms that say neither, whatever their weight.
    """

    polarity: dict[str, float]
    degrees: dict[str, float]
    negators: dict[str, int]
    aspects: dict[str, str]
    demands: frozenset[str] = frozenset()
    lukewarm: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Record:
    """One row of a lexicon file: its cells by column (`values`; None where the row is short) and where it stands
    (`place`)."""

    values: dict[str, str | None]
    place: str


def records(extension: Path | None, name: str) -> Iterator[Record]:
    """Yield the rows of one of our files, then those of the file of the same name in a deployment's own folder
    (`extension`).

    Raises ValueError that names the file, and the line where it is one: no UTF-8, or more cells than columns, as where
    a text with commas lacks its quotes and would be cut at the first.
    """
    folders: list[Traversable] = [files(__name__)]
    if extension is not None:
        folders.append(extension)
    for folder in folders:
        path = folder / name
        if not path.is_file():
            continue
        for line, row in enumerate(csv.DictReader(_lines(path, name)), start=2):
            place = f"{name} line {line}"
            if None in row:
                raise ValueError(f"{place}: has more cells than columns; put quotes around a text with commas")
            yield Record(row, place)


def _lines(path: Traversable, name: str) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").removeprefix("\ufeff").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: is not UTF-8; save it as «CSV UTF-8»") from error


@cache
def load_lexicon(extension: Path | None = None) -> Lexicon:
    """Read our lexicon, extended or overruled by the CSV files of a deployment's own folder (`extension`).

    Raises ValueError that names the file and the line when a row cannot be read.
    """
    polarity = _numbers(extension, "polarity.csv", "polarity") | _numbers(extension, "emoji.csv", "polarity")
    degrees = _numbers(extension, "degrees.csv", "factor")
    negators = _reaches(extension)
    words = _words(extension, "aspects.csv", "aspect")
    aspects = {term: aspect for term, aspect in words.items() if aspect != DEMAND}
    lukewarm = frozenset(_words(extension, "lukewarm.csv", "note"))
    return Lexicon(polarity, degrees, negators, aspects, frozenset(words) - frozenset(aspects), lukewarm)


@cache
def load_traditional() -> dict[str, str]:
    """Traditional characters that our words and patterns may be written with → simplified ones."""
    rows = (record.values for record in records(None, "traditional.csv"))
    return {str(row["traditional"]): str(row["simplified"]) for row in rows}


def vocabulary() -> frozenset[str]:
    """Every word of our lexicon, so that a nickname that is also an opinion is not mistaken for a person."""
    lexicon = load_lexicon()
    return frozenset([*lexicon.polarity, *lexicon.degrees, *lexicon.negators, *lexicon.aspects])


def _numbers(extension: Path | None, name: str, column: str) -> dict[str, float]:
    values = {}
    for term, (text, place) in _rows(extension, name, column).items():
        try:
            values[term] = float(text)
        except ValueError:
            values[term] = nan
        if not isfinite(values[term]):
            raise ValueError(f"{place}: {column} of {term!r} must be a number, not {text!r}")
    return values


def _reaches(extension: Path | None) -> dict[str, int]:
    """Term → reach; the column may be left out or empty."""
    reaches = {}
    for record in records(extension, "negators.csv"):
        term, text = record.values.get("term"), record.values.get("reach") or str(NEGATION_REACH)
        if not term or not text.isdecimal():
            raise ValueError(f"{record.place}: needs a term, and a reach that is empty or a number of characters")
        reaches[term] = int(text)
    return reaches


def _words(extension: Path | None, name: str, column: str) -> dict[str, str]:
    return {term: text for term, (text, _) in _rows(extension, name, column).items()}


def _rows(extension: Path | None, name: str, column: str) -> dict[str, tuple[str, str]]:
    """Term → value and where it stands; the last folder wins."""
    found: dict[str, tuple[str, str]] = {}
    for record in records(extension, name):
        term, value = record.values.get("term"), record.values.get(column)
        if not term or value is None:
            raise ValueError(f"{record.place}: needs the columns term and {column}")
        found[term] = (value, record.place)
    return found
