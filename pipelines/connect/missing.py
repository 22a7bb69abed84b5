"""What a platform's exports do not have, at once: tables and columns, what stands in for each, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xuanpin.pipelines.connect.completing import still_missing
from xuanpin.pipelines.connect.plan import TablePlan
from xuanpin.pipelines.connect.recognised import tables_without
from xuanpin.pipelines.contracts import OPTIONAL
from xuanpin.pipelines.missing.prices import USUAL_DELIVERY_DAYS, price_of, prices, told_prices
from xuanpin.pipelines.settings.assumptions import STAND_INS, AssumptionSettings
from xuanpin.pipelines.typed.phrase import Phrase, phrase


@dataclass(frozen=True)
class Missing:
    """What is missing and accepted, and what no setting makes up for.

    `stand_ins` is what stands in for each source table; `prices` has what it costs to be without a table, or without a
    column under `table.column`; `told` is all of that in the order to tell it. `assumptions` are settings by key: their
    TOML and the reason. `refused` are columns, and tables, without which no night runs.
    """

    stand_ins: Mapping[str, str] = field(default_factory=dict)
    prices: Mapping[str, tuple[Phrase, ...]] = field(default_factory=dict)
    told: tuple[Phrase, ...] = ()
    assumptions: Mapping[str, tuple[str, Phrase]] = field(default_factory=dict)
    refused: tuple[str, ...] = ()


def what_is_missing(plans: Sequence[TablePlan]) -> Missing:
    """Return what the plans lack, with what stands in for it and its price."""
    tables = [table for table in tables_without(plans) if table not in OPTIONAL]
    stand_ins = _stand_ins(plans, tables)
    columns = _columns(plans)
    assumptions = _assumptions(columns)
    assumed = AssumptionSettings.model_validate({"delivery_days": USUAL_DELIVERY_DAYS})
    refused = [f"{plan.table}.{name}" for plan in plans for name in still_missing(plan)]
    names = [*stand_ins, *columns]
    return Missing(
        stand_ins,
        {name: (price_of(name, assumed),) for name in names if name in prices()},
        tuple(told_prices(names, assumed)),
        assumptions,
        (*(table for table in tables if table not in stand_ins), *refused),
    )


def _stand_ins(plans: Sequence[TablePlan], tables: Sequence[str]) -> dict[str, str]:
    """Return what stands in for each missing table; groups that orders do not name are nothing."""
    orders = next((plan for plan in plans if plan.table == "orders"), None)
    found = {table: STAND_INS[table][0] for table in tables if STAND_INS[table]}
    names_groups = orders is not None and "group_id" in orders.headers
    if "groups" in found and not names_groups and "chat_messages" in found:
        found["groups"] = "nothing"
    return {table: stand_in for table, stand_in in found.items() if orders is not None or stand_in == "nothing"}


def _columns(plans: Sequence[TablePlan]) -> list[str]:
    """Return the columns with a price that no header has."""
    by_table = {plan.table: plan for plan in plans}
    return [
        name
        for name in prices()
        if "." in name and (plan := by_table.get(name.partition(".")[0])) and _is_lacking(plan, name.partition(".")[2])
    ]


def _is_lacking(plan: TablePlan, column: str) -> bool:
    if column == "customer_id":
        return column not in plan.headers and not plan.names_customers
    return column not in plan.headers and (column not in plan.made or plan.made[column].is_constant)


def _assumptions(columns: Sequence[str]) -> dict[str, tuple[str, Phrase]]:
    found: dict[str, tuple[str, Phrase]] = {}
    if "orders.delivered_at" in columns:
        why = phrase("days from order to delivery, as orders never say; change it to what is usual with you")
        found["delivery_days"] = (str(USUAL_DELIVERY_DAYS), why)
    if "returns.reason_code" in columns:
        reasons = (*AssumptionSettings().fault_reasons, "other")
        why = phrase("returns give no reasons: each counts as a regret")
        found["fault_reasons"] = ("[" + ", ".join(f'"{reason}"' for reason in reasons) + "]", why)
    return found
