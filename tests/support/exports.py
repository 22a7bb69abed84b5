"""Exports written as small tables that lie on their side: a line is a header and its values, parted by bars."""

from __future__ import annotations

from xuanpin.pipelines.connect.findings import ColumnFinding, Export, TableFinding
from xuanpin.pipelines.connect.recognition.recognising import recognise


def export(text: str, place: str = "export.csv") -> Export:
    """Return the export that `text` draws, one column a line; an empty cell is None."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    headers = tuple(line[0] for line in lines)
    rows = tuple(tuple(cell or None for cell in row) for row in zip(*(line[1:] for line in lines), strict=True))
    return Export(place, headers, rows, len(rows))


def found(text: str) -> TableFinding:
    """Return what the one export that `text` draws is recognised as."""
    return recognise([export(text)])[0]


def columns(finding: TableFinding) -> dict[str, str | None]:
    """Return the column of each header."""
    return {column.header: column.column for column in finding.columns}


def column(finding: TableFinding, header: str) -> ColumnFinding:
    """Return what was found of one header."""
    return next(column for column in finding.columns if column.header == header)


def sure(finding: TableFinding) -> dict[str, str]:
    """Return the column of each header that is sure to mean one."""
    return {each.header: each.column for each in finding.columns if each.column and each.certainty == "sure"}
