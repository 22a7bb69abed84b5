"""Tables of the lake change as tables of the warehouse do, at once or not at all."""

from __future__ import annotations

import json
import shutil
import traceback
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql.connect.readwriter import DataFrameWriter

from tests.support.cluster import open_on_sail
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine import Engine, EngineError
from xuanpin.pipelines.engine.cluster import refuse_lake
from xuanpin.pipelines.engine.cluster.views import Views
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.migration import open_home

POSTS = pa.schema(
    [
        ("known_on", pa.date32()),
        ("posted_on", pa.date32()),
        ("agent_id", pa.string()),
        ("group_id", pa.string()),
        ("sku_id", pa.string()),
        ("posts", pa.int64()),
    ]
)
DAYS = [date(2026, 11, day) for day in (18, 19, 20)]
TABLE = "history.posts"


def posts(*rows: tuple[date | None, str, int]) -> pa.Table:
    """Posts of agents: day, agent, count."""
    whole = [
        {"known_on": day, "posted_on": day, "agent_id": agent, "group_id": "G", "sku_id": "S", "posts": count}
        for day, agent, count in rows
    ]
    return pa.Table.from_pylist(whole, schema=POSTS)


def held(engine: Engine) -> list[tuple[Any, ...]]:
    """What the table holds, whatever the order."""
    rows = engine.read(TABLE, columns=("known_on", "agent_id", "posts")).to_pylist()
    return sorted((str(row["known_on"]), row["agent_id"], row["posts"]) for row in rows)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_on_sail(tmp_path)
    yield opened
    opened.close()


def files(root: Path) -> set[Path]:
    """The files with rows of the lake."""
    return {path for path in (root / "lake").rglob("*.parquet") if "scratch" not in path.parts}


DAY = st.sampled_from(DAYS)
ROWS = st.lists(st.tuples(st.one_of(st.none(), DAY), st.sampled_from("AB"), st.integers(1, 3)), max_size=4)
CHANGE = st.one_of(
    st.tuples(st.just("append"), ROWS),
    st.tuples(st.just("replace_partition"), DAY, ROWS),
    st.tuples(st.just("replace_keys"), ROWS, ROWS),
    st.tuples(st.just("delete_where"), DAY),
    st.tuples(st.just("replace_value"), st.sampled_from("AB")),
    st.tuples(st.just("replace_values"), DAY),
    st.tuples(st.just("store"), ROWS),
    st.tuples(st.just("clear")),
)


def change(engine: Engine, what: str, *how: Any) -> int:
    """Do one change and return what the engine says of it."""
    match what, how:
        case "append", (rows,):
            return engine.append(TABLE, posts(*rows))
        case "replace_partition", (day, rows):
            return engine.replace_partition(TABLE, posts(*rows), known_on=day)
        case "replace_keys", (keys, rows):
            engine.store("temp.keys", posts(*keys))
            return engine.replace_keys(TABLE, posts(*rows), keys="temp.keys", on=("known_on", "agent_id"))
        case "delete_where", (day,):
            return engine.delete_where(TABLE, known_on=day)
        case "replace_value", (agent,):
            return engine.replace_value(TABLE, "agent_id", old=agent, new="C")
        case "replace_values", (day,):
            engine.store("temp.new_names", pa.table({"old": ["A", "C"], "new": ["D", "E"]}))
            return engine.replace_values(TABLE, "agent_id", values="temp.new_names", known_on=day)
        case "store", (rows,):
            return engine.store(TABLE, posts(*rows))
        case _:
            return engine.clear(TABLE)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGE, min_size=1, max_size=4))
