"""Leaves beside a run what its night knew of each SKU's outcomes, and reads it again without the warehouse.

The records are counts by week and by list date: they name no customer, agent or order.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine import file_rows

RECORDS = "records"
"""Sub-folder of a run with the outcomes of SKUs as its night knew them."""
WEEKS = 13
"""Weeks of outcomes that are left: a quarter, over which most returns show."""
SETS = ("record_weeks", "record_predictions")
"""SELECTs whose rows are left, each in a file of its name."""
ROWS_TOGETHER = 8_192
"""Rows that lie together in a file, so that one SKU is found without reading all."""


def write_records(night: Night, folder: Path) -> None:
    """Write what a night knows of outcomes into its run `folder`; reads night.int_sku_daily and
    night.int_predictions_due."""
    place = folder / RECORDS
    place.mkdir()
    for stem in SETS:
        rows = night.engine.select(stem, as_of_date=night.as_of_date, weeks=WEEKS)
        pq.write_table(rows, place / f"{stem}.parquet", compression="zstd", row_group_size=ROWS_TOGETHER)


def has_records(folder: Path) -> bool:
    """Return whether the run in `folder` has records: a night of this release or a later one wrote it."""
    return (folder / RECORDS / f"{SETS[-1]}.parquet").is_file()


def read_record(folder: Path, stem: str, sku_id: str) -> list[dict[str, Any]]:
    """Return the rows of the record `stem` in a run's `folder` that are of the SKU `sku_id`, in their order."""
    rows: list[dict[str, Any]] = file_rows(folder / RECORDS / f"{stem}.parquet", (), {"sku_id": sku_id}).to_pylist()
    return rows
