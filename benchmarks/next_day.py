"""What comes of a night's matches: the next day of a demo world, drawn several times with common random numbers."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from xuanpin.pipelines.context import RunRequest
from xuanpin.pipelines.demo.behaviour import Matches
from xuanpin.pipelines.demo.outcomes import CAUSES, regret_chances
from xuanpin.pipelines.demo.simulate import live_day
from xuanpin.pipelines.demo.world import World, concatenate
from xuanpin.pipelines.session import open_night

OTHER_DRAWS = 1_000_003
"""Added to a world's seed for each further draw of its next day; larger than any seed of a world."""


@dataclass(frozen=True)
class NextDay:
    """Count what all draws of a day brought together: order lines `bought`, `satisfied` and `regretted` of them.

    `expected` of them were to be regretted by their true chances, by `causes` (of CAUSES) alone so many.
    """

    bought: int
    satisfied: int
    regretted: int
    expected: float
    causes: dict[str, float]

    @property
    def net_good(self) -> int:
        """Return satisfied less regretted purchases."""
        return self.satisfied - self.regretted


def next_days(world: World, day: date, matches: Matches, draws: int) -> NextDay:
    """Let agents post `matches` (agent_id → SKUs in rank order) on the `day` after the history of `world`.

    The day is drawn so many times; a draw has the same visits and chances whatever is posted. `world` stays as it is.
    """
    plain = _without_past(world)
    counts, causes, expected = np.zeros(3, np.int64), np.zeros(len(CAUSES) - 1), 0.0
    for draw in range(draws):
        lived = copy.deepcopy(plain)
        lived.seed = world.seed + OTHER_DRAWS * (1 + draw)
        live_day(lived, day, matches)
        lines = concatenate(lived.state.lines)
        alive = ~lines["is_cancelled"]
        expected += float(lines["regret_chance"][alive].sum())
        causes += regret_chances(lived, lines)[alive].sum(axis=0)
        counts += [alive.sum(), lines["is_satisfied"].sum(), (lines["is_regretted"] & alive).sum()]
    bought, satisfied, regretted = counts.tolist()
    return NextDay(bought, satisfied, regretted, expected, dict(zip(CAUSES[1:], causes.tolist(), strict=True)))


def _without_past(world: World) -> World:
    """A copy of `world` that draws what is its own by its own seed, without the lines and messages so far."""
    for drawn in ("habit", "is_habitual", "allowed", "pull"):
        getattr(world, drawn)
    plain = copy.copy(world)
    plain.state = copy.deepcopy(
        replace(world.state, lines=[], visits=[], messages=[], offers=[], personal=[], events=[], backlog={})
    )
    return plain


def matches_of(request: RunRequest) -> Matches:
    """Return what the night of `request` gives each agent, in rank order, from its working tables."""
    with open_night(request) as night:
        rows = night.engine.query("select agent_id, sku_id from night.agent_matches order by agent_id, match_rank")
    matches: Matches = {}
    for row in rows.to_pylist():
        matches.setdefault(row["agent_id"], []).append(row["sku_id"])
    return matches


def tomorrow(request: RunRequest) -> date:
    """Return the list date of the night of `request`."""
    return request.as_of_date + timedelta(days=1)
