"""The Iceberg copy: exactly the rows of each run under its tag, and on main what each list date shows."""

import multiprocessing
import os
import random
import shutil
import stat
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.table import Table

from tests.support import iceberg_copy, tiny_runs
from tests.support.connect_session import sail_session
from tests.support.iceberg_copy import copied, files_of, main, read, reading, tag_of, tags, unnamed_files
from tests.support.iceberg_rest import TOKEN, rest_catalogue
from xuanpin.pipelines import delivery, run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import Contract, load_contract, published_contracts
from xuanpin.pipelines.delivery.iceberg import cleaning, copying
from xuanpin.pipelines.delivery.iceberg.versions import Wanted
from xuanpin.pipelines.home_modes import PRIVATE
from xuanpin.pipelines.retention.traces import Traces, count_traces, erase_traces
from xuanpin.pipelines.run_store import sealing

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)
KILLS = 3
"""Kills while a copy is brought level, drawn from its writes; `benchmarks.bench_iceberg` has more."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of its own, of whose tables a few are copied."""
    few = tuple(load_contract(name) for name in iceberg_copy.FEW)
    monkeypatch.setattr(copying, "published_contracts", lambda: few)
    return Home(tmp_path / "选品 home")


def publish(home: Home, day: date, run_id: str, state: str = tiny_runs.SHOWN) -> run_store.CurrentRun:
    """Publish a run of one SKU and two messages, all named after it but one message of a customer."""
    run = tiny_runs.publish(
        home,
        day,
        run_id,
        state,
        sku_list=[{"sku_id": f"S-{run_id}"}],
        feedback_mentions=[{"message_id": f"M-{run_id}"}, {"message_id": "M-hers"}],
    )
    sealing.renew_hashes(run_store.run_folder(home, run))
    return run


