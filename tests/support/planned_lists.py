"""A run folder as planning reads it, from a small night of selection; no whole night has to run."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.planning.problem import write_problem
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.selection.step import select


def left_run(night: Night, folder: Path) -> Path:
    """Run selection on `night` and write into a new `folder` what a run leaves for planning; return the folder."""
    select(night)
    folder.mkdir()
    listed = sealing.published_rows(night, load_contract("sku_list"), "r" * 64)
    pq.write_table(listed, folder / "sku_list.parquet")
    write_problem(night, folder)
    run_store.replace_json(folder / run_store.MANIFEST, night.engine.select("promise_of_tonight").to_pylist()[0])
    return folder


def night_list(night: Night) -> list[str]:
    """Return the SKUs that selection listed on `night`, best first."""
    rows = night.engine.read("night.sku_list", columns=("sku_id", "list_rank"), order_by=("list_rank",))
    ranked: list[str] = rows["sku_id"].to_pylist()
    return ranked
