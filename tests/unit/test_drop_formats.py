"""What a drop is follows from its content: format, packing, encoding, delimiter and columns."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xuanpin.pipelines.engine import open_engine, open_memory
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.ingest.drop_formats import Opening, RawFile, open_drop, scan
from xuanpin.pipelines.ingest.drops import Drop
from xuanpin.pipelines.ingest.formats.header import Wanted
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.statements.drops import parquet_files

TEXT = '订单编号,商品,备注\r\nL1,连衣裙,"说 ""好"",\n很好"\r\nL2,围巾,\r\n'
ROWS = [("L1", "连衣裙", '说 "好",\n很好'), ("L2", "围巾", None)]
LINES = '{"订单编号": "L1", "数量": 2, "标签": ["a", "b"]}\n{"订单编号": "L2", "备注": null}\n'


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = open_engine(tmp_path_factory.mktemp("formats") / "warehouse.duckdb", threads=1)
    yield opened
    opened.close()


def opened(engine: Engine, file: Path, scratch: Path) -> RawFile:
    drop = Drop("orders", "orders/data.bin", file, file.stat().st_size, "hash")
    return open_drop(Opening(engine, Workspace(scratch), Wanted("orders")), drop)


def read(engine: Engine, folder: Path, content: bytes) -> list[tuple[Any, ...]]:
    """The rows of a drop with this content, under a name that says nothing."""
    file, scratch = folder / "data.bin", folder / "scratch"
    scratch.mkdir()
    file.write_bytes(content)
    raw = opened(engine, file, scratch)
    found = engine.query(f"select * from {scan([raw])}").to_pylist()
    return [tuple(row[name] for name, _ in raw.columns) for row in found]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv(engine: Engine, tmp_path: Path, encoding: str, packed: bool) -> None:
    content = TEXT.encode(encoding)
    assert read(engine, tmp_path, gzip.compress(content) if packed else content) == ROWS


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiters(engine: Engine, tmp_path: Path, delimiter: str) -> None:
    content = f"a{delimiter}b\n1{delimiter}x|y\n".encode()
    assert read(engine, tmp_path, content) == [("1", "x|y")]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_json_lines(engine: Engine, tmp_path: Path, encoding: str, packed: bool) -> None:
    content = LINES.encode(encoding)
    found = read(engine, tmp_path, gzip.compress(content) if packed else content)
    assert found == [("L1", "2", '["a","b"]', None), ("L2", None, None, None)]


@pytest.mark.parametrize("packed", [False, True])
def test_parquet(engine: Engine, tmp_path: Path, packed: bool) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"order_line_id": ["L1"], "tags": [["a"]]}), sink)
    content = sink.getvalue().to_pybytes()
    assert read(engine, tmp_path, gzip.compress(content) if packed else content) == [("L1", ["a"])]


def test_a_csv_of_only_a_header_has_columns_and_no_rows(engine: Engine, tmp_path: Path) -> None:
    assert read(engine, tmp_path, b"a,b\n") == []


def test_a_header_without_a_name_gets_its_place(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("a,,c\n1,2,3\n")
    raw = opened(engine, file, tmp_path)
    assert [name for name, _ in raw.columns] == ["a", "column_2", "c"]


def test_a_path_is_no_pattern(tmp_path: Path) -> None:
    for name, value in (("a[1].parquet", 1), ("a1.parquet", 2)):
        pq.write_table(pa.table({"x": [value]}), tmp_path / name)
    engine = open_memory()
    found = engine.query(f"select x from {parquet_files([str(tmp_path / 'a[1].parquet')])}")
    engine.close()
    assert found["x"].to_pylist() == [1]
