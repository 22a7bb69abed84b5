"""What shared effects are learnt from: the posts of some agents and, of what nobody bought of them, a sample."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from xuanpin.models.affinity.conditional_logit import PostedSets
from xuanpin.models.arrays import Flags, Ints

MOST_ROWS = 600_000
"""Posted rows that are learnt from; of more, occasions without a sale are left out and the rest is thinned."""
LEAST_SHARE = 0.25
"""Smallest share of the rows that nobody bought which is kept: four alternatives a sale tell nearly as much as all."""
GOLDEN = (5**0.5 - 1) / 2
"""Multiples of the golden ratio, whole numbers left out, fall evenly whatever the order of the rows."""


@dataclass(frozen=True)
class Teachers:
    """The agents that shared effects are learnt from.

    rows: of all posted rows, theirs; posted: what is learnt from, one occasion numbered anew; occasion: which of all
    occasions each of `posted` is.
    """

    rows: Flags
    posted: PostedSets
    occasion: Ints


def posts_of_teachers(posted: PostedSets, teachers: Ints) -> Teachers:
    """Return what is learnt from the posts of the agents at the rows `teachers`."""
    rows = np.isin(posted.agent, teachers)
    learnt, whole = _thinned(posted, rows) if rows.sum() > MOST_ROWS else (posted, rows)
    return Teachers(rows, learnt.subset(whole), np.unique(posted.occasion[whole]))


def _thinned(posted: PostedSets, rows: Flags) -> tuple[PostedSets, Flags]:
    """The sets with a sample of what nobody bought standing for all of it, and which rows are kept."""
    rows = rows & (posted.totals(posted.units)[posted.occasion] > 0)
    unsold = rows & (posted.units == 0)
    share = np.clip((MOST_ROWS - (rows.sum() - unsold.sum())) / max(unsold.sum(), 1), LEAST_SHARE, 1.0)
    drawn = (np.arange(len(rows)) * GOLDEN) % 1.0 < share
    weight = np.where(unsold, posted.sampling_weight / share, posted.sampling_weight)
    return replace(posted, sampling_weight=weight), rows & (drawn | ~unsold)
