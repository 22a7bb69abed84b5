"""The database for readers follows the runs that are current, at the cost of what is new."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from xuanpin.pipelines.engine import EngineError, PublishedRuns, publish_runs
from xuanpin.pipelines.engine.publishing import HEADER_BYTES

Runs = Mapping[str, Mapping[str, Path]]


def run_files(folder: Path, run_id: str, columns: str = "1 as units", name: str = "t") -> dict[str, Path]:
    """Write a run of two tables, the second without rows; returns its files by table."""
    place = folder / f"list_date=2026-11-21/run={run_id}"
    place.mkdir(parents=True, exist_ok=True)
    select = f"select '{run_id}' as run_id, {columns}"
    with duckdb.connect() as writer:
        writer.execute(f"copy ({select}) to '{place}/{name}.parquet'")
        writer.execute(f"copy ({select} limit 0) to '{place}/empty.parquet'")
    return {name: place / f"{name}.parquet", "empty": place / "empty.parquet"}


def publish(path: Path, current: Runs, superseded: Runs | None = None, *, is_anew: bool = False) -> None:
    others = superseded or {}
    facts = pa.table({"run_id": [*current, *others], "is_current": [run in current for run in (*current, *others)]})
    publish_runs(path, PublishedRuns(current, others, facts), is_anew=is_anew)


def by_id(path: Path, table: str = "t") -> list[tuple[object, ...]]:
    """Every run that the database holds, as a reader of one run finds it."""
    sql = f"select r.* from runs.{table} as r inner join runs.versions as v on r.run_id = v.run_id order by all"
    with duckdb.connect(str(path), read_only=True) as reader:
        return reader.execute(sql).fetchall()


def rows(path: Path, table: str = "t") -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as reader:
        return reader.execute(f'select * from "{table}" order by all').fetchall()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with the runs a and b, whose files are gone since."""
    path = tmp_path / "p.duckdb"
    publish(path, {run_id: run_files(tmp_path, run_id) for run_id in "ab"})
    for file in tmp_path.glob("list_date=*/*/*.parquet"):
        file.unlink()
    return path


def gone(folder: Path, *run_ids: str) -> dict[str, Mapping[str, Path]]:
    return {run_id: {"t": folder / run_id / "t", "empty": folder / run_id / "empty"} for run_id in run_ids}


def test_a_run_that_is_held_is_not_read_again(database: Path, tmp_path: Path) -> None:
    publish(database, {**gone(tmp_path, "a", "b"), "c": run_files(tmp_path, "c")})
    assert rows(database) == [("a", 1), ("b", 1), ("c", 1)]
    assert rows(database, "empty") == []


def test_a_run_that_is_current_no_longer_leaves_and_its_successor_comes(database: Path, tmp_path: Path) -> None:
    publish(database, {**gone(tmp_path, "a"), "b2": run_files(tmp_path, "b2", "7 as units")})
    assert rows(database) == [("a", 1), ("b2", 7)]
    publish(database, gone(tmp_path, "b2"))
    assert rows(database) == [("b2", 7)]


def test_the_same_runs_again_change_no_row(database: Path, tmp_path: Path) -> None:
    publish(database, gone(tmp_path, "a", "b"))
    assert rows(database) == [("a", 1), ("b", 1)]


@pytest.mark.parametrize("columns", ["1 as units, 'x' as added", "'1' as units"])
def test_a_run_with_other_columns_has_the_database_built_anew(tmp_path: Path, columns: str) -> None:
    path, first = tmp_path / "p.duckdb", run_files(tmp_path, "a", "1 as units")
    publish(path, {"a": first})
    publish(path, {"a": first, "b": run_files(tmp_path, "b", columns)})
    assert [row[:2] for row in rows(path)] in ([("a", 1), ("b", 1)], [("a", "1"), ("b", "1")])


def test_a_run_with_another_table_has_the_database_built_anew(tmp_path: Path) -> None:
    path = tmp_path / "p.duckdb"
    publish(path, {"a": run_files(tmp_path, "a", name="former")})
    publish(path, {"a": run_files(tmp_path, "a"), "b": run_files(tmp_path, "b")})
    assert rows(path) == [("a", 1), ("b", 1)]


def test_a_damaged_database_is_built_anew(database: Path, tmp_path: Path) -> None:
    database.write_bytes(b"no database")
    publish(database, {"c": run_files(tmp_path, "c")})
    assert rows(database) == [("c", 1)]
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["p.duckdb"]


