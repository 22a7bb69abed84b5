"""A home outlives a release: what an earlier one wrote gets today's shape and publishes what a new home would."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection
from datetime import date, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.support.old_home import FIRST, SECOND, golden_night, morning, second_day, unpacked
from xuanpin.pipelines import run_store
from xuanpin.pipelines.backtest.backtest import BacktestRequest, backtest
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.contracts.lasting import lasting_tables
from xuanpin.pipelines.engine import open_engine
from xuanpin.pipelines.errors import HomeNewer, UsageError
from xuanpin.pipelines.explain import status_facts
from xuanpin.pipelines.migration import empty_derived_tables, migrate_home, open_home
from xuanpin.pipelines.migration.migrate import LATEST, Upgrade
from xuanpin.pipelines.republishing.fallback import publish_fallback
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.settings import Settings

XUANPIN = Path(sys.executable).with_name("xuanpin")
PUBLISHED = ("sku_list", "sku_scorecard", "agent_matches", "agent_summary", "feedback_mentions", "alarms")
LIST_DATE = SECOND + timedelta(days=1)
DIES = """
import os, signal, sys
from pathlib import Path
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine import DuckEngine
from xuanpin.pipelines.migration import migrate_home

done = 0
def counted(function):
    def call(*given, **named):
        global done
        if done == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        done += 1
        return function(*given, **named)
    return call

for owner, name in ((Path, "rename"), (Path, "replace"), (DuckEngine, "execute")):
    setattr(owner, name, counted(getattr(owner, name)))
migrate_home(Home(Path(sys.argv[1])))
print(done)
"""
"""Migrates a home and is killed before the n-th change of a file or of the warehouse; prints how many there are."""


@pytest.fixture
def old(tmp_path: Path) -> Home:
    return unpacked("0_1_0", tmp_path / "old")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The old home, migrated and nothing else; tests only read it."""
    home = unpacked("0_1_0", tmp_path_factory.mktemp("migrated") / "home")
    migrate_home(home)
    return home


def rows(home: Home, table: str, list_date: date | None = None) -> Any:
    """Published rows of a list date, run ids aside."""
    found = run_store.read_table(home, run_store.require_run(home, list_date), table)
    return found.drop_columns(["run_id"]).to_pylist()


def lasting(home: Home, without: Collection[str] = ()) -> dict[str, list[str]]:
    """Every row of every table that lasts, as sorted texts, columns by name; how long steps took is left out."""
    engine = open_home(home)
    found = {}
    for name, table in lasting_tables().items():
        columns = ", ".join(f'"{column.name}"' for column in table.columns if column.name not in (*without, "seconds"))
        read = engine.query(f"select {columns} from {name}" if columns else f"select 1 from {name}")
        found[name] = sorted(map(repr, read.to_pylist()))
    engine.close()
    return found


def every_byte(home: Home) -> dict[Any, Any]:
    return {path: path.read_bytes() for path in sorted(home.root.rglob("*")) if path.is_file()}


def names_in(folder: Path) -> list[Any]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


OF_LATER = {"source.match_answers", "source.supplier_offers", "ops.drops", "ops.arrivals", "ops.proven"}
"""Tables that tell of answers and offers, which an earlier release did not read: their drops come to an upgraded home
a night later than to a new one."""


def said(*words: str | Path) -> CompletedProcess[str]:
    return subprocess.run([XUANPIN, *map(str, words)], capture_output=True, text=True, check=False)


def change(home: Home, *statements: str) -> None:
    engine = open_engine(home.warehouse)
    for statement in statements:
        engine.execute(statement)
    engine.close()


