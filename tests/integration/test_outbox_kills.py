"""A command of the outbox that is killed at any of its writes and given again: no group twice, none left out."""

from __future__ import annotations

import multiprocessing
import random
import shutil
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from tests.support.outbox_home import LIST_DATE, NOON, outbox_home
from tests.support.outbox_kills import PRELOADED, killed_send, killed_writing, send_from
from tests.support.wecom_stub import wecom
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.outbox.codes import answer_key
from xuanpin.pipelines.outbox.ledger import list_folder
from xuanpin.pipelines.outbox.writing import write_outbox
from xuanpin.pipelines.settings.outbox import OutboxSettings

GROUPS = ["G1", "G2", "G3"]
POINTS = 4
"""Kills a command here, drawn from its writes."""


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


@pytest.fixture
def base(tmp_path: Path) -> Path:
    home = outbox_home(tmp_path / "base")
    home.keys.mkdir(mode=0o700)
    answer_key(home)
    return home.root


def run(processes: ForkServerContext, target: Callable[..., None], *given: object) -> int:
    process = processes.Process(target=target, args=given)
    process.start()
    process.join()
    return int(process.exitcode or 0)


def fresh(base: Path) -> Path:
    root = base.with_name("struck")
    shutil.rmtree(root, ignore_errors=True)
    return Path(shutil.copytree(base, root))


def drawn(base: Path, least: int) -> list[int]:
    """Writes at which to kill, of those that an undisturbed command has left count of."""
    count = int(base.with_name("struck.writes").read_text(encoding="utf-8"))
    assert count > least
    return random.Random(count).sample(range(1, count + 1), POINTS)


def test_a_killed_sending_sends_nothing_twice_and_leaves_nobody_out(base: Path, processes: ForkServerContext) -> None:
    with wecom() as stub:
        assert run(processes, killed_send, fresh(base), stub.address, 0) == 0
    for nth in drawn(base, least=10):
        root = fresh(base)
        with wecom() as stub:
            assert run(processes, killed_send, root, stub.address, nth) == -9
            soon = send_from(Home(root), stub.address, minutes=1)
            assert sorted(stub.made()) == [name for name in GROUPS if name not in soon.unclear]
            later = send_from(Home(root), stub.address, minutes=11)
            assert later.unclear == []
            assert sorted(stub.made()) == GROUPS, f"killed at write {nth}"
            assert send_from(Home(root), stub.address, minutes=12).handed == []


def test_a_killed_writing_ends_as_an_undisturbed_one(base: Path, processes: ForkServerContext) -> None:
    root = fresh(base)
    assert run(processes, killed_writing, root, 0) == 0
    folder = list_folder(Home(root), LIST_DATE)
    wanted = {path.name: path.read_bytes() for path in folder.iterdir()}
    for nth in drawn(base, least=5):
        home = Home(fresh(base))
        assert run(processes, killed_writing, home.root, nth) == -9
        write_outbox(home, OutboxSettings(), LIST_DATE, "csv", NOON)
        found = {path.name: path.read_bytes() for path in list_folder(home, LIST_DATE).iterdir()}
        assert found == wanted, f"killed at write {nth}"
