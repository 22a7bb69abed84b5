"""Completes plans: columns that the contract wants and no header has are made of others, or assumed, and said so."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from xuanpin.pipelines.connect.evidence import header_meaning, is_unique, list_mark, path_mark, share_within, times_in
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.recognition.dictionary import strengths
from xuanpin.pipelines.connect.samples import values_of
from xuanpin.pipelines.contracts import TABLES
from xuanpin.pipelines.engine.names import literal, quoted
from xuanpin.pipelines.settings.assumptions import SNAPSHOTS
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

SHOP = "shop"
"""The id of the shop itself, where no agent or supplier is named."""
UNSORTED = "未分类"
"""The category of SKUs that come without one."""
FILLED = ("updated_at", "as_of_date", "launched_on", "joined_on", "opened_on")
"""Columns that a snapshot fills with the day of its file."""
_WRAPPED = re.compile(r"^[=\s'\"]+|[\s\"]+$")
"""What spreadsheets and programs write around an id to keep its zeros."""
_POSSIBLE = 0.5
"""Strength from which a header may be used for what no other header gives."""
_NAMED = 0.85
"""Strength from which a header names a column by itself."""
_ASSUMED: Mapping[str, Mapping[str, tuple[str, Phrase]]] = {
    "products": {
        "category": (UNSORTED, phrase("no column has categories: every SKU is in one")),
        "supplier_id": (SHOP, phrase("no column has suppliers: the shop itself is the supplier")),
        "style_tags": ("", phrase("no column has style tags: none")),
        "series_tags": ("", phrase("no column has series: none")),
        "is_clearance": ("false", phrase("no column says what is clearance: nothing is")),
        "is_cold_chain": ("false", phrase("no column says what needs cooling: nothing does")),
        "status": ("active", phrase("no column says what is on sale: everything is")),
    },
    "agents": {
        "status": ("active", phrase("no column says who is active: everybody is")),
        "categories_wanted": ("", phrase("no column says which categories an agent wants: any")),
        "categories_excluded": ("", phrase("no column says which categories an agent excludes: none")),
        "style_tags": ("", phrase("no column has style tags: none")),
        "series_tags": ("", phrase("no column has series: none")),
        "daily_slots": ("12", phrase("no column says how many SKUs an agent wants a day: 12")),
    },
    "groups": {"member_count": ("100", phrase("no column counts the members of groups: 100 each"))},
    "orders": {
        "agent_id": (SHOP, phrase("no column has agents: the shop itself sells")),
        "quantity": ("1", phrase("no column counts units: one a line")),
        "status": ("paid", phrase("no column has a state: every line is paid, and delivered after the assumed days")),
    },
    "returns": {
        "quantity": ("1", phrase("no column counts returned units: one a return")),
        "reason_code": ("other", phrase("no column has reasons: all are `other`")),
        "refund_amount": ("0", phrase("no column has amounts: none is known")),
    },
}
"""What is assumed of a required column of which there is neither header nor anything to make it of."""


def complete(plans: Sequence[TablePlan]) -> None:
    """Make or assume what the plans lack."""
    by_table = {plan.table: plan for plan in plans}
    for plan in sorted(plans, key=lambda plan: TABLES["source"].index(plan.table)):
        _MAKERS.get(plan.table, _nothing)(plan, by_table)
        _read_lists(plan)
        _stamp(plan)
        for column, (value, why) in _ASSUMED.get(plan.table, {}).items():
            if plan.lacks(column):
                plan.assume(column, value, why)


def still_missing(plan: TablePlan) -> list[str]:
    """Return the required columns that nothing gives: a night would refuse the file."""
    filled = FILLED if plan.is_snapshot else ()
    return [name for name in plan.contract.column_names if plan.lacks(name) and name not in filled]


def _nothing(plan: TablePlan, plans: Mapping[str, TablePlan]) -> None:
    """A table of which nothing is made."""


def _orders(plan: TablePlan, plans: Mapping[str, TablePlan]) -> None:
    if plan.lacks("sku_id"):
        _id_by_title(plan)
    if plan.lacks("order_id") and plan.has("order_line_id"):
        plan.make("order_id", plan.raw("order_line_id"), phrase("no column has order ids: each line is an order"))
    if plan.lacks("order_line_id") and plan.has("order_id") and plan.has("sku_id"):
        plan.make("order_line_id", line_id(plan), phrase("no column has an id for each line: order and SKU name it"))
    _customer(plan)
    if plan.lacks("unit_price") and plan.has("paid_amount"):
        _unit_price(plan)


def _id_by_title(plan: TablePlan) -> None:
    title = header_meaning(plan.group.export, "products", "title", _POSSIBLE)
    if title is not None:
        plan.make("sku_id", text_of(plan, title), phrase("no column has SKU ids: {title} names the SKU", title=title))


def line_id(plan: TablePlan) -> str:
    """Return the SQL of an order line's id from its order and SKU, with a number where an order has a SKU twice."""
    both = f"{_key(plan, 'order_id')}, '-', {_key(plan, 'sku_id')}"
    pair = [plan.headers[name] for name in ("order_id", "sku_id") if name in plan.headers]
    if len(pair) < 2 or is_unique(plan.group.export, pair):
        return f"concat({both})"
    details = [quoted(plan.headers[name]) for name in ("quantity", "unit_price", "paid_amount") if name in plan.headers]
    order, sku = map(quoted, pair)
    spot = f"row_number() over (partition by {order}, {sku} order by {', '.join(details or [order])})"
    return f"concat({both}, '-' || nullif({spot}, 1))"


