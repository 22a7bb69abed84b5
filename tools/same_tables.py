"""Tells whether two homes have published the same tables, except for run ids.

Run `python -m tools.same_tables HOME HOME`; it prints one line a difference and exits with 1 when there is any. Use it
before and after a change that must not change what the nights decide. `--doubles 1e-9` lets numbers with a fraction
differ by that share of themselves, as those of two engines do, which add in another order, and by one in the last
decimal that is published, which may be rounded up of one and down of the other. Points of the frontier then may differ
whose lists are equally good as far as their proven gaps tell: a last decimal decides which of them the solver finds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.run_store.sealing import PLACES

STAMPS = ("run_id",)
"""Columns that name a run: they follow the code's version, so they differ where nothing else does."""


def main(first: Path, second: Path, doubles: float = 0.0) -> int:
    """Print how the current runs of two homes differ, `doubles` by more than this share; return 1 when they do."""
    tables, others = published_tables(first), published_tables(second)
    found = [f"only in {first}: {name}" for name in sorted(tables.keys() - others.keys())]
    found += [f"only in {second}: {name}" for name in sorted(others.keys() - tables.keys())]
    shared = sorted(tables.keys() & others.keys())
    for name in shared:
        table, other = pq.read_table(tables[name]), pq.read_table(others[name])
        found += [f"{name}: {fault}" for fault in differences(table, other, doubles)]
    print("\n".join([*found, f"{len(shared)} tables compared, {len(found)} differences"]))
    return 1 if found or not shared else 0


def published_tables(home: Path) -> dict[str, Path]:
    """The table files of the current run of every list date, by list date and table."""
    place = Home(home)
    folders = (run_store.run_folder(place, run) for run in run_store.current_runs(place))
    return {f"{folder.parent.name}/{path.stem}": path for folder in folders for path in folder.glob("*.parquet")}


def differences(table: pa.Table, other: pa.Table, doubles: float = 0.0) -> Iterator[str]:
    """How two tables differ in rows, columns and values, run ids aside, and doubles by up to this share of them.

    With a share they may differ by one in the last published decimal too.
    """
    if table.num_rows != other.num_rows:
        yield f"{table.num_rows} rows and {other.num_rows} rows"
        return
    if table.column_names != other.column_names:
        yield f"columns {table.column_names} and {other.column_names}"
        return
    if doubles:
        table, other = _told_apart(table, other)
    for column in table.column_names:
        if column not in STAMPS and not _equal(table[column], other[column], doubles):
            yield f"column {column} differs"


def _told_apart(table: pa.Table, other: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Leave out the rows of two tables whose objectives differ by no more than both of their proven gaps allow."""
    if not {"objective", "gap"} <= set(table.column_names):
        return table, other
    objectives = table["objective"].to_numpy(), other["objective"].to_numpy()
    apart = np.abs(objectives[0] - objectives[1])
    gaps = table["gap"].to_numpy() + other["gap"].to_numpy()
    as_good = (apart > 0) & (apart <= gaps * np.maximum(*np.abs(objectives)))
    return table.filter(pa.array(~as_good)), other.filter(pa.array(~as_good))


def _equal(column: pa.ChunkedArray, other: pa.ChunkedArray, doubles: float) -> bool:
    if column.equals(other):
        return True
    if not pa.types.is_floating(column.type) or not column.is_null().equals(other.is_null()):
        return False
    # One and a half steps: a difference of two decimals is no exact step.
    step = 1.5 * 10.0**-PLACES if doubles else 0.0
    return np.allclose(column.to_numpy(), other.to_numpy(), rtol=doubles, atol=step, equal_nan=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--doubles", type=float, default=0.0, help="share by which numbers with a fraction may differ")
    asked = parser.parse_args()
    sys.exit(main(asked.first, asked.second, asked.doubles))
