"""`xuanpin desk` as a process: says where it is, answers there, and ends on a signal."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import httpx2

from tests.support import tiny_runs
from xuanpin.pipelines.context import Home

PROGRAM = Path(sys.executable).with_name("xuanpin")
PATIENCE = 60
"""Seconds in which a desk ends that was asked to."""


def test_the_desk_says_where_it_is_answers_and_ends_on_a_signal(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    tiny_runs.publish(home, date(2026, 11, 22), "a" * 64)
    command = [str(PROGRAM), "--lang", "en", "desk", "--home", str(home.root), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as desk:
        assert desk.stdout is not None and desk.stderr is not None
        assert desk.stdout.readline().startswith("Nobody may sign in yet")
        found = re.fullmatch(r"The desk is at (http://127\.0\.0\.1:\d+); Ctrl-C ends it\n", desk.stdout.readline())
        assert found is not None
        answer = httpx2.get(f"{found[1]}/audit", trust_env=False)
        assert answer.status_code == 401
        assert "server" not in answer.headers
        desk.send_signal(signal.SIGTERM)
        assert desk.wait(PATIENCE) == 143
        assert desk.stderr.read().startswith("xuanpin: ended by SIGTERM")
