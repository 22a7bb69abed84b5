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

# Lines that must speak for a correction before it counts half: without evidence what is seen is taken as it is.
RECALL_PRIOR, FALSE_PRIOR = 20.0, 400.0
LUKEWARM_PRIOR = 200.0
LOWEST_RECALL = 0.2  # below this the ear is broken, and no arithmetic mends it


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
        """What is seen of true rates; below 0 where not even perfect goods could have such a rate."""
        own = (true - self.added) / (1.0 - self.added)
        return self.false_rate + self.span * own

    def true(self, shown: Floats) -> Floats:
        """The true rates behind seen ones, 0-1."""
        own = np.clip((shown - self.false_rate) / self.span, 0.0, 1.0)
        return np.asarray(self.added + (1.0 - self.added) * own, dtype=np.float64)


@dataclass(frozen=True)
class Signs:
    """Counts of delivered lines that tell how well complaints are heard."""

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
    """Recall and false rate of regrets (0-1) from the platform's own lines."""
    heard = (signs.flagged_faults + RECALL_PRIOR) / (signs.heard_faults + RECALL_PRIOR)
    heard = max(heard, LOWEST_RECALL)
    others = max(signs.lines - signs.fault_lines, 1.0)
    false_rate = signs.flagged_plain / (signs.plain_returns + FALSE_PRIOR)
    # A line sent back for its size may be a true disappointment: never explain away more than half of all complaints.
    false_rate = min(false_rate, 0.5 * signs.only_complained / others)
    silent = max(signs.only_complained - false_rate * others, 0.0) / heard
    regrets = signs.fault_lines + silent
    recall = (signs.fault_lines + heard * silent) / regrets if regrets > 0.0 else 1.0
    return recall, false_rate


def happy_odds(signs: Signs, happy_votes: float) -> float:
    """How many times likelier a happy buyer speaks than a lukewarm one, at least 1; `happy_votes` is their share, 0-1.

    Buyers who sent goods back for another reason than a fault were not content either: how often they speak tells how
    many lukewarm keepers stand behind each lukewarm vote. Without such evidence, votes are taken as they are.
    """
    spoke = signs.heard_kept / max(signs.kept_lines, 1.0)
    lukewarm = (signs.heard_plain + spoke * LUKEWARM_PRIOR) / (signs.plain_returns + LUKEWARM_PRIOR)
    if spoke <= lukewarm or not 0.0 < happy_votes < 1.0:
        return 1.0
    unhappy = min((1.0 - happy_votes) * spoke / lukewarm, 0.5)
    return max(happy_votes / (1.0 - happy_votes) * unhappy / (1.0 - unhappy), 1.0)
