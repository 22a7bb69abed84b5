"""Monitoring: predictions that no longer hold, and inputs that have changed far beyond the usual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Floats, Ints

SURE = 4.0
"""Standard errors by which outcomes must miss a prediction: four rates a night give a false alarm once in decades."""
FEWEST_WEEKS = 4
"""Earlier weeks that a comparison needs."""
CUSTOM = 2.0
"""Ratio to the usual week: an input that more than doubles or halves is unusual."""
FEWEST_SEEN = 50.0
"""Rows of a usual week; with fewer, halving may be chance."""


@dataclass(frozen=True)
class Held:
    """What was `predicted` and what was `observed`: mean rates (0-1) of so many `lines`."""

    predicted: float
    observed: float
    lines: float


@dataclass(frozen=True)
class Custom:
    """Rows of an input in the `recent` seven days and in a `usual` week."""

    recent: float
    usual: float


def broken_calibration(predicted: Floats, observed: Floats, lines: Floats, gap: float) -> Held | None:
    """Compare predicted rates with observed ones; None where they agree or nothing has come in yet.

    Rates (0-1) and `lines` are by bin, shape (bins,). They disagree where the mean misses by more than SURE binomial
    standard errors and by more than the share `gap` of the prediction.
    """
    total = float(lines.sum())
    if total <= 0.0:
        return None
    held = Held(float(np.average(predicted, weights=lines)), float(np.average(observed, weights=lines)), total)
    error = float(np.sqrt(np.sum(predicted * (1.0 - predicted) * lines))) / total
    miss = abs(held.observed - held.predicted)
    return held if miss > SURE * error and miss > gap * held.predicted else None


def out_of_custom(weeks: Ints, seen: Floats) -> Custom | None:
    """Compare the last week of an input with the median of the weeks before; None where it is as usual.

    `weeks` counts back from the as-of date (0 is the last seven days), `seen` is how many rows came, shape (weeks,). A
    week without a row has no entry; fewer than FEWEST_WEEKS or FEWEST_SEEN rows a week say nothing.
    """
    earlier = seen[weeks > 0]
    if len(earlier) < FEWEST_WEEKS:
        return None
    custom = Custom(float(seen[weeks == 0].sum()), float(np.median(earlier)))
    is_usual = custom.usual / CUSTOM <= custom.recent <= custom.usual * CUSTOM
    return None if is_usual or custom.usual < FEWEST_SEEN else custom