def test_the_night_after_the_upgrade_publishes_what_a_home_built_afresh_would(
    old: Home, migrated: Home, golden_home: Home, tmp_path: Path
) -> None:
    sources = second_day(tmp_path / "sources")
    fresh = Home(shutil.copytree(golden_home.root, tmp_path / "fresh"))
    # What was published stays published, by whatever rules, and later nights learn and draw from it: both homes begin
    # with the list of the earlier release, and all else in the fresh one is of today.
    shutil.rmtree(fresh.published)
    shutil.copytree(migrated.published, fresh.published)
    for home in (fresh, old):
        golden_night(home, SECOND, sources)
    for table in PUBLISHED:
        assert rows(old, table) == rows(fresh, table), table
    assert rows(old, "sku_list") != rows(old, "sku_list", SECOND)
    stamps = ("run_id", "stamp", "written_by", "repeated_on")
    upgraded, built = lasting(old, stamps), lasting(fresh, stamps)
    assert {name for name in built if upgraded[name] != built[name]} == OF_LATER
    assert run_store.require_run(old).run_id == run_store.require_run(fresh).run_id
    assert "migration 1: " in (old.logs / "xuanpin.log").read_text(encoding="utf-8")
    assert "migration" not in (fresh.logs / "xuanpin.log").read_text(encoding="utf-8")


def test_the_same_night_run_again_on_an_old_home_gives_the_same_tables(old: Home, golden_home: Home) -> None:
    before = [row["sku_id"] for row in rows(old, "sku_list")]
    golden_night(old, FIRST)
    assert {table: rows(old, table) for table in PUBLISHED} == {t: rows(golden_home, t) for t in PUBLISHED}
    assert [row["sku_id"] for row in rows(old, "sku_list")] == before
    assert run_store.require_run(old).run_id == run_store.require_run(golden_home).run_id


def test_every_lasting_table_of_a_migrated_home_is_as_a_new_home_has_it(migrated: Home, golden_home: Home) -> None:
    done = {"run_id", "stamp", "written_by"}
    old, new = lasting(migrated, done), lasting(golden_home, done)
    # A new home knows which steps of its night are done, which lines are judged and which checks were repeated; an
    # upgraded one does all of it again.
    again = {"ops.steps_done", "ops.staged", "ops.judged", "ops.expectations"}
    # Only a night can read chat: until then an upgraded home has what the words of the old release said, and says so.
    read = {"history.mentions", "history.mention_days"}
    assert {name for name in old if old[name] != new[name]} == again | read | OF_LATER
    assert all(old[name] == [] for name in again)
    assert all("'reading_version': None" in row for row in old["history.mention_days"])
    by_words = done | {"reading_version", "kind", "satisfaction", "aspects"}
    old, new = lasting(migrated, by_words), lasting(golden_home, by_words)
    assert {name for name in old if old[name] != new[name]} == again | OF_LATER


@pytest.mark.parametrize("is_migrated", [False, True], ids=["as the release left it", "migrated"])
def test_a_recall_and_a_kept_list_are_made_from_the_run_of_an_earlier_release(old: Home, is_migrated: bool) -> None:
    if is_migrated:
        migrate_home(old)
    sku = rows(old, "sku_list")[0]["sku_id"]
    run = recall(old, Settings(), Recall(sku, SECOND, "裂", "王采", morning(FIRST)))
    assert run.state == "recalled"
    assert sku not in {row["sku_id"] for row in rows(old, "sku_list")}
    kept = publish_fallback(RunRequest(SECOND, old, None, Settings(), morning(SECOND)), "late source")
    assert kept is not None
    assert (kept.state, kept.list_date) == ("fallback", LIST_DATE.isoformat())
    assert rows(old, "sku_list", LIST_DATE)


def test_a_list_is_kept_from_the_run_of_an_earlier_release(old: Home) -> None:
    kept = publish_fallback(RunRequest(SECOND, old, None, Settings(), morning(SECOND)), "late source")
    assert kept is not None and kept.state == "fallback"
    assert {row["sku_id"] for row in rows(old, "sku_list", LIST_DATE)} <= {
        row["sku_id"] for row in rows(old, "sku_list", SECOND)
    }


def test_status_tells_of_an_old_home(old: Home) -> None:
    facts = status_facts(old, None, Settings())
    assert facts["list_date"] == SECOND.isoformat()
    assert facts["differs_now"]


