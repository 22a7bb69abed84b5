"""Runs of a release without brakes, which a home may still show."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.pipelines.republishing.holds import holding_brakes


def test_no_brake_holds_a_run_of_a_release_without_brakes(tmp_path: Path) -> None:
    checks = {"check_name": ["unique"], "table_name": ["brakes"], "result": ["fail"]}
    pq.write_table(pa.table(checks), tmp_path / "run_quality.parquet")
    assert holding_brakes(tmp_path) == []
