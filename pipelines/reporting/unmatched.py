"""Lists the SKUs of the list that no agent is matched with, and says of each why: their places are worth a look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from xuanpin.pipelines.reporting.words import number, text

Row = dict[str, Any]


def unmatched(listed: Iterable[Row], overrides: Iterable[Row]) -> list[Row]:
    """Return the rows of `listed` without an agent, those that one of `overrides` pins first, then by rank.

    Each says whether it `is_pinned`.
    """
    pinned = {row["sku_id"] for row in overrides if row["action"] == "pin" and row["state"] == "in_force"}
    alone = [row | {"is_pinned": row["sku_id"] in pinned} for row in listed if not row["agents"]]
    return sorted(alone, key=lambda row: (not row["is_pinned"], row["list_rank"]))


def unmatched_key(row: Row) -> str:
    """Return the key of the text that says why no agent is matched with the listed SKU in `row`.

    The first of: nobody's requirements permit it; its stock does not last for one post; agents have it as an alternate,
    so that other SKUs suit their slots better; other SKUs fill all slots.
    """
    if not row["suits_somebody"]:
        return "unmatched_forbidden"
    if row["sellable_units"] < row["demand_per_post"]:
        return "unmatched_stock"
    return "unmatched_outdone" if row["alternate_agents"] else "unmatched_crowded"


def unmatched_why(row: Row) -> Markup:
    """Return why no agent is matched with the listed SKU in `row`, a sentence in every language."""
    return text(unmatched_key(row), **unmatched_values(row))


def unmatched_values(row: Row) -> dict[str, str]:
    """Return what the texts on the listed SKU in `row` are filled with."""
    return {
        "n": number(row["alternate_agents"]),
        "stock": number(row["sellable_units"]),
        "units": number(row["demand_per_post"], 1),
    }
