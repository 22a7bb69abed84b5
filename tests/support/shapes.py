"""Shapes of real exports with the truth about them: read the descriptions, write one as the real file."""

from __future__ import annotations

import csv
import html
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml

from tests.support.old_workbooks import RC4, xls

SHAPES = Path(__file__).parent / "export_shapes"
BETWEEN = " ¦ "
"""What stands between two cells of a described row."""
EMPTY = "·"
TAB = "→"
"""A tab within a cell, as many exports put behind an id so that spreadsheets keep it a text."""
DELIMITERS = {"csv": ",", "tsv": "\t", "semicolon": ";", "headless": ","}


@dataclass(frozen=True)
class Shape:
    """One export: what its file looks like, and what it means.

    `truth` maps a header to the columns it may rightly be, best first: a column of `table`, `other_table.column`,
    "time" (a time of the row: nothing, or part of `updated_at`), "goods" (several goods in a cell), "refused"
    (recruiting), "" (may stay out). A header that is not in `truth` must stay out. `words` has the right value for the
    words of a column with allowed values. `table` is "none" for a file that is no source. `missing` are required
    columns that nothing in the file gives, `questions` those that only a person can tell.
    """

    name: str
    shop: str
    platform: str
    about: str
    zh: str
    file: str
    format: str
    encoding: str
    table: str
    outcome: str
    truth: Mapping[str, tuple[str, ...]]
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cure: str = ""
    cure_zh: str = ""
    sheet: str = "Sheet1"
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    fill_down: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


def read_shapes(folder: Path = SHAPES) -> tuple[Shape, ...]:
    """Return all shapes below `folder`, in order of shop and name.

    A shop is a folder of exports that belong together.
    """
    return tuple(read_shape(path) for path in sorted(folder.glob("*/*.yaml")))


@cache
def read_shape(path: Path) -> Shape:
    """Return the shape that a file describes."""
    described: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    headers, *rows = (_cells(line) for line in str(described.pop("rows")).splitlines())
    truth = _readings(described.pop("truth"))
    words = {column: _readings(meant) for column, meant in described.pop("words", {}).items()}
    described |= {key: tuple(value) for key, value in described.items() if isinstance(value, list)}
    described |= {"name": path.stem, "shop": path.parent.name, "headers": headers, "rows": tuple(rows)}
    return Shape(truth=truth, words=words, **described)


def write_shape(shape: Shape, folder: Path) -> Path:
    """Write the shape into `folder` as the file that its platform exports, and return its path."""
    path = folder / shape.file
    path.parent.mkdir(parents=True, exist_ok=True)
    if shape.format == "xlsx":
        _write_workbook(shape, path)
    elif shape.format == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{path.stem}.csv", _table_text(shape, ",").encode(shape.encoding))
    else:
        path.write_bytes(xls([], locked_by=RC4) if shape.format == "locked" else _text(shape).encode(shape.encoding))
    return path


def write_shop(shop: str, folder: Path, shapes: Path = SHAPES) -> tuple[Shape, ...]:
    """Write all exports of one shop into `folder`, and return their shapes."""
    of_shop = tuple(shape for shape in read_shapes(shapes) if shape.shop == shop)
    for shape in of_shop:
        write_shape(shape, folder)
    return of_shop


def _text(shape: Shape) -> str:
    others = {"json": _json_text, "jsonl": _json_text, "html_xls": _page, "xml_spreadsheet": _xml_spreadsheet}
    if shape.format in others:
        return others[shape.format](shape)
    return _table_text(shape, DELIMITERS[shape.format])


def _table_text(shape: Shape, delimiter: str) -> str:
    out = io.StringIO()
    rows = shape.rows if shape.format == "headless" else _all_rows(shape)
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _all_rows(shape: Shape) -> list[list[str]]:
    width = len(shape.headers)
    above = [[text] + [""] * (width - 1) for text in shape.above]
    below = [[text] + [""] * (width - 1) for text in shape.below]
    return [*above, list(shape.headers), *map(list, shape.rows), *below]


def _json_text(shape: Shape) -> str:
    objects = [{header: cell or None for header, cell in zip(shape.headers, row, strict=True)} for row in shape.rows]
    if shape.format == "jsonl":
        return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects)
    return json.dumps(objects, ensure_ascii=False, indent=1)


def _page(shape: Shape) -> str:
    rows = "".join(f"<tr>{''.join(map(_page_cell, row))}</tr>\n" for row in _all_rows(shape))
    return f'<html><head><meta charset="{shape.encoding}"></head><body><table border="1">\n{rows}</table></body></html>'


def _xml_spreadsheet(shape: Shape) -> str:
    rows = "".join(f"<Row>{''.join(map(_xml_cell, row))}</Row>" for row in _all_rows(shape))
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    sheet = f'<Worksheet ss:Name="Sheet1"><Table>{rows}</Table></Worksheet>'
    head = '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    return f'{head}<Workbook xmlns="{space}" xmlns:ss="{space}">{sheet}</Workbook>'


def _xml_cell(cell: str) -> str:
    return f'<Cell><Data ss:Type="String">{html.escape(cell)}</Data></Cell>'


def _page_cell(cell: str) -> str:
    return f"<td>{html.escape(cell)}</td>"


def _write_workbook(shape: Shape, path: Path) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_urls": False}) as workbook:
        sheet = workbook.add_worksheet(shape.sheet)
        as_date = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for row_number, row in enumerate(_all_rows(shape)):
            for place, (header, cell) in enumerate(zip(shape.headers, row, strict=True)):
                if cell and cell != header and header in shape.numbers and _is_number(cell):
                    sheet.write_number(row_number, place, float(cell))
                elif cell and cell != header and header in shape.dates:
                    sheet.write_datetime(row_number, place, datetime.fromisoformat(cell), as_date)
                elif cell:
                    sheet.write_string(row_number, place, cell)


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).lstrip("-").isdigit()


def _cells(line: str) -> tuple[str, ...]:
    return tuple("" if cell == EMPTY else cell.replace(TAB, "\t") for cell in line.split(BETWEEN))


def _readings(meant: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: _either(str(meaning)) for name, meaning in meant.items()}


def _either(meaning: str) -> tuple[str, ...]:
    return tuple("" if part == "-" else part for part in meaning.split("|"))
