"""How likely the agents of a demo platform post what they are given, and what wins or costs their trust.

An agent likes a SKU by her own taste for styles and series, by a price band narrower than her persona's, and by what
her groups want; she is put off by what she posted lately, by what sold out on her, and by what looks bad to her: a good
judge sees more of the bad and less in the good. She trusts the platform less for each landmine that it gave her.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.lively import complaints_of_agents
from xuanpin.pipelines.demo.tempers import LONG_AGO, lasting_grounds
from xuanpin.pipelines.demo.world import Columns, World, day_number

REASONS = ("price", "style", "not_my_groups", "doubt_quality", "posted_lately", "sold_out_before", "other")
"""Why she declines, in the order in which equal grounds are told."""
SEEN_BAD: Mapping[bool, tuple[float, float]] = MappingProxyType({True: (0.6, 0.02), False: (0.12, 0.06)})
"""Chance that a good judge, and another agent, doubts a landmine and a SKU that is none."""
LANDMINE_FAULT, HEARD = 0.20, 0.6
"""Fault rate above which a SKU is a landmine, and the most that complaints in her groups make her doubt."""
DOUBT_COST, SOLD_OUT_COST, PICK_BONUS, TRUST_WEIGHT = 3.5, 1.2, 4.0, 2.0
"""Log odds that a doubt, a recent sell-out, her own proposal, and the whole of her trust are worth."""
POSTED_COST, POSTED_DAYS, SOLD_OUT_DAYS = 1.0, 2.0, 7
"""Log odds that yesterday's post costs, the days in which this falls to a third, and days a sell-out is remembered."""
TRUST_KEPT, TRUST_BACK, LEAST_TRUST = 0.96, 0.03, 0.2
"""Share of trust that a landmine leaves for each day on which it comes back, and share of the lack won back a day."""


def grounds(world: World, day: np.datetime64) -> dict[str, Array]:
    """Return what speaks for (above 0) and against each SKU on `day` by reason: agents × SKUs, log odds."""
    memory, today = world.state.memory, day_number(day)
    ago = np.maximum(today - memory.posted_on, 1)
    leaning = lasting_grounds(world.tempers, world.people.agents, world.catalogue, day)
    return leaning | {
        "doubt_quality": -DOUBT_COST * _doubts(world, day),
        "posted_lately": -POSTED_COST * np.exp(-(ago - 1) / POSTED_DAYS),
        "sold_out_before": -SOLD_OUT_COST * (today - memory.sold_out_on <= SOLD_OUT_DAYS),
    }


def _doubts(world: World, day: np.datetime64) -> Array:
    """Agents × SKUs: whether she doubts the quality, of what is bad or what her groups complained of more often."""
    is_bad = is_landmine(world, day)
    seen = np.array([np.where(is_bad, *SEEN_BAD[judge]) for judge in (False, True)])
    chance = seen[world.tempers.is_judge.astype(np.int64)]
    heard = HEARD * -np.expm1(-complaints_of_agents(world))
    return np.asarray(world.tempers.notice < 1.0 - (1.0 - chance) * (1.0 - heard))


def is_landmine(world: World, day: np.datetime64) -> Array:
    """Say of which SKUs what is shipped on `day` is bad."""
    sku = np.arange(len(world.catalogue))
    days = np.full(len(sku), day)
    own, batch = world.catalogue.sku_fault(sku, days), world.catalogue.supplier_fault(sku, days)
    return np.asarray(1.0 - (1.0 - own) * (1.0 - batch) >= LANDMINE_FAULT)


def chance_to_accept(world: World, day: np.datetime64, why: Mapping[str, Array] | None = None) -> Array:
    """Return the chance that agents who were never asked post what they are given on `day`: agents × SKUs, 0-1.

    `why`: the grounds of the day where they are known already.
    """
    memory = world.state.memory
    odds = sum((why or grounds(world, day)).values()) + world.tempers.whim + PICK_BONUS * _is_picked(world, day)
    leaning = world.tempers.openness + TRUST_WEIGHT * (memory.trust - 1.0) + world.readiness
    return np.asarray(1.0 / (1.0 + np.exp(-(odds + leaning[:, None]))))


