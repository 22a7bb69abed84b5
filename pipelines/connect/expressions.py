"""SQL of views over a drop: the text, the id, the time under a header, and the columns that a plan makes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xuanpin.pipelines.connect.evidence import written_once
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.samples import values_of
from xuanpin.pipelines.engine.names import literal, quoted
from xuanpin.pipelines.ingest.casts import dated
from xuanpin.pipelines.typed.phrase import phrase

_WRAPPED = re.compile(r"^[=\s'\"]+|[\s\"]+$")
"""What spreadsheets and programs write around an id to keep its zeros."""


def moment(plan: TablePlan, header: str) -> str:
    """Return the SQL of the time under a header, in the layout that the plan knows of it or of another one."""
    column = next((name for name, own in plan.headers.items() if own == header), "")
    layouts = [plan.formats[column]] if column in plan.formats else sorted(set(plan.formats.values()))
    text = text_of(plan, header)
    return f"read_time({dated(text, layouts[0])[0] if len(layouts) == 1 else text})"


def moments(plan: TablePlan, headers: Sequence[str]) -> str:
    """Return the SQL of the times under several headers, as arguments of a function."""
    return ", ".join(moment(plan, header) for header in headers)


def value_of(plan: TablePlan, column: str) -> str:
    """Return the SQL of a column of a plan, as text where it comes from a header."""
    made = plan.made.get(column)
    if made is None:
        return text_of(plan, plan.headers[column])
    return literal(made.sql) if made.is_constant else made.sql


def text_of(plan: TablePlan, header: str) -> str:
    """Return the SQL of the text under a header; of one that is written once for a whole, on all its rows."""
    text = f"cast({quoted(header)} as varchar)" if header in plan.group.typed else quoted(header)
    return f"max({text}) over (partition by {quoted(plan.whole)})" if header in plan.written_once else text


def id_of(plan: TablePlan, header: str) -> str:
    """Return the SQL of the id under a header, without what spreadsheets write around ids where the sample has that."""
    text = text_of(plan, header)
    if not any(_WRAPPED.search(value) for value in values_of(plan.group.export, header)):
        return text
    return f"regexp_replace({text}, {literal(_WRAPPED.pattern)}, '', 'g')"


def spread_over(plan: TablePlan, column: str) -> None:
    """Note which headers are written once for several rows that have the same value in a `column`."""
    if column in plan.headers:
        plan.whole = plan.headers[column]
        plan.written_once = written_once(plan.group.export, plan.whole)


def write_on_all_rows(plan: TablePlan) -> None:
    """Let columns that are written once for several rows stand on all of them."""
    for column, header in list(plan.headers.items()):
        if header in plan.written_once:
            why = phrase("{header} stands on the first of several rows: all of them have it", header=header)
            plan.make(column, text_of(plan, header), why)
