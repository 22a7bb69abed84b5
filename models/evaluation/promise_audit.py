"""Bound from outcomes alone the share of landmines that past lists really held: no model of the SKUs is trusted.

A unit is one SKU over a block of list nights. It counts where it shows more regrets than the median of a Poisson count
of its `due`, those that a SKU at its ceiling would show: a landmine does so in at least half of all cases. No other
thing is assumed of the rates than that, among listed SKUs, those just above their ceiling are not more than those just
below; then the units counted are at least as many as the landmines, and the limits of a weighted Poisson count hold.
How many high counts chance explains is bounded by Chernoff's inequality, which assumes nothing of the rates at all.
Sources: Fay and Feuer, "Confidence intervals for directly standardized rates", Statistics in Medicine 16 (1997), which
is the exact Poisson (nearly the binomial) limit where weights are equal; Horvitz and Thompson, JASA 47 (1952), for
units that decide nothing; Hoeffding, Annals of Mathematical Statistics 27 (1956), for days of unequal rates; Chernoff,
ibid. 23 (1952).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, pdtrc, pdtrik

from xuanpin.models.arrays import Flags, Floats, Ints

BLOCK_NIGHTS = (3, 7, 14, 28)
"""List nights of a block: the shortest that is expected to decide, so that a SKU that turns splits few blocks."""
ENOUGH_DUE = 30.0
"""Regrets due at the ceiling in a block that decides nearly always: half the ceiling is then four deviations below."""
FEWEST_DUE = 8.0
"""Regrets due at the ceiling below which a block shows no side of it."""
BAD_RATIO = 2.0
"""A landmine's rate as a multiple of its ceiling. It and the next choose cuts; bounds hold whatever is true."""
BAD_SHARE = 0.01
"""Share of landmines for which the high cuts err least, 0-1: a low one keeps chance out of what is shown."""
HIGH_CUTS = np.linspace(1.0, 3.0, 41)
"""High cuts that are tried, as multiples of what is due; from 1 on a Poisson tail is above that of unequal chances."""
TILTS = np.geomspace(0.5, 5_000.0, 60)
"""Exponents of Chernoff's inequality that are tried: those for one up to thousands of units."""
MOST_TILT = 500.0
"""Largest exponent that is a number when taken to e."""


@dataclass(frozen=True)
class ListedNights:
    """Hold what each listed SKU of each past night has shown; all arrays have shape (rows,).

    `sku` are codes from 0, `nights_ago` counts back from the newest night judged (0), `due` are the regrets that lines
    delivered for this night would have shown by now at the ceiling, `seen` those that they have shown. `weight` sums
    to 1: a night's weight over the length of its list. `kind` are codes from 0 of kinds of SKUs known before any night.
    """

    sku: Ints
    nights_ago: Ints
    due: Floats
    seen: Floats
    weight: Floats
    kind: Ints


@dataclass(frozen=True)
class ShareAudit:
    """Hold what past lists show: `share` of landmines as it looks, with its one-sided `lower` and upper `bound`, 0-1.

    `judged` are blocks that show their side, `effective` how many of equal weight they are worth, `judged_share` the
    weight of the lists' places that they are.
    """

    judged: int
    effective: float
    judged_share: float
    share: float
    lower: float
    bound: float


def audit_share(rows: ListedNights, confidence: float) -> ShareAudit:
    """Bound the share of landmines of past lists, whose SKUs are `rows`, at the one-sided `confidence` (0-1).

    A place whose block decides nothing counts like the judged ones of its kind; where no block of its kind is judged,
    it counts as a landmine in the bound and as none in `lower`.
    """
    due, seen, weight, kind = _blocks(rows)
    is_judged = due >= FEWEST_DUE
    raised = _raised(weight, kind, is_judged)[is_judged]
    unknown, alpha = max(1.0 - float(raised.sum()), 0.0), 1.0 - confidence
    due, seen = due[is_judged], seen[is_judged]
    is_over = seen > np.floor(pdtrik(0.5, due))
    return ShareAudit(
        judged=len(due),
        effective=float(raised.sum()) ** 2 / float(np.sum(raised**2)) if len(due) else 0.0,
        judged_share=float(weight[is_judged].sum()),
        share=float(raised[is_over].sum()),
        lower=_lower(due, seen, raised, alpha),
        bound=min(unknown + _upper(raised, is_over, alpha), 1.0),
    )


