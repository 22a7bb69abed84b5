"""How regrets are detected: the sensitivity of what is observed, its false positive rate, and the correction for both.

Two groups of lines show how well complaints are detected without anybody labelling them: lines sent back for a fault
whose buyer also wrote about them should carry a complaint; lines sent back for another reason (size, a change of mind)
should not. Source of the correction: Rogan and Gladen, "Estimating prevalence from the results of a screening test",
American Journal of Epidemiology 107 (1978).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Floats

SENSITIVITY_PRIOR = 20.0
"""Lines sent back for a fault and written about that count half: without evidence every regret is taken as detected."""
FALSE_POSITIVE_PRIOR = 400.0
"""Lines sent back for another reason that count half: without evidence no complaint is taken as false."""
LUKEWARM_PRIOR = 30.0
"""Lines sent back for another reason that count half: without evidence lukewarm buyers write as often as all."""
LOWEST_SENSITIVITY = 0.2
"""Share of complaints detected, 0-1: below this sensitivity the correction is unusable, so this value is taken."""
MOST_FALSE_POSITIVE_SHARE = 0.5
"""Largest share of complaints taken as false, 0-1: a line sent back for its size may be a true regret."""
MOST_LUKEWARM = 0.5
"""Highest share of keepers taken as lukewarm, 0-1: what few votes say is not stretched further."""
MOST_ADDED = 0.5
"""Highest regret rate that outlier sources are taken to add to every line, 0-1: above it no SKU could be judged."""


@dataclass(frozen=True)
class Detection:
    """Relate true and observed regret rates; all values are 0-1.

    A true rate p is observed as false_positive_rate + (sensitivity - false_positive_rate) * q, where q is the SKU's own
    rate: p = added + (1 - added) * q. `sensitivity` is the share of regretted lines that are observed as such,
    `false_positive_rate` that of other lines, and `added` the regret that outlier sources add to every line; their own
    lines are left out of what is observed.
    """

    sensitivity: float = 1.0
    false_positive_rate: float = 0.0
    added: float = 0.0

    @property
    def span(self) -> float:
        """Return by how much the observed rate rises when the SKU's own rate goes from 0 to 1."""
        return self.sensitivity - self.false_positive_rate

    def observed(self, true: Floats) -> Floats:
        """Return the observed rates of `true` ones (0-1), shape (skus,); below 0 where `added` alone is more."""
        own = (true - self.added) / (1.0 - self.added)
        return self.false_positive_rate + self.span * own

    def true(self, observed: Floats) -> Floats:
        """Return the true rates (0-1) behind `observed` ones, shape (skus,), with what outlier sources add."""
        own = np.clip(self.corrected(observed, 1.0), 0.0, 1.0)
        return np.asarray(self.added + (1.0 - self.added) * own, dtype=np.float64)

    def corrected(self, events: Floats, lines: Floats | float) -> Floats:
        """Return the true events behind the `events` observed in so many `lines`, shape (skus,) or (lines,).

        This is the estimator of Rogan and Gladen; by chance it may be below 0 or above `lines`.
        """
        return np.asarray((events - self.false_positive_rate * lines) / self.span, dtype=np.float64)


@dataclass(frozen=True)
class DetectionCounts:
    """Count the platform's delivered lines of one window by what came back and what buyers wrote about them.

    `fault_lines` were sent back for a fault: `faults_with_feedback` of them were written about, and
    `faults_with_complaint` of these with a complaint. `only_complained` drew a complaint and were never sent back for a
    fault. `plain_returns` were sent back for another reason: `plain_with_complaint` of them with a complaint,
    `plain_with_feedback` written about without one, `plain_read_happy` of these in words that count as happy.
    `kept_lines` were neither sent back nor complained of: `kept_with_feedback` of them were written about. `lines` are
    all; `transit_days` adds up the days from order to delivery of all of them.
    """

    lines: float
    fault_lines: float
    only_complained: float
    faults_with_feedback: float
    faults_with_complaint: float
    plain_returns: float
    plain_with_complaint: float
    plain_with_feedback: float
    plain_read_happy: float
    kept_lines: float
    kept_with_feedback: float
    transit_days: float


def estimate_detection(counts: DetectionCounts) -> tuple[float, float]:
    """Estimate the sensitivity and false positive rate (both 0-1) of observed regrets from the platform's own lines.

    `counts` is of one window. Without fault returns and complaints the answer is (1, 0): what is observed is true.
    """
    detected = (counts.faults_with_complaint + SENSITIVITY_PRIOR) / (counts.faults_with_feedback + SENSITIVITY_PRIOR)
    detected = max(detected, LOWEST_SENSITIVITY)
    others = max(counts.lines - counts.fault_lines, 1.0)
    false_positive_rate = counts.plain_with_complaint / (counts.plain_returns + FALSE_POSITIVE_PRIOR)
    false_positive_rate = min(false_positive_rate, MOST_FALSE_POSITIVE_SHARE * counts.only_complained / others)
    silent = max(counts.only_complained - false_positive_rate * others, 0.0) / detected
    regrets = counts.fault_lines + silent
    sensitivity = (counts.fault_lines + detected * silent) / regrets if regrets > 0.0 else 1.0
    return sensitivity, false_positive_rate


def happy_odds(counts: DetectionCounts, happy_votes: float) -> float:
    """Estimate how many times likelier a happy buyer is to write than a lukewarm one, at least 1.

    `counts` is of one window, `happy_votes` is the share of the happy among those who wrote, 0-1. Buyers who sent SKUs
    back for another reason than a fault were not content either: how often they write shows how many lukewarm keepers
    there are for each lukewarm vote. Without such evidence, votes are taken as they are.
    """
    wrote = counts.kept_with_feedback / max(counts.kept_lines, 1.0)
    lukewarm = (counts.plain_with_feedback + wrote * LUKEWARM_PRIOR) / (counts.plain_returns + LUKEWARM_PRIOR)
    if wrote <= lukewarm or not 0.0 < happy_votes < 1.0:
        return 1.0
    unhappy = min((1.0 - happy_votes) * wrote / lukewarm, MOST_LUKEWARM)
    return max(happy_votes / (1.0 - happy_votes) * unhappy / (1.0 - unhappy), 1.0)


def added_by_outliers(regretted: float, judged: float, excused_regrets: float, excused: float) -> float:
    """Estimate the observed regrets a line of the platform that outlier sources add to what SKUs explain, 0-0.5.

    Of `judged` lines, those that count for the SKUs, `regretted` were regretted; of `excused` lines, which an outlier
    source affected, `excused_regrets`. Lines are thinned by the delay curve.
    """
    usual = regretted / max(judged, 1.0)
    excess = excused_regrets - usual * excused
    return min(max(excess, 0.0) / max(judged + excused, 1.0), MOST_ADDED)
