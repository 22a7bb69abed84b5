"""What the list promises, with its interval: the share of landmines that it will turn out to hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Floats
from xuanpin.models.assortment.solve import SolvedList
from xuanpin.models.risk.list_risk import Listed, share_interval
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.selection.inputs import Inputs


@dataclass(frozen=True)
class StatedShare:
    """The expected share of landmines of a list, 0-1, and its 5 % and 95 % quantiles (`lower`, `upper`)."""

    expected: float
    lower: float
    upper: float


def stated_share(inputs: Inputs, solved: SolvedList) -> StatedShare:
    """Return the share of landmines as it is stated of the list; all 0 for an empty one."""

    def listed(name: str) -> Floats:
        return inputs.column(name)[chosen]

    chosen = solved.solution.chosen
    if not chosen.any():
        return StatedShare(0.0, 0.0, 0.0)
    _, suppliers = np.unique(inputs.texts("supplier_id")[chosen], return_inverse=True)
    skus = Listed(
        listed("landmine_if_steady"),
        listed("landmine_if_changed"),
        listed("changed_alone"),
        listed("changed_with_supplier"),
        suppliers,
    )
    skus_changed, suppliers_changed = listed("sku_change_count").max(), listed("supplier_change_count").max()
    lower, upper = share_interval(skus, float(skus_changed), float(suppliers_changed))
    return StatedShare(float(listed("landmine_probability").mean()), lower, upper)


def asked_promise(night: Night) -> float:
    """Return the share of landmines to ask of tomorrow's list, 0-1: the promise, tightened where the audit says so."""
    (audit,) = night.engine.read("night.int_promise_audit", columns=["tightened_promise"]).to_pylist()
    return min(night.settings.scoring.landmine_promise, float(audit["tightened_promise"]))
