"""The baseline of the benchmarks: the engine reads every value of the same drops once and stores nothing."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb


def scan_seconds(sources: Path) -> float:
    """Seconds to read all Parquet drops below a folder completely, best of two runs, two threads."""
    return min(_scan(sources), _scan(sources))


def _scan(sources: Path) -> float:
    started = time.perf_counter()
    with duckdb.connect(config={"threads": 2}) as connection:
        for table in sorted(path for path in sources.iterdir() if path.is_dir()):
            files = [str(file) for file in sorted(table.rglob("*.parquet"))]
            if files:
                connection.execute(
                    "select max(columns(*)) from read_parquet($files, union_by_name = true)", {"files": files}
                )
                connection.fetchall()
    return time.perf_counter() - started
