"""Read the evidence on each SKU, as the steps before have counted it, in the order that models keep."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.beta_binomial import price_bands
from xuanpin.pipelines.context import Night

FOLDS = 5
"""Parts of the catalogue, each of which is held out once when the strength of a prior is learnt."""


def read_evidence(night: Night) -> pd.DataFrame:
    """Read night.int_sku_evidence, one row a SKU in the order of sku_id, with its price band and fold."""
    evidence: pd.DataFrame = night.engine.read("night.int_sku_evidence", order_by=["sku_id"]).to_pandas()
    evidence["price_band"] = price_bands(evidence["list_price"].to_numpy())
    # A checksum of the id gives each SKU the same fold every night, whatever else is in the catalogue.
    evidence["fold"] = [zlib.crc32(sku_id.encode()) % FOLDS for sku_id in evidence["sku_id"]]
    return evidence


def doubles(evidence: pd.DataFrame, name: str) -> Floats:
    """Return one measure of the `evidence` by its column `name`, shape (skus,)."""
    return evidence[name].to_numpy(np.float64)


def codes(evidence: pd.DataFrame, name: str) -> Ints:
    """Return the codes of one column `name` of the `evidence` in the order of its values, shape (skus,)."""
    return pd.factorize(evidence[name], sort=True)[0].astype(np.int64)


def folds(evidence: pd.DataFrame) -> Ints:
    """Return the fold of each SKU of the `evidence`, shape (skus,)."""
    return evidence["fold"].to_numpy(np.int64)
