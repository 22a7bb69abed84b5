"""A home has one writer: the others are told so, readers go on, and a lock dies with the process that held it."""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import Platform
from tests.support.platform_rows import LAST_DAY, run_one_step
from xuanpin.pipelines import run_store
from xuanpin.pipelines.cli import main
from xuanpin.pipelines.context import BEIJING, Home
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.settings import Settings

LIST_DATE = LAST_DAY + timedelta(days=1)
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=BEIJING)
HOLDER = """
import sys, time
import duckdb
with duckdb.connect(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""
SHEET = "override_id,sku_id,action,starts_on,ends_on,reason,author,approved_by\n"


@pytest.fixture
def home(published: Home, tmp_path: Path) -> Home:
    return Home(shutil.copytree(published.root, tmp_path / "home"))


@pytest.fixture
def holder(home: Home) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the home's warehouse, as a night does."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, home.warehouse], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def processes() -> ForkServerContext:
    """Processes with the libraries loaded already, so that a step begins at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.platform_rows", "xuanpin.pipelines.publishing.step"])
    return context


@pytest.fixture
def xuanpin(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that runs the command line in this process and returns its exit code."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(*words: object) -> int:
        monkeypatch.setattr(sys, "argv", ["xuanpin", *map(str, words), "--home", str(home.root)])
        try:
            main()
        except SystemExit as left:
            return int(left.code or 0)
        return 0

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_who_writes_is_told_that_the_home_is_busy_and_who_reads_goes_on(
    home: Home,
    holder: Any,
    xuanpin: Callable[..., int],
    platform: Platform,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "sheet.csv").write_text(SHEET, encoding="utf-8")
    sku = run_store.read_table(home, run_store.require_run(home), "sku_list")["sku_id"][0].as_py()
    who = ("--reason", "投诉", "--author", "王采")
    writers = [
        ("nightly", "--as-of", LAST_DAY, "--sources", platform.sources),
        ("learn", "--as-of", LAST_DAY),
        ("tidy",),
        ("forget", "C1"),
        ("pin", sku, *who),
        ("ban", sku, *who),
        ("overrides", "import", tmp_path / "sheet.csv"),
        ("label", "import", tmp_path / "sheet.csv"),
        ("migrate",),
    ]
    before = sorted(path.relative_to(home.root) for path in home.root.rglob("*"))
    for words in writers:
        assert xuanpin(*words) == 5, words
        assert f"PID {holder.pid}" in capsys.readouterr().err
    assert sorted(path.relative_to(home.root) for path in home.root.rglob("*")) == before, "nothing was written"
    for words in [("status",), ("report",), ("review",), ("explain", "sku", sku)]:
        assert xuanpin(*words) == 0, words
    assert "a night is running" in capsys.readouterr().out


def test_a_busy_home_is_left_as_it_is_by_a_rejection(home: Home, holder: Any, xuanpin: Callable[..., int]) -> None:
    run = run_store.require_run(home)
    run_store.await_review(home, run)
    before = run_store.manifest(home, run)
    words = ("reject", "--list-date", LIST_DATE, "--by", "王采", "--reason", "标题有误")
    assert xuanpin(*words) == 5
    assert run_store.manifest(home, run) == before
    assert not home.reviews.exists()


def test_a_recall_needs_no_warehouse_and_works_while_a_night_runs(
    home: Home, holder: Any, xuanpin: Callable[..., int]
) -> None:
    sku = run_store.read_table(home, run_store.require_run(home), "sku_list")["sku_id"][0].as_py()
    assert xuanpin("recall", sku, "--reason", "投诉", "--by", "王采") == 0
    assert run_store.require_run(home).state == "recalled"


def test_a_lock_dies_with_the_process_that_held_it(home: Home, holder: Any, xuanpin: Callable[..., int]) -> None:
    assert xuanpin("migrate") == 5
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert xuanpin("migrate") == 0


def agree(home: Home) -> None:
    """The pointers of the home and of its latest list date, and the database, name the same runs."""
    runs = run_store.current_runs(home)
    assert run_store.require_run(home) == runs[-1]
    assert json.loads((home.published / "current.json").read_text(encoding="utf-8"))["run_id"] == runs[-1].run_id
    with duckdb.connect(str(home.published / "published.duckdb"), read_only=True) as database:
        shown = database.execute("select distinct run_id from sku_list order by list_date").fetchall()
    assert [run_id for (run_id,) in shown] == [run.run_id for run in runs]


def test_recalls_while_a_night_publishes_leave_one_run_for_all(
    home: Home, platform: Platform, processes: ForkServerContext
) -> None:
    listed = run_store.read_table(home, run_store.require_run(home), "sku_list")["sku_id"].to_pylist()[:3]
    for step in ("write", "report"):
        run_one_step(step, home.root, platform.sources)
    for sku in listed:
        night = processes.Process(target=run_one_step, args=("publish", home.root, platform.sources))
        night.start()
        recall(home, Settings(), Recall(sku, LIST_DATE, "投诉", "王采", NOW))
        night.join()
        agree(home)
    left = run_store.read_table(home, run_store.require_run(home), "sku_list")["sku_id"].to_pylist()
    assert not set(listed) & set(left)
    assert not (home.published / sealing.UNSETTLED).exists()


def test_what_a_killed_process_left_unsettled_is_settled_by_whoever_comes_next(home: Home) -> None:
    newest, older = run_store.require_run(home), run_store.require_run(home, LAST_DAY)
    run_store.replace_json(home.published / "current.json", vars(older))
    (home.published / "published.duckdb").unlink()
    run_store.replace_json(home.published / sealing.UNSETTLED, {"database_days": 30})
    with sealing.lock_published(home):
        assert run_store.require_run(home) == newest
    agree(home)
    assert not (home.published / sealing.UNSETTLED).exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"run_id": "x"}', "\x00\xff"])
def test_a_damaged_pointer_is_passed_over(home: Home, content: str) -> None:
    newest = run_store.require_run(home)
    (home.published / "current.json").write_text(content, encoding="utf-8")
    assert run_store.require_run(home) == newest
    (home.list_dir(LIST_DATE) / "current.json").write_text(content, encoding="utf-8")
    assert run_store.require_run(home).list_date == LAST_DAY.isoformat()
    with sealing.lock_published(home):
        sealing.make_current(home, 30, newest)
    agree(home)


def test_a_pointer_to_a_run_that_is_gone_points_nowhere(home: Home) -> None:
    shutil.rmtree(run_store.run_folder(home, run_store.require_run(home)))
    assert run_store.require_run(home).list_date == LAST_DAY.isoformat()
    assert run_store.current_run(home, LIST_DATE) is None
