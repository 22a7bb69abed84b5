"""Two files of a table differ in just the rows that take the one to the other."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xuanpin.pipelines.engine.run_files import IS_NEW, MARKED_JSON, RunFiles

SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("fit", pa.float64()),
        ("tags", pa.list_(pa.string())),
        ("aspects", pa.list_(pa.struct([("aspect", pa.string()), ("polarity", pa.float64())]))),
    ]
)
TYPES = {"key": "VARCHAR", "fit": "DOUBLE", "tags": "VARCHAR[]", "aspects": MARKED_JSON, "later": "BIGINT"}
VALUES = st.fixed_dictionaries(
    {
        "fit": st.sampled_from([None, 0.0, 0.5]),
        "tags": st.sampled_from([None, [], ["a", "b"]]),
        "aspects": st.sampled_from([None, [], [{"aspect": "味道", "polarity": -1.0}]]),
    }
)
ROWS = st.dictionaries(st.sampled_from("abcdef"), VALUES, max_size=6)


def _write(path: Path, rows: dict[str, dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist([{"key": key} | row for key, row in rows.items()], schema=SCHEMA), path)
    return path


def _as_set(rows: list[dict[str, Any]]) -> set[str]:
    return {repr(row) for row in rows}


@pytest.fixture(scope="module")
def files() -> Iterator[RunFiles]:
    with RunFiles() as opened:
        yield opened


@given(before=ROWS, after=ROWS)
@settings(max_examples=15, deadline=None)
def test_what_left_and_what_came_make_one_file_of_the_other(
    files: RunFiles, before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]
) -> None:
    with TemporaryDirectory() as folder:
        paths = [_write(Path(folder) / name, rows) for name, rows in (("before", before), ("after", after))]
        read = []
        for path in paths:
            with files.streamed_rows(path, TYPES) as rows:
                read.append(_as_set(rows.read_all().to_pylist()))
        unequal = files.unequal_rows(paths[0], paths[1], TYPES, 100).to_pylist()
        came = _as_set([row for row in unequal if row.pop(IS_NEW)])
        left = _as_set(unequal) - came
        assert (read[0] - left) | came == read[1]
        assert left == read[0] - read[1] and came == read[1] - read[0]
