"""What perishes between the close of an agent's orders and pick-up, lined up with agents and SKUs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.affinity.perishing import Perishing
from xuanpin.pipelines.choice_model.columns import doubles, integers, rows_of, vectors
from xuanpin.pipelines.context import Night


def perishing_of(night: Night, agent_ids: pa.ChunkedArray, sku_ids: pa.ChunkedArray) -> Perishing | None:
    """Return what perishes of the SKUs `sku_ids` with the active agents `agent_ids`; None where nothing does.

    Reads night.int_perishables and int_agent_waiting.
    """
    goods = night.engine.read("night.int_perishables")
    people = night.engine.read("night.int_agent_waiting")
    sku, agent = rows_of(goods["sku_id"], sku_ids), rows_of(people["agent_id"], agent_ids)
    perishes = sku >= 0
    if not perishes.any() or not people.num_rows:
        return None
    own = goods.take(pa.array(sku[perishes]))
    added = vectors(own["added_by_level"], pc.list_value_length(own["added_by_level"])[0].as_py())
    spoilage = np.zeros((added.shape[1], len(sku)), np.float32)
    spoilage[:, perishes] = added.T
    hours = np.full(len(sku), np.inf)
    hours[perishes] = doubles(own, "shelf_hours")
    return Perishing(
        shelf_hours=hours,
        needed_hours=doubles(people, "upper_hours")[agent] + night.settings.perishables.margin_hours,
        before_cutoff=doubles(people, "before_cutoff")[agent].astype(np.float32),
        level=integers(people, "waiting_level")[agent],
        spoilage=spoilage,
    )
