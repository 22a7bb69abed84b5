"""Rows of a published file by their values, without reading the rest and without a library of frames."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xuanpin.pipelines.engine import file_rows, file_rows_among

ROWS = pa.table(
    {
        "sku_id": ["S1", "S2", "S2", None],
        "level": ["sku", "sku", "supplier", "sku"],
        "price": pa.array([Decimal("1.50"), Decimal("2.00"), None, None], pa.decimal128(12, 2)),
        "reasons": [["a"], ["b", "c"], [], None],
    }
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of several row groups below folders whose names look like a partition and a pattern."""
    path = tmp_path / "list_date=2026-11-22" / "run [1]" / "t.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(ROWS, path, row_group_size=1)
    return path


def test_rows_come_back_whole_by_their_values(file: Path) -> None:
    assert file_rows(file, (), {"sku_id": "S2"}).to_pylist() == ROWS.slice(1, 2).to_pylist()
    assert file_rows(file, (), {"sku_id": "S2", "level": "supplier"}).to_pylist() == ROWS.slice(2, 1).to_pylist()


def test_only_the_columns_asked_for_are_read(file: Path) -> None:
    assert file_rows(file, ("reasons", "price"), {"sku_id": "S1"}).to_pylist() == [
        {"reasons": ["a"], "price": Decimal("1.50")}
    ]


def test_rows_come_back_whose_value_is_among_several(file: Path) -> None:
    found = file_rows_among(file, ("sku_id",), {"sku_id": ["S2", "S9", "' or 1 = 1 --"], "level": ["sku", "supplier"]})
    assert found["sku_id"].to_pylist() == ["S2", "S2"]
    assert file_rows_among(file, ("sku_id",), {"sku_id": []}).num_rows == 0


def test_a_value_that_no_row_has_gives_no_row_but_the_columns(file: Path) -> None:
    found = file_rows(file, ("level",), {"sku_id": "' or 1 = 1 --"})
    assert (found.num_rows, found.column_names) == (0, ["level"])


def test_pandas_and_the_learning_library_stay_unloaded(file: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom xuanpin.pipelines import explain\n"
        "from xuanpin.pipelines.engine import file_rows\nfrom xuanpin.pipelines.feedback import whole_models\n"
        f"file_rows(Path({str(file)!r}), (), {{'sku_id': 'S1'}}).to_pylist()\n"
        "print(sorted({'pandas', 'sklearn', 'scipy', 'great_expectations', 'jinja2'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
