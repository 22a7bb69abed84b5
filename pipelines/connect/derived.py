"""Finds tables within the exports of others: goods and refunds on order lines, stock beside the goods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xuanpin.pipelines.connect.evidence import header_meaning
from xuanpin.pipelines.connect.expressions import moment, text_of, value_of
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.questions import LEAVE_OUT, Asking, Choice, Question, leave_out
from xuanpin.pipelines.connect.samples import sample
from xuanpin.pipelines.typed.phrase import phrase

_NAMED = 0.85
"""Strength from which a header means a column of another table than that of its export."""
_POSSIBLE = 0.5
"""Strength from which a header may be asked about, or used for what nothing else gives."""
_GOODS = ("category", "brand", "supplier_id")
_YES = "yes"


def derived_plans(plans: Sequence[TablePlan], asking: Asking) -> list[TablePlan]:
    """Return plans of tables that no export is, but that the export of another table holds."""
    by_table = {plan.table: plan for plan in plans}
    derived = (
        _goods_of_orders(by_table),
        _stock_of_goods(by_table, asking),
        _refunds_of_orders(by_table, asking),
    )
    return [plan for plan in derived if plan is not None]


def _goods_of_orders(plans: Mapping[str, TablePlan]) -> TablePlan | None:
    """Return the catalogue that order lines hold: each SKU as its newest line has it."""
    orders = plans.get("orders")
    if "products" in plans or orders is None or not (orders.has("sku_id") and orders.has("ordered_at")):
        return None
    title = header_meaning(orders.group.export, "products", "title", _POSSIBLE)
    if title is None:
        return None
    plan = TablePlan("products", orders.group)
    _share(orders, plan, "sku_id", "sku_id")
    plan.headers["title"] = title
    for column in _GOODS:
        header = header_meaning(orders.group.export, "products", column, _NAMED)
        if header is not None:
            plan.headers[column] = header
    _share(orders, plan, "unit_price", "list_price")
    bought = moment(orders, orders.headers["ordered_at"])
    plan.make("updated_at", bought, phrase("a SKU is as its newest order line has it"))
    plan.condition = _newest(value_of(orders, "sku_id"), value_of(orders, "unit_price"), bought)
    plan.assumed.append(phrase("no export is a catalogue: SKUs are taken from order lines, at the price of the newest"))
    return plan


def _newest(sku: str, price: str, bought: str) -> str:
    ordered = f"read_number(cast({price} as varchar)) > 0 desc nulls last, {bought} desc nulls last, {price}"
    return f"qualify row_number() over (partition by {sku} order by {ordered}) = 1"


def _stock_of_goods(plans: Mapping[str, TablePlan], asking: Asking) -> TablePlan | None:
    """Return the stock that a list of goods holds in a column."""
    goods = plans.get("products")
    if "inventory" in plans or goods is None or "sku_id" not in goods.headers:
        return None
    units = header_meaning(goods.group.export, "inventory", "sellable_units", _POSSIBLE)
    if units is None or units in goods.headers.values() or not _is_stock(goods, units, asking):
        return None
    plan = TablePlan("inventory", goods.group)
    plan.headers |= {"sku_id": goods.headers["sku_id"], "sellable_units": units}
    plan.assumed.append(
        phrase("no export is of stock: {units} of the goods is, as of the day of the file", units=units)
    )
    return plan


def _is_stock(goods: TablePlan, units: str, asking: Asking) -> bool:
    """Ask whether a column of goods is their stock, where its header does not say so by itself."""
    if header_meaning(goods.group.export, "inventory", "sellable_units", _NAMED) == units:
        return True
    question = Question(
        f"{goods.group.key} / inventory",
        phrase("is {units} of {file} what can be sold of each SKU?", units=units, file=goods.group.key),
        sample(goods.group.export, units, "sellable_units"),
        (Choice(_YES, phrase("yes")), leave_out(phrase("no"))),
        _YES,
    )
    return asking.ask(question) == _YES


def _refunds_of_orders(plans: Mapping[str, TablePlan], asking: Asking) -> TablePlan | None:
    """Return the refunds that order lines hold beside the sale, where somebody says that they are."""
    orders = plans.get("orders")
    if "returns" in plans or orders is None or not orders.has("order_line_id"):
        return None
    export = orders.group.export
    amount = header_meaning(export, "returns", "refund_amount", _NAMED)
    moment_header = header_meaning(export, "returns", "requested_at", _NAMED)
    if amount is None or moment_header is None:
        return None
    question = Question(
        f"{orders.group.key} / returns",
        phrase("are the lines of {file} with an amount in {amount} the returns?", file=orders.group.key, amount=amount),
        sample(export, amount, "refund_amount"),
        (Choice(_YES, phrase("yes, and there is no other export of them")), leave_out(phrase("no"))),
        _YES,
    )
    if asking.ask(question) in (None, LEAVE_OUT):
        return None
    plan = TablePlan("returns", orders.group)
    line = value_of(orders, "order_line_id")
    plan.make("order_line_id", line, phrase("the line itself was refunded"))
    plan.make("return_id", f"concat({line}, '-R')", phrase("a line has one refund"))
    plan.headers |= {"requested_at": moment_header, "refund_amount": amount}
    plan.condition = f"where read_number({text_of(orders, amount)}) > 0"
    return plan


def _share(source: TablePlan, plan: TablePlan, theirs: str, ours: str) -> None:
    """Let a column of the plan come from where the `source` has it."""
    if theirs in source.headers:
        plan.headers[ours] = source.headers[theirs]
    elif theirs in source.made:
        plan.made[ours] = source.made[theirs]
