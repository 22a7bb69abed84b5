"""Stages a night: selects what is visible on the as-of date and updates the order history with what arrived."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.engine import Engine

VISIBLE = ("stg_products", "stg_inventory", "stg_agents", "stg_groups", "stg_overrides")
TIMELINE = (
    "int_order_line_versions",
    "int_return_versions",
    "int_order_line_days",
    "int_return_days",
    "int_order_line_timeline",
)
DELTAS = {
    "history.daily_sku_outcomes": "int_daily_sku_deltas",
    "history.daily_agent_outcomes": "int_daily_agent_deltas",
}


def stage(night: Night) -> StepCount:
    """Bring the maintained tables up to date and write the staged tables of this as-of date.

    Reads source.*; writes history.order_line_timeline, history.daily_sku_outcomes, history.daily_agent_outcomes and
    night.stg_*, night.int_candidates, night.int_sku_daily, night.int_agent_daily. Returns the rows read (visible
    keys and order lines that changed) and the candidates for the list date.
    """
    engine = night.engine
    changed = maintain_history(engine)
    visible = sum(engine.materialise(stem, as_of_date=night.as_of_date) for stem in VISIBLE)
    candidates = engine.materialise("int_candidates", list_date=night.list_date)
    engine.materialise("int_sku_daily", as_of_date=night.as_of_date)
    history_before = night.as_of_date - timedelta(days=night.settings.matching.history_days)
    engine.materialise("int_agent_daily", as_of_date=night.as_of_date, history_before=history_before)
    return changed + visible, candidates


def maintain_history(engine: Engine) -> int:
    """Fold the batches ingested since the last call into the order history; return how many order lines changed.

    The cost grows with the lines that changed, not with history. The result does not depend on how rows were
    split into batches or in which order the batches came: each changed line is computed anew from all its
    versions, and its old contribution is taken back from the daily outcomes.
    """
    arrived = engine.select("newest_order_drop")["drop_seq"][0].as_py()
    changed = engine.materialise("int_changed_order_lines", staged_seq=_staged_batch(engine))
    if changed == 0 and engine.read("ops.staged").num_rows:
        return 0
    _compute_changed(engine)
    with engine.transaction():
        _replace_changed(engine)
        engine.store("ops.staged", pa.table({"drop_seq": pa.array([arrived], pa.int64())}))
    return changed


def _compute_changed(engine: Engine) -> None:
    for stem in TIMELINE:
        engine.materialise(stem)
    engine.materialise("int_timeline_effects")
    for stem in DELTAS.values():
        engine.materialise(stem)


def _replace_changed(engine: Engine) -> None:
    engine.replace_keys(
        "history.order_line_timeline",
        "night.int_order_line_timeline",
        keys="night.int_changed_order_lines",
        on="order_line_id",
    )
    for table, stem in DELTAS.items():
        engine.append(table, f"night.{stem}")


def _staged_batch(engine: Engine) -> int:
    staged = engine.read("ops.staged")["drop_seq"].to_pylist()
    return int(staged[0]) if staged else -1