@pytest.fixture(scope="module")
def nights(published: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two nights of the tiny platform and their copy; tests only read it."""
    home = Home(shutil.copytree(published.root, tmp_path_factory.mktemp("nights") / "home"))
    assert copied(home) == 2
    return home


def test_every_table_of_a_run_is_read_back_as_it_was_published(nights: Home) -> None:
    runs = run_store.current_runs(nights)
    for contract in published_contracts():
        whole = [run_store.read_table(nights, run, contract.name) for run in runs]
        for run, rows in zip(runs, whole, strict=True):
            assert read(nights, contract.name, tag_of(run)).cast(rows.schema).equals(rows)
        order = [(name, "ascending") for name in ("list_date", *contract.key)]
        found = read(nights, contract.name).cast(whole[0].schema)
        assert found.sort_by(order).equals(pa.concat_tables(whole).sort_by(order))


def test_other_engines_read_the_same_rows(nights: Home) -> None:
    """An engine in another language by the tables' folders, and DuckDB by the files that a snapshot names."""
    run = run_store.current_runs(nights)[0]
    with sail_session() as session:
        for contract in published_contracts():
            folder = nights.published / "iceberg" / "xuanpin" / contract.name
            rows = run_store.read_table(nights, run, contract.name)
            tagged = session.read.format("iceberg").option("tag", tag_of(run)).load(str(folder)).toArrow()
            order = [(name, "ascending") for name in contract.key]
            assert tagged.select(rows.column_names).cast(rows.schema).sort_by(order).equals(rows.sort_by(order))
            assert session.read.format("iceberg").load(str(folder)).count() == read(nights, contract.name).num_rows
    with reading(nights) as catalog:
        tasks = catalog.load_table("xuanpin.sku_list").scan().use_ref(tag_of(run)).plan_files()
        paths = [task.file.file_path.removeprefix("file://") for task in tasks]
    with duckdb.connect() as database:
        counted = database.execute("select count(*) from read_parquet($paths)", {"paths": paths}).fetchall()
    assert counted == [(run_store.read_table(nights, run, "sku_list").num_rows,)]


def test_a_copy_that_is_level_is_not_written_to(nights: Home) -> None:
    before = files_of(nights)
    assert copied(nights) == 0
    assert files_of(nights) == before


def test_a_reader_finds_what_columns_mean(nights: Home) -> None:
    with reading(nights) as catalog:
        listed = catalog.load_table("xuanpin.sku_list")
    for column in load_contract("sku_list").columns:
        assert listed.schema().find_field(column.name).doc == f"{column.description} {column.description_zh}"


def test_a_recall_takes_the_place_of_a_run_that_stays_readable(home: Home) -> None:
    publish(home, MONDAY, "aa")
    publish(home, TUESDAY, "bb")
    copied(home)
    publish(home, TUESDAY, "cc", "recalled")
    assert copied(home) == 1
    for table in iceberg_copy.FEW:
        assert set(main(home, table)) == {"aa", "cc"}
        assert tags(home, table) == ["run-aa", "run-bb", "run-cc"]
    assert read(home, "sku_list", "run-bb")["sku_id"].to_pylist() == ["S-bb"]


def test_who_has_begun_to_read_can_end(home: Home) -> None:
    publish(home, MONDAY, "aa")
    copied(home)
    with reading(home) as catalog:
        begun = catalog.load_table("xuanpin.sku_list")
        publish(home, MONDAY, "bb", "recalled")
        copied(home)
        assert begun.scan().to_arrow()["run_id"].to_pylist() == ["aa"]


def test_every_table_has_a_run_before_the_list_shows_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(home, MONDAY, "aa")
    copied(home)
    publish(home, MONDAY, "bb", "recalled")
    moved = list[tuple[str, list[str], list[str]]]()
    show = copying._show

    def noted(contract: Contract, table: Table, aim: Wanted) -> set[str]:
        moved.append((contract.name, tags(home, "sku_list"), tags(home, "feedback_mentions")))
        return show(contract, table, aim)

    monkeypatch.setattr(copying, "_show", noted)
    copied(home)
    both = ["run-aa", "run-bb"]
    assert moved == [("feedback_mentions", both, both), ("sku_list", both, both)]


def test_a_run_that_is_shown_again_is_not_written_again(home: Home) -> None:
    first = publish(home, MONDAY, "aa")
    publish(home, MONDAY, "bb", "recalled")
    assert copied(home) == 2
    before = files_of(home, ".parquet")
    run_store.point_to(home, first)
    assert copied(home) == 1
    assert main(home) == ["aa"]
    assert files_of(home, ".parquet") == before


def test_a_list_that_is_taken_back_is_gone(home: Home) -> None:
    publish(home, MONDAY, "aa")
    wrong = publish(home, TUESDAY, "bb")
    copied(home)
    with sealing.lock_published(home):
        sealing.set_state(home, wrong, "rejected", "错了")
        sealing.take_back(home, 30, wrong)
    assert copied(home) == 1
    assert main(home) == ["aa"]
    assert tags(home) == ["run-aa"]


def test_a_run_that_waits_is_not_copied(home: Home) -> None:
    publish(home, MONDAY, "aa")
    run_store.await_review(home, tiny_runs.seal(home, TUESDAY, "bb", "pending"))
    assert copied(home) == 1
    assert tags(home) == ["run-aa"]


def test_what_retention_deleted_goes_with_its_files(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(home, MONDAY, "aa")
    publish(home, TUESDAY, "bb")
    publish(home, TUESDAY, "cc", "recalled")
    copied(home)
    shutil.rmtree(home.list_dir(MONDAY))
    shutil.rmtree(home.list_dir(TUESDAY) / "run=bb")
    assert copied(home) == 1
    assert (main(home), tags(home)) == (["cc"], ["run-cc"])
    monkeypatch.setattr(cleaning, "READ_FOR", timedelta(0))
    copied(home)
    assert len(files_of(home, ".parquet")) == len(iceberg_copy.FEW)
    assert unnamed_files(home) == set()


def test_older_list_dates_stay_on_main_without_a_tag(home: Home) -> None:
    publish(home, MONDAY - timedelta(days=1), "aa")
    publish(home, MONDAY, "bb")
    publish(home, MONDAY, "cc", "recalled")
    publish(home, TUESDAY, "dd")
    copied(home, tagged_days=1)
    assert (main(home), tags(home)) == (["aa", "cc", "dd"], ["run-bb", "run-dd"])
    assert copied(home, tagged_days=1) == 0


def test_an_erased_customer_is_in_no_file_of_the_copy(home: Home) -> None:
    for day, run_id in ((MONDAY, "aa"), (TUESDAY, "bb"), (TUESDAY, "cc")):
        publish(home, day, run_id)
    copied(home, tagged_days=1)
    before = files_of(home)
    hers = Traces(frozenset({"M-hers"}), frozenset(), ())
    with sealing.lock_published(home):
        erase_traces(home, 30, hers, count_traces(home, hers))
    assert copied(home, tagged_days=1) == 3
    assert main(home, "feedback_mentions", "message_id") == ["M-aa", "M-cc"]
    mentions = home.published / "iceberg" / "xuanpin" / "feedback_mentions"
    kept = {path for path in before & files_of(home) if path.is_relative_to(mentions)}
    assert {path.suffix for path in kept} <= {".json"}, "every file with rows or with bounds of them is a new one"
    assert unnamed_files(home) == set()
    assert copied(home, tagged_days=1) == 0


def test_who_is_killed_while_copying_is_made_good_by_the_next(home: Home) -> None:
    publish(home, MONDAY, "aa")
    copied(home)
    publish(home, TUESDAY, "bb")
    publish(home, MONDAY, "cc", "recalled")
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.support.iceberg_copy"])
    kept = shutil.copytree(home.root, home.root.with_name("kept"))
    assert _ended(processes, home, 0) == 0
    writes = int(home.root.with_name("writes").read_text(encoding="utf-8"))
    for nth in sorted(random.Random(21).sample(range(1, writes + 1), KILLS)):
        shutil.rmtree(home.root)
        shutil.copytree(kept, home.root)
        assert _ended(processes, home, nth) == -9, f"not killed at write {nth} of {writes}"
        assert {f"run-{run_id}" for run_id in main(home, "sku_list")} <= set(tags(home, "feedback_mentions"))
        copied(home)
        for table in iceberg_copy.FEW:
            assert sorted(set(main(home, table))) == ["bb", "cc"]
            assert tags(home, table) == ["run-aa", "run-bb", "run-cc"]
        assert unnamed_files(home) == set()


def _ended(processes: Any, home: Home, wanted: int) -> int:
    process = processes.Process(target=iceberg_copy.copy_until, args=(home.root, wanted))
    process.start()
    process.join()
    return int(process.exitcode)


def test_readers_of_another_account_may_read_what_a_private_process_wrote(home: Home) -> None:
    publish(home, MONDAY, "aa")
    before = os.umask(0o022)
    try:
        home.published.chmod(0o755)
        os.umask(PRIVATE)
        copied(home)
    finally:
        os.umask(before)
    place = home.published / "iceberg"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in place.rglob("*") if path.is_file()}
    assert modes == {0o644}
    assert {stat.S_IMODE(path.stat().st_mode) for path in [place, *place.rglob("*")] if path.is_dir()} == {0o755}


def test_a_home_that_has_moved_has_a_new_copy(home: Home) -> None:
    publish(home, MONDAY, "aa")
    copied(home)
    moved = Home(home.root.rename(home.root.with_name("elsewhere")))
    assert copied(moved) == 1
    assert main(moved) == ["aa"]


def test_a_table_of_somebody_else_is_left_alone(home: Home) -> None:
    publish(home, MONDAY, "aa")
    copied(home)
    note = home.delivery / "iceberg.json"
    note.write_text(note.read_text(encoding="utf-8").replace('"copy": "', '"copy": "other'), encoding="utf-8")
    publish(home, TUESDAY, "bb")
    [done] = delivery.deliver(home, iceberg_copy.settings(), {})
    assert "is not this home's" in str(done.failure)
    assert main(home) == ["aa"]


def test_columns_that_come_get_new_ids_and_no_old_one_changes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(home, MONDAY, "aa")
    whole = load_contract("sku_list")
    monkeypatch.setattr(copying, "published_contracts", lambda: (whole.without("role", "doubt_count"),))
    copied(home)
    with reading(home) as catalog:
        before = {field.name: field.field_id for field in catalog.load_table("xuanpin.sku_list").schema().fields}
    monkeypatch.setattr(copying, "published_contracts", lambda: (whole,))
    publish(home, TUESDAY, "bb")
    copied(home)
    with reading(home) as catalog:
        fields = catalog.load_table("xuanpin.sku_list").schema().fields
    after = {field.name: field.field_id for field in fields}
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"role", "doubt_count"}
    assert min(after[name] for name in ("role", "doubt_count")) > max(before.values())
    assert not any(field.required for field in fields if field.name in ("role", "doubt_count"))
    assert main(home) == ["aa", "bb"]


