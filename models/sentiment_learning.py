"""Learning satisfaction at a platform's own site from three kinds of labels, and telling a better model from a worse.

Weak labels are what the lexicon is sure of; outcomes are what the writer did afterwards (kept the good, or sent it
back), trusted by how often they agree with the lexicon; true labels come from merchandisers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from models.polarity import LexiconScorer
from models.sentiment import BOOTSTRAPPED, SURE, SentimentModel, calibrate
from models.student import fit_student
from models.text_encoding import EncodedTexts, pick_texts

CALIBRATION_LABELS = 1_000
"""True labels kept back to calibrate and compare; further ones teach."""
FEWEST_LABELS = 200
"""Labels below which a calibration is not trusted."""
LABEL_WEIGHT = 2.0
"""One true label counts as much as two weak ones..."""
LABELS_THAT_REPLACE = 100
"""... and so many halve what weak ones count."""
LABELS_FOR_SHORT = 5_000
"""True labels that teach the student even the few words of a short text."""
UNKNOWN = -1


@dataclass(frozen=True)
class LearningTexts:
    """Texts and what is known of each: outcome and label are 1 content, 0 not, UNKNOWN (-1).

    draw: an even random number 0–1 per text that decides whether its label calibrates or teaches.
    """

    texts: EncodedTexts
    outcomes: NDArray[np.int8]
    labels: NDArray[np.int8]
    draw: NDArray[np.float64]

    def kept_back(self) -> NDArray[np.int64]:
        """The labelled texts that calibrate and compare, by their draw."""
        labelled = np.flatnonzero(self.labels != UNKNOWN)
        return labelled[np.argsort(self.draw[labelled], kind="stable")][:CALIBRATION_LABELS]


def learn(scorer: LexiconScorer, known: LearningTexts) -> SentimentModel:
    """Train a student on all three kinds of labels and calibrate it when enough labels were kept back.

    Raises ValueError when every label says the same.
    """
    scores = scorer.score(known.texts)
    kept_back = known.kept_back()
    targets, weights = _teach(scores, known, kept_back)
    rows = np.flatnonzero(weights > 0)
    student = fit_student(pick_texts(known.texts, rows), targets[rows], weights[rows])
    model = SentimentModel(scorer, student, long=BOOTSTRAPPED)
    content = known.labels[kept_back] == 1
    if len(kept_back) < FEWEST_LABELS or content.all() or not content.any():
        return model
    model = calibrate(model, pick_texts(known.texts, kept_back), content)
    taught = np.sum(known.labels != UNKNOWN) - len(kept_back)
    return replace(model, short=model.long) if taught >= LABELS_FOR_SHORT else model


def outcome_noise(scores: NDArray[np.float64], outcomes: NDArray[np.int8]) -> float:
    """Share of outcomes that contradict a sure lexicon, mean of both classes, so that rare returns count as much.

    Returns .5 (outcomes teach nothing) when either outcome was never seen with a sure text.
    """
    sure = np.abs(scores) >= SURE
    wrong = []
    for outcome in (0, 1):
        of_outcome = sure & (outcomes == outcome)
        if not of_outcome.any():
            return 0.5
        wrong.append(float(np.mean((scores[of_outcome] > 0) != (outcome == 1))))
    return min(sum(wrong) / 2, 0.5)


def separation(model: SentimentModel, known: LearningTexts) -> float | None:
    """Area under the curve of a model on the labels kept back, else on outcomes; None when there are too few."""
    rows, truth = known.kept_back(), known.labels
    if len(rows) < FEWEST_LABELS:
        rows, truth = np.flatnonzero(known.outcomes != UNKNOWN), known.outcomes
    content = truth[rows] == 1
    if len(rows) < FEWEST_LABELS or content.all() or not content.any():
        return None
    satisfaction = np.nan_to_num(model.satisfaction(pick_texts(known.texts, rows)), nan=0.5)
    return float(roc_auc_score(content, satisfaction))


def _teach(
    scores: NDArray[np.float64], known: LearningTexts, kept_back: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """What each text teaches and with which weight: a label before an outcome before the lexicon."""
    teaching = known.labels != UNKNOWN
    teaching[kept_back] = False
    fade = 1.0 / (1.0 + teaching.sum() / LABELS_THAT_REPLACE)
    targets = scores > 0
    weights = np.where(np.abs(scores) >= SURE, fade, 0.0)
    trust = 1.0 - 2.0 * outcome_noise(scores, known.outcomes)
    by_outcome = (known.outcomes != UNKNOWN) & (weights == 0.0)
    targets = np.where(by_outcome, known.outcomes == 1, targets)
    weights = np.where(by_outcome, trust * fade, weights)
    targets = np.where(teaching, known.labels == 1, targets)
    weights = np.where(teaching, LABEL_WEIGHT, weights)
    weights[kept_back] = 0.0
    return targets, weights
