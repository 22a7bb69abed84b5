"""How much a doubt of agents says: each agent is a judge whose earlier doubts have been right or wrong.

What an agent doubted or took is held against what the SKUs turned out to be: her sensitivity is the share of bad SKUs
that she doubted, her false rate that of good ones. Both are drawn to those of all agents who doubt. A doubt multiplies
the odds of a landmine by sensitivity / false rate; doubts of judges that are independent add up. Source: naive Bayes
over judges with error rates of their own, Dawid and Skene, Appl. Stat. 28 (1979), here with outcomes that are known in
part; the limits are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints

FIRST_SENSITIVITY, FIRST_FALSE_RATE = 0.1, 0.05
"""Shares (0-1) of bad and of good SKUs that an agent doubts, before any outcome: a doubt is worth a factor of two."""
PLATFORM_SKUS = 20.0
"""Judged SKUs that FIRST_SENSITIVITY and FIRST_FALSE_RATE each are worth against those of the platform's agents."""
AGENT_BAD, AGENT_GOOD = 4.0, 40.0
"""Bad and good SKUs that the platform's rates are worth against an agent's own: she meets few landmines."""
LARGEST_RATIO = 20.0
"""Most by which one agent's doubt multiplies the odds: three in four bad and 4 % of the good SKUs doubted."""
PROVEN_RIGHT = 3
"""Bad batches of different suppliers or weeks that an agent named in time, from which she is proven."""
PROVEN_RATIO = 2.0
"""Least ratio of a proven agent: who doubts everything is right often, and says nothing."""
NATS_PER_BATCH = 0.35
"""Log odds (nats) that a judge has for each batch, beyond those that prove her, that she alone of a SKU's judges named.

One that several of them named is shared: accounts that earned their record on the same few batches are one judge."""
FADING_LINES = 30.0
"""Mature lines delivered since a vote after which it counts half: about what tells a landmine from a good SKU."""
FEWEST_LINES = 5.0
"""Mature lines since a vote from which it is judged by its outcome."""
FARTHEST_ODDS = 1e6
"""Odds beyond which an outcome is taken as sure."""


@dataclass(frozen=True)
class VoteCounts:
    """Count the judged SKUs of each agent by what they turned out to be and what she said; arrays of shape (agents,).

    `bad_doubted` and `good_doubted` are those that she doubted, `bad_taken` and `good_taken` those that she took. One
    whose outcome is uncertain counts as bad by its probability and as good by the rest.
    """

    bad_doubted: Floats
    bad_taken: Floats
    good_doubted: Floats
    good_taken: Floats


@dataclass(frozen=True)
class Judges:
    """Hold the `sensitivity` and the `false_rate` (0-1) of each agent's doubts, shape (agents,)."""

    sensitivity: Floats
    false_rate: Floats

    @property
    def ratio(self) -> Floats:
        """Return by how much one doubt of each agent multiplies the odds: at least 1, at most LARGEST_RATIO."""
        return np.clip(self.sensitivity / self.false_rate, 1.0, LARGEST_RATIO)

    def log_ratio(self, agents: Ints, is_doubt: Flags) -> Floats:
        """Return the log likelihood ratio (nats) of votes, shape (votes,), which `agents` gave: their places.

        A vote that `is_doubt` speaks for a landmine, one that takes the SKU against it.
        """
        taken = np.clip((1.0 - self.sensitivity) / (1.0 - self.false_rate), 1.0 / LARGEST_RATIO, 1.0)
        return np.log(np.where(is_doubt, self.ratio[agents], taken[agents]))

    def proven(self, right: Ints) -> Flags:
        """Tell which agents are proven, shape (agents,); `right` counts the bad batches that each named in time."""
        return np.asarray((right >= PROVEN_RIGHT) & (self.ratio >= PROVEN_RATIO), dtype=np.bool_)


@dataclass(frozen=True)
class Votes:
    """Hold what stands on SKUs tonight; arrays have shape (votes,), at most one vote an agent and SKU.

    `sku` and `agent` are places; a vote `is_doubt`, or says that she took the SKU. `lines` are the mature lines
    delivered since. `batches` counts the bad batches that she named in time, each shared with the others who named it
    and say the same of the SKU; 0 where she doubts it and has a stake in its rival.
    """

    sku: Ints
    agent: Ints
    is_doubt: Flags
    lines: Floats
    batches: Floats


