"""What agents have declined and are not asked again yet."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from xuanpin.pipelines.context import Night


def find_refusals(night: Night) -> pa.Table:
    """Return what agents have declined and are not asked again yet (agent_id, sku_id), as
    night.int_standing_refusals."""
    settings = night.settings.matching
    rows = night.engine.select(
        "int_standing_refusals",
        remembered_after=night.list_date - timedelta(days=settings.refusal_days),
        rested_after=night.list_date - timedelta(days=settings.rest_days),
    )
    night.engine.store("night.int_standing_refusals", rows)
    return rows
