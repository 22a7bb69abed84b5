"""`xuanpin desk` as a process: says where it is, answers there, delivers what is decided, and ends on a signal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import httpx2

from tests.support import tiny_runs, told_channels
from tests.support.robot import robot
from xuanpin.pipelines.context import Home

PROGRAM = Path(sys.executable).with_name("xuanpin")
PATIENCE = 60
"""Seconds in which a desk ends that was asked to."""


def test_the_desk_says_where_it_is_answers_and_ends_on_a_signal(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    tiny_runs.publish(home, date(2026, 11, 22), "a" * 64)
    config = tmp_path / "xuanpin.toml"
    config.write_text('[notify.channels.shop]\nkind = "json"\naddress_variable = "ROBOT"\n', encoding="utf-8")
    command = [str(PROGRAM), "--lang", "en", "desk", "--home", str(home.root), "--port", "0", "--config", str(config)]
    pipe = subprocess.PIPE
    with (
        robot() as told,
        subprocess.Popen(
            command, stdout=pipe, stderr=pipe, text=True, env={**os.environ, "ROBOT": told.address}
        ) as desk,
    ):
        assert desk.stdout is not None and desk.stderr is not None
        assert desk.stdout.readline().startswith("Nobody may sign in yet")
        found = re.fullmatch(r"The desk is at (http://127\.0\.0\.1:\d+); Ctrl-C ends it\n", desk.stdout.readline())
        assert found is not None
        answer = httpx2.get(f"{found[1]}/audit", trust_env=False)
        assert answer.status_code == 401
        assert "server" not in answer.headers
        told_channels.publish(home, 30, "recalled")
        end = time.monotonic() + PATIENCE
        while ["recalled"] not in told_channels.kinds(told) and time.monotonic() < end:
            time.sleep(0.05)
        desk.send_signal(signal.SIGTERM)
        assert desk.wait(PATIENCE) == 143
        assert desk.stderr.read().startswith("xuanpin: ended by SIGTERM")
        assert told_channels.kinds(told) == [["published"], ["recalled"]]
