"""The engine maps a function over blocks of rows, however many blocks there are and however large they are."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xuanpin.pipelines.engine import blocks, open_memory
from xuanpin.pipelines.engine.protocol import Engine

COUNTS = pa.schema([("key", pa.string()), ("posts", pa.list_(pa.int64())), ("lines", pa.list_(pa.int64()))])
TABLES = {"posts": "night.posts", "lines": "night.lines"}


def contents(tables: Mapping[str, pa.Table]) -> pa.Table:
    """One row a block: its key and the numbers of its rows."""
    (key,) = set(tables["posts"]["key"].to_pylist())
    numbers = {name: sorted(rows["number"].to_pylist()) for name, rows in tables.items()}
    return pa.Table.from_pylist([{"key": repr(key), **numbers}], schema=COUNTS)


def expected(posts: list[Any], lines: list[Any]) -> dict[str, tuple[list[int], list[int]]]:
    return {
        repr(key): ([n for n, other in enumerate(posts) if other == key], [n for n, k in enumerate(lines) if k == key])
        for key in set(posts)
    }


def made(engine: Engine) -> dict[str, tuple[list[int], list[int]]]:
    rows = engine.read("night.made").to_pylist()
    assert len({row["key"] for row in rows}) == len(rows)
    return {row["key"]: (row["posts"], row["lines"]) for row in rows}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = open_memory()
    yield engine
    engine.close()


def store(engine: Engine, posts: list[Any], lines: list[Any], kind: pa.DataType) -> None:
    for name, keys in (("posts", posts), ("lines", lines)):
        rows = {"key": pa.array(keys, kind), "number": pa.array(range(len(keys)), pa.int64())}
        engine.store(TABLES[name], pa.table(rows))


KEYS = {
    "whole numbers": (pa.int32(), st.integers(-3, 3)),
    "texts": (pa.string(), st.sampled_from(["", "a", "A", "ä", "b", "中"])),
    "dates": (pa.date32(), st.dates(date(2026, 11, 27), date(2026, 12, 2))),
}


@pytest.mark.parametrize("kind", KEYS)
def test_every_block_of_the_first_table_comes_once_and_whole(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    arrow, values = KEYS[kind]
    keys = st.lists(st.none() | values, max_size=15)

    @given(posts=keys, lines=keys, rows_at_a_time=st.sampled_from([1, 4, 1_000]))
    @settings(max_examples=25, deadline=None)
    def check(posts: list[Any], lines: list[Any], rows_at_a_time: int) -> None:
        monkeypatch.setattr(blocks, "ROWS_AT_A_TIME", rows_at_a_time)
        store(engine, posts, lines, arrow)
        assert engine.map_blocks(contents, TABLES, by="key", into="night.made", schema=COUNTS) == len(set(posts))
        assert made(engine) == expected(posts, lines)

    check()


@pytest.mark.parametrize(
    ("sizes", "ranges"),
    [
        ({}, []),
        ({1: 2, 2: 2, 3: 2}, [(1, 2), (3, 3)]),
        ({1: 4, 2: 1, 3: 3}, [(1, 1), (2, 3)]),
        ({1: 9, 2: 1, 3: 9}, [(1, 1), (2, 2), (3, 3)]),
        ({1: 1, None: 1}, [(1, 1), (None, None)]),
        ({None: 9}, [(None, None)]),
    ],
)
def test_blocks_are_read_together_while_they_are_few_rows(
    monkeypatch: pytest.MonkeyPatch, sizes: dict[int | None, int], ranges: list[tuple[Any, Any]]
) -> None:
    monkeypatch.setattr(blocks, "ROWS_AT_A_TIME", 4)
    keys = pa.chunked_array([pa.array(sizes.keys(), pa.int64())])
    assert list(blocks.spans(pa.table({"key": keys, "size": pa.array(sizes.values(), pa.int64())}))) == ranges


def test_a_failure_leaves_the_result_of_before(engine: Engine) -> None:
    store(engine, [1, 2], [], pa.int64())
    engine.map_blocks(contents, TABLES, by="key", into="night.made", schema=COUNTS)

    def fails(tables: Mapping[str, pa.Table]) -> pa.Table:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        engine.map_blocks(fails, TABLES, by="key", into="night.made", schema=COUNTS)
    assert made(engine) == {"1": ([0], []), "2": ([1], [])}


def test_a_table_is_not_read_and_written_at_once(engine: Engine) -> None:
    store(engine, [1], [], pa.int64())
    with pytest.raises(ValueError, match=r"night\.posts"):
        engine.map_blocks(contents, TABLES, by="key", into="night.posts", schema=COUNTS)
