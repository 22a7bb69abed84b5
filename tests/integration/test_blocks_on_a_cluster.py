"""Blocks of rows go through a function alike in the driver's database and on a cluster."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from tests.support.connect_session import sail_session, sent
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.cluster.blocks import map_blocks
from xuanpin.pipelines.engine.protocol import BlockFunction

ASPECTS = pa.list_(pa.struct([("aspect", pa.string()), ("polarity", pa.float64())]))
MESSAGES = pa.schema(
    [
        ("block", pa.int64()),
        ("text", pa.string()),
        ("sent_at", pa.timestamp("us")),
        ("sent_on", pa.date32()),
        ("price", pa.decimal128(12, 2)),
        ("units", pa.int32()),
        ("is_wish", pa.bool_()),
        ("aspects", ASPECTS),
    ]
)
LINES = pa.schema([("block", pa.int64()), ("share", pa.float64()), ("names", pa.list_(pa.string()))])
ECHO = pa.schema([("block", pa.int64()), ("said", pa.string()), ("rows", pa.int32()), ("aspects", ASPECTS)])


def echo(tables: Mapping[str, pa.Table]) -> pa.Table:
    """One row a block: everything that the function got, as text, and the nested values as they are."""
    messages, lines = tables["messages"], tables["lines"]
    assert messages.schema.types == MESSAGES.types and lines.schema.types == LINES.types
    said = repr([sorted(map(repr, rows.to_pylist())) for rows in (messages, lines)])
    aspects = sorted((row for row in messages["aspects"].to_pylist() if row is not None), key=repr)
    row = {"block": messages["block"][0].as_py(), "said": said, "rows": len(messages), "aspects": list(chain(*aspects))}
    return pa.Table.from_pylist([row], schema=ECHO)


def nothing(tables: Mapping[str, pa.Table]) -> pa.Table:
    """No row for any block."""
    return ECHO.empty_table()


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    with sail_session() as session:
        yield session


def on_cluster(session: SparkSession, function: BlockFunction, tables: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
    frames = {name: sent(session, rows) for name, rows in tables.items()}
    return in_order(map_blocks(function, frames, by="block", schema=ECHO).toArrow())


def on_driver(function: BlockFunction, tables: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
    engine = open_memory()
    for name, rows in tables.items():
        engine.store(f"night.{name}", rows)
    engine.map_blocks(function, {name: f"night.{name}" for name in tables}, by="block", into="night.made", schema=ECHO)
    made = engine.read("night.made")
    engine.close()
    return in_order(made)


def in_order(made: pa.Table) -> list[dict[str, Any]]:
    assert made.schema.types == ECHO.types
    return sorted(made.to_pylist(), key=repr)


def nullable(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
keys = nullable(st.integers(-2, 3))
aspects = st.fixed_dictionaries({"aspect": nullable(texts), "polarity": nullable(st.floats(-1, 1))})
message = st.fixed_dictionaries(
    {
        "block": keys,
        "text": nullable(texts),
        "sent_at": nullable(moments),
        "sent_on": nullable(st.dates(date(1990, 1, 1), date(2100, 1, 1))),
        "price": nullable(st.decimals(Decimal(-999), Decimal(999), places=2)),
        "units": nullable(st.integers(-(2**31), 2**31 - 1)),
        "is_wish": nullable(st.booleans()),
        "aspects": nullable(st.lists(aspects, max_size=2)),
    }
)
line = st.fixed_dictionaries(
    {"block": keys, "share": nullable(st.floats(-1, 1)), "names": nullable(st.lists(nullable(texts), max_size=2))}
)


@given(messages=st.lists(message, max_size=12), lines=st.lists(line, max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_give_a_block_the_same_rows(session: SparkSession, messages: list[Any], lines: list[Any]) -> None:
    tables = {
        "messages": pa.Table.from_pylist(messages, schema=MESSAGES),
        "lines": pa.Table.from_pylist(lines, schema=LINES),
    }
    made = on_driver(echo, tables)
    assert made == on_cluster(session, echo, tables)
    assert {row["block"] for row in made} == {row["block"] for row in messages}
    assert sum(row["rows"] for row in made) == len(messages)


def test_a_block_is_whole_however_many_batches_it_comes_in(session: SparkSession) -> None:
    count = 30_000
    blocks = pa.array([number % 3 if number % 7 else None for number in range(count)], pa.int64())
    columns = [blocks, *(pa.nulls(count, kind) for kind in MESSAGES.types[1:])]
    tables = {"messages": pa.Table.from_arrays(columns, schema=MESSAGES), "lines": LINES.empty_table()}
    made = on_cluster(session, lambda rows: echo(rows).set_column(1, ECHO.field(1), pa.array([""])), tables)
    assert {row["block"]: row["rows"] for row in made} == {
        block: blocks.to_pylist().count(block) for block in (None, 0, 1, 2)
    }


def test_a_function_may_give_nothing(session: SparkSession) -> None:
    tables = {"messages": pa.Table.from_pylist([{"block": 1}], schema=MESSAGES), "lines": LINES.empty_table()}
    assert on_cluster(session, nothing, tables) == on_driver(nothing, tables) == []
