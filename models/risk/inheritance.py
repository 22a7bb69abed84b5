"""What a SKU with little evidence inherits from older kin: SKUs that are probably the same goods under another name.

A bad past is inherited whole, since a new name does not mend goods; a good past moves the rate half the way and adds
no certainty, since a supplier could otherwise sell other goods under a good name. Both give way as the SKU's own lines
come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.risk.beta_binomial import BetaRates

GOOD_SHARE = 0.5
"""Share, 0-1, of the way from the kind's rate to the kin's that a better past is worth."""
AS_NEAR = 0.02
"""Difference of nearness, 0-1, below which two kin are equally near: it cannot be said which of them was renamed."""


@dataclass(frozen=True)
class RatePrior:
    """Hold the prior of one rate tonight: `mean` (0-1) and `strength` (lines) of each SKU, both of shape (skus,)."""

    mean: Floats
    strength: Floats


@dataclass(frozen=True)
class KinLinks:
    """Hold who may be whose kin, one entry a link: the rows of the `heir` and its `kin`, and what they share.

    `family` is a code of what they share (title, SPU, image), `nearness` how far they agree in it, 0-1, where 1 is
    whole; `is_one` says that those which agree wholly are one SKU under several names, not variants of each other.
    """

    heir: Ints
    kin: Ints
    family: Ints
    nearness: Floats
    is_one: Flags


@dataclass(frozen=True)
class Heritage:
    """Hold whose past counts: links (rows of `heir` and `kin`) with their `weight`, which adds up to 1 an heir."""

    heir: Ints
    kin: Ints
    weight: Floats

    def of(self, measure: Floats) -> Floats:
        """Return the mean of a `measure` of shape (skus,) over each SKU's chosen kin; 0 for those without."""
        return np.asarray(np.bincount(self.heir, self.weight * measure[self.kin], len(measure)), dtype=np.float64)

    def main_kin(self, rate: Floats) -> Ints:
        """Return the kin that most of each SKU's inherited `rate` (0-1, shape (skus,)) comes from; -1 without kin."""
        found = np.full(len(rate), -1, dtype=np.int64)
        order = np.lexsort((-self.kin, self.weight * rate[self.kin]))
        found[self.heir[order]] = self.kin[order]
        return found


NO_HERITAGE = Heritage(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
"""The past of SKUs none of which has kin."""


def choose_kin(links: KinLinks, rate: Floats, lines: Floats, most_lines: float) -> Heritage:
    """Choose for each heir whose past counts: of the nearest kin by each family, those of the family that looks worst.

    `rate` (0-1) and evidence (`lines`) have shape (skus,). Kin weigh by their lines, up to `most_lines`. Of kin that
    are one SKU under several names the worst counts alone: its good names must not wash the bad one.
    """
    group = links.heir * (int(links.family.max(initial=0)) + 1) + links.family
    nearest = np.zeros(int(group.max(initial=-1)) + 1)
    np.maximum.at(nearest, group, links.nearness)
    is_near = links.nearness >= nearest[group] - AS_NEAR
    weight = np.where(is_near, np.minimum(lines[links.kin], most_lines), 0.0)
    weight = np.where(_outdone(links, group, weight, rate), 0.0, weight)
    total = np.bincount(group, weight)
    mean = np.bincount(group, weight * rate[links.kin]) / np.where(total > 0.0, total, 1.0)
    worst = np.full(len(rate), -1.0)
    held = total[group] > 0.0
    np.maximum.at(worst, links.heir[held], mean[group[held]])
    # Families that look equally bad say the same: the first of them is taken.
    first = np.full(len(rate), len(total), dtype=np.int64)
    is_worst = held & (mean[group] == worst[links.heir])
    np.minimum.at(first, links.heir[is_worst], group[is_worst])
    kept = (weight > 0.0) & (group == first[links.heir])
    return Heritage(links.heir[kept], links.kin[kept], weight[kept] / total[group[kept]])


def _outdone(links: KinLinks, group: Ints, weight: Floats, rate: Floats) -> Flags:
    """Which links give way to a worse one of the same group that is one SKU with the heir."""
    is_same = links.is_one & (links.nearness >= 1.0) & (weight > 0.0)
    order = np.lexsort((-links.kin, rate[links.kin], group))
    worst = np.full(int(group.max(initial=-1)) + 1, -1, dtype=np.int64)
    ranked = order[is_same[order]]
    worst[group[ranked]] = ranked
    return np.asarray((worst[group] >= 0) & (worst[group] != np.arange(len(group))), dtype=np.bool_)


def inherit(prior: RatePrior, heritage: Heritage, past: RatePrior, exposure: Floats, most_lines: float) -> RatePrior:
    """Return the `prior` of a rate with the past of the kin in `heritage` put in.

    `past` holds the rates of all SKUs as they stand tonight, its strength being the lines that each rests on;
    `exposure` is in lines, shape (skus,). The past of the kin is worth at most `most_lines`, or the kind's own strength
    where that is more, and fades as the heir's own lines approach those of its kin.
    """
    is_heir = np.bincount(heritage.heir, minlength=len(exposure)) > 0
    mean, rests_on = heritage.of(past.mean), heritage.of(past.strength)
    is_bad = mean > prior.mean
    strength = np.where(is_bad, np.minimum(rests_on, np.maximum(prior.strength, most_lines)), prior.strength)
    mean = np.where(is_bad, mean, prior.mean + GOOD_SHARE * (mean - prior.mean))
    left = np.clip(1.0 - exposure / np.maximum(heritage.of(exposure), 1e-9), 0.0, 1.0)
    lines = (1.0 - left) * prior.strength + left * strength
    blend = ((1.0 - left) * prior.mean * prior.strength + left * mean * strength) / lines
    return RatePrior(np.where(is_heir, blend, prior.mean), np.where(is_heir, lines, prior.strength))


def inherit_share(share: BetaRates, heritage: Heritage, votes: Floats, most_lines: float) -> BetaRates:
    """Return a `share` of which little is bad (the happy among keepers) with the past of the kin in `heritage` put in.

    It is inherited as its complement is by `inherit`, by the `votes` (weights of buyers, shape (skus,)) behind it, and
    is worth at most `most_lines` of them.
    """
    if not len(heritage.heir):
        return share
    total = share.alpha + share.beta
    lack = RatePrior(share.beta / total, total)
    heirs = inherit(lack, heritage, lack, votes, most_lines)
    is_heir = np.bincount(heritage.heir, minlength=len(votes)) > 0
    alpha = np.where(is_heir, (1.0 - heirs.mean) * heirs.strength, share.alpha)
    return BetaRates(alpha, np.where(is_heir, heirs.mean * heirs.strength, share.beta))
