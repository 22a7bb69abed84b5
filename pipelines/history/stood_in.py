"""Completes the staged tables of sources that say less than their contract asks: what stands in, and snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.missing.tonight import END_OF_DAY, stood_in

COMPLETED = ("products", "agents", "groups")
"""Tables whose derived rows say who or what is there, and order lines the rest."""
WHOLE = ("products", "agents", "inventory")
"""Tables of snapshots in which what a newer file has no more is gone; of a group nothing says so."""


def complete_stood_in(night: Night) -> None:
    """Complete night.stg_products, stg_agents, stg_groups and stg_inventory where orders stand in for their sources,
    or each file of theirs is the whole state.

    Reads history.order_line_timeline and the sources as of the night: what comes later changes nothing for an earlier
    date.
    """
    assumed, day = night.settings.assumptions, night.as_of_date
    values: dict[str, Any] = assumed.model_dump() | {
        "as_of_date": day,
        "quiet_on": day - timedelta(days=assumed.quiet_days),
        "stock_from": day - timedelta(days=assumed.stock_days),
        "end_of_day": END_OF_DAY,
    }
    sources = night.settings.sources
    for table in COMPLETED:
        if stood_in(sources, table):
            _complete_derived(night, table, values)
    for table in WHOLE:
        if getattr(sources.tables, table).snapshot:
            night.engine.run(f"snapshot_{table}", **values)
    if stood_in(sources, "inventory"):
        night.engine.materialise("stood_in_inventory", called="stg_inventory", **values)


def _complete_derived(night: Night, table: str, values: Mapping[str, Any]) -> None:
    """Complete the staged rows of a `table` by what order lines say of each."""
    described = f"described_{table}"
    night.engine.store(f"temp.{described}", night.engine.select(described, **values))
    night.engine.run(f"stood_in_{table}", **values)
    night.engine.drop(f"temp.{described}")
