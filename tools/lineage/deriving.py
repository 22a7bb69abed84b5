"""Turns a traced night into the lineage of columns that SQL writes, as it stands in pipelines/lineage/columns.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from tools.lineage.following import Followed, TracedStep
from tools.lineage.statements import AGGREGATED, Lineage, Made, Origin
from tools.traced_night import Trace
from xuanpin.pipelines.lineage.facts import ROWS, declarations, declared_tables

CSV = Path(__file__).resolve().parents[2] / "pipelines" / "lineage" / "columns.csv"
TAKES_IN = "ingest"
"""The step whose tables are those of the contracts: how rows are read is up to each drop."""


def followed(traces: Mapping[str, Trace]) -> Followed:
    """Follow the statements of the steps of traced nights (`traces`, by step), those that take drops in left out."""
    known = declarations()
    found = Followed(frozenset(known["as_selected"]), {name: _lineage(name) for name in declared_tables()})
    for name, trace in traces.items():
        if not name.startswith(TAKES_IN):
            for texts in trace.texts:
                found.follow(TracedStep(name, tuple(texts), trace.columns))
    return found


def derived(traces: Mapping[str, Trace], found: Followed) -> dict[str, Lineage]:
    """Return the lineage of each table that SQL writes, and of those that count what their step has fetched.

    `found` is what `followed` has found in the `traces`.
    """
    made = dict(found.made)
    for table in declarations()["counted"]:
        steps = [name for name, trace in traces.items() if table in trace.writes]
        fetched = frozenset().union(*(found.fetched.get(name, ()) for name in steps)) - _columns_of(table, found)
        made[table] = Lineage(dict.fromkeys(found.stored[table], Made(kind=AGGREGATED)), fetched)
    return made


def csv_of(made: Mapping[str, Lineage]) -> str:
    """Return columns.csv: a line a column, in order, and one more a table for what decides its rows."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("table", "column", "kind", "origins"))
    for table, lineage in sorted(made.items()):
        for name, column in lineage.columns.items():
            lines.writerow((table, name, column.kind, _written(column.origins)))
        lines.writerow((table, ROWS, "computed", _written(lineage.deciding)))
    return text.getvalue()


def _written(origins: Iterable[Origin]) -> str:
    """Write columns as `schema.table(column column) schema.table(column)`."""
    by_table: dict[str, list[str]] = {}
    for table, column in sorted(origins):
        by_table.setdefault(table, []).append(column)
    return " ".join(f"{table}({' '.join(names)})" for table, names in by_table.items())


def _lineage(table: str) -> Lineage:
    fact = declared_tables()[table]
    return Lineage({name: Made(frozenset(own.origins), own.kind) for name, own in fact.columns.items()})


def _columns_of(table: str, found: Followed) -> frozenset[Origin]:
    return frozenset((table, column) for column in found.stored[table])