def test_a_reader_keeps_what_it_has_open(database: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as reader:
        publish(database, {**gone(tmp_path, "b"), "c": run_files(tmp_path, "c")})
        assert reader.execute("select run_id from t order by all").fetchall() == [("a",), ("b",)]
    assert rows(database) == [("b", 1), ("c", 1)]


def test_who_read_the_header_before_the_file_was_replaced_sees_the_runs_of_before(tmp_path: Path) -> None:
    """DuckDB opens a file for its header and then for its blocks; the file is replaced between the two."""
    path, mixed = tmp_path / "p.duckdb", tmp_path / "mixed.duckdb"
    runs = {run: run_files(tmp_path, run, "unnest(range(20_000)) as n, hash(n) as h") for run in "abc"}
    publish(path, {"a": runs["a"]})
    for shown, others in (("b", "a"), ("abc", ""), ("c", "ab"), ("a", "bc"), ("b", "ac"), ("b", ""), ("ab", "c")):
        before, wanted = path.read_bytes(), rows(path)
        publish(path, {run: runs[run] for run in shown}, {run: runs[run] for run in others})
        mixed.write_bytes(before[:HEADER_BYTES] + path.read_bytes()[HEADER_BYTES:])
        assert rows(mixed) == wanted


def test_a_folder_named_like_a_pattern_is_read_by_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "home [1]"
    publish(tmp_path / "p.duckdb", {"a": run_files(folder, "a")})
    publish(tmp_path / "p.duckdb", {**gone(folder, "a"), "b": run_files(folder, "b")})
    assert rows(tmp_path / "p.duckdb") == [("a", 1), ("b", 1)]


def test_a_table_that_earlier_runs_lack_holds_the_runs_that_have_it(database: Path, tmp_path: Path) -> None:
    before = {run_id: run_files(tmp_path, run_id) for run_id in "ab"}
    publish(database, before | {"c": run_files(tmp_path, "c") | {"new": run_files(tmp_path, "c")["t"]}})
    assert rows(database) == [("a", 1), ("b", 1), ("c", 1)]
    assert rows(database, "new") == [("c", 1)]


def test_a_run_that_was_replaced_is_read_by_its_id_and_no_longer_shown(database: Path, tmp_path: Path) -> None:
    publish(database, {**gone(tmp_path, "a"), "b2": run_files(tmp_path, "b2", "7 as units")}, gone(tmp_path, "b"))
    assert rows(database) == [("a", 1), ("b2", 7)]
    assert by_id(database) == [("a", 1), ("b", 1), ("b2", 7)]
    assert by_id(database, "empty") == []
    publish(database, gone(tmp_path, "a", "b"), gone(tmp_path, "b2"))
    assert (rows(database), by_id(database)) == ([("a", 1), ("b", 1)], [("a", 1), ("b", 1), ("b2", 7)])
    publish(database, gone(tmp_path, "a", "b"))
    assert (rows(database), by_id(database)) == ([("a", 1), ("b", 1)], [("a", 1), ("b", 1)])


def test_a_database_of_an_earlier_release_and_one_that_is_to_be_renewed_are_built_from_the_files(
    tmp_path: Path,
) -> None:
    path = tmp_path / "p.duckdb"
    with duckdb.connect(str(path)) as former:
        former.execute("create table t as select 'a' as run_id, 1 as units")
    runs = {run_id: run_files(tmp_path, run_id) for run_id in "ab"}
    publish(path, {"a": runs["a"]}, {"b": runs["b"]})
    assert (rows(path), by_id(path)) == ([("a", 1)], [("a", 1), ("b", 1)])
    changed = run_files(tmp_path, "b", "3 as units")
    publish(path, {"a": runs["a"]}, {"b": changed})
    assert by_id(path)[-1] == ("b", 1), "a run keeps its rows as long as it is held"
    publish(path, {"a": runs["a"]}, {"b": changed}, is_anew=True)
    assert by_id(path)[-1] == ("b", 3)


def test_tables_and_columns_that_only_one_side_has_are_read_by_id(tmp_path: Path) -> None:
    path, old = tmp_path / "p.duckdb", run_files(tmp_path, "a", "1 as units", name="former")
    new = run_files(tmp_path, "b", "2 as units, 'x' as added")
    publish(path, {"b": new}, {"a": old, "c": run_files(tmp_path, "c")})
    assert rows(path) == [("b", 2, "x")]
    assert by_id(path) == [("b", 2, "x"), ("c", 1, None)]
    assert by_id(path, "former") == [("a", 1)]
    assert rows(path, "former") == []


def test_a_failed_publication_leaves_the_old_database(database: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError):
        publish(database, {**gone(tmp_path, "a"), "x": {"t": tmp_path / "missing", "empty": tmp_path / "missing"}})
    assert rows(database) == [("a", 1), ("b", 1)]