def _key(plan: TablePlan, column: str) -> str:
    return id_of(plan, plan.headers[column]) if column in plan.headers else value_of(plan, column)


def _customer(plan: TablePlan) -> None:
    """Let a name stand for the customer where no id does, and say it is a name: chat is redacted by names."""
    known_as = plan.headers.get("customer_id")
    if known_as is None and "customer_name" in plan.headers:
        name = plan.headers["customer_name"]
        why = phrase("no column has customer ids: {name} stands for the customer, hashed by the key", name=name)
        plan.make_beside("customer_id", text_of(plan, name), why)
    elif known_as is None and plan.has("order_id"):
        why = phrase("no column has customers: each order is a customer of its own")
        plan.make("customer_id", value_of(plan, "order_id"), why)
    elif known_as and "customer_name" not in plan.headers and "customer_name" in strengths("orders", known_as):
        why = phrase(
            "{name} is how people call a customer: it is hashed by the key, and removed from chat", name=known_as
        )
        plan.make_beside("customer_name", text_of(plan, known_as), why)


def _unit_price(plan: TablePlan) -> None:
    amount = f"read_number({value_of(plan, 'paid_amount')})"
    units = f"read_number({value_of(plan, 'quantity')})" if "quantity" in plan.headers else "1"
    why = phrase("no column has prices of a unit: the amount paid by the units")
    plan.make("unit_price", f"cast({amount} / nullif({units}, 0) as decimal(12, 2))", why)


def _returns(plan: TablePlan, plans: Mapping[str, TablePlan]) -> None:
    _line_of_return(plan, plans.get("orders"))
    times = times_in(plan.group.export)
    if plan.lacks("requested_at") and times:
        why = phrase("no column says when a return was requested: the first time of its row")
        plan.make("requested_at", f"least({_moments(plan, times)})" if len(times) > 1 else _moments(plan, times), why)
    line = next((name for name in ("order_line_id", "order_id") if plan.has(name)), None)
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


def _products(plan: TablePlan, plans: Mapping[str, TablePlan]) -> None:
    levels = [header for header in plan.group.export.headers if _is_level(header)]
    if len(levels) > 1:
        parts = [f"nullif({text_of(plan, level)}, {literal('')})" for level in levels]
        path = f"concat_ws('/', {', '.join(parts)})"
        plan.make("category", path, phrase("the levels of the category are in {levels}", levels=joined(levels)))
    elif "category" in plan.headers:
        _read_path(plan, plan.headers["category"])
    if plan.lacks("title") and plan.has("sku_id"):
        plan.make("title", value_of(plan, "sku_id"), phrase("no column has titles: the SKU id stands for it"))


def _is_level(header: str) -> bool:
    return header.strip()[:2] in ("一级", "二级", "三级", "四级") and header.strip()[2:] in (
        "类目",
        "分类",
        "品类",
        "类别",
    )


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
    times = times_in(plan.group.export)
    if plan.table in SNAPSHOTS:
        plan.is_snapshot = any(map(plan.lacks, FILLED))
    if not plan.lacks("updated_at") or not times or plan.table in SNAPSHOTS:
        return
    why = phrase("no column says when a row was written: the latest of {times}", times=joined(times))
    plan.make("updated_at", f"greatest({_moments(plan, times)})" if len(times) > 1 else _moments(plan, times), why)


def moment(plan: TablePlan, header: str) -> str:
    """Return the SQL of the time under a header."""
    return f"read_time({text_of(plan, header)})"


def _moments(plan: TablePlan, headers: Sequence[str]) -> str:
    return ", ".join(moment(plan, header) for header in headers)


def value_of(plan: TablePlan, column: str) -> str:
    """Return the SQL of a column of a plan, as text where it comes from a header."""
    made = plan.made.get(column)
    if made is None:
        return text_of(plan, plan.headers[column])
    return literal(made.sql) if made.is_constant else made.sql


def text_of(plan: TablePlan, header: str) -> str:
    """Return the SQL of the text under a header."""
    return f"cast({quoted(header)} as varchar)" if header in plan.group.typed else quoted(header)


def id_of(plan: TablePlan, header: str) -> str:
    """Return the SQL of the id under a header, without what spreadsheets write around ids where the sample has that."""
    text = text_of(plan, header)
    if not any(_WRAPPED.search(value) for value in values_of(plan.group.export, header)):
        return text
    return f"regexp_replace({text}, {literal(_WRAPPED.pattern)}, '', 'g')"


def _around(mark: str) -> str:
    return rf"\s*{mark}\s*"


def _escaped(mark: str) -> str:
    return mark if mark not in "\\|" else f"\\{mark}"


_MAKERS: Mapping[str, Callable[[TablePlan, Mapping[str, TablePlan]], None]] = {
    "orders": _orders,
    "returns": _returns,
    "products": _products,
}
"""What makes the columns of a table of others."""