def needed_units(share: float, confidence: float) -> float:
    """Return how many units without any landmine would show, at a `confidence`, that the share is at most `share`.

    Both are 0-1. Fewer units are thin evidence.
    """
    return float(np.log(1.0 - confidence) / np.log1p(-share))


def night_weights(nights_ago: Ints, half_life: float) -> Floats:
    """Return the weight of nights so many `nights_ago`, 1 for the newest: it halves every `half_life`, for drift."""
    return np.asarray(0.5 ** (nights_ago / half_life), dtype=np.float64)


def _blocks(rows: ListedNights) -> tuple[Floats, Floats, Floats, Ints]:
    """Add up the nights of each block: due, seen and weight; and return its kind."""
    size = int(rows.sku.max(initial=-1)) + 1
    nights, due = np.bincount(rows.sku, minlength=size), np.bincount(rows.sku, rows.due, size)
    wanted = ENOUGH_DUE * nights / np.maximum(due, 1e-9)
    length = np.array(BLOCK_NIGHTS)[np.minimum(np.searchsorted(BLOCK_NIGHTS, wanted), len(BLOCK_NIGHTS) - 1)]
    # Whether a line counts may depend on how many came, never on what they showed.
    number = rows.nights_ago // length[rows.sku]
    _, first, block = np.unique(
        rows.sku * (int(number.max(initial=0)) + 1) + number, return_index=True, return_inverse=True
    )
    sums: list[Floats] = [
        np.bincount(block, values, len(first)).astype(np.float64) for values in (rows.due, rows.seen, rows.weight)
    ]
    return sums[0], sums[1], sums[2], rows.kind[first]


def _raised(weight: Floats, kind: Ints, is_judged: Flags) -> Floats:
    """Return the weights of judged units, raised to those of all units of their kind; 0 for the others."""
    size = int(kind.max(initial=-1)) + 1
    every, judged = np.bincount(kind, weight, size), np.bincount(kind, weight * is_judged, size)
    factor = np.divide(every, judged, out=np.zeros(size), where=judged > 0.0)
    return np.asarray(np.where(is_judged, weight * factor[kind], 0.0), dtype=np.float64)


def _upper(weight: Floats, is_counted: Flags, alpha: float) -> float:
    """Return the upper limit at level `alpha` of the mean of a weighted count, one more of the largest weight added."""
    largest = float(weight.max(initial=0.0))
    mean = float(weight[is_counted].sum()) + largest
    spread = float(np.sum(weight[is_counted] ** 2)) + largest**2
    return spread / mean * float(gammaincinv(mean**2 / spread, 1.0 - alpha)) if mean > 0.0 else 0.0


def _lower(due: Floats, seen: Floats, weight: Floats, alpha: float) -> float:
    """Return the share counted above high cuts, less the most of it that can be chance at level `alpha`.

    Every SKU is taken as lying at its ceiling for this, where it is counted with the chance `wrong`.
    """
    cut, wrong = _high_cut(due)
    growth = np.log1p(wrong * np.expm1(np.minimum(TILTS[:, None] * weight, MOST_TILT))).sum(axis=1)
    by_chance = float(np.min((growth - np.log(alpha)) / TILTS))
    return max(float(weight[seen > cut].sum()) - by_chance, 0.0)


def _high_cut(due: Floats) -> tuple[Floats, Floats]:
    """Return the cut that errs least, and the chance that a SKU at its ceiling exceeds it."""
    cuts = np.ceil(HIGH_CUTS[:, None] * due)
    wrong = pdtrc(cuts, due)
    cost = BAD_SHARE * (1.0 - pdtrc(cuts, BAD_RATIO * due)) + (1.0 - BAD_SHARE) * wrong
    best = np.argmin(cost, axis=0), np.arange(len(due))
    return cuts[best], wrong[best]
