"""A verb that was killed and is given again ends as if it had never been disturbed; `make faults` tries every write."""

import json
import multiprocessing
import random
import shutil
from dataclasses import asdict, replace
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

from tests.support.killed_verbs import PRELOADED, Killer, make_base
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.run_store import sealing

VERBS = ("recall", "approve", "forget", "tidy", "learn", "overrides import", "label import")
POINTS = 2
"""Kills a verb here, drawn from its writes."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verbs")
    make_base(folder)
    return folder


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes with the libraries loaded already, so that a kill hits the verb and not its imports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


@pytest.mark.parametrize("verb", VERBS)
def test_a_killed_verb_given_again_ends_as_an_undisturbed_one(
    base: Path, processes: ForkServerContext, verb: Any
) -> None:
    killer = Killer(processes, base, verb)
    assert killer.writes > POINTS
    for nth in sorted(random.Random(verb).sample(range(1, killer.writes + 1), POINTS)):
        assert killer.strike(nth) == {}, f"{verb}, killed at write {nth} of {killer.writes}"


def test_a_pointer_that_a_killed_verb_left_behind_is_put_right_by_the_next(published: Home, tmp_path: Path) -> None:
    home = Home(shutil.copytree(published.root, tmp_path / "home"))
    right = run_store.require_run(home)
    run_store.replace_json(home.published / sealing.UNSETTLED, {"database_days": 7})
    run_store.replace_json(home.published / "current.json", asdict(replace(right, list_date="2026-11-20")))
    with sealing.lock_published(home):
        assert json.loads((home.published / "current.json").read_text(encoding="utf-8")) == asdict(right)
    assert not (home.published / sealing.UNSETTLED).exists()
