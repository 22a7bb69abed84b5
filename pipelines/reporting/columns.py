"""Columns of sheets as people read them: titles in both languages, widths, number formats, codes in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import yaml

from xuanpin.pipelines.contracts import reason_sentence
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.reporting.words import resource, texts

FORMATS = {
    "count": "#,##0",
    "number": "#,##0.0",
    "decimal": "#,##0.00",
    "score": "0.000",
    "share": "0.0%",
    "money": '"¥"#,##0.00',
    "date": "yyyy-mm-dd",
}
"""Number formats of a spreadsheet by the form that the catalogue of columns names."""
PLACES = {"number": 1, "decimal": 2, "score": 3, "share": 3}
"""Decimal places that a value keeps by its form: those that it is shown with, so that none is longer than it says."""
KEPT_SENTENCES = 4_096
"""Sentences that are kept, because many rows give the same reason with the same numbers."""

Row = Mapping[str, Any]


def titles(names: Sequence[str], language: Language) -> list[str]:
    """Return what the columns with these `names` are called in `language`."""
    return [column_title(name, language) for name in names]


def column_title(name: str, language: Language) -> str:
    """Return what the column `name` is called in `language`."""
    return str(_catalogue()[name][language])


def formats(names: Sequence[str]) -> list[str | None]:
    """Return the number formats of the columns with these `names`; None for texts."""
    return [FORMATS.get(_catalogue()[name].get("form", "")) for name in names]


def width(name: str) -> int:
    """Return how wide the column `name` is, in characters."""
    return int(_catalogue()[name]["width"])


def cells(row: Row, names: Sequence[str]) -> list[Any]:
    """Return the cells of a `row` under the columns with these `names`, codes in Chinese words."""
    return [cell(name, row[name]) for name in names]


def cell(name: str, value: Any) -> Any:
    """Return a `value` of the column `name` as a cell: rounded as it is shown, a code in Chinese words, reasons as
    sentences."""
    column = _catalogue()[name]
    form = column.get("form")
    if isinstance(value, list):
        return "\n".join(map(_sentence, value))
    if form == "flag":
        return "是" if value else None
    if isinstance(value, float) and form in PLACES:
        return round(value, PLACES[form])
    return _in_words(f"{column['words']}{value}", value) if "words" in column else value


def _in_words(key: str, value: Any) -> Any:
    found = texts().get(key)
    return value if found is None else found["zh"]


@lru_cache(KEPT_SENTENCES)
def _sentence(reason: str) -> str:
    return reason_sentence(reason, "zh")


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.load(resource("columns.yaml"), Loader=yaml.CSafeLoader)
    return loaded
