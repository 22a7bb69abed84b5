"""Ctrl-C and SIGTERM end a command with one line and its exit code; a reader that goes away is no error."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import Platform
from tests.support.platform_rows import LAST_DAY
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.demo.run import run_demo

XUANPIN = Path(sys.executable).with_name("xuanpin")
LIST_DATE = LAST_DAY + timedelta(days=1)
PATIENCE = 120.0
"""Seconds until a night on a busy machine has come to its second step."""


def started(*words: object) -> "subprocess.Popen[str]":
    """Start a command that hears Ctrl-C, even where the tests themselves run in the background, which ignores it."""
    return subprocess.Popen(
        [XUANPIN, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for(path: Path, word: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if path.exists() and word in path.read_text(encoding="utf-8"):
            return
        time.sleep(0.02)
    raise TimeoutError(f"{path.name} says nothing of {word}")


@pytest.mark.parametrize(("number", "code", "name"), [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")])
def test_a_night_ends_with_one_line_and_can_be_run_again(
    platform: Platform,
    first_night: Home,
    fingerprint: Callable[..., dict[str, str]],
    tmp_path: Path,
    number: signal.Signals,
    code: int,
    name: str,
) -> None:
    home = Home(tmp_path / "home")
    words = ("nightly", "--as-of", LAST_DAY, "--sources", platform.sources, "--home", home.root)
    night = started(*words)
    wait_for(home.logs / "xuanpin.log", "stage")
    night.send_signal(number)
    out, err = night.communicate(timeout=60)
    assert (night.returncode, out) == (code, "")
    assert err == f"xuanpin: ended by {name}; nothing is lost, run the same command again\n"
    assert run_store.current_run(home) is None
    if number == signal.SIGTERM:
        return
    platform.night(home.root)
    assert run_store.require_run(home).list_date == LIST_DATE.isoformat()
    assert fingerprint(home, LIST_DATE) == fingerprint(first_night, LIST_DATE)


def test_a_reader_that_goes_away_hears_no_complaint() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words: list[Path | str] = [XUANPIN, "contract", "orders"]
    said = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert said.stderr == ""
    assert said.returncode != 0


class KilledError(Exception):
    """Stands for the end of the process."""


def killed(*given: object, **named: object) -> None:
    raise KilledError


@pytest.mark.parametrize(
    "struck", ["xuanpin.pipelines.demo.run.shutil.rmtree", "xuanpin.pipelines.demo.run.write_history"]
)
def test_a_demo_that_was_killed_while_it_cleared_its_folder_can_be_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, struck: str
) -> None:
    home, rest = Home(tmp_path / "demo"), tmp_path / "demo" / "sources"
    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr("xuanpin.pipelines.demo.run.write_history", killed)
        run_demo(home, 7, 1, {}, lambda text, done, total: None)
    rest.mkdir()
    for target in (struck, "xuanpin.pipelines.demo.run.write_history"):
        with monkeypatch.context() as patch, pytest.raises(KilledError):
            patch.setattr(target, killed)
            run_demo(home, 7, 1, {}, lambda text, done, total: None)
    assert not rest.exists()
