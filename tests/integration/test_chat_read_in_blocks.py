"""A message says the same in whatever block it is read, and on a cluster as in the driver."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import pyarrow as pa
import pytest

from tests.conftest import LAST_DAY, NOW, Platform
from tests.support.connect_session import sail_session, sent
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.engine.cluster.blocks import map_blocks
from xuanpin.pipelines.engine.protocol import BlockFunction, Engine
from xuanpin.pipelines.feedback import mentions, posts, step
from xuanpin.pipelines.feedback.step import feedback
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings


@dataclass(frozen=True)
class Call:
    """A call of map_blocks: the tables that went in by name, and the rows that came out."""

    function: Any
    tables: dict[str, pa.Table]
    by: str
    made: pa.Table


class WatchedEngine:
    """Passes every call on and keeps what goes into each map_blocks and what comes out."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.calls: list[Call] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def map_blocks(
        self, function: BlockFunction, tables: Mapping[str, str], *, by: str, into: str, schema: pa.Schema
    ) -> int:
        read = {name: self._engine.read(table) for name, table in tables.items()}
        rows = self._engine.map_blocks(function, tables, by=by, into=into, schema=schema)
        self.calls.append(Call(function, read, by, self._engine.read(into)))
        return rows


@pytest.fixture(scope="module")
def calls(platform: Platform, first_night: Home, tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """What went through map_blocks while a copy of a home read all its chat again, in blocks of 300 messages."""
    home = Home(tmp_path_factory.mktemp("read") / "home")
    shutil.copytree(first_night.root, home.root)
    request = RunRequest(LAST_DAY, home, platform.sources, Settings(), NOW)
    with pytest.MonkeyPatch.context() as patched, open_night(request) as night:
        for module in (mentions, posts, step):
            patched.setattr(module, "MESSAGES_A_BLOCK", 300)
        night.engine.execute("delete from history.mention_days")
        watched = WatchedEngine(night.engine)
        feedback(replace(night, engine=cast(Engine, watched)))
    return watched.calls


def in_order(rows: pa.Table) -> list[str]:
    return sorted(map(repr, rows.to_pylist()))


def in_one_block(rows: pa.Table) -> pa.Table:
    """The rows of all blocks; one that stands in several blocks stands once."""
    columns = [name for name in rows.column_names if name != "block"]
    return rows.group_by(columns).aggregate([]).select(columns)


def test_a_message_says_the_same_in_any_block(calls: list[Call]) -> None:
    assert [type(call.function).__name__ for call in calls] == ["SellerReader", "CustomerReader"]
    for call in calls:
        assert len(call.tables["texts"]["block"].unique()) >= 3 and len(call.made) > 100
        at_once = call.function({name: in_one_block(rows) for name, rows in call.tables.items()})
        assert in_order(at_once) == in_order(call.made)


def test_each_message_of_a_block_is_read_by_the_model_of_its_day(calls: list[Call]) -> None:
    call = calls[-1]
    texts = {name: in_one_block(rows) for name, rows in call.tables.items()}
    (model,) = call.function.models.values()
    numbers = texts["texts"]["message_no"].to_pylist()
    versions = pa.array(["another" if number % 2 else model.version for number in numbers])
    place = texts["texts"].column_names.index("model_version")
    texts["texts"] = texts["texts"].set_column(place, "model_version", versions)
    models = {model.version: model, "another": replace(model, version="another")}
    made = replace(call.function, models=models)(texts).to_pylist()
    assert {row["message_no"] % 2 for row in made if row["model_version"] == "another"} == {1}
    assert {row["message_no"] % 2 for row in made if row["model_version"] == model.version} == {0}
    assert len(made) == len(call.made)


def test_a_cluster_reads_as_the_driver_does(calls: list[Call]) -> None:
    with sail_session() as session:
        for call in calls:
            frames = {name: sent(session, rows) for name, rows in call.tables.items()}
            there = map_blocks(call.function, frames, by=call.by, schema=call.made.schema).toArrow()
            assert there.schema.types == call.made.schema.types
            assert in_order(there) == in_order(call.made)
