"""A night that was killed is simply run again, and gives what it would have given; readers never see half of it."""

import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from tests_support import LAST_DAY

from pipelines import shelf
from pipelines.night import Home

XUANPIN = Path(sys.executable).with_name("xuanpin")
LIST_DATE = LAST_DAY + timedelta(days=1)


def start_night(platform, home):
    words = ["nightly", "--as-of", LAST_DAY.isoformat(), "--sources", platform.sources, "--home", home]
    return subprocess.Popen([XUANPIN, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def wait_for_step(night, home, step):
    """Wait until the log tells of the step; fails loudly when the night ends before."""
    log = home / "logs" / "xuanpin.log"
    for _ in range(3000):
        if log.exists() and f"INFO {step} " in log.read_text(encoding="utf-8"):
            return
        assert night.poll() is None, night.stderr.read().decode()
        time.sleep(0.02)
    raise AssertionError(f"the night never reached {step}")


@pytest.fixture(scope="module")
def undisturbed(platform, tmp_path_factory):
    return platform.night(tmp_path_factory.mktemp("undisturbed") / "home")


def test_a_night_killed_again_and_again_ends_like_an_undisturbed_one(platform, undisturbed, fingerprint, tmp_path):
    home = tmp_path / "home"
    for step in ("ingest", "feedback", "report"):
        log = home / "logs" / "xuanpin.log"
        log.unlink(missing_ok=True)
        night = start_night(platform, home)
        wait_for_step(night, home, step)
        night.send_signal(signal.SIGKILL)
        night.wait()
        assert shelf.current_run(Home(home)) is None, f"something was current after a kill in {step}"
    platform.night(home)
    assert shelf.require_run(Home(home)) == shelf.require_run(undisturbed)
    assert fingerprint(Home(home), LIST_DATE) == fingerprint(undisturbed, LIST_DATE)


def test_a_refused_drop_leaves_the_last_good_list(published, platform, tmp_path):
    import shutil

    home = shutil.copytree(published.root, tmp_path / "home")
    sources = shutil.copytree(platform.sources, tmp_path / "sources")
    (sources / "orders" / "torn.parquet").write_bytes(b"PAR1 and then nothing")
    before = shelf.require_run(Home(home))
    words = ["nightly", "--as-of", "2026-11-22", "--sources", sources, "--home", home]
    said = subprocess.run([XUANPIN, *map(str, words)], capture_output=True, text=True, check=False)
    assert said.returncode == 3
    assert "torn.parquet" in said.stderr
    assert shelf.require_run(Home(home)) == before
