"""Completes plans: columns that the contract wants and no header has are made of others, or assumed, and said so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xuanpin.pipelines.connect.assumed import ASSUMED, FILLED
from xuanpin.pipelines.connect.evidence import (
    category_levels,
    has_gaps,
    header_meaning,
    is_unique,
    list_mark,
    path_mark,
    share_within,
    times_in,
)
from xuanpin.pipelines.connect.expressions import id_of, moments, spread_over, text_of, value_of, write_on_all_rows
from xuanpin.pipelines.connect.keys import ask_for_keys
from xuanpin.pipelines.connect.order_lines import ask_for_totals, complete_orders
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.questions import Asking, Choice, Question, leave_out
from xuanpin.pipelines.connect.samples import values_of
from xuanpin.pipelines.contracts import TABLES
from xuanpin.pipelines.engine.names import literal
from xuanpin.pipelines.settings.assumptions import SNAPSHOTS
from xuanpin.pipelines.typed.phrase import joined, phrase

_POSSIBLE = 0.5
"""Strength from which a header may be used for what no other header gives."""
_NAMED = 0.85
"""Strength from which a header names a column by itself."""
_STATES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "orders": ("status", ("paid", "shipped", "delivered", "cancelled")),
    "returns": ("state", ("requested", "refused", "withdrawn", "done")),
}
"""Columns of states by table, and the order in which a row goes through them."""
LINE_OF_RETURN = ("order_line_id", "order_id")
"""Columns of which a return needs one: what was bought."""
_HAPPENED = ("ordered_at", "delivered_at", "requested_at")
"""Columns of moments: a row was written after each of them."""


def complete(plans: Sequence[TablePlan], asking: Asking) -> None:
    """Make or assume what the plans lack, asking what cannot be told."""
    ask_for_keys({plan.table: plan for plan in plans}, asking)
    for plan in plans:
        if plan.table == "orders":
            ask_for_totals(plan, asking)
        if plan.table == "chat_messages" and plan.lacks("sender_role"):
            _ask_for_speakers(plan, asking)
    by_table = {plan.table: plan for plan in plans}
    for plan in sorted(plans, key=lambda plan: TABLES["source"].index(plan.table)):
        _MAKERS.get(plan.table, _nothing)(plan, by_table)
        _read_lists(plan)
        _stamp(plan)
        write_on_all_rows(plan)
        for column, (value, why) in ASSUMED.get(plan.table, {}).items():
            if plan.lacks(column):
                plan.assume(column, value, why)


def _ask_for_speakers(plan: TablePlan, asking: Asking) -> None:
    """Ask who writes messages of which no column says whose they are."""
    question = Question(
        f"{plan.group.key} / sender_role",
        phrase("no column of {file} says who is an agent and who a customer; who writes there?", file=plan.group.key),
        (),
        (
            Choice("customer", phrase("customers, as below a note or a video")),
            Choice("agent", phrase("agents")),
            leave_out(phrase("both: leave the table out")),
        ),
        "customer",
    )
    answer = asking.ask(question)
    if answer in ("customer", "agent"):
        plan.assume("sender_role", answer, phrase("no column says who speaks: all are of one kind"))


def still_missing(plan: TablePlan) -> list[str]:
    """Return the required columns that nothing gives: a night would refuse the file."""
    filled = FILLED if plan.is_snapshot else ()
    missing = [name for name in plan.contract.column_names if plan.lacks(name) and name not in filled]
    if plan.table == "returns" and not any(map(plan.has, LINE_OF_RETURN)):
        missing.append(LINE_OF_RETURN[0])
    return missing


def _nothing(plan: TablePlan, plans: Mapping[str, TablePlan]) -> None:
    """A table of which nothing is made."""


def _returns(plan: TablePlan, plans: Mapping[str, TablePlan]) -> None:
    _line_of_return(plan, plans.get("orders"))
    times = times_in(plan.group.export)
    if plan.lacks("requested_at") and times:
        why = phrase("no column says when a return was requested: the first time of its row")
        plan.make("requested_at", f"least({moments(plan, times)})" if len(times) > 1 else moments(plan, times), why)
    line = next((name for name in LINE_OF_RETURN if plan.has(name)), None)
    if plan.lacks("return_id") and line:
        why = phrase("no column has ids of returns: the line names its one return")
        plan.make("return_id", f"concat({value_of(plan, line)}, '-R')", why)


def _line_of_return(plan: TablePlan, orders: TablePlan | None) -> None:
    """Name the line of a return by order and SKU where orders do, also where a header of orders was taken for lines."""
    if orders is None or "order_line_id" not in orders.made or "order_id" not in orders.headers:
        return
    order = plan.headers.get("order_line_id") or plan.headers.get("order_id")
    order = order or header_meaning(plan.group.export, "orders", "order_id", _NAMED)
    sku = header_meaning(plan.group.export, "orders", "sku_id", _POSSIBLE)
    if order and sku and share_within(plan.group.export, order, orders.group.export, orders.headers["order_id"]):
        why = phrase("no column has line ids: order and SKU name the line, as they do in orders")
        plan.make("order_line_id", f"concat({id_of(plan, order)}, '-', {id_of(plan, sku)})", why)


def _chat(plan: TablePlan, plans: Mapping[str, TablePlan]) -> None:
    if plan.lacks("message_id") and all(map(plan.has, ("sender_id", "sent_at", "text"))):
        parts = ", ".join(
            value_of(plan, name) for name in ("group_id", "sender_id", "sent_at", "text") if plan.has(name)
        )
        why = phrase("no column has ids of messages: sender, time and words name one")
        plan.make("message_id", f"md5(concat_ws('|', {parts}))", why)


def _products(plan: TablePlan, plans: Mapping[str, TablePlan]) -> None:
    spread_over(plan, "spu_id")
    levels = category_levels(plan.group.export)
    if len(levels) > 1:
        parts = [f"nullif({text_of(plan, level)}, {literal('')})" for level in levels]
        path = f"concat_ws('/', {', '.join(parts)})"
        plan.make("category", path, phrase("the levels of the category are in {levels}", levels=joined(levels)))
    elif "category" in plan.headers:
        _read_path(plan, plan.headers["category"])
    if plan.lacks("title") and plan.has("sku_id"):
        plan.make("title", value_of(plan, "sku_id"), phrase("no column has titles: the SKU id stands for it"))


def _read_path(plan: TablePlan, header: str) -> None:
    mark = path_mark(plan.group.export, header)
    if mark is not None:
        parts = f"regexp_replace({text_of(plan, header)}, {literal(_around(_escaped(mark)))}, '/', 'g')"
        plan.make("category", parts, phrase("the levels of the category are parted by {mark}", mark=mark))


def _read_lists(plan: TablePlan) -> None:
    """Let lists whose cells are parted by other marks be read."""
    for column, header in list(plan.headers.items()):
        is_list = plan.contract.column(column).type.endswith("[]")
        mark = list_mark(plan.group.export, header) if is_list else None
        if mark is not None and not (mark == "/" and column.startswith("categories")):
            parts = f"regexp_replace({text_of(plan, header)}, {literal(_around(f'[{_escaped(mark)}]'))}, '|', 'g')"
            plan.make(column, parts, phrase("the list of {header} is parted by {mark}", header=header, mark=mark))


def _stamp(plan: TablePlan) -> None:
    """Give each row the time at which it was last true: the latest of its times, or the day of its file."""
    times = list(
        dict.fromkeys(
            [*(plan.headers[name] for name in _HAPPENED if name in plan.headers), *times_in(plan.group.export)]
        )
    )
    if plan.table in SNAPSHOTS:
        _leave_out_last_edits(plan)
        plan.is_snapshot = any(map(plan.lacks, FILLED))
    if not times or plan.table in SNAPSHOTS or "updated_at" not in plan.contract.column_names:
        return
    if plan.lacks("updated_at"):
        why = phrase("no column says when a row was written: the latest of {times}", times=joined(times))
    elif "updated_at" in plan.headers and has_gaps(plan.group.export, plan.headers["updated_at"]):
        times = list(dict.fromkeys([plan.headers["updated_at"], *times]))
        why = phrase("{header} is empty in some rows: the latest of {times}", header=times[0], times=joined(times))
    else:
        return
    latest = f"greatest({moments(plan, times)})" if len(times) > 1 else moments(plan, times)
    plan.make("updated_at", latest + _later_states(plan), why)


def _later_states(plan: TablePlan) -> str:
    """Return the SQL that lets a later state win where its row has no time of its own: a second for each step."""
    column, order = _STATES.get(plan.table, ("", ()))
    if column not in plan.headers:
        return ""
    words = plan.values.get(column, {}) | {state: state for state in plan.contract.column(column).allowed}
    present = set(map(str.strip, values_of(plan.group.export, plan.headers[column])))
    steps = {word: order.index(state) for word, state in words.items() if word in present and order.index(state)}
    if not steps:
        return ""
    state = f"trim({text_of(plan, plan.headers[column])})"
    cases = " ".join(f"when {literal(word)} then {step}" for word, step in sorted(steps.items()))
    return f" + to_seconds(case {state} {cases} else 0 end)"


def _leave_out_last_edits(plan: TablePlan) -> None:
    """Read no last edits of a list that has each thing once: by them a SKU is known from its last edit on, and so is
    every order of it.
    """
    edited, keys = plan.headers.get("updated_at"), [plan.headers.get(name, "") for name in plan.contract.key]
    if edited is None or "" in keys or not is_unique(plan.group.export, keys):
        return
    del plan.headers["updated_at"]
    plan.formats.pop("updated_at", None)
    plan.left_out.append(edited)
    plan.assumed.append(
        phrase(
            "{header} is a last edit and is not read: by it what was sold before would be known from then on only",
            header=edited,
        )
    )


def _around(mark: str) -> str:
    return rf"\s*{mark}\s*"


def _escaped(mark: str) -> str:
    return mark if mark not in "\\|" else f"\\{mark}"


_MAKERS: Mapping[str, Callable[[TablePlan, Mapping[str, TablePlan]], None]] = {
    "orders": complete_orders,
    "returns": _returns,
    "products": _products,
    "chat_messages": _chat,
}
"""What makes the columns of a table of others."""