def test_without_its_packages_the_copy_says_what_to_install(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(home, MONDAY, "aa")
    monkeypatch.setattr("xuanpin.pipelines.delivery.iceberg.find_spec", lambda name: None)
    [done] = delivery.deliver(home, iceberg_copy.settings(), {})
    assert "install xuanpin with its extra `iceberg`" in str(done.failure)


def test_a_catalogue_out_of_reach_is_told_without_its_address(home: Home) -> None:
    publish(home, MONDAY, "aa")
    secret = {"uri": "XUANPIN_ICEBERG_URI"}
    elsewhere = iceberg_copy.settings(kind="catalog", properties={"type": "sql"}, secret_variables=secret)
    [unset] = delivery.deliver(home, elsewhere, {})
    assert "XUANPIN_ICEBERG_URI" in str(unset.failure)
    [dead] = delivery.deliver(home, elsewhere, {"XUANPIN_ICEBERG_URI": "sqlite:////nowhere/geheim/catalog.db"})
    assert "OperationalError" in str(dead.failure) and "geheim" not in str(dead.failure)


def test_a_catalogue_by_rest(home: Home, tmp_path: Path) -> None:
    """Every kind of change, by the messages of the standard; the token comes from the environment."""
    publish(home, MONDAY, "aa")
    with rest_catalogue(tmp_path / "served") as address:
        named = {"type": "rest", "uri": address}
        asked = iceberg_copy.settings(kind="catalog", properties=named, secret_variables={"token": "LISTS_TOKEN"})

        def delivered(token: str = TOKEN) -> delivery.Delivered:
            [done] = delivery.deliver(home, asked, {"LISTS_TOKEN": token})
            return done

        assert delivered() == delivery.Delivered("iceberg", 1)
        assert delivered() == delivery.Delivered("iceberg", 0)
        publish(home, MONDAY, "bb", "recalled")
        publish(home, TUESDAY, "cc")
        assert delivered().count == 2
        hers = Traces(frozenset({"M-hers"}), frozenset(), ())
        with sealing.lock_published(home):
            erase_traces(home, 30, hers, count_traces(home, hers))
        shutil.rmtree(home.list_dir(TUESDAY))
        assert delivered().count == 3
        refused = delivered("another")
        assert "UnauthorizedError" in str(refused.failure) and "another" not in str(refused.failure)
        with load_catalog("reader", **named, token=TOKEN) as catalog:
            mentions = catalog.load_table("xuanpin.feedback_mentions")
            assert mentions.scan().to_arrow()["message_id"].to_pylist() == ["M-bb"]
            assert sorted(mentions.refs()) == ["main", "run-aa", "run-bb"]


def test_another_catalogue_and_warehouse_than_the_homes(home: Home, tmp_path: Path) -> None:
    publish(home, MONDAY, "aa")
    properties = {"type": "sql", "uri": f"sqlite:///{tmp_path}/c.db", "warehouse": f"file://{tmp_path}/warehouse"}
    assert copied(home, kind="catalog", properties=properties, namespace="lists") == 1
    assert copied(home, kind="catalog", properties=properties, namespace="lists") == 0
    assert not (home.published / "iceberg").exists()
    assert (tmp_path / "warehouse" / "lists" / "sku_list" / "data").is_dir()
