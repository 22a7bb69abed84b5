"""What agents of a demo platform want beyond what their personas say, and what they remember of the platform."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.catalogue import SERIES, STYLES, PlatformCatalogue
from xuanpin.pipelines.demo.people import Agents

LONG_AGO = -(10**6)
"""Day number of what never happened."""
HIDDEN_TASTE, SHOWN_TASTE = 0.9, 1.0
"""Spread of an agent's liking for each style and series, and how much more she likes those of her persona."""
BAND_SHIFT, BAND_REACH = 0.25, (0.25, 0.55)
"""How far the middle of her comfort band lies from her persona's, and half its width, in log price: it is narrower."""
OPENNESS, WHIM = 0.5, 0.5
"""Spread of how open agents are to matches, and of what an agent lastingly thinks of a SKU for no known reason."""
JUDGES, NEVER_ANSWER = 0.3, 0.15
"""Share of agents who see what is bad before they sell it, and of those who never answer."""
STYLE_WEIGHT, SERIES_WEIGHT, PRICE_WEIGHT, GROUP_WEIGHT = 1.4, 0.8, 3.5, 1.2
"""Log odds of a unit of her liking of a style or series, of log price outside her band, and of her groups' want."""


@dataclass(frozen=True)
class Tempers:
    """Hold what is hidden of agents, one entry an agent.

    `style` and `series`: agents × styles and agents × series, how much she likes each; `price_centre` and
    `price_reach`: middle and half width of the prices at which she is at ease, in log CNY; `openness` to matches;
    `is_judge`: she sees what is bad; `never_answers`; `whim`: agents × SKUs, an opinion for no known reason; `notice`:
    agents × SKUs, a number in [0, 1) below which a chance to doubt makes her doubt; `mood`: one below which a chance to
    accept makes her accept, so that she answers alike as long as nothing has changed.
    """

    style: Array
    series: Array
    price_centre: Array
    price_reach: Array
    openness: Array
    is_judge: Array
    never_answers: Array
    whim: Array
    notice: Array
    mood: Array


def draw_tempers(rng: np.random.Generator, agents: Agents, catalogue: PlatformCatalogue) -> Tempers:
    """Draw the tempers of `agents` towards the SKUs of `catalogue` by `rng`, which is used up in a fixed order."""
    n, shape = len(agents), (len(agents), len(catalogue))
    middle = np.log(np.where(np.isnan(agents.price_min), 75.0, agents.price_min / 0.3))
    return Tempers(
        style=_liking(rng, agents.style, len(STYLES)),
        series=_liking(rng, agents.series, len(SERIES)),
        price_centre=middle + BAND_SHIFT * rng.normal(size=n),
        price_reach=rng.uniform(*BAND_REACH, n),
        openness=OPENNESS * rng.normal(size=n),
        is_judge=rng.random(n) < JUDGES,
        never_answers=rng.random(n) < NEVER_ANSWER,
        whim=(WHIM * rng.normal(size=shape)).astype(np.float32),
        notice=rng.random(shape, dtype=np.float32),
        mood=rng.random(shape, dtype=np.float32),
    )


def _liking(rng: np.random.Generator, shown: Array, kinds: int) -> Array:
    """Agents × kinds of style or series; `shown`: the two of each persona."""
    liking = HIDDEN_TASTE * rng.normal(size=(len(shown), kinds))
    liking[np.arange(len(shown))[:, None], shown] += SHOWN_TASTE
    return np.asarray(liking)


def lasting_grounds(
    tempers: Tempers, agents: Agents, catalogue: PlatformCatalogue, day: np.datetime64
) -> dict[str, Array]:
    """Return what lastingly speaks for (above 0) and against SKUs by reason: agents × SKUs, log odds.

    `tempers` of the `agents`; prices of the `catalogue` are those of `day`.
    """
    styled = catalogue.field("is_styled")[None, :] * tempers.style[:, catalogue.style].mean(axis=2)
    series = tempers.series[:, catalogue.series].mean(axis=2)
    price = np.log(catalogue.price_cents(day) / 100.0)[None, :]
    beyond = np.abs(price - tempers.price_centre[:, None]) - tempers.price_reach[:, None]
    return {
        "price": -PRICE_WEIGHT * np.maximum(beyond, 0.0),
        "style": STYLE_WEIGHT * styled + SERIES_WEIGHT * series,
        "not_my_groups": GROUP_WEIGHT * agents.affinity[:, catalogue.category],
    }


def readiness_for(share: float, tempers: Tempers, leaning: dict[str, Array], allowed: Array) -> float:
    """Return the log odds to add so that agents would take a `share` (0-1) of what their personas permit.

    `leaning`: their lasting grounds; `allowed`: agents × SKUs, what personas permit.
    """
    odds = (sum(leaning.values()) + tempers.whim + tempers.openness[:, None])[allowed]
    low, high = -20.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if (1.0 / (1.0 + np.exp(-odds - middle))).mean() < share else (low, middle)
    return middle


@dataclass
class AgentMemory:
    """Hold what agents remember.

    `posted_on`, `given_on` and `sold_out_on`: agents × SKUs, number of the last day on which she posted a SKU, was
    matched with it, or it sold out on her; `picked_for`: the last list date for which she proposed it; `least_mood` and
    `most_mood`: between what her answers show her mood to be; `trust` in the platform, an entry an agent (1 at the
    start); `choices`: what she chose of what she was given, for the truth.
    """

    posted_on: Array
    given_on: Array
    sold_out_on: Array
    picked_for: Array
    least_mood: Array
    most_mood: Array
    trust: Array
    choices: list[dict[str, Array]] = field(default_factory=list)


def blank_memory(agents: int, skus: int) -> AgentMemory:
    """Return the memory of `agents` who have seen none of the `skus`."""
    shape = (agents, skus)
    never = np.full(shape, LONG_AGO, dtype=np.int32)
    moods = np.zeros(shape, dtype=np.float32), np.ones(shape, dtype=np.float32)
    return AgentMemory(never, never.copy(), never.copy(), never.copy(), *moods, trust=np.ones(agents))
