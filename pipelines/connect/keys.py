"""Asks which header names the rows of a table, where recognition found none: it must differ in every row."""

from __future__ import annotations

from collections.abc import Mapping

from xuanpin.pipelines.connect.evidence import is_unique, share_within
from xuanpin.pipelines.connect.findings import Export
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.questions import LEAVE_OUT, Asking, Choice, Question, leave_out
from xuanpin.pipelines.connect.recognised import column_name
from xuanpin.pipelines.connect.recognition.values import kinds_of, tidy
from xuanpin.pipelines.connect.samples import sample, values_of
from xuanpin.pipelines.typed.phrase import as_is, phrase

_KEYS: Mapping[str, str] = {
    "orders": "order_line_id",
    "products": "sku_id",
    "agents": "agent_id",
    "groups": "group_id",
}
"""The column by which other tables name the rows of a table."""
_FEWEST = 2
"""Rows from which it says something that all differ."""


def ask_for_keys(plans: Mapping[str, TablePlan], asking: Asking) -> None:
    """Let the `plans` of tables without a key have the header that somebody says is it, and returns the line's."""
    for table, column in _KEYS.items():
        plan = plans.get(table)
        if plan is not None and plan.lacks(column) and not plan.has("order_id"):
            _ask(plan, column, [header for header in _free(plan) if _is_key(plan.group.export, header)], asking)
    returns, orders = plans.get("returns"), plans.get("orders")
    if returns is None or orders is None or "order_line_id" not in orders.headers:
        return
    if not (returns.has("order_line_id") or returns.has("order_id")):
        line, export = orders.headers["order_line_id"], orders.group.export
        named = [header for header in _free(returns) if share_within(returns.group.export, header, export, line)]
        _ask(returns, "order_line_id", named, asking)


def _free(plan: TablePlan) -> list[str]:
    return [header for header in plan.group.export.headers if header not in plan.headers.values()]


def _is_key(export: Export, header: str) -> bool:
    values = [tidy(value) for value in values_of(export, header)]
    if len(values) < max(_FEWEST, len(export.rows)) or not is_unique(export, [header]):
        return False
    return all({"id", "integer"} & set(kinds_of(value)) for value in values)


def _ask(plan: TablePlan, column: str, headers: list[str], asking: Asking) -> None:
    # An answer that is still to come may name the key.
    is_pending = any(question.key.startswith(f"{plan.group.key} / ") for question in asking.unanswered)
    if not headers or is_pending:
        return
    question = Question(
        f"{plan.group.key} / {column}",
        phrase(
            "no header of {file} is known as {column}; which one is it?",
            file=plan.group.key,
            column=column_name(plan.table, column),
        ),
        (),
        (
            *(
                Choice(header, as_is(f"{header}: {' · '.join(sample(plan.group.export, header))}"))
                for header in headers
            ),
            leave_out(phrase("none of these")),
        ),
        headers[0] if len(headers) == 1 else None,
    )
    answer = asking.ask(question)
    if answer not in (None, LEAVE_OUT):
        plan.headers[column] = answer
        plan.left_out = [header for header in plan.left_out if header != answer]
