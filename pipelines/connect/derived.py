"""Finds tables within the exports of others: goods and refunds on order lines, stock beside the goods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xuanpin.pipelines.connect.evidence import header_meaning, share_within
from xuanpin.pipelines.connect.expressions import moment, text_of, value_of
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.questions import LEAVE_OUT, Asking, Choice, Question, leave_out
from xuanpin.pipelines.connect.samples import sample
from xuanpin.pipelines.typed.phrase import Phrase, phrase

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
        _groups_of_agents(by_table, asking) or _groups_of_chat(by_table),
    )
    return [plan for plan in derived if plan is not None]


def _goods_of_orders(plans: Mapping[str, TablePlan]) -> TablePlan | None:
    """Return the catalogue that order lines hold: each SKU as its newest line has it."""
    orders = plans.get("orders")
    if "products" in plans or orders is None or not all(map(orders.has, ("sku_id", "ordered_at", "unit_price"))):
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
    text = phrase("is {units} of {file} what can be sold of each SKU?", units=units, file=goods.group.key)
    if units is None or not _is_meant(goods, "inventory", "sellable_units", units, text, asking):
        return None
    plan = TablePlan("inventory", goods.group)
    plan.headers |= {"sku_id": goods.headers["sku_id"], "sellable_units": units}
    plan.assumed.append(
        phrase("no export is of stock: {units} of the goods is, as of the day of the file", units=units)
    )
    return plan


def _is_meant(plan: TablePlan, table: str, column: str, header: str, text: Phrase, asking: Asking) -> bool:
    """Ask whether a header of a plan's export is a column of another table, where it does not say so by itself."""
    if header in plan.headers.values():
        return False
    if header_meaning(plan.group.export, table, column, _NAMED) == header:
        return True
    question = Question(
        f"{plan.group.key} / {table}",
        text,
        sample(plan.group.export, header, column),
        (Choice(_YES, phrase("yes")), leave_out(phrase("no"))),
        _YES,
    )
    return asking.ask(question) == _YES


def _groups_of_agents(plans: Mapping[str, TablePlan], asking: Asking) -> TablePlan | None:
    """Return the groups that a list of agents names, one an agent; a pick-up point has one where nothing else is."""
    agents = plans.get("agents")
    if "groups" in plans or agents is None or "agent_id" not in agents.headers:
        return None
    export = agents.group.export
    point = header_meaning(export, "groups", "pickup_point_id", _NAMED)
    group = header_meaning(export, "groups", "group_id", _POSSIBLE) or point
    text = phrase("is {group} of {file} the group of each agent?", group=group, file=agents.group.key)
    if group is None or (group != point and not _is_meant(agents, "groups", "group_id", group, text, asking)):
        return None
    plan = TablePlan("groups", agents.group)
    plan.headers |= {"group_id": group, "agent_id": agents.headers["agent_id"]}
    for column, least in (("member_count", _POSSIBLE), ("cutoff_time", _NAMED)):
        header = header_meaning(export, "groups", column, least)
        if header is not None:
            plan.headers[column] = header
    if point is not None:
        plan.make("pickup_point_id", text_of(plan, point), phrase("the pick-up point is in {header}", header=point))
    plan.assumed.append(phrase("no export is of groups: {group} of the agents names them", group=group))
    if "orders" in plans:
        name_groups(plans["orders"], plan, group)
    return plan


def name_groups(orders: TablePlan, groups: TablePlan, group: str) -> None:
    """Let `orders` name the `groups` by a header that is not read yet and holds the ids in their header `group`."""
    for header in orders.left_out if not orders.has("group_id") else ():
        if share_within(orders.group.export, header, groups.group.export, group):
            orders.headers["group_id"] = header
            orders.left_out.remove(header)
            return


def _groups_of_chat(plans: Mapping[str, TablePlan]) -> TablePlan | None:
    """Return the groups that messages name, where the shop itself sells and nobody else can own them."""
    chat, orders = plans.get("chat_messages"), plans.get("orders")
    if "groups" in plans or chat is None or orders is None or "group_id" not in chat.headers:
        return None
    owner = orders.made.get("agent_id")
    if owner is None or not owner.is_constant or "group_id" in orders.headers:
        return None
    plan = TablePlan("groups", chat.group)
    plan.headers["group_id"] = chat.headers["group_id"]
    plan.assume("agent_id", owner.sql, phrase("no column has agents: the groups are the shop's own"))
    group = value_of(chat, "group_id")
    plan.condition = f"qualify row_number() over (partition by {group} order by {group}) = 1"
    plan.assumed.append(phrase("no export is of groups: they are those of the messages"))
    return plan


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
