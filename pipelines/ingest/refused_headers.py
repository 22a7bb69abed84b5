"""Refuses settings that read what no decision may read: what a seller is paid, and who recruited whom.

The words stand in `data_contracts/refused_headers.csv`, by which exports are recognised too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xuanpin.pipelines.connect.recognition.dictionary import refused_as, refused_kind
from xuanpin.pipelines.engine import selected_columns
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import phrase

AUDITED = {"commission_rate": "commission"}
"""Contract columns that are kept for an audit and read by no decision, by the kind of header that may give them."""


def refuse_headers(section: str, headers: Mapping[str, str]) -> None:
    """Raise UsageError where a mapping in the settings' `section` names such a header; `headers`: header → column."""
    for header, column in headers.items():
        kind = refused_kind(header)
        if kind is not None and kind != AUDITED.get(column):
            raise _refused(f"{section} columns", header, kind)


def refuse_in_view(section: str, view: str, name: str, columns: Iterable[str]) -> None:
    """Raise UsageError where the text of a view, the file `name` of the settings' `section`, reads such a header.

    `columns` are those of the table's contract: one that is kept for an audit may be made of headers of its kind.
    """
    audited = {AUDITED[column] for column in columns if column in AUDITED}
    for header in selected_columns(view):
        kind = refused_kind(header)
        if kind is not None and kind not in audited:
            raise _refused(f"{section} view {name}", header, kind)


def _refused(place: str, header: str, kind: str) -> UsageError:
    return UsageError(
        phrase(
            '{place} reads "{header}": {what}, by which no SKU may be chosen and no agent matched; take it out of the '
            "settings (it may stay in the export), or rename the column in the export if it holds something else",
            place=place,
            header=header,
            what=refused_as(kind),
        )
    )