def test_a_table_of_the_lake_changes_as_one_of_the_warehouse_does(
    changes: list[tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("both")
    here, there = open_home(Home(root / "here"), threads=1), open_on_sail(root)
    try:
        for engine in (here, there):
            engine.append(TABLE, posts((DAYS[0], "A", 1), (DAYS[1], "B", 2), (None, "A", 3)))
        for what, *how in changes:
            assert change(there, what, *how) == change(here, what, *how)
            assert held(there) == held(here)
    finally:
        here.close()
        there.close()


def test_what_fails_leaves_the_lake_as_it_was(engine: Engine, tmp_path: Path) -> None:
    engine.append(TABLE, posts((DAYS[0], "A", 1)))
    with pytest.raises(ValueError), engine.transaction():
        engine.append(TABLE, posts((DAYS[0], "B", 1)))
        engine.delete_where(TABLE, known_on=DAYS[0])
        raise ValueError
    assert held(engine) == [(str(DAYS[0]), "A", 1)]


def test_files_of_a_killed_night_are_emptied_when_the_home_is_opened_again(tmp_path: Path) -> None:
    engine = open_on_sail(tmp_path)
    engine.append(TABLE, posts((DAYS[0], "A", 1)))
    kept = files(tmp_path)
    with pytest.raises(ValueError), engine.transaction():
        engine.append(TABLE, posts((DAYS[1], "B", 1)))
        raise ValueError
    assert files(tmp_path) > kept
    engine.close()
    again = open_on_sail(tmp_path)
    assert (files(tmp_path), held(again)) == (kept, [(str(DAYS[0]), "A", 1)])
    again.close()


def test_what_is_left_of_a_night_is_emptied_at_one_go(tmp_path: Path) -> None:
    engine = open_on_sail(tmp_path)
    engine.append(TABLE, posts((DAYS[0], "A", 1), (DAYS[1], "A", 1)))
    engine.create(f"select * from {TABLE}", into="night.held")
    engine.create(f"select * from {TABLE}", into="night.left")
    engine.create(f"select * from {TABLE}", into="temp.left")
    engine.drop("night.left")
    engine.close()
    with patch.object(DataFrameWriter, "parquet", autospec=True) as written:
        open_on_sail(tmp_path).close()
    assert sorted(call.args[1].split("/")[-2] for call in written.call_args_list) == ["night.left", "temp.left"]
    again = open_on_sail(tmp_path)
    again.drop("night.held")
    again.close()
    with patch.object(DataFrameWriter, "parquet", autospec=True) as written:
        open_on_sail(tmp_path).close()
    assert [call.args[1].split("/")[-2] for call in written.call_args_list] == ["scratch"]


def test_a_copy_of_a_home_empties_nothing_of_the_first(tmp_path: Path) -> None:
    engine = open_on_sail(tmp_path)
    engine.append(TABLE, posts((DAYS[0], "A", 1)))
    engine.close()
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "home", copy / "home")
    (copy / "lake").symlink_to(tmp_path / "lake")
    other = open_on_sail(copy)
    other.clear(TABLE)
    other.close()
    open_on_sail(copy).close()
    again = open_on_sail(tmp_path)
    assert held(again) == [(str(DAYS[0]), "A", 1)]
    again.close()


def test_what_is_erased_is_in_no_file_afterwards(engine: Engine, tmp_path: Path) -> None:
    engine.append(TABLE, posts((DAYS[0], "顾客小芳", 1), (DAYS[0], "A", 1), (DAYS[1], "A", 1)))
    assert engine.delete_where(TABLE, agent_id="顾客小芳") == 1
    engine.rewrite()
    assert files(tmp_path)
    for path in files(tmp_path):
        assert "顾客小芳".encode() not in path.read_bytes()


def test_many_small_pieces_of_a_part_become_one(engine: Engine) -> None:
    for count in range(10):
        engine.append(TABLE, posts((DAYS[0], "A", count)))
    pieces = engine.read("ops.lake").to_pylist()
    assert len(pieces) < 10
    assert held(engine) == [(str(DAYS[0]), "A", count) for count in range(10)]


def test_the_newest_manifest_names_the_files_in_force(engine: Engine, tmp_path: Path) -> None:
    engine.append(TABLE, posts((DAYS[0], "A", 1), (DAYS[1], "A", 1)))
    engine.delete_where(TABLE, known_on=DAYS[0])
    newest = max((tmp_path / "lake" / "manifests").iterdir())
    (text,) = (path.read_text(encoding="utf-8") for path in newest.iterdir() if path.suffix == ".txt")
    (piece,) = json.loads(text)["pieces"]
    assert (piece["table"], piece["part"], piece["rows"]) == (TABLE, str(DAYS[1]), 1)


def test_rows_move_into_the_lake_when_a_home_gets_a_cluster(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    before = open_home(home, threads=1)
    before.append(TABLE, posts((DAYS[0], "A", 1)))
    before.close()
    engine = open_on_sail(tmp_path)
    assert held(engine) == [(str(DAYS[0]), "A", 1)]
    engine.close()
    without = open_home(home, threads=1)
    assert without.read(TABLE).num_rows == 0
    with pytest.raises(UsageError, match="are in a lake"):
        refuse_lake(without, home.warehouse)
    without.close()


@pytest.mark.parametrize(("driver_rows", "is_near"), [(0, False), (2, True)])
def test_a_result_comes_down_where_it_has_few_rows(tmp_path: Path, driver_rows: int, is_near: bool) -> None:
    engine = open_on_sail(tmp_path, driver_rows)
    engine.append(TABLE, posts((DAYS[0], "A", 1), (DAYS[1], "A", 2)))
    assert engine.create("select distinct agent_id, posts from history.posts", into="night.small") == 2
    assert engine.is_at_hand("select * from night.small") == is_near
    assert sorted(engine.read("night.small")["posts"].to_pylist()) == [1, 2]
    engine.close()


def test_rows_that_came_down_are_sent_up_again_only_where_they_changed(tmp_path: Path) -> None:
    engine = open_on_sail(tmp_path, driver_rows=10)
    engine.append(TABLE, posts((DAYS[0], "A", 1)))
    with patch.object(Views, "send", side_effect=AssertionError("sent")):
        engine.create(f"select * from {TABLE}", into="temp.copied")
        assert engine.is_at_hand("select 1 from temp.copied")
        assert engine.append(TABLE, "temp.copied") == 1
        assert engine.insert_rows("select * from temp.copied", into=TABLE) == 1
    engine.execute("update temp.copied set posts = 2")
    assert engine.append(TABLE, "temp.copied") == 1
    assert held(engine) == [(str(DAYS[0]), "A", count) for count in (1, 1, 1, 2)]
    engine.close()


def test_what_a_cluster_says_of_a_value_is_not_told(engine: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    engine.append(TABLE, posts((DAYS[0], "13800138000是小芳", 1)))
    with pytest.raises(EngineError) as failed:
        engine.query("select cast(agent_id as integer) as n from history.posts")
    told = "".join(traceback.format_exception(failed.value))
    assert failed.value.kind and "小芳" not in told and "小芳" not in "".join(capfd.readouterr())