def known_chance(world: World, day: np.datetime64) -> Array:
    """Return the true chance that agents post what they are given on `day`, by all that they have answered before:
    agents × SKUs, 0-1.

    Who took a SKU takes it again, and who declined it declines it, unless her grounds have changed.
    """
    memory, chance = world.state.memory, chance_to_accept(world, day)
    width = np.maximum(memory.most_mood - memory.least_mood, 1e-6)
    return np.asarray(np.clip((chance - memory.least_mood) / width, 0.0, 1.0))


def _is_picked(world: World, day: np.datetime64) -> Array:
    return np.asarray(world.state.memory.picked_for == day_number(day))


def says_yes(world: World, chance: Array) -> Array:
    """Say what agents would take if they were given it, by their `chance`: agents × SKUs.

    Each agent has a mood of her own for each SKU, so that no answer depends on what else is given, or to whom.
    """
    return np.asarray(world.tempers.mood < chance)


def show_mood(world: World, decided: Columns, chance: Array) -> None:
    """Keep what the answers of agents show of their moods: agent, sku and answer (0 accepted) of `decided`, by the
    `chance` of the day (agents × SKUs)."""
    memory, agent, sku = world.state.memory, decided["agent"], decided["sku"]
    took, limit = decided["answer"] == 0, chance[agent, sku]
    at = agent[took], sku[took]
    memory.most_mood[at] = np.minimum(memory.most_mood[at], limit[took])
    at = agent[~took], sku[~took]
    memory.least_mood[at] = np.maximum(memory.least_mood[at], limit[~took])


def remember_posts(world: World, day: np.datetime64, given: Array, posts: Array) -> None:
    """Keep what agents were `given` and their `posts` on `day` (agents × slots, -1 for none), and what sold out."""
    memory, today = world.state.memory, day_number(day)
    for kept, shown in ((memory.given_on, given), (memory.posted_on, posts)):
        agent, slot = np.nonzero(shown >= 0)
        kept[agent, shown[agent, slot]] = today
    agent, slot = np.nonzero(posts >= 0)
    is_out = world.state.stock[posts[agent, slot]] == 0
    memory.sold_out_on[agent[is_out], posts[agent, slot][is_out]] = today


def schedule_disappointment(world: World, lines: Columns) -> None:
    """Put on the agenda when agents hear that landmines among order `lines` came back."""
    if not world.ways.refuse:
        return
    day = lines["ordered_at"].astype("datetime64[D]")
    own, batch = (chance(lines["sku"], day) for chance in (world.catalogue.sku_fault, world.catalogue.supplier_fault))
    bad = lines["is_regretted"] & (1.0 - (1.0 - own) * (1.0 - batch) >= LANDMINE_FAULT)
    told = {name: lines[name][bad] for name in ("agent", "sku")}
    world.state.agenda.add("disappointment", lines["felt_at"][bad], told)


def update_agent_trust(world: World, day: np.datetime64) -> None:
    """Lower the trust of agents to whom landmines that they were given came back on `day`; it recovers slowly."""
    if not world.ways.refuse:
        return
    memory = world.state.memory
    memory.trust += TRUST_BACK * (1.0 - memory.trust)
    felt = world.state.agenda.due("disappointment", day)
    if felt:
        pairs = np.unique(np.stack([felt["agent"], felt["sku"]]), axis=1)
        agent = pairs[0][memory.given_on[pairs[0], pairs[1]] > LONG_AGO]
        memory.trust = np.maximum(
            memory.trust * TRUST_KEPT ** np.bincount(agent, minlength=len(memory.trust)), LEAST_TRUST
        )
