"""Nights in a world whose agents choose: answers reach the home, late ones too, and the policies differ by them."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.demo.closed_loop import Plan, Tally, comparison, comparison_text, live_with_ours
from xuanpin.pipelines.demo.knowing import match_knowing, tell_chances
from xuanpin.pipelines.demo.our_nights import KNOWS, LEARNS, OUR_POLICIES, place_of
from xuanpin.pipelines.demo.run import morning_after
from xuanpin.pipelines.demo.scale import TINY
from xuanpin.pipelines.demo.simulate import write_history
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings

pytestmark = pytest.mark.whole

PLAN = Plan(seeds=(7,), nights=2, scale=TINY, settings=Settings(), acceptance=0.7)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("refusing")


def quietly(text: str, done: int, total: int) -> None:
    """Take no note of how far the simulation is."""


@pytest.fixture(scope="module")
def tallies(folder: Path) -> list[Tally]:
    """Two nights that learn, and one that knows beforehand."""
    world = World(7, TINY, acceptance=0.7)
    write_history(world, folder / "sources")
    knowing = live_with_ours(KNOWS, copy.deepcopy(world), folder, replace(PLAN, nights=1), quietly)
    return [live_with_ours(LEARNS, world, folder, PLAN, quietly), knowing]


def answers_read(home: Home) -> list[dict[str, object]]:
    engine = open_home(home)
    try:
        rows: pa.Table = engine.query(
            "select list_date, answer, cast(updated_at as date) as said_on from source.match_answers"
        )
    finally:
        engine.close()
    found: list[dict[str, object]] = rows.to_pylist()
    return found


def test_the_nights_are_handed_what_agents_answer_and_the_knowing_ones_are_not(
    tallies: list[Tally], folder: Path
) -> None:
    rows = answers_read(Home(place_of(LEARNS, folder) / "home"))
    assert {row["answer"] for row in rows} >= {"accepted", "declined"}
    assert {row["list_date"] for row in rows if row["answer"] != "own_pick"} <= set(PLAN.days[:-1])
    assert not answers_read(Home(place_of(KNOWS, folder) / "home"))


def test_agents_refuse_some_of_their_matches_and_the_comparison_tells_how_many(tallies: list[Tally]) -> None:
    assert {tally.policy for tally in tallies} == {LEARNS, KNOWS}
    for tally in tallies:
        assert 0 < tally.taken < tally.given
        assert tally.acceptance == tally.taken / tally.given
    facts = comparison(tallies)
    assert list(facts["means"]) == [LEARNS, KNOWS]
    assert f"{tallies[-1].acceptance:.3f}" in comparison_text(facts)
    assert set(OUR_POLICIES) > {LEARNS, KNOWS}


def test_a_night_that_nobody_told_how_likely_agents_accept_cannot_know_it(tmp_path: Path) -> None:
    day = date(2026, 11, 21)
    with (
        open_night(RunRequest(day, Home(tmp_path / "home"), None, Settings(), morning_after(day))) as night,
        pytest.raises(UsageError, match="only a simulated night knows"),
    ):
        match_knowing(night)
    tell_chances(tmp_path / "home", np.full((2, 3), 0.5))
    assert np.load(tmp_path / "home" / "acceptance.npy").shape == (2, 3)