def test_the_command_says_what_it_did_and_then_that_nothing_is_to_do(old: Home) -> None:
    first, second = said("migrate", "--home", old.root), said("migrate", "--home", old.root)
    assert first.returncode == second.returncode == 0
    assert first.stdout.startswith(f"warehouse brought from version 0 to version {LATEST}: migration 1: ")
    assert second.stdout == f"warehouse version {LATEST}: nothing to do\n"
    nowhere = said("migrate", "--home", old.root / "nowhere")
    assert nowhere.returncode == 2
    assert "does not exist" in nowhere.stderr
    assert not (old.root / "nowhere").exists()


def test_the_reserves_of_runs_keep_their_bytes_and_their_hashes(old: Home, migrated: Home) -> None:
    run = run_store.require_run(old)
    hashes = run_store.manifest(migrated, run)["files"]
    assert {name.split("/")[0] for name in hashes if "/" in name} == {"reserves"}
    for name, digest in hashes.items():
        content = (run_store.run_folder(migrated, run) / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, name
    assert sorted(hashes.values()) == sorted(run_store.manifest(old, run)["files"].values())


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many changes of files and of the warehouse a migration of the old home makes."""
    home = unpacked("0_1_0", tmp_path_factory.mktemp("counted") / "home")
    whole = subprocess.run(
        [sys.executable, "-c", DIES, str(home.root), "-1"], capture_output=True, text=True, check=True
    )
    return int(whole.stdout)


# Before and within the renaming of files, then through the transaction, at its end, and behind it.
@pytest.mark.parametrize("point", [0, 1, 2, 3, 4, 5, 20, 0.5, -3, -2, -1])
def test_a_migration_killed_anywhere_loses_nothing_and_ends_when_run_again(
    old: Home, migrated: Home, changes: int, point: float
) -> None:
    number = int(point * changes) if isinstance(point, float) else point % changes
    killed = subprocess.run([sys.executable, "-c", DIES, str(old.root), str(number)], capture_output=True, check=False)
    assert killed.returncode == -9
    migrate_home(old)
    assert lasting(old) == lasting(migrated)
    run = run_store.require_run(old)
    assert run_store.manifest(old, run) == run_store.manifest(migrated, run)
    assert names_in(run_store.run_folder(old, run)) == names_in(run_store.run_folder(migrated, run))


@pytest.fixture
def newer(golden_home: Home, tmp_path: Path) -> Home:
    """A home that a later release has written."""
    home = Home(shutil.copytree(golden_home.root, tmp_path / "newer"))
    change(home, f"update ops.warehouse_version set version = {LATEST + 1}, written_by = '9.9.0'")
    return home


def test_an_older_program_refuses_a_newer_home_by_name_and_touches_nothing(newer: Home) -> None:
    before = every_byte(newer)
    for words in (
        ("nightly", "--as-of", SECOND, "--sources", newer.root, "--home", newer.root),
        ("migrate", "--home", newer.root),
        ("tidy", "--home", newer.root),
    ):
        answer = said(*words)
        assert answer.returncode == 2
        assert f"was written by xuanpin 9.9.0 (warehouse version {LATEST + 1})" in answer.stderr
        assert f"knows version {LATEST}; install xuanpin 9.9.0 or newer" in answer.stderr
    assert every_byte(newer) == before


def test_an_older_program_keeps_no_list_in_a_newer_home_and_tests_no_night_of_it(newer: Home) -> None:
    before = every_byte(newer)
    with pytest.raises(HomeNewer):
        publish_fallback(RunRequest(SECOND, newer, None, Settings(), morning(SECOND)), "late source")
    with pytest.raises(HomeNewer, match=str(newer.root)):
        backtest(BacktestRequest(newer, FIRST, FIRST, Settings(), is_replay=True))
    assert every_byte(newer) == before


def test_a_back_test_brings_its_copy_level_and_not_the_home(old: Home) -> None:
    with pytest.raises(UsageError, match="orders are known up to 2026-11-15 only"):
        backtest(BacktestRequest(old, FIRST, FIRST, Settings(), is_replay=True))
    engine = open_engine(old.warehouse)
    assert engine.exists("memory.mentions")
    engine.close()
    assert (run_store.run_folder(old, run_store.require_run(old)) / "spares").is_dir()


@pytest.mark.parametrize("is_replay", [False, True], ids=["as published", "run anew"])
def test_a_night_of_an_earlier_release_can_be_held_against_what_followed(
    old: Home, tmp_path: Path, is_replay: bool
) -> None:
    golden_night(old, SECOND, second_day(tmp_path / "sources"))
    facts = backtest(BacktestRequest(old, FIRST, FIRST, Settings(), is_replay))
    assert (facts["nights_published"], facts["nights_replayed"]) == (1 - is_replay, int(is_replay))
    assert facts["judged_on"] == SECOND.isoformat()


def test_a_column_that_may_be_empty_is_added_and_the_night_goes_on(golden_home: Home, tmp_path: Path) -> None:
    home = Home(shutil.copytree(golden_home.root, tmp_path / "home"))
    whole = Home(shutil.copytree(golden_home.root, tmp_path / "whole"))
    for table, column in (("history.mentions", "fingerprint_b"), ("source.orders", "carrier_id")):
        change(home, f"alter table {table} drop column {column}")
    upgrade = migrate_home(home)
    assert upgrade.changes == (
        "column carrier_id added to source.orders",
        "column fingerprint_b added to history.mentions",
    )
    sources = second_day(tmp_path / "sources")
    for each in (home, whole):
        golden_night(each, SECOND, sources)
    assert rows(home, "sku_list") == rows(whole, "sku_list")


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("alter table history.posts drop column posts", "history.posts: missing posts BIGINT"),
        ("alter table history.posts add column reach bigint", "history.posts: unexpected reach"),
        (
            "alter table ops.staged alter column drop_seq type varchar",
            "ops.staged: drop_seq is VARCHAR, not BIGINT",
        ),
        ("alter table source.inventory add column place varchar", "source.inventory: unexpected place"),
    ],
)
def test_any_other_difference_names_table_and_column_and_changes_nothing(
    golden_home: Home, tmp_path: Path, statement: str, fault: str
) -> None:
    home = Home(shutil.copytree(golden_home.root, tmp_path / "home"))
    change(home, statement, "alter table history.mentions drop column fingerprint_b")
    with pytest.raises(UsageError, match=rf"{home.root} differs .*{fault}"):
        open_home(home)
    engine = open_engine(home.warehouse)
    assert "fingerprint_b" not in engine.read("history.mentions").column_names
    engine.close()


def test_a_night_on_such_a_home_keeps_the_last_list(golden_home: Home, tmp_path: Path) -> None:
    home = Home(shutil.copytree(golden_home.root, tmp_path / "home"))
    change(home, "alter table history.posts add column reach bigint")
    with pytest.raises(UsageError, match=r"history\.posts: unexpected reach"):
        golden_night(home, SECOND, second_day(tmp_path / "sources"))
    assert run_store.require_run(home).state == "fallback"


def test_history_that_was_emptied_is_read_anew_and_gives_the_same_bytes(
    golden_home: Home, fingerprint: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    home = Home(shutil.copytree(golden_home.root, tmp_path / "home"))
    before, held = fingerprint(home, SECOND), lasting(home)
    engine = open_home(home)
    empty_derived_tables(engine)
    assert engine.read("history.mentions").num_rows == engine.read("history.order_line_timeline").num_rows == 0
    engine.close()
    golden_night(home, FIRST)
    assert fingerprint(home, SECOND) == before
    assert lasting(home) == held


def test_a_new_home_is_of_this_program_version_at_once(tmp_path: Path) -> None:
    told: list[Upgrade] = []
    home = Home(tmp_path / "home")
    open_home(home, on_upgrade=told.append).close()
    engine = open_engine(home.warehouse)
    assert engine.read("ops.warehouse_version")["version"].to_pylist() == [LATEST]
    assert all(engine.exists(name) for name in lasting_tables())
    engine.close()
    assert told == []
    assert sorted(path.name for path in home.root.iterdir()) == ["warehouse.duckdb"]


def test_a_home_that_may_not_be_written_is_told_so_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    open_home(home).close()
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(UsageError, match=r"home cannot be written: .*; run the command as the user to whom the home"):
        open_home(home)
    open_home(Home(tmp_path / "new")).close()
