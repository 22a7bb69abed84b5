"""Settings of what is assumed where a platform does not have a source or a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from xuanpin.pipelines.settings.section import Section
from xuanpin.pipelines.typed.phrase import joined, phrase

StandIn = Literal["orders", "nothing"]
"""What stands in for a source table: rows derived from the lines of orders, or no row at all."""
STAND_INS: Mapping[str, tuple[StandIn, ...]] = {
    "products": ("orders",),
    "inventory": ("orders",),
    "agents": ("orders",),
    "groups": ("orders", "nothing"),
    "orders": (),
    "returns": ("nothing",),
    "chat_messages": ("nothing",),
    "overrides": ("nothing",),
    "match_answers": ("nothing",),
    "supplier_offers": ("nothing",),
}
"""What may stand in for each source table; the first is what is proposed. Without orders there is no list."""
SNAPSHOTS = ("products", "inventory", "agents", "groups")
"""The tables that say how things stand on a day, so that a file of one may be the whole state."""


ReturnReason = Literal[
    "quality", "not_as_described", "damaged", "spoiled", "wrong_size", "late", "changed_mind", "other"
]
"""The reasons of returns that the source contract knows."""


def refuse_stand_in(table: str, stand_in: StandIn | None, *, is_snapshot: bool) -> None:
    """Raise ValueError, saying what to write, where a source `table` cannot have this stand-in or, where `is_snapshot`,
    be a snapshot."""
    allowed = STAND_INS[table]
    if stand_in is not None and not allowed:
        raise ValueError(phrase("take stand_in out: without {table} there is no list", table=table))
    if stand_in is not None and stand_in not in allowed:
        known = joined([f'"{name}"' for name in allowed], " or ")
        raise ValueError(phrase("write stand_in = {known} for {table}", known=known, table=table))
    if is_snapshot and table not in SNAPSHOTS:
        raise ValueError(phrase("write snapshot for a table of states alone: {tables}", tables=joined(SNAPSHOTS)))


def refuse_chat_without_groups(groups: StandIn | None, chat: StandIn | None) -> None:
    """Raise ValueError where nothing stands in for groups and chat is to be read: a message names its group."""
    if groups == "nothing" and chat != "nothing":
        raise ValueError(
            phrase(
                'without groups no chat can be read: write stand_in = "orders" for groups, or stand_in = "nothing" for '
                "chat_messages too"
            )
        )


class AssumptionSettings(Section):
    """What is assumed where a source is missing; the report's head names what is in use, with its price."""

    stock_days: int = Field(28, ge=1, description="days of sales by which stock is judged where no stock figures come")
    stock_ratio: float = Field(
        3.0,
        gt=0,
        description="units taken to be in stock where no stock figures come, in units of the SKU's best day",
    )
    stock_units: int = Field(
        30, ge=1, description="fewest units taken to be in stock then: a SKU that has hardly sold gets its trial"
    )
    agent_slots: int = Field(15, ge=1, description="SKUs a day that an agent gets who is known by her orders alone")
    quiet_days: int = Field(
        60,
        ge=1,
        description="days without an order after which such an agent is taken to have left, and a SKU that is known "
        "by its orders alone to be off sale",
    )
    fault_reasons: tuple[ReturnReason, ...] = Field(
        ("quality", "not_as_described", "damaged", "spoiled"),
        min_length=1,
        description="reasons of returns that count as regret; add `other` where returns come without reasons",
    )
    delivery_days: int | None = Field(
        None,
        ge=0,
        description="days from order to delivery of order lines that are paid or shipped and never say more; "
        "unset, such a line is not delivered",
    )
