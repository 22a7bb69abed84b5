"""How far the reading of chat can be off: labels of people correct it, and what it cannot know makes intervals wide.

Source: Angelopoulos et al., "Prediction-powered inference", Science 382 (2023): the mean of what a model says of all
texts, plus the mean of what people say more than it on the texts that they labelled, is unbiased for any model. People
are asked more often where a model is unsure, so both are taken by strata of what the model says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.risk.detection import DetectionCounts

FEWEST_LABELS = 200
"""Labels of buyers' votes from which they calibrate."""
FEWEST_OUTCOMES = 30.0
"""Lines sent back for a fault and written about from which outcomes show how well chat is read."""
LEAST_HEARD = 0.6
"""Share of those lines that must carry a complaint: below it the chat and what buyers do tell different stories."""
FEWEST_VOTES = 100.0
"""Kept lines written about below which a platform's votes are too few to stand for it."""
READ_RIGHT_PRIOR = 20.0
"""Lines sent back for another reason than a fault that count as read right: without evidence nothing is misread."""
MOST_MISREAD = 0.5
"""Largest share of the lukewarm taken as read happy, 0-1: some who send a SKU back for its size did like it."""
UNTESTED = 1.0
"""Standard deviation, in log-odds of the happy share, of errors of reading that nothing has tested; judged: the odds
may be 2.7 times too high or too low, .70 may be .47 to .86."""
SMALLEST = 1e-3
"""Shares are held this far from 0 and 1 before their log-odds are taken."""


@dataclass(frozen=True)
class ReaderError:
    """What is known of errors of reading, in log-odds of the happy share of votes, of all SKUs alike.

    `shift` is added, `deviation` is the standard deviation of what remains. `is_calibrated`: labels or outcomes have
    tested the reading.
    """

    shift: float = 0.0
    deviation: float = UNTESTED
    is_calibrated: bool = False

    def judged(self, share: float) -> float:
        """Return the happy share of votes as people would judge them from the `share` that is read, both 0-1."""
        if not 0.0 < share < 1.0:
            return share
        return float(expit(logit(share) + self.shift))


EXACT = ReaderError(deviation=0.0, is_calibrated=True)
"""What is read is what people would say."""


@dataclass(frozen=True)
class LabelledVotes:
    """Votes that people labelled: the `stratum` of each by what the model says, whether the model counts it happy
    (`read`), and whether people do (`happy`)."""

    stratum: Ints
    read: Flags
    happy: Flags


def prediction_powered(votes: Floats, read: Floats, labelled: LabelledVotes) -> tuple[float, float]:
    """Return the share of the happy among all votes as people would judge them, 0-1, and its variance.

    `votes` and `read` are the votes of each stratum, and those of them that the model counts happy. A stratum without a
    label takes the difference of all labels.
    """
    share, total = votes / votes.sum(), float(votes.sum())
    more = labelled.happy.astype(np.float64) - labelled.read
    counts = np.bincount(labelled.stratum, minlength=len(votes)).astype(np.float64)
    means = np.bincount(labelled.stratum, more, len(votes)) / np.maximum(counts, 1.0)
    means = np.where(counts > 0, means, more.mean())
    squares = np.bincount(labelled.stratum, (more - means[labelled.stratum]) ** 2, len(votes))
    # Few labels that all agree are no proof: each stratum counts one more, as different as labels are in general.
    usual = float(more.var()) + 1.0 / (len(more) + 1.0)
    variances = (squares + usual) / (np.maximum(counts, 1.0) * (counts + 1.0))
    model = float(read.sum()) / total
    mean = model + float(np.sum(share * means))
    return mean, model * (1.0 - model) / total + float(np.sum(share**2 * variances))


def error_by_labels(votes: Floats, read: Floats, labelled: LabelledVotes) -> ReaderError:
    """Return the error of reading that labels show; `votes`, `read` and `labelled` as of `prediction_powered`."""
    mean, variance = prediction_powered(votes, read, labelled)
    said, model = np.clip([mean, float(read.sum() / votes.sum())], SMALLEST, 1.0 - SMALLEST)
    deviation = float(np.sqrt(variance) / (said * (1.0 - said)))
    return ReaderError(float(logit(said) - logit(model)), min(deviation, UNTESTED), is_calibrated=True)


def error_by_outcomes(counts: DetectionCounts, happy: float) -> ReaderError:
    """Return the error of reading that outcomes leave: who sends a SKU back for a fault and writes should complain.

    Where a share of them is heard, the unhappy are counted too low by about that factor: its logarithm is taken as the
    standard deviation. How many of the lukewarm are read as happy is added to it (see _lukewarm_lost). Where outcomes
    are too few, or chat and outcomes disagree, nothing is calibrated. If they disagree, complaints tell how many are
    unhappy and not who: the `happy` share of votes (0-1), which holds none of them, is taken among all who wrote.
    """
    written = counts.faults_with_feedback
    heard = counts.faults_with_complaint / written if written else 0.0
    if written < FEWEST_OUTCOMES or counts.kept_with_feedback < FEWEST_VOTES:
        return ReaderError()
    if heard < LEAST_HEARD:
        content = counts.kept_with_feedback / (counts.kept_with_feedback + counts.only_complained)
        votes, all_written = np.clip([happy, happy * content], SMALLEST, 1.0 - SMALLEST)
        return ReaderError(shift=float(logit(all_written) - logit(votes)))
    lost = _lukewarm_lost(counts, happy) / 2.0
    deviation = float(np.hypot(np.log(heard), lost))
    return ReaderError(-lost, min(deviation, UNTESTED), is_calibrated=True)


def _lukewarm_lost(counts: DetectionCounts, happy: float) -> float:
    """By how much, in log-odds, the `happy` share of votes (0-1) is too high if only the lukewarm are misread.

    Who sends a SKU back for another reason than a fault is lukewarm like a keeper who is not happy, and is read happy
    as often. The happy who are read lukewarm, of whom no outcome tells, may make up for it: half of it is taken as the
    shift and half as the standard deviation, so that either end is one deviation away.
    """
    misread = counts.plain_read_happy / (counts.plain_with_feedback + READ_RIGHT_PRIOR)
    lukewarm = (1.0 - happy) / (1.0 - min(misread, MOST_MISREAD))
    read, judged = np.clip([happy, 1.0 - lukewarm], SMALLEST, 1.0 - SMALLEST)
    return float(logit(read) - logit(judged))
