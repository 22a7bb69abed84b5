"""A disk that is full: every verb says so in one line, readers keep what they had, and with room the command works."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.conftest import Platform
from tests.support.platform_rows import LAST_DAY
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

LIST_DATE = LAST_DAY + timedelta(days=1)
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=BEIJING)


@pytest.fixture
def home(published: Home, tmp_path: Path) -> Home:
    return Home(shutil.copytree(published.root, tmp_path / "home"))


def listed(home: Home) -> list[str]:
    ids: list[str] = run_store.read_table(home, run_store.require_run(home), "agent_matches")["sku_id"].to_pylist()
    return ids


FULL_DISK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from xuanpin.pipelines.cli import main
sys.argv = ["xuanpin", *sys.argv[1:]]
main()
"""


def on_a_full_disk(*words: Any) -> CompletedProcess[str]:
    # Its branches are not counted: the counts could not be saved either.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-c", FULL_DISK, *map(str, words)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("verb", ["nightly", "learn", "tidy", "forget", "ban"])
def test_every_verb_says_in_one_line_that_the_disk_is_full(
    home: Home, platform: Platform, fingerprint: Callable[..., dict[str, str]], verb: str
) -> None:
    with open_night(RunRequest(LAST_DAY, home, None, Settings(), NOW)) as night:
        customer = night.engine.query("select min(sender_key) as id from history.mentions")["id"][0].as_py()
    words = {
        "nightly": ["--as-of", LAST_DAY, "--sources", platform.sources],
        "learn": ["--as-of", LAST_DAY],
        "forget": [customer],
        "ban": [listed(home)[0], "--reason", "投诉", "--author", "王采"],
    }
    hashes = fingerprint(home, LIST_DATE)
    said = on_a_full_disk(verb, *words.get(verb, []), "--home", home.root)
    assert said.returncode in ((1, 6) if verb == "nightly" else (0, 1)), said.stderr
    assert "Traceback" not in said.stderr
    assert len(said.stderr.splitlines()) <= 1, said.stderr
    assert fingerprint(home, LIST_DATE) == hashes


def test_a_full_disk_leaves_the_last_list_whole(home: Home, fingerprint: Callable[..., dict[str, str]]) -> None:
    before, hashes = run_store.require_run(home), fingerprint(home, LIST_DATE)
    sku = listed(home)[0]
    words = ["recall", sku, "--reason", "投诉", "--by", "王采", "--home", home.root]
    said = on_a_full_disk(*words)
    assert said.returncode == 1
    assert "cannot be written" in said.stderr
    assert "Traceback" not in said.stderr
    assert run_store.require_run(home) == before
    assert fingerprint(home, LIST_DATE) == hashes
    shown = recall(home, Settings(), Recall(sku, LIST_DATE, "投诉", "王采", NOW))
    assert shown.state == "recalled", "with room on the disk the same command works"
