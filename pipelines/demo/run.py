"""Runs `xuanpin demo`: a platform generated from a seed posts a week of published lists."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.demo.behaviour import Matches
from xuanpin.pipelines.demo.scale import DEMO, LAST_HISTORY_DAY, Scale
from xuanpin.pipelines.demo.simulate import write_day, write_history
from xuanpin.pipelines.demo.voices import Voices
from xuanpin.pipelines.demo.world import World
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.reporting.drawn_apart import drawing_apart
from xuanpin.pipelines.republishing.reviews import approve
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.steps import Step, Watch
from xuanpin.pipelines.typed.phrase import phrase

OnStage = Callable[[str, int, int], None]
"""Takes what is being done, how much of it is done, and how much there is."""


def ignore_step(step: Step) -> None:
    """Take no note of a `step`."""


def demo_scale(sizes: dict[str, int | None]) -> Scale:
    """The demo's scale with the sizes that were asked for put in."""
    return replace(DEMO, **{name: size for name, size in sizes.items() if size is not None})


def run_demo(
    home: Home,
    seed: int,
    nights: int,
    sizes: dict[str, int | None],
    on_stage: OnStage,
    on_step: Callable[[Step], None] = ignore_step,
    is_lively: bool = False,
    voices: Voices | None = None,
) -> None:
    """Build the platform up to the first night, then let nights and days alternate, the last as of 2026-11-21.

    The platform is drawn from `seed`; `nights` is how many are run; `sizes` replace those of the demo's scale where
    not None; `on_stage` is called with text, done and total, and `on_step` with each step of a night; `is_lively` and
    `voices` are those of World. Agents post what the night before matched them with. The folder is made anew each time,
    so the demo is the same on every machine. Raises UsageError for a folder that is not a demo's.
    """
    scale = demo_scale(sizes)
    if nights >= scale.days:
        raise UsageError(
            phrase(
                "--nights {nights} leaves no history before the first night; the demo has {days} days",
                nights=nights,
                days=scale.days,
            )
        )
    clear_demo(home)
    sources = home.root / "sources"
    world = World(seed, scale, is_lively, voices)
    first = LAST_HISTORY_DAY - timedelta(days=nights - 1)
    on_stage(phrase("demo platform: history"), 0, nights)
    write_history(world, sources, days=scale.days - nights + 1)
    settings = Settings()
    with drawing_apart(settings.engine.threads):
        for done in range(nights):
            day = first + timedelta(days=done)
            if done:
                write_day(world, sources, day, published_matches(home, day), published_alternates(home, day))
            on_stage(
                phrase("night {done} of {nights}, as of {day}", done=done + 1, nights=nights, day=day), done, nights
            )
            request = RunRequest(day, home, sources, settings, morning_after(day))
            run_night(request, Watch(on_step=on_step))
            approve_held(request)


def approve_held(request: RunRequest) -> None:
    """Approve the list of `request` where a brake holds it, as nobody is there to; its run_quality says which."""
    if run_store.pending_run(request.home, request.list_date) is not None:
        approve(request, "demo", "nobody looks at simulated nights")


def published_matches(home: Home, list_date: date) -> Matches:
    """What the current run of a list date gives each agent, in rank order."""
    return _ranked(home, list_date, "agent_matches", "match_rank")


def published_alternates(home: Home, list_date: date) -> Matches:
    """What the current run of a list date offers each agent to swap for, in rank order; nothing if it has no offers."""
    return _ranked(home, list_date, "agent_alternates", "alternate_rank")


def _ranked(home: Home, list_date: date, table: str, rank: str) -> Matches:
    run = run_store.require_run(home, list_date)
    if not (run_store.run_folder(home, run) / f"{table}.parquet").exists():
        return {}
    rows = run_store.read_table(home, run, table, ("agent_id", rank, "sku_id"))
    matches: dict[str, list[str]] = {}
    for row in rows.sort_by([("agent_id", "ascending"), (rank, "ascending")]).to_pylist():
        matches.setdefault(row["agent_id"], []).append(row["sku_id"])
    return matches


def morning_after(day: date) -> datetime:
    """When the night for a day runs: half past one on the next morning, Beijing time."""
    return datetime.combine(day + timedelta(days=1), time(1, 30), BEIJING)


def clear_demo(home: Home) -> None:
    """Empty the folder of a demo, or make it; raises UsageError for a folder that holds something else."""
    marker = home.root / ".xuanpin-demo"
    if home.root.exists() and any(home.root.iterdir()) and not marker.exists():
        raise UsageError(
            phrase("{home} holds something that is not a demo; name an empty folder with --home", home=home.root)
        )
    home.root.mkdir(parents=True, exist_ok=True)
    # The mark stays until the end: what a killed demo left is known as a demo's.
    marker.touch()
    for path in home.root.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path != marker:
            path.unlink()
