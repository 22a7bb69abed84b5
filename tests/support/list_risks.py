"""Candidates' risk of being landmines as selection reads it, from a probability each."""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Floats, Strings
from xuanpin.models.assortment.list_risk import Listed


def risk_of(probability: Floats, suppliers: Strings | None = None, turning: float = 0.0) -> Listed:
    """What landmine probabilities (n) consist of where suppliers turn with probability `turning`, which makes nine in
    ten of their SKUs landmines; single SKUs do not change. Without `suppliers` each SKU has its own."""
    size = len(probability)
    codes = np.arange(size) if suppliers is None else np.unique(suppliers.astype(str), return_inverse=True)[1]
    return Listed(
        if_steady=(probability - turning * 0.9) / (1.0 - turning),
        if_changed=np.full(size, 0.9),
        changed_alone=np.zeros(size),
        changed_with_supplier=np.full(size, turning),
        suppliers=codes.astype(np.int64),
        sku_changes=3.0,
        supplier_changes=3.0,
    )