def probability_bad(before: Floats, prior: Floats, posterior: Floats) -> Floats:
    """Return the probability (0-1) that SKUs were bad, from what was known `before` and the outcomes that came since.

    `prior` and `posterior` are the probabilities without and with those outcomes; the ratio of their odds is what the
    outcomes say. All have shape (outcomes,).
    """
    odds = _odds(before) * np.clip(_odds(posterior) / _odds(prior), 1.0 / FARTHEST_ODDS, FARTHEST_ODDS)
    return np.asarray(odds / (1.0 + odds), dtype=np.float64)


def fit_judges(counts: VoteCounts) -> Judges:
    """Estimate how well each agent judges, from her `counts` and those of all."""
    return Judges(
        _shrunk(counts.bad_doubted, counts.bad_taken, FIRST_SENSITIVITY, AGENT_BAD),
        _shrunk(counts.good_doubted, counts.good_taken, FIRST_FALSE_RATE, AGENT_GOOD),
    )


def odds_ratio(votes: Votes, judges: Judges, right: Ints, skus: int) -> Floats:
    """Return by how much the `votes` of `judges` multiply the odds of a landmine, at least 1; shape (skus,).

    `right`, shape (agents,), counts the bad batches that each named in time, of which the first only prove her; `skus`
    is the number of SKUs. Unproven agents have no weight: many accounts may be one will. What was delivered since a
    vote is evidence of its own: the vote fades with it.
    """
    is_proven, beyond = judges.proven(right), 1.0 - PROVEN_RIGHT / np.maximum(right, PROVEN_RIGHT)
    earned = NATS_PER_BATCH * votes.batches * beyond[votes.agent]
    said = judges.log_ratio(votes.agent, votes.is_doubt)
    weight = np.where(is_proven[votes.agent], FADING_LINES / (FADING_LINES + votes.lines), 0.0)
    nats = weight * np.clip(said, -earned, earned)
    return np.asarray(np.exp(np.maximum(np.bincount(votes.sku, nats, skus), 0.0)), dtype=np.float64)


def handed_down(ratio: Floats, heir: Ints, kin: Ints, lines: Floats) -> Floats:
    """Return each SKU's `ratio` (shape (skus,)) or that of its kin, whichever is larger.

    `heir` and `kin` are places of SKUs, one pair a link; the kin's doubts fade with the mature `lines` of the heir,
    shape (skus,), as they would with its own.
    """
    found = ratio.copy()
    np.maximum.at(found, heir, ratio[kin] ** (FADING_LINES / (FADING_LINES + lines[heir])))
    return found


def chance_of_change(alone: Floats, with_supplier: Floats, steady: Floats, changed: Floats, ratio: Floats) -> Floats:
    """Return the chance `alone` (0-1) by which the odds of a landmine are multiplied by `ratio`, all of shape (skus,).

    `steady` and `changed` are the probabilities of a landmine with an unchanged and a changed rate, `with_supplier` the
    chance that the whole supplier has changed, which a doubt on one SKU leaves as it is. A SKU is no surer a landmine
    than a changed one.
    """
    chance = with_supplier + (1.0 - with_supplier) * alone
    probability = (1.0 - chance) * steady + chance * changed
    told = ratio * probability / (1.0 - probability + ratio * probability)
    gap = changed - steady
    needed = np.divide(told - steady, gap, out=chance.copy(), where=gap > 0.0)
    moved = (np.clip(needed, chance, 1.0) - with_supplier) / np.maximum(1.0 - with_supplier, 1.0 / FARTHEST_ODDS)
    return np.clip(moved, alone, 1.0)


def _odds(probability: Floats) -> Floats:
    within = np.clip(probability, 1.0 / FARTHEST_ODDS, 1.0 - 1.0 / FARTHEST_ODDS)
    return np.asarray(within / (1.0 - within), dtype=np.float64)


def _shrunk(doubted: Floats, taken: Floats, first: float, own: float) -> Floats:
    both = doubted + taken
    platform = (first * PLATFORM_SKUS + doubted.sum()) / (PLATFORM_SKUS + both.sum())
    return np.asarray((platform * own + doubted) / (own + both), dtype=np.float64)
