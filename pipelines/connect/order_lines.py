"""Completes order lines: an id for each, the SKU, a price of a unit, the customer; several goods in one cell."""

from __future__ import annotations

from collections.abc import Mapping

from xuanpin.pipelines.connect.evidence import (
    goods_cell,
    header_meaning,
    is_unique,
    repeats_within,
    standing_once,
    titles_joined,
)
from xuanpin.pipelines.connect.expressions import id_of, spread_over, text_of, value_of
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.questions import Asking, Choice, Question, leave_out
from xuanpin.pipelines.connect.recognition.dictionary import other_kind, strengths
from xuanpin.pipelines.connect.samples import sample
from xuanpin.pipelines.engine.names import quoted
from xuanpin.pipelines.ingest.statements.written_views import GOODS, UNITS
from xuanpin.pipelines.typed.phrase import phrase

_TOTAL, _LINE = "order_total", "line"
"""What an amount may be that all lines of an order have alike."""
_POSSIBLE = 0.5
"""Strength from which a header may be used for what no other header gives."""
_PERSONAL = ("personal", "contact")
"""Kinds of headers by which a person can be found: a customer known by one is hashed, a platform's own id is not."""


def complete_orders(plan: TablePlan, plans: Mapping[str, TablePlan]) -> None:
    """Make what order lines lack; other `plans` are not looked at."""
    if "order_id" in plan.headers:
        plan.fill_down = standing_once(plan.group.export, plan.headers["order_id"])
        spread_over(plan, "order_id")
    if plan.lacks("sku_id"):
        _goods(plan)
    if plan.lacks("sku_id"):
        _id_by_title(plan)
    if plan.lacks("order_id") and plan.has("order_line_id"):
        plan.make("order_id", plan.raw("order_line_id"), phrase("no column has order ids: each line is an order"))
    if plan.lacks("order_line_id") and plan.has("order_id") and plan.has("sku_id"):
        plan.make("order_line_id", line_id(plan), phrase("no column has an id for each line: order and SKU name it"))
    _customer(plan)
    if plan.lacks("unit_price") and plan.has("paid_amount"):
        _unit_price(plan)


def ask_for_totals(plan: TablePlan, asking: Asking) -> None:
    """Ask what an amount is that all lines of an order have alike, and share a total out by units."""
    if not {"order_id", "quantity"} <= plan.headers.keys():
        return
    amount = plan.headers.get("paid_amount") or _unread_amount(plan)
    line = [plan.headers[column] for column in ("order_line_id", "sku_id") if column in plan.headers]
    if amount is None or not repeats_within(plan.group.export, plan.headers["order_id"], amount, line):
        return
    question = Question(
        f"{plan.group.key} / {amount} : total",
        phrase(
            "{amount} of {file} is the same on all lines of an order; what is it?", amount=amount, file=plan.group.key
        ),
        sample(plan.group.export, amount, "paid_amount"),
        (
            Choice(_TOTAL, phrase("the total of the order, to be shared out by units")),
            Choice(_LINE, phrase("the amount of each line, which happens to be the same")),
            leave_out(phrase("neither: leave the column out")),
        ),
        _TOTAL,
    )
    answer = asking.ask(question)
    if answer == _LINE:
        plan.headers["paid_amount"] = amount
        return
    plan.headers.pop("paid_amount", None)
    if answer == _TOTAL and plan.lacks("unit_price"):
        units = f"sum(read_number({value_of(plan, 'quantity')})) over (partition by {value_of(plan, 'order_id')})"
        price = f"cast(read_number({text_of(plan, amount)}) / nullif({units}, 0) as decimal(12, 2))"
        plan.make("unit_price", price, phrase("{amount} is of the whole order: shared out by units", amount=amount))


def _unread_amount(plan: TablePlan) -> str | None:
    """Return the header of an amount that is of no line, where no line has a price."""
    is_needed = plan.lacks("unit_price")
    return header_meaning(plan.group.export, "orders", "paid_amount", _POSSIBLE) if is_needed else None


def _goods(plan: TablePlan) -> None:
    """Make a row of each of the goods in one cell of an order."""
    cell = goods_cell(plan.group.finding)
    if cell is None:
        return
    plan.goods_cell = cell
    plan.left_out = [header for header in plan.left_out if header != cell]
    plan.make("sku_id", GOODS, phrase("{cell} holds the goods of an order: each becomes a line", cell=cell))
    plan.make("quantity", UNITS, phrase("the units stand behind each of the goods in {cell}", cell=cell))
    amount = plan.headers.pop("paid_amount", None) or plan.headers.pop("unit_price", None)
    amount = amount or header_meaning(plan.group.export, "orders", "paid_amount", _POSSIBLE)
    if amount is not None:
        units = f"list_sum(list_transform(read_goods({text_of(plan, cell)}), lambda one: one.quantity))"
        why = phrase("{amount} is of the whole order: each unit is taken to cost the same", amount=amount)
        price = f"cast(read_number({text_of(plan, amount)}) / nullif({units}, 0) as decimal(12, 2))"
        plan.make("unit_price", price, why)


def _id_by_title(plan: TablePlan) -> None:
    title = header_meaning(plan.group.export, "products", "title", _POSSIBLE)
    if title is not None and titles_joined(plan.group.export, title):
        plan.assumed.append(
            phrase(
                "{title} names several goods of an order and not how many of each; export the order lines, one row a "
                "SKU, into the folder too",
                title=title,
            )
        )
    elif title is not None:
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
    if known_as is not None:
        plan.names_customers = other_kind(known_as) in _PERSONAL
    if known_as is None and "customer_name" in plan.headers:
        name = plan.headers["customer_name"]
        why = phrase("no column has customer ids: {name} stands for the customer, hashed by the key", name=name)
        plan.make_beside("customer_id", text_of(plan, name), why)
        plan.names_customers = True
    elif known_as is None and plan.has("order_id"):
        why = phrase("no column has customers: each order is a customer of its own")
        plan.make("customer_id", value_of(plan, "order_id"), why)
    elif known_as and "customer_name" not in plan.headers and "customer_name" in strengths("orders", known_as):
        why = phrase(
            "{name} is how people call a customer: it is hashed by the key, and removed from chat", name=known_as
        )
        plan.make_beside("customer_name", text_of(plan, known_as), why)
        plan.names_customers = True


def _unit_price(plan: TablePlan) -> None:
    amount = f"read_number({value_of(plan, 'paid_amount')})"
    units = f"read_number({value_of(plan, 'quantity')})" if "quantity" in plan.headers else "1"
    why = phrase("no column has prices of a unit: the amount paid by the units")
    plan.make("unit_price", f"cast({amount} / nullif({units}, 0) as decimal(12, 2))", why)
