"""Sheets for people: CSV or XLSX by the ending, written completely or not at all, and without active formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.cells import harmless
from xuanpin.pipelines.typed.paths import WRITTEN, named_path
from xuanpin.pipelines.typed.phrase import phrase
from xuanpin.pipelines.typed.workbooks import Sheet, write_workbook


def write_rows(path: Path, sheet: str, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows, the header first, to a .csv or .xlsx file; `sheet` names the sheet of a workbook.

    Raises UsageError for another ending and for a path that cannot be written; an existing file then stays. A path
    that is a folder raises IsADirectoryError inside, which becomes that UsageError.
    """
    ending = path.suffix.lower()
    if ending not in (".csv", ".xlsx"):
        raise UsageError(
            phrase(
                "{path} ends in {ending}; name a file that ends in .csv or .xlsx"
                if ending
                else "{path} ends in nothing; name a file that ends in .csv or .xlsx",
                path=path,
                ending=ending,
            )
        )
    remedy = phrase("name a file in a folder that exists and can be written")
    partial = path.with_name(f".{path.name}.partial")
    with named_path(phrase("the sheet"), path, remedy, doing=WRITTEN):
        if path.is_dir():
            raise IsADirectoryError(21, "Is a directory")
        if ending == ".xlsx":
            _write_workbook(partial, sheet, rows)
        else:
            _write_csv(partial, rows)
        partial.replace(path)


def _write_workbook(path: Path, sheet: str, rows: Iterable[Sequence[Any]]) -> None:
    head, *body = rows
    with path.open("wb") as out:
        write_workbook(out, [Sheet(sheet, head, body, {})])


def _write_csv(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerows(["" if cell is None else harmless(cell) for cell in row] for row in rows)
