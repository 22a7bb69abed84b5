"""How likely an agent refuses a SKU for good, from the days on which she was given it and did not post it.

A mixture of two kinds of matches: refused ones are never posted; the others are posted, and seen in the chat, with a
chance of the agent's own. What is seen of her posts therefore decides how much silence says. Fitted by expectation
maximisation, in the manner of the occupancy models of ecology (MacKenzie and others, "Estimating site occupancy rates
when detection probabilities are less than one", Ecology 83, 2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Floats, Ints

ROUNDS = 60
"""Rounds of expectation maximisation; it has settled long before."""
SILENT_BEFORE, MATCHES_BEFORE = 1.0, 50.0
"""Refused matches among so many, as if seen before any is: few matches that were not posted prove no habit."""
AGENT_DAYS = 10.0
"""Days of an average agent that each agent's chance of being seen to post is drawn to."""
FIRST_SILENT, FIRST_POSTED = 0.05, 0.9
LEAST_CHANCE = 1e-6


@dataclass(frozen=True)
class SilenceModel:
    """Hold the chance that a match is `silent`, and that each agent is seen to have `posted` one that is not, 0-1."""

    silent: float
    posted: Floats


def fit_silence(agent: Ints, given: Ints, posted: Ints, agents: int) -> tuple[SilenceModel, Floats]:
    """Return the model and the chance, 0-1, that each match is refused for good.

    `agent` (row, below `agents`), days `given` and days `posted` have one entry for each agent and SKU.
    """
    model = SilenceModel(FIRST_SILENT, np.full(agents, FIRST_POSTED))
    chance = np.zeros(len(agent))
    for _ in range(ROUNDS):
        chance = _chances(model, agent, given, posted)
        days = np.bincount(agent, (1.0 - chance) * given, agents)
        seen = np.bincount(agent, (1.0 - chance) * posted, agents)
        usual = (seen.sum() + FIRST_POSTED) / (days.sum() + 1.0)
        model = SilenceModel(
            float((chance.sum() + SILENT_BEFORE) / (len(agent) + MATCHES_BEFORE)),
            np.clip((seen + AGENT_DAYS * usual) / (days + AGENT_DAYS), LEAST_CHANCE, 1.0 - LEAST_CHANCE),
        )
    return model, chance


def _chances(model: SilenceModel, agent: Ints, given: Ints, posted: Ints) -> Floats:
    """Bayes' rule for each match: one that was posted once is not refused."""
    silent = (1.0 - model.silent) * (1.0 - model.posted[agent]) ** given
    return np.asarray(np.where(posted == 0, model.silent / (model.silent + silent), 0.0), dtype=np.float64)
