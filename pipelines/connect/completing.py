"""Completes plans: columns that the contract wants and no header has are made of others, or assumed, and said so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xuanpin.pipelines.connect.evidence import header_meaning, is_unique, list_mark, path_mark, times_in
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.engine.names import literal, quoted
from xuanpin.pipelines.settings.assumptions import SNAPSHOTS
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

SHOP = "shop"
"""The id of the shop itself, where no agent or supplier is named."""
UNSORTED = "未分类"
"""The category of SKUs that come without one."""
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
    for plan in plans:
        _MAKERS.get(plan.table, _nothing)(plan, by_table)
        _read_lists(plan)
        _stamp(plan)
        for column, (value, why) in _ASSUMED.get(plan.table, {}).items():
            if plan.lacks(column):
                plan.assume(column, value, why)


def still_missing(plan: TablePlan) -> list[str]:
    """Return the required columns that nothing gives: a night would refuse the file."""
    filled = {"updated_at", "as_of_date", "launched_on", "joined_on", "opened_on"} if plan.is_snapshot else set()
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
    if plan.lacks("customer_id") and plan.has("order_id"):
        _customer(plan)
    if plan.lacks("unit_price") and plan.has("paid_amount"):
        _unit_price(plan)


def _id_by_title(plan: TablePlan) -> None:
    title = header_meaning(plan.group.export, "products", "title", _POSSIBLE)
    if title is not None:
        plan.make("sku_id", text_of(title), phrase("no column has SKU ids: {title} names the SKU", title=title))


def line_id(plan: TablePlan) -> str:
    """Return the SQL of an order line's id from its order and SKU, with a number where an order has a SKU twice."""
    order, sku = value_of(plan, "order_id"), value_of(plan, "sku_id")
    both = f"concat({order}, '-', {sku})"
    pair = [plan.headers[name] for name in ("order_id", "sku_id") if name in plan.headers]
    if len(pair) < 2 or is_unique(plan.group.export, pair):
        return both
    details = [quoted(plan.headers[name]) for name in ("quantity", "unit_price", "paid_amount") if name in plan.headers]
    spot = f"row_number() over (partition by {order}, {sku} order by {', '.join(details or [order])})"
    return f"case {spot} when 1 then {both} else concat({both}, '-', {spot}) end"


def _customer(plan: TablePlan) -> None:
    if "customer_name" in plan.headers:
        name = plan.headers["customer_name"]
        why = phrase("no column has customer ids: {name} stands for the customer, hashed by the key", name=name)
        plan.make_beside("customer_id", text_of(name), why)
    else:
        why = phrase("no column has customers: each order is a customer of its own")
        plan.make("customer_id", value_of(plan, "order_id"), why)


def _unit_price(plan: TablePlan) -> None:
    amount = f"read_number({value_of(plan, 'paid_amount')})"
    units = f"read_number({value_of(plan, 'quantity')})" if "quantity" in plan.headers else "1"
    why = phrase("no column has prices of a unit: the amount paid by the units")
    plan.make("unit_price", f"cast({amount} / nullif({units}, 0) as decimal(12, 2))", why)


def _returns(plan: TablePlan, plans: Mapping[str, TablePlan]) -> None:
    orders = plans.get("orders")
    order = plan.headers.get("order_id") or header_meaning(plan.group.export, "returns", "order_id", _NAMED)
    if plan.lacks("order_line_id") and order and orders is not None and "order_line_id" in orders.made:
        sku = header_meaning(plan.group.export, "orders", "sku_id", _POSSIBLE)
        if sku is not None:
            why = phrase("no column has line ids: order and SKU name the line, as they do in orders")
            plan.make("order_line_id", f"concat({text_of(order)}, '-', {text_of(sku)})", why)
    times = times_in(plan.group.export)
    if plan.lacks("requested_at") and times:
        why = phrase("no column says when a return was requested: the first time of its row")
        plan.make("requested_at", f"least({_moments(times)})" if len(times) > 1 else _moments(times), why)
    line = next((name for name in ("order_line_id", "order_id") if plan.has(name)), None)
    if plan.lacks("return_id") and line:
        why = phrase("no column has ids of returns: the line names its one return")
        plan.make("return_id", f"concat({value_of(plan, line)}, '-R')", why)


def _products(plan: TablePlan, plans: Mapping[str, TablePlan]) -> None:
    levels = [header for header in plan.group.export.headers if _is_level(header)]
    if len(levels) > 1:
        path = f"concat_ws('/', {', '.join(f'nullif({text_of(level)}, {literal("")})' for level in levels)})"
        plan.make("category", path, phrase("the levels of the category are in {levels}", levels=joined(levels)))
    elif "category" in plan.headers:
        _read_path(plan, plan.headers["category"])
    if plan.lacks("title") and plan.has("sku_id"):
        plan.make("title", value_of(plan, "sku_id"), phrase("no column has titles: the SKU id stands for it"))


def _is_level(header: str) -> bool:
    return header.strip()[:2] in ("一级", "二级", "三级", "四级") and header.strip()[2:] in ("类目", "分类", "品类", "类别")


def _read_path(plan: TablePlan, header: str) -> None:
    mark = path_mark(plan.group.export, header)
    if mark is not None:
        parts = f"regexp_replace({text_of(header)}, {literal(f'\\s*{_escaped(mark)}\\s*')}, '/', 'g')"
        plan.make("category", parts, phrase("the levels of the category are parted by {mark}", mark=mark))


def _read_lists(plan: TablePlan) -> None:
    """Let lists whose cells are parted by other marks be read."""
    for column, header in list(plan.headers.items()):
        is_list = plan.contract.column(column).type.endswith("[]")
        mark = list_mark(plan.group.export, header) if is_list else None
        if mark is not None and not (mark == "/" and column.startswith("categories")):
            parts = f"regexp_replace({text_of(header)}, {literal(f'\\s*[{_escaped(mark)}]\\s*')}, '|', 'g')"
            plan.make(column, parts, phrase("the list of {header} is parted by {mark}", header=header, mark=mark))


def _stamp(plan: TablePlan) -> None:
    """Give each row the time at which it was last true: the latest of its times, or the day of its file."""
    times = times_in(plan.group.export)
    if plan.table in SNAPSHOTS:
        plan.is_snapshot = any(plan.lacks(name) for name in plan.contract.column_names)
    if not plan.lacks("updated_at") or not times or plan.table in SNAPSHOTS:
        return
    why = phrase("no column says when a row was written: the latest of {times}", times=joined(times))
    plan.make("updated_at", f"greatest({_moments(times)})" if len(times) > 1 else _moments(times), why)


def moment(header: str) -> str:
    """Return the SQL of the time under a header."""
    return f"read_time({text_of(header)})"


def _moments(headers: Sequence[str]) -> str:
    return ", ".join(map(moment, headers))


def value_of(plan: TablePlan, column: str) -> str:
    """Return the SQL of a column of a plan, as text where it comes from a header."""
    made = plan.made.get(column)
    if made is None:
        return text_of(plan.headers[column])
    return literal(made.sql) if made.is_constant else made.sql


def text_of(header: str) -> str:
    """Return the SQL of the text under a header."""
    return f"cast({quoted(header)} as varchar)"


def _escaped(mark: str) -> str:
    return mark if mark not in "\\|" else f"\\{mark}"


_MAKERS: Mapping[str, Callable[[TablePlan, Mapping[str, TablePlan]], None]] = {
    "orders": _orders,
    "returns": _returns,
    "products": _products,
}
"""What makes the columns of a table of others."""
