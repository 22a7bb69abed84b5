"""Simulates the platform: its history, then day after day in a closed loop with published lists."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo import behaviour, outcomes, rows
from xuanpin.pipelines.demo.behaviour import Matches
from xuanpin.pipelines.demo.chatter import chat_rows
from xuanpin.pipelines.demo.drops import DayFile, day_files
from xuanpin.pipelines.demo.lively import remember_purchases, spread_regret
from xuanpin.pipelines.demo.refusing import remember_posts, update_agent_trust
from xuanpin.pipelines.demo.truth import override_rows, write_truth
from xuanpin.pipelines.demo.world import Columns, Offers, World, concatenate


@dataclass(frozen=True)
class AgentOutcome:
    """Count what came of the days of the agent `agent_id`.

    `visits` of customers, `purchases` (order lines), and how many of them were `satisfied` or `regretted`.
    """

    agent_id: str
    visits: int
    purchases: int
    satisfied: int
    regretted: int

    @property
    def net_good(self) -> int:
        """Return satisfied less regretted purchases."""
        return self.satisfied - self.regretted


def write_history(world: World, folder: Path, start: date | None = None, days: int | None = None) -> None:
    """Simulate `days` days from `start` by the agents' own habits; write their drops, and the truth beside the folder.

    Without arguments the whole history of the world's scale. Days must follow each other without a gap.
    """
    first = start or world.scale.first_day
    # What packs and encodes leaves the interpreter to what draws the next day.
    with ThreadPoolExecutor(1) as beside:
        writing = [
            beside.submit(file.write, folder)
            for offset in range(days or world.scale.days)
            for file in _day(world, first + timedelta(days=offset), None, {})
        ]
        for written in writing:
            written.result()
    write_truth(world, folder)


def write_day(
    world: World, folder: Path, day: date, matches: Matches | None, alternates: Matches | None = None
) -> None:
    """Simulate one more day and write its drops to `folder`; `matches` and `alternates` as for live_day."""
    for file in _day(world, day, matches, alternates):
        file.write(folder)


def _day(world: World, day: date, matches: Matches | None, alternates: Matches | None) -> Iterator[DayFile]:
    """Simulate one more day and yield the files that it sends."""
    today = np.datetime64(day, "D")
    posts, lines = live_day(world, day, matches, alternates)
    yield from day_files(world, today, _exports(world, today, posts, lines))


def live_day(
    world: World, day: date, matches: Matches | None, alternates: Matches | None = None
) -> tuple[Array, Columns]:
    """Simulate one more day: agents post their `matches` (agent_id → SKUs in rank order), or their habit if None.

    Where agents refuse they may take one of their `alternates` instead. Returns the posts (agents × slots, SKU
    positions, -1 empty) and the order lines with their fates.
    """
    today = np.datetime64(day, "D")
    given, posts = _posts(world, today, matches, alternates or {})
    visits = behaviour.draw_visits(world, today)
    lines = outcomes.decide_fates(world, today, behaviour.choose(world, today, posts, visits))
    outcomes.schedule(world, lines)
    remember_purchases(world, lines)
    outcomes.update_trust(world, today)
    spread_regret(world, today)
    _remember(world, today, given, posts)
    world.state.visits.append({"agent": visits["agent"], "day": np.full(len(visits["agent"]), today)})
    world.restock(today)
    return posts, lines


def _posts(world: World, day: np.datetime64, matches: Matches | None, alternates: Matches) -> tuple[Array, Array]:
    """What agents are given and what they post, agents × slots."""
    if matches is None:
        posts = behaviour.habit_posts(world, day)
        return np.full_like(posts, -1), posts
    slots = world.people.agents.slots
    others = np.full(len(slots), max(map(len, alternates.values()), default=0))
    given = behaviour.shown_skus(world, day, matches, slots)
    return given, behaviour.matched_posts(world, day, given, behaviour.shown_skus(world, day, alternates, others))


def _remember(world: World, day: np.datetime64, given: Array, posts: Array) -> None:
    """Keep what was given and posted, and what the day leaves in people's minds, before shelves are filled again."""
    world.state.posts = posts
    taken = ((given[:, :, None] == posts[:, None, :]).any(axis=2) & (given >= 0)).sum()
    world.state.offers.append(Offers(day, int((given >= 0).sum()), int(taken)))
    if world.ways.refuse:
        remember_posts(world, day, given, posts)
        update_agent_trust(world, day)


def _exports(world: World, day: np.datetime64, posts: Array, lines: Columns) -> dict[str, pa.Table]:
    orders, returns, answers = (world.state.agenda.due(name, day) for name in ("orders", "returns", "match_answers"))
    return {
        "products": rows.product_rows(world, day), "inventory": rows.inventory_rows(world, day),
        "agents": rows.agent_rows(world, day), "groups": rows.group_rows(world, day),
        "orders": rows.order_rows(world, orders) if orders else pa.table({}),
        "returns": rows.return_rows(returns) if returns else pa.table({}),
        "chat_messages": chat_rows(world, day, posts, lines), "overrides": override_rows(world, day),
        "match_answers": rows.answer_rows(answers) if answers else pa.table({}),
    }  # fmt: skip


def outcome(world: World, since: date, until: date) -> list[AgentOutcome]:
    """Outcome of every agent over the days since..until (both included), as the world knows it."""
    agents = len(world.people.agents)
    lines, visits = concatenate(world.state.lines), concatenate(world.state.visits)
    day = lines["ordered_at"].astype("datetime64[D]")
    inside = (day >= np.datetime64(since)) & (day <= np.datetime64(until)) & ~lines["is_cancelled"]
    came = visits["agent"][(visits["day"] >= np.datetime64(since)) & (visits["day"] <= np.datetime64(until))]
    counts = [
        np.bincount(came, minlength=agents),
        *(np.bincount(lines["agent"][inside & chosen], minlength=agents)
          for chosen in (np.ones(len(day), bool), lines["is_satisfied"], lines["is_regretted"])),
    ]  # fmt: skip
    return [AgentOutcome(f"A{agent:05d}", *(int(c[agent]) for c in counts)) for agent in range(agents)]
