"""How a regret comes to be seen: some are never heard, some complaints are heard where there was none.

Two groups of lines tell how well complaints are heard without anybody labelling them: lines sent back for a fault whose
buyer also wrote of them should carry a complaint; lines sent back for another reason (size, a change of mind) should
not. Source of the correction: Rogan and Gladen, "Estimating prevalence from the results of a screening test", American
Journal of Epidemiology 107 (1978).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Floats

RECALL_PRIOR = 20.0
"""Lines sent back for a fault and written about that count half: without evidence every regret is taken as heard."""
FALSE_PRIOR = 400.0
"""Lines sent back for another reason that count half: without evidence no complaint is taken as false."""
LUKEWARM_PRIOR = 200.0
"""Lines sent back for another reason that count half: without evidence lukewarm buyers speak as often as all."""
LOWEST_RECALL = 0.2
"""Share of regrets heard, 0-1: below this sensitivity the correction is unusable, so it is not believed."""
MOST_FALSE_SHARE = 0.5
"""Most of all complaints that are explained away as false: a line sent back for its size may be a true regret."""
MOST_LUKEWARM = 0.5
"""Highest share of keepers taken as lukewarm, 0-1: what few votes say is not stretched further."""
MOST_ADDED = 0.5
"""Highest regret that outlier sources are taken to add to every line, 0-1: beyond it the goods could not be told."""


@dataclass(frozen=True)
class Seeing:
    """A true rate p shows as false_rate + (recall - false_rate) * q with p = added + (1 - added) * q; all 0-1.

    `recall` is the share of regretted lines that show as such, `false_rate` that of others, and `added` the regret that
    proven culprits add to every line, whose own lines are left out of what is shown.
    """

    recall: float = 1.0
    false_rate: float = 0.0
    added: float = 0.0

    @property
    def span(self) -> float:
        """By how much what is seen rises when the goods' own rate goes from 0 to 1."""
        return self.recall - self.false_rate

    def shown(self, true: Floats) -> Floats:
        """Return what is seen of true rates of shape (skus,); below 0 where not even perfect goods have such a rate."""
        own = (true - self.added) / (1.0 - self.added)
        return self.false_rate + self.span * own

    def true(self, shown: Floats) -> Floats:
        """Return the true rates (0-1) behind seen ones of shape (skus,), with what outlier sources add."""
        own = np.clip(self.corrected(shown, 1.0), 0.0, 1.0)
        return np.asarray(self.added + (1.0 - self.added) * own, dtype=np.float64)

    def corrected(self, events: Floats, lines: Floats | float) -> Floats:
        """Return the true events behind the `events` seen in so many `lines`, shape (skus,) or (lines,).

        This is the estimator of Rogan and Gladen; by chance it may be below 0 or above `lines`.
        """
        return np.asarray((events - self.false_rate * lines) / self.span, dtype=np.float64)


@dataclass(frozen=True)
class Signs:
    """Counts of the platform's delivered lines that tell how well complaints are heard."""

    lines: float
    fault_lines: float  # sent back for a fault
    only_complained: float  # complained of, never sent back for a fault
    heard_faults: float  # sent back for a fault, and the buyer wrote about them
    flagged_faults: float  # of these, complained of
    plain_returns: float  # sent back for another reason
    flagged_plain: float  # of these, complained of
    heard_plain: float  # of these, written about without a complaint
    kept_lines: float  # neither sent back nor complained of
    heard_kept: float  # of these, written about
    transit_days: float  # from order to delivery, all lines together


def learn_seeing(signs: Signs) -> tuple[float, float]:
    """Learn recall and false rate of regrets (both 0-1) from the platform's own lines.

    `signs` counts lines of one window. Without fault returns and complaints the answer is (1, 0): what is seen is true.
    """
    heard = (signs.flagged_faults + RECALL_PRIOR) / (signs.heard_faults + RECALL_PRIOR)
    heard = max(heard, LOWEST_RECALL)
    others = max(signs.lines - signs.fault_lines, 1.0)
    false_rate = signs.flagged_plain / (signs.plain_returns + FALSE_PRIOR)
    false_rate = min(false_rate, MOST_FALSE_SHARE * signs.only_complained / others)
    silent = max(signs.only_complained - false_rate * others, 0.0) / heard
    regrets = signs.fault_lines + silent
    recall = (signs.fault_lines + heard * silent) / regrets if regrets > 0.0 else 1.0
    return recall, false_rate


def happy_odds(signs: Signs, happy_votes: float) -> float:
    """Estimate how many times likelier a happy buyer speaks than a lukewarm one, at least 1.

    `signs` counts lines of one window, `happy_votes` is the share of the happy among those who spoke, 0-1.

    Buyers who sent goods back for another reason than a fault were not content either: how often they speak tells how
    many lukewarm keepers stand behind each lukewarm vote. Without such evidence, votes are taken as they are.
    """
    spoke = signs.heard_kept / max(signs.kept_lines, 1.0)
    lukewarm = (signs.heard_plain + spoke * LUKEWARM_PRIOR) / (signs.plain_returns + LUKEWARM_PRIOR)
    if spoke <= lukewarm or not 0.0 < happy_votes < 1.0:
        return 1.0
    unhappy = min((1.0 - happy_votes) * spoke / lukewarm, MOST_LUKEWARM)
    return max(happy_votes / (1.0 - happy_votes) * unhappy / (1.0 - unhappy), 1.0)


def added_by_outliers(regretted: float, judged: float, excused_regrets: float, excused: float) -> float:
    """Estimate the regrets seen per line of the platform that outlier sources add to what the goods explain, 0-0.5.

    Of `judged` lines, those that count for the goods, `regretted` were regretted; of `excused` lines, in which an
    outlier source had a hand, `excused_regrets`. Lines are thinned by the delay curve.
    """
    usual = regretted / max(judged, 1.0)
    excess = excused_regrets - usual * excused
    return min(max(excess, 0.0) / max(judged + excused, 1.0), MOST_ADDED)
