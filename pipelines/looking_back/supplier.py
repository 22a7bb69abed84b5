"""One supplier over the nights that a home keeps: its SKUs as they are judged now, its places on lists, its alarms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.looking_back.nights import Nights, Rows, rows_over

OF_SKU = (
    "sku_id", "title", "category", "list_price", "decision", "decision_code", "reasons", "regret_rate",
    "regret_rate_lower", "regret_rate_upper", "landmine_ceiling", "return_rate", "return_rate_lower",
    "return_rate_upper", "landmine_probability", "satisfaction", "satisfaction_lower", "evidence_orders",
    "sellable_units",
)  # fmt: skip
ALARMED = ("list_date", "level", "entity_id", "metric", "since_on", "severity")


@dataclass(frozen=True)
class SupplierLife:
    """What the nights say of one supplier, `supplier_id`.

    `skus` are its candidates on the newest list date (`list_date`), the listed first, each with its `list_rank` or
    None, then the riskiest. `places` has a row a list date, the newest first: how many SKUs of the list are its own
    (`own`) of how many (`listed`). `alarms` are those on the supplier itself, the newest first; `alarmed_skus` those on
    its SKUs on the newest list date.
    """

    supplier_id: str
    list_date: str
    skus: Rows
    places: Rows
    alarms: Rows
    alarmed_skus: Rows

    @property
    def listed(self) -> int:
        """How many of its SKUs are on the newest list."""
        return sum(row["list_rank"] is not None for row in self.skus)


def supplier_life(home: Home, nights: Nights, supplier_id: str) -> SupplierLife | None:
    """Return what the `nights` of a home say of the supplier `supplier_id`; None where it has no SKU in them."""
    newest = nights[:1]
    skus = rows_over(home, newest, "sku_scorecard", ("list_date", *OF_SKU), supplier_id=supplier_id)
    listed = rows_over(home, nights, "sku_list", ("list_date", "sku_id", "list_rank"), supplier_id=supplier_id)
    if not (skus or listed):
        return None
    ranks = {row["sku_id"]: row["list_rank"] for row in listed if str(row["list_date"]) == newest[0].list_date}
    own = {row["sku_id"] for row in skus}
    alarms = rows_over(home, newest, "alarms", ALARMED, level="sku")
    return SupplierLife(
        supplier_id=supplier_id,
        list_date=newest[0].list_date,
        skus=sorted((row | {"list_rank": ranks.get(row["sku_id"])} for row in skus), key=_listed_first),
        places=[_place(home, run, listed) for run in nights],
        alarms=rows_over(home, nights, "alarms", ALARMED, level="supplier", entity_id=supplier_id),
        alarmed_skus=[row for row in alarms if row["entity_id"] in own],
    )


def _listed_first(row: dict[str, Any]) -> tuple[bool, int, float, str]:
    return row["list_rank"] is None, row["list_rank"] or 0, -row["landmine_probability"], row["sku_id"]


def _place(home: Home, run: run_store.CurrentRun, listed: Rows) -> dict[str, Any]:
    own = sum(str(row["list_date"]) == run.list_date for row in listed)
    return {"list_date": run.list_date, "own": own, "listed": run_store.manifest(home, run)["row_counts"]["sku_list"]}
