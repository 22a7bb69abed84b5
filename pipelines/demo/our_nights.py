"""Lives with our nights in a demo world whose agents answer: the nights are told, are not told, or know it before."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from xuanpin.models.arrays import Array
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.demo.knowing import tell_chances
from xuanpin.pipelines.demo.refusing import known_chance
from xuanpin.pipelines.demo.run import approve_held, morning_after, published_alternates, published_matches
from xuanpin.pipelines.demo.simulate import write_day
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.nightly import STEPS, run_night
from xuanpin.pipelines.settings import Settings

LEARNS, IGNORES, KNOWS = "xuanpin", "ignores_answers", "knows_answers"
"""Our policies: nights that learn from what agents answer and post; that take them to post all that they are given; and
that know how likely they are to."""
OUR_POLICIES = (LEARNS, IGNORES, KNOWS)
# Simulated nights write no report; every deciding step runs.
DECIDING_STEPS = tuple(step for step in STEPS if step.name != "report")
TOLD_STEPS = tuple(
    replace(step, function="xuanpin.pipelines.demo.knowing:match_knowing") if step.name == "match" else step
    for step in DECIDING_STEPS
)


def place_of(policy: str, root: Path) -> Path:
    """Return the folder under `root` in which a `policy` of ours has its home and its sources."""
    return root if policy == LEARNS else root / policy


def live_with_nights(
    policy: str, world: World, root: Path, days: list[date], settings: Settings, on_day: Callable[[date, int], None]
) -> None:
    """Let nights decide `days`, each seeing the drops of the days before, as in production; agents choose among them.

    `root` holds the sources of the `world` and gets the home of the `policy`, one of ours; `on_day` is told of each day
    and how many are done.
    """
    place = place_of(policy, root)
    home, sources = Home(place / "home"), place / "sources"
    if not sources.exists():
        shutil.copytree(root / "sources", sources)
    # Nights read each other's Parquet files; the database for readers is rebuilt each night, so it is kept small.
    publishing = settings.publish.model_copy(update={"database_days": 1})
    for done, day in enumerate(days):
        on_day(day, done)
        as_of = day - timedelta(days=1)
        request = RunRequest(
            as_of, home, sources, settings.model_copy(update={"publish": publishing}), morning_after(as_of)
        )
        if policy != LEARNS:
            tell_chances(home.root, _assumed(policy, world, day))
        run_night(request, steps=DECIDING_STEPS if policy == LEARNS else TOLD_STEPS)
        approve_held(request)
        write_day(world, sources, day, published_matches(home, day), published_alternates(home, day))
        if policy != LEARNS:  # what is known, or taken for granted, needs no answers
            shutil.rmtree(sources / "match_answers", ignore_errors=True)


def _assumed(policy: str, world: World, day: date) -> Array:
    """Agents × SKUs: the chance of being posted by which a policy matches."""
    if policy == KNOWS and world.ways.refuse:
        return known_chance(world, np.datetime64(day, "D"))
    return np.ones(world.allowed.shape)
