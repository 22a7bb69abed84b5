"""Leaves beside a run what its night knew of outcomes, and reads it again without the warehouse.

The records are counts by week and by list date: they name no customer, agent or order.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine import file_rows

RECORDS = "records"
"""Sub-folder of a run with outcomes as its night knew them."""
WEEKS = 13
"""Weeks of outcomes that are left: a quarter, over which most returns show."""
BY_WEEK, BY_DAY, OF_LISTS = "record_weeks", "record_predictions", "record_nights"
"""SELECTs whose rows are left, each in a file of its name: lines of each SKU by week, what was predicted of it on each
list date and came of it, and the same of whole lists."""
ROWS_TOGETHER = 8_192
"""Rows that lie together in a file, so that one SKU is found without reading all."""


def write_records(night: Night, folder: Path) -> None:
    """Write what a night knows of outcomes into its run `folder`; reads night.int_sku_daily and
    night.int_predictions_due."""
    place = folder / RECORDS
    place.mkdir()
    for stem in (BY_WEEK, BY_DAY, OF_LISTS):
        rows = night.engine.select(stem, as_of_date=night.as_of_date, weeks=WEEKS)
        pq.write_table(rows, place / f"{stem}.parquet", compression="zstd", row_group_size=ROWS_TOGETHER)


def has_records(folder: Path) -> bool:
    """Return whether the run in `folder` has records: a night of this release or a later one wrote it."""
    return (folder / RECORDS / f"{OF_LISTS}.parquet").is_file()


def read_record(folder: Path, stem: str, **equal: str) -> list[dict[str, Any]]:
    """Return the rows of the record `stem` in a run's `folder` whose columns equal given values, in their order."""
    path = folder / RECORDS / f"{stem}.parquet"
    if equal:
        rows: list[dict[str, Any]] = file_rows(path, (), equal).to_pylist()
        return rows
    with pq.ParquetFile(path) as file:
        whole: list[dict[str, Any]] = file.read().to_pylist()
    return whole
