"""Small exports with their columns already known: what connecting makes of them, without recognition."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from xuanpin.pipelines.connect.chat_rooms import map_rooms
from xuanpin.pipelines.connect.completing import complete
from xuanpin.pipelines.connect.connection import Connection, Group
from xuanpin.pipelines.connect.derived import derived_plans
from xuanpin.pipelines.connect.findings import ColumnFinding, Export, TableFinding
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.questions import Asking
from xuanpin.pipelines.connect.recognised import recognised_plans
from xuanpin.pipelines.connect.settings_text import view_text
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.ingest.views import add_view_functions
from xuanpin.pipelines.typed.phrase import phrase

WHY = phrase("its header is known, and its values agree")


def export(text: str, place: str = "订单.csv") -> Export:
    """An export written as lines of cells with blanks between them; a point is an empty cell."""
    headers, *rows = (line.split() for line in text.strip().splitlines())
    cells = tuple(tuple(None if cell == "." else cell for cell in row) for row in rows)
    return Export(place, tuple(headers), cells, len(cells))


def group(text: str, table: str, columns: Mapping[str, str], place: str = "订单.csv", holds: str = "") -> Group:
    """A group of one export whose headers are what `columns` says; the others stay out. `holds` names a goods cell."""
    found = export(text, place)
    findings = tuple(
        ColumnFinding(header, columns.get(header), "sure", WHY, holds="goods" if header == holds else "")
        for header in found.headers
    )
    return Group(place, "", (place,), (), TableFinding(found, table, "sure", WHY, findings))


def plans(*groups: Group, answers: Mapping[str, str] | None = None) -> tuple[dict[str, TablePlan], Asking]:
    """The completed plans of groups by table, under the answers, and what was asked."""
    asking = Asking(answers or {})
    found = recognised_plans(Connection(Path("exports"), groups, ()), asking)
    complete(found, asking)
    derived = derived_plans(found, asking)
    complete(derived, asking)
    map_rooms({plan.table: plan for plan in (*found, *derived)}, asking)
    return {plan.table: plan for plan in (*found, *derived)}, asking


def viewed(plan: TablePlan, *columns: str) -> list[tuple[Any, ...]]:
    """The rows that the view of a plan gives, as texts of contract columns."""
    names = {column: plan.headers.get(column, column) for column in columns}
    picked = ", ".join(f'cast("{name}" as varchar)' for name in names.values())
    with closing(open_memory()) as engine:
        add_view_functions(engine)
        drop = _relation(plan.group.export)
        rows = engine.query(f'with "drop" as ({drop}) select {picked} from ({view_text(plan, "en")})')
        return [tuple(row.values()) for row in rows.to_pylist()]


def _relation(found: Export) -> str:
    rows = ", ".join(f"({', '.join(map(_cell, row))})" for row in found.rows)
    return f"select * from (values {rows}) as t({', '.join(_name(header) for header in found.headers)})"


def _cell(cell: str | None) -> str:
    return "cast(null as varchar)" if cell is None else "'" + cell.replace("'", "''") + "'"


def _name(header: str) -> str:
    return '"' + header + '"'
