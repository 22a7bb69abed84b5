"""Exports of one table whose headers differ in nothing that is read: an old one, and one with a column of remarks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from xuanpin.pipelines.connect.evidence import category_levels
from xuanpin.pipelines.connect.findings import Export, TableFinding
from xuanpin.pipelines.connect.look import Looked

Kind = list[Looked]


def joined_kinds(kinds: Sequence[Kind], findings: Sequence[TableFinding], sheets: Sequence[str]) -> list[Kind]:
    """Return the `kinds` with those of one table as one, where each means the same by the headers that all have.

    `findings` say what each kind means and `sheets` which sheet settings must name. Such kinds keep the headers that
    all of them have.
    """
    together: list[list[int]] = []
    for at in range(len(kinds)):
        with_it = next((found for found in together if _fits(at, found, kinds, findings, sheets)), None)
        together.append([at]) if with_it is None else with_it.append(at)
    return [_joined([kinds[at] for at in found]) for found in together]


def _fits(
    at: int, found: Iterable[int], kinds: Sequence[Kind], findings: Sequence[TableFinding], sheets: Sequence[str]
) -> bool:
    return kinds[at][0].archive is None and all(
        kinds[other][0].archive is None
        and sheets[other] == sheets[at]
        and _mean_the_same(findings[other], findings[at])
        for other in found
    )


def _mean_the_same(one: TableFinding, other: TableFinding) -> bool:
    """Tell whether two exports are of one table, and the headers that only one has surely stay out."""
    if one.table is None or (one.table, one.certainty) != (other.table, other.certainty):
        return False
    meanings = [
        {found.header: (found.column, found.certainty, found.layout, found.holds) for found in finding.columns}
        for finding in (one, other)
    ]
    own = set(meanings[0]) ^ set(meanings[1])
    used = {*category_levels(one.export), *category_levels(other.export)} if one.table == "products" else set()
    return not own & used and all(
        meaning[:2] == (None, "sure") if header in own else meaning == meanings[0][header]
        for header, meaning in (meanings[0] | meanings[1]).items()
    )


def _joined(kinds: Sequence[Kind]) -> Kind:
    if len(kinds) == 1:
        return kinds[0]
    common = [
        header for header in kinds[0][0].export.headers if all(header in kind[0].export.headers for kind in kinds)
    ]
    return [
        replace(found, export=_with(common, found.export), typed=found.typed & set(common))
        for kind in kinds
        for found in kind
    ]


def _with(headers: Sequence[str], export: Export) -> Export:
    places = [export.headers.index(header) for header in headers]
    rows = tuple(tuple(row[place] for place in places) for row in export.rows)
    return replace(export, headers=tuple(headers), rows=rows)
