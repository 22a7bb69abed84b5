"""Completes the staged tables of sources for which orders stand in, by what order lines say on the as-of date."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.missing.tonight import stood_in

COMPLETED = ("products", "agents", "groups")
"""Tables whose derived rows say who or what is there, and order lines the rest."""


def complete_stood_in(night: Night) -> None:
    """Complete night.stg_products, stg_agents, stg_groups and stg_inventory where orders stand in for their sources.

    Reads history.order_line_timeline as of the night: what a later order says changes nothing for an earlier date.
    """
    assumed, day = night.settings.assumptions, night.as_of_date
    values: dict[str, Any] = assumed.model_dump() | {
        "as_of_date": day,
        "quiet_on": day - timedelta(days=assumed.quiet_days),
        "stock_from": day - timedelta(days=assumed.stock_days),
    }
    for table in COMPLETED:
        if stood_in(night.settings.sources, table):
            night.engine.run(f"stood_in_{table}", **values)
    if stood_in(night.settings.sources, "inventory"):
        night.engine.materialise("stood_in_inventory", called="stg_inventory", **values)
