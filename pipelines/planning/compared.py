"""Two lists in one table: every SKU of either, with its places on both."""

from __future__ import annotations

from dataclasses import dataclass

from xuanpin.pipelines.planning.figures import ListedSku
from xuanpin.pipelines.planning.plan import Plan


@dataclass(frozen=True)
class ComparedSku:
    """A SKU of the list as it is, of the drafted one, or of both, with its places there (`before`, `after`; None where
    it is not listed)."""

    sku: ListedSku
    before: int | None
    after: int | None

    @property
    def change(self) -> str:
        """Whether it comes (`in`), goes (`out`), stands elsewhere (`moved`), or neither ('')."""
        if self.before is None:
            return "in"
        if self.after is None:
            return "out"
        return "" if self.before == self.after else "moved"


def compared_rows(plan: Plan) -> list[ComparedSku]:
    """Return the SKUs of both lists of a `plan` by their drafted place, those that leave where they stood."""
    before = {sku.sku_id: sku.list_rank for sku in plan.skus} | {
        move.sku.sku_id: move.rank_before for move in plan.moved
    }
    coming = {sku.sku_id for sku in plan.entering}
    rows = [ComparedSku(sku, None if sku.sku_id in coming else before[sku.sku_id], sku.list_rank) for sku in plan.skus]
    rows += [ComparedSku(gone.sku, gone.sku.list_rank, None) for gone in plan.leaving]
    return sorted(rows, key=lambda row: (row.after or row.before or 0, row.after is None, row.sku.sku_id))
