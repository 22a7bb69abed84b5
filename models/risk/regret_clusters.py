"""Regrets that come in a cluster without a change: neighbours who talk, one carton, somebody's plan.

A cluster adds a geometric number of regrets to those of an unchanged rate. It stands beside "steady" and "changed" as a
third explanation of what the last weeks brought.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.gamma_tail import log_upper_gamma
from xuanpin.models.risk.recent_regrets import CANDIDATE_AGES, RecentRegrets

CLUSTER_CHANCE = 0.8
"""Chance, 0-1, that regrets of the last weeks came in a cluster: the benefit of the doubt of a SKU that stands alone.

With it and CLUSTER_ENDS three buyers alone take nothing over the gate."""
CLUSTER_ENDS = 0.65
"""Chance, 0-1, that no further buyer joins a cluster: three come together once in 23, ten never."""
CLUSTER_AMONG_MANY = 0.1
"""The same chance, where the SKUs of a supplier are looked at together.

Each would need a cluster of its own at the same time. With the benefit of the doubt of each SKU a supplier's change was
found of one in four on simulated platforms, with this one half as many again."""
SMALLEST_DUE = 0.05
"""Regrets due since an age at least: lines that are too young to have shown anything prove little."""
LARGEST_LOG_RATIO = 300.0
"""Cap of a log-likelihood ratio in nats: more changes no decision and would overflow."""


@dataclass(frozen=True)
class Clusters:
    """Hold how likely each SKU's last regrets came in a cluster without a change; arrays have shape (skus,).

    `chance` is 0-1; `days` is how long ago the cluster most likely began to be delivered, `regrets` how many came.
    """

    chance: Floats
    days: Ints
    regrets: Floats


def cluster_odds(recent: RecentRegrets, mean: Floats, strength: Floats) -> Floats:
    """Return how much better a cluster than chance explains the regrets since each candidate age, shape (skus, ages).

    `recent` holds the regrets, the prior `mean` (0-1) and `strength` (lines) have shape (skus,).
    """
    clear = np.maximum(recent.exposure, recent.events)
    rate = (mean * strength + recent.events - recent.events_since[:, -1]) / (
        strength + np.maximum(clear - recent.exposure_since[:, -1], 0.0)
    )
    due = np.maximum(rate[:, None] * recent.exposure_since, SMALLEST_DUE)
    seen, more = recent.events_since, 1.0 / (1.0 - CLUSTER_ENDS)
    # A sum of a Poisson and a geometric count has an incomplete Gamma in closed form; it also takes fractions.
    clustered = np.log(CLUSTER_ENDS) - seen * np.log(more) + due * (more - 1.0)
    by_chance = seen * np.log(due) - due - gammaln(seen + 1.0)
    ratio = clustered + log_upper_gamma(seen + 1.0, due * more) - by_chance
    return np.asarray(np.exp(np.minimum(ratio, LARGEST_LOG_RATIO)), dtype=np.float64)


def likeliest_clusters(recent: RecentRegrets, odds: Floats, chance: Floats) -> Clusters:
    """Return the clusters that the `odds` of shape (skus, ages) point to, where each has the `chance` (0-1) given."""
    likeliest = odds.argmax(axis=1)
    regrets = recent.events_since[np.arange(len(chance)), likeliest]
    return Clusters(chance, CANDIDATE_AGES[likeliest].astype(np.int64), regrets)
