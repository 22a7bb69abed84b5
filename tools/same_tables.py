"""Tells whether two homes have published the same tables, except for run ids.

Run `python -m tools.same_tables HOME HOME`; it prints one line a difference and exits with 1 when there is any. Use it
before and after a change that must not change what the nights decide.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

STAMPS = ("run_id",)
"""Columns that name a run: they follow the code's version, so they differ where nothing else does."""


def main(first: Path, second: Path) -> int:
    """Print how the current runs of two homes differ; return 1 when they do, else 0."""
    tables, others = published_tables(first), published_tables(second)
    found = [f"only in {first}: {name}" for name in sorted(tables.keys() - others.keys())]
    found += [f"only in {second}: {name}" for name in sorted(others.keys() - tables.keys())]
    shared = sorted(tables.keys() & others.keys())
    for name in shared:
        found += [f"{name}: {fault}" for fault in differences(pq.read_table(tables[name]), pq.read_table(others[name]))]
    print("\n".join([*found, f"{len(shared)} tables compared, {len(found)} differences"]))
    return 1 if found or not shared else 0


def published_tables(home: Path) -> dict[str, Path]:
    """The table files of every run folder by list date and table; a list date with several runs keeps the last name."""
    return {
        f"{path.parent.parent.name}/{path.stem}": path
        for path in sorted((home / "published").glob("list_date=*/*/*.parquet"))
    }


def differences(table: pa.Table, other: pa.Table) -> Iterator[str]:
    """How two tables differ in rows, columns and values, run ids aside."""
    if table.num_rows != other.num_rows:
        yield f"{table.num_rows} rows and {other.num_rows} rows"
        return
    if table.column_names != other.column_names:
        yield f"columns {table.column_names} and {other.column_names}"
        return
    for column in table.column_names:
        if column not in STAMPS and not table[column].equals(other[column]):
            yield f"column {column} differs"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
