"""A night that was killed is simply run again, and gives what it would have given; readers never see half of it."""

import multiprocessing
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from tests.conftest import Platform
from tests.support.platform_rows import LAST_DAY, run_one_step
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.nightly import STEPS

XUANPIN = Path(sys.executable).with_name("xuanpin")
LIST_DATE = LAST_DAY + timedelta(days=1)
KILLS = 10


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes with the libraries loaded already, so that a kill hits the step and not its imports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        [
            "tests.support.expectations_loaded",
            "xuanpin.pipelines.affinity.step",
            "xuanpin.pipelines.reporting.step",
            "tests.support.platform_rows",
        ]
    )
    return context


def test_steps_killed_at_random_points_end_like_an_undisturbed_night(
    platform: Platform,
    first_night: Home,
    processes: ForkServerContext,
    fingerprint: Callable[..., dict[str, str]],
    tmp_path: Path,
) -> None:
    home, draw = Home(tmp_path / "home"), random.Random(11)
    unlucky = {step.name for step in draw.sample(STEPS, KILLS)}
    for step in STEPS:
        for is_killed in [True, False] if step.name in unlucky else [False]:
            work = processes.Process(target=run_one_step, args=(step.name, home.root, platform.sources))
            work.start()
            if is_killed:
                work.join(draw.uniform(0, 0.6))
                work.kill()
            work.join()
            seen = run_store.current_run(home)
            assert seen is None or seen == run_store.require_run(first_night), f"half a run after a kill in {step.name}"
    assert run_store.require_run(home) == run_store.require_run(first_night)
    assert fingerprint(home, LIST_DATE) == fingerprint(first_night, LIST_DATE)


def test_a_publication_cut_short_after_sealing_is_finished_by_doing_the_step_again(
    published: Home, platform: Platform, tmp_path: Path
) -> None:
    home = Home(shutil.copytree(published.root, tmp_path / "home"))
    run = run_store.require_run(home)
    for folder in (home.published, home.list_dir(LIST_DATE)):
        (folder / "current.json").unlink()
    run_one_step("publish", home.root, platform.sources)
    assert run_store.require_run(home) == run


def test_a_refused_drop_leaves_the_last_good_list_and_says_what_the_new_date_shows(
    published: Home, platform: Platform, tmp_path: Path
) -> None:
    home = shutil.copytree(published.root, tmp_path / "home")
    sources = shutil.copytree(platform.sources, tmp_path / "sources")
    (sources / "orders" / "torn.parquet").write_bytes(b"PAR1 and then nothing")
    before = run_store.require_run(Home(home))
    words = ["nightly", "--as-of", LIST_DATE, "--sources", sources, "--home", home]
    said = subprocess.run([XUANPIN, *map(str, words)], capture_output=True, text=True, check=False)
    assert said.returncode == 3
    assert "torn.parquet" in said.stderr
    assert run_store.current_run(Home(home), LIST_DATE) == before
    assert "fallback" in said.stdout
    assert run_store.require_run(Home(home)).state == "fallback"
