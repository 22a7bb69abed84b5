"""Find the kin of SKUs: others that are probably the same goods, under another name or as a variant."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from xuanpin.models.text.title_keys import image_keys, near_titles, title_keys
from xuanpin.pipelines.context import Night

MOST_KIN = 30
"""Kin of one key that are followed, those with most evidence: a title or SPU of hundreds names no single SKU."""
MOST_SUPPLIERS = 5
"""Suppliers beyond which a picture that they share is a stock picture or a stand-in, not that of one good."""
NEEDY_PRIORS = 10.0
"""Lines of its own, in multiples of what a past is worth, from which a SKU has no need of kin."""
NEAR_TITLES = pa.schema(
    [("supplier_id", pa.string()), ("title_key", pa.string()), ("near_key", pa.string()), ("nearness", pa.float64())]
)


def find_kin(night: Night) -> int:
    """Write night.int_sku_keys, int_near_titles and int_kin: which SKUs are probably which others; returns links.

    Reads night.stg_products, stg_overrides and int_sku_evidence.
    """
    products = night.engine.read("night.stg_products", columns=["sku_id", "title", "image_url"], order_by=["sku_id"])
    keys = {"title_key": title_keys(products["title"]), "image_key": image_keys(products["image_url"])}
    night.engine.store("night.int_sku_keys", pa.table({"sku_id": products["sku_id"], **keys}))
    night.engine.store("night.int_near_titles", _near_titles(night.engine.select("int_title_spellings")))
    return night.engine.materialise(
        "int_kin",
        most_suppliers=MOST_SUPPLIERS,
        most_kin=MOST_KIN,
        needy_lines=NEEDY_PRIORS * night.settings.scoring.kin_lines,
    )


def _near_titles(spelled: pa.Table) -> pa.Table:
    """Return each near pair of titles of one supplier in both directions."""
    titles = spelled["title_key"].combine_chunks()
    first, second, nearness = near_titles(titles, spelled["supplier_number"].to_numpy().astype(np.int64))
    one, other = np.concatenate([first, second]), np.concatenate([second, first])
    columns = [spelled["supplier_id"].take(one), titles.take(one), titles.take(other), np.tile(nearness, 2)]
    return pa.table(columns, NEAR_TITLES.names).cast(NEAR_TITLES)
