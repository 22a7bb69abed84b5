"""What agents of a demo platform take of their matches and alternates, what they say of it, and what they propose."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.refusing import REASONS, chance_to_accept, grounds, says_yes, show_mood
from xuanpin.pipelines.demo.world import Columns, World, day_number, take

ANSWERS = ("accepted", "declined", "own_pick")
ANSWERED, LATE_ANSWERS, PICK_SHARE = 0.95, 0.10, 0.12
"""Share of her matches that an agent who answers does answer, of days on which she answers a day late, and on which she
proposes a SKU for tomorrow."""
TRUE_REASON, NO_REASON = 0.85, 0.05
"""Share of declines that are told with their true reason, and with none; the others say `other`."""
LEAST_GROUND = 0.3
"""Log odds against a SKU below which nothing known speaks against it, and she says `other`."""
PICK_HABIT = 1.0
"""Weight of habit and commission in what she proposes, as in what she posts where nothing is given to her."""


def choose_posts(world: World, day: np.datetime64, given: Array, alternates: Array) -> Array:
    """Return what agents post of what they are `given` on `day`, both agents × slots, -1 for none.

    For each match that she declines she takes the first of her `alternates` (agents × ranks) that suits her, if one
    does. What she says of it reaches the platform on that day, a day later, or never; she may propose a SKU for
    tomorrow.
    """
    why = grounds(world, day)
    chance = chance_to_accept(world, day, why)
    wants = says_yes(world, chance)
    agent = np.arange(len(given))[:, None]
    takes = (given >= 0) & wants[agent, given]
    swaps = _swaps(wants[agent, alternates] & (alternates >= 0), ((given >= 0) & ~takes).sum(axis=1))
    _keep_truth(world, day, given, takes, chance)
    decided = _decisions(given, takes, alternates, swaps)
    show_mood(world, decided, chance)
    _answer(world, day, decided, why)
    _propose(world, day, given, why)
    chosen = np.concatenate([np.where(takes, given, -1), np.where(swaps, alternates, -1)], axis=1)
    front = np.argsort(chosen < 0, axis=1, kind="stable")[:, : given.shape[1]]
    return np.take_along_axis(chosen, front, axis=1)


def _swaps(suits: Array, open_slots: Array) -> Array:
    """The first alternates that suit, as many as slots are open."""
    return np.asarray(suits & (np.cumsum(suits, axis=1) <= open_slots[:, None]))


def _decisions(given: Array, takes: Array, alternates: Array, swaps: Array) -> Columns:
    """One row an agent and SKU that she decided on: agent, sku and answer (position in ANSWERS)."""
    agent, slot = np.nonzero(given >= 0)
    other, rank = np.nonzero(swaps)
    rows = {
        "agent": np.concatenate([agent, other]),
        "sku": np.concatenate([given[agent, slot], alternates[other, rank]]),
        "answer": np.concatenate([np.where(takes[agent, slot], 0, 1), np.zeros(len(other), np.int64)]),
    }
    return take(rows, np.lexsort((rows["sku"], rows["agent"])))


def _keep_truth(world: World, day: np.datetime64, given: Array, takes: Array, chance: Array) -> None:
    agent, slot = np.nonzero(given >= 0)
    sku = given[agent, slot]
    world.state.memory.choices.append({
        "list_date": np.full(len(agent), day), "agent": agent, "sku": sku, "chance": chance[agent, sku],
        "is_accepted": takes[agent, slot],
    })  # fmt: skip


def _answer(world: World, day: np.datetime64, decided: Columns, why: Mapping[str, Array]) -> None:
    """File what agents say of what they `decided` under the day on which the platform hears of it."""
    rng, shape = world.rng(day, 6), world.allowed.shape
    told, honest = rng.random(shape, dtype=np.float32), rng.random(shape, dtype=np.float32)
    is_late, second = rng.random(shape[0]) < LATE_ANSWERS, rng.integers(27_000, 43_000, shape[0])
    agent, sku = decided["agent"], decided["sku"]
    says = ~world.tempers.never_answers[agent] & (told[agent, sku] < ANSWERED)
    reason = _reasons(agent, sku, why, honest[agent, sku])
    when = day.astype("datetime64[s]") + (second + 86_400 * is_late).astype("timedelta64[s]")
    rows = decided | {
        "list_date": np.full(len(agent), day),
        "reason": np.where(decided["answer"] == 1, reason, -1),
        "updated_at": when[agent],
    }
    _file(world, take(rows, says))


def _file(world: World, rows: Columns) -> None:
    world.state.agenda.add("match_answers", rows["updated_at"], rows)


def _reasons(agent: Array, sku: Array, why: Mapping[str, Array], honest: Array) -> Array:
    """Positions in REASONS of what agents say speaks most against SKUs; -1 for nothing said."""
    other = len(REASONS) - 1
    against = np.stack([why[reason][agent, sku] for reason in REASONS[:other]], axis=-1)
    true = np.where(against.min(axis=-1, initial=0.0) < -LEAST_GROUND, against.argmin(axis=-1), other)
    return np.where(honest < TRUE_REASON, true, np.where(honest < 1.0 - NO_REASON, other, -1))


def _propose(world: World, day: np.datetime64, given: Array, why: Mapping[str, Array]) -> None:
    """Let some agents propose, for the day after `day`, what they would post by habit, good or bad."""
    agents, rng, tomorrow = world.people.agents, world.rng(day, 7), day_number(day) + 1
    pays = agents.commission_weight[:, None] * world.catalogue.commission
    score = sum(why.values()) + PICK_HABIT * (world.habit + pays) + rng.gumbel(size=world.allowed.shape)
    score = np.where(world.announced_on() <= day, score, -np.inf)
    row, slot = np.nonzero(given >= 0)
    score[row, given[row, slot]] = -np.inf
    proposes = rng.random(len(agents)) < PICK_SHARE
    agent = np.flatnonzero(proposes & agents.is_active(day) & ~world.tempers.never_answers)
    sku = score[agent].argmax(axis=1)
    world.state.memory.picked_for[agent, sku] = tomorrow
    _file(world, {
        "agent": agent, "sku": sku, "answer": np.full(len(agent), 2), "list_date": np.full(len(agent), day + 1),
        "reason": np.full(len(agent), -1),
        "updated_at": day.astype("datetime64[s]") + rng.integers(64_000, 80_000, len(agent)).astype("timedelta64[s]"),
    })  # fmt: skip
