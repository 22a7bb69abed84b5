"""What a night knows of goods that perish: rows to store, nothing unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.scoring.perishables import AGENTS, LEVELS, SKUS

AGENT: dict[str, Any] = {"usual_hours": 18.0, "upper_hours": 24.0, "before_cutoff": 1.0, "waiting_level": 0}
SKU: dict[str, Any] = {
    "agents_share": 1.0, "before_cutoff": 1.0, "waited_hours": 18.0, "spoilage_rate": 0.02, "spoilage_upper": 0.05,
    "spoilage_added": 0.0, "added_deviation": 0.0, "added_by_level": [0.0] * LEVELS,
}  # fmt: skip


def put_perishing(engine: Engine, skus: Sequence[dict[str, Any]] = (), agents: Sequence[dict[str, Any]] = ()) -> None:
    """Store night.int_perishables (`skus`: sku_id, shelf_hours and more) and int_agent_waiting (`agents`)."""
    engine.store("night.int_perishables", pa.Table.from_pylist([SKU | row for row in skus], schema=SKUS))
    engine.store("night.int_agent_waiting", pa.Table.from_pylist([AGENT | row for row in agents], schema=AGENTS))
