"""Training satisfaction models on a platform's own messages with three kinds of labels, and comparing them.

Weak labels are what the lexicon is sure of; outcomes are what the sender did afterwards (kept or returned the
SKU), trusted by how often they agree with the lexicon; true labels come from merchandisers. A fixed share of the
outcomes, chosen by message, never teaches: it calibrates each model and compares it with the one before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.near_duplicates import effective_families, families, family_weights
from xuanpin.models.text.ngram_logit import NgramLogit, fit_ngram_logit
from xuanpin.models.text.polarity import LexiconScorer
from xuanpin.models.text.sentiment import (
    LEXICON_ALONE,
    SHORT,
    SURE,
    SentimentModel,
    bootstrapped,
    calibrate,
    calibrate_on_outcomes,
)
from xuanpin.models.text.subjectivity import Hints, learn_subjectivity
from xuanpin.models.text.text_encoding import EncodedTexts, pick_texts

CALIBRATION_LABELS = 1_000
"""True labels kept back to calibrate and compare; further ones teach."""
FEWEST_LABELS = 200
"""Labels below which a calibration is not trusted."""
FEWEST_OUTCOMES = 40
"""Families of texts of each outcome kept back below which they do not calibrate."""
KEPT_BACK = 0.2
"""Share of the outcomes kept back, the same messages in every training."""
KEPT_AGAINST_COMPLAINT = 0.4
"""Weight of a kept SKU whose buyer clearly complained."""
MOST_FOR_RARE = 4.0
"""Highest weight of a returned SKU, relative to a kept one; returns are rarer."""
LABEL_WEIGHT = 2.0
"""One true label counts as much as two weak ones..."""
LABELS_THAT_REPLACE = 100
"""... and so many halve what weak ones count."""
DISTILLATION_WEIGHT = 10.0
"""A short text has a fifth of a long one's n-grams, and the teacher is asked about a few only."""
DISTILLATION_CONFIDENCE = 2.0
"""Log-odds from which the teacher's label has full weight."""
LABELS_FOR_SHORT = 5_000
"""True labels that teach the n-gram logit even the few words of a short text."""
FAMILY_TEXTS = 20.0
"""Near-identical texts that teach as much as one more of them does: a phrase said a thousand times is one witness of
how people speak."""
FULL_SAY = 250.0
"""Effective number of families of texts, of praise and of complaint, from which an n-gram logit has its full say; with
fewer it knows the phrases it saw and not the language, and has proportionally less."""
UNKNOWN = -1
NO_OPINION = -2
"""Label of a text without an opinion; it trains subjectivity only."""


@dataclass(frozen=True)
class LearningTexts:
    """Texts and what is known of each: `outcomes` and `labels` are 1 content, 0 not, UNKNOWN; a label also NO_OPINION.

    draw: an even random number 0–1 per text that decides whether its label or outcome calibrates or teaches; it must
    stay the same from one training to the next. teacher: log-odds of content by a better reader, NaN for texts that it
    was not asked about.
    """

    texts: EncodedTexts
    outcomes: NDArray[np.int8]
    labels: NDArray[np.int8]
    draw: Floats
    teacher: Floats | None = None

    def kept_back(self) -> Ints:
        """The labelled texts that calibrate and compare, by their draw."""
        labelled = np.flatnonzero(self.labels >= 0)
        return labelled[np.argsort(self.draw[labelled], kind="stable")][:CALIBRATION_LABELS]

    def outcomes_kept_back(self) -> Ints:
        """The texts whose outcome calibrates and compares, by their draw."""
        return np.flatnonzero((self.outcomes != UNKNOWN) & (self.draw < KEPT_BACK))


def learn(scorer: LexiconScorer, known: LearningTexts) -> SentimentModel:
    """Train an n-gram logit on all three kinds of `known` labels and calibrate it when enough labels were kept back.

    Raises ValueError when every label says the same.
    """
    scores, family = scorer.score(known.texts), families(known.texts)
    targets, weights, rows = _distil(scores, known)
    weights = weights * family_weights(family[rows], FAMILY_TEXTS)
    say = _say(family[rows], weights, targets)
    ngram_logit = fit_ngram_logit(pick_texts(known.texts, rows), targets, weights).scaled(say)
    short = LEXICON_ALONE if known.teacher is None else bootstrapped(say)
    model = SentimentModel(scorer, ngram_logit, short, bootstrapped(say), _learn_subjectivity(scorer, known, family))
    kept_back = known.kept_back()
    content = known.labels[kept_back] == 1
    if len(kept_back) < FEWEST_LABELS or content.all() or not content.any():
        return _calibrate_by_outcomes(model, known)
    model = calibrate(model, pick_texts(known.texts, kept_back), content)
    taught = np.sum(known.labels >= 0) - len(kept_back)
    return replace(model, short=model.long) if taught >= LABELS_FOR_SHORT else model


def _say(family: Ints, weights: Floats, targets: Flags) -> float:
    """Share of its log-odds that an n-gram logit keeps, by the class of `targets` of which it saw fewer families."""
    known = (effective_families(family[of_class], weights[of_class]) for of_class in (targets, ~targets))
    return min(*known, FULL_SAY) / FULL_SAY


def _learn_subjectivity(scorer: LexiconScorer, known: LearningTexts, family: Ints) -> NgramLogit | None:
    """From long texts alone: a short one holds too little to tell."""
    rows = np.flatnonzero(known.texts.lengths > SHORT)
    texts, labels = pick_texts(known.texts, rows), known.labels[rows]
    scores, density = scorer.read(texts)
    hints = Hints(scores, density, labels >= 0, labels == NO_OPINION, family[rows])
    return learn_subjectivity(texts, hints, SURE)


def _calibrate_by_outcomes(model: SentimentModel, known: LearningTexts) -> SentimentModel:
    """Calibrate where enough different texts were kept and sent back: the outcomes of a few phrases tell nothing of
    others."""
    rows = known.outcomes_kept_back()
    kept, family = known.outcomes[rows] == 1, families(pick_texts(known.texts, rows))
    if min(len(np.unique(family[kept])), len(np.unique(family[~kept]))) < FEWEST_OUTCOMES:
        return model
    return calibrate_on_outcomes(model, pick_texts(known.texts, rows), kept)


def outcome_noise(scores: Floats, outcomes: NDArray[np.int8]) -> float:
    """Share of outcomes that contradict a sure lexicon (`scores`), mean of both classes, so that rare returns count as
    much.

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
    """Area under the curve on the `known` labels, else the outcomes, that were kept back; None when there are too
    few."""
    rows, truth = known.kept_back(), known.labels
    if len(rows) < FEWEST_LABELS:
        rows, truth = known.outcomes_kept_back(), known.outcomes
    content = truth[rows] == 1
    if len(rows) < FEWEST_LABELS or content.all() or not content.any():
        return None
    # Loading it takes half a second: only a training pays for it.
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(content, model.content(pick_texts(known.texts, rows))))


def _distil(scores: Floats, known: LearningTexts) -> tuple[Flags, Floats, Ints]:
    """What is taught (target, weight) by which text; one with an outcome is taught by the lexicon too, at half weight.

    A label silences both.
    """
    labelled = known.labels >= 0
    by_label = labelled.copy()
    by_label[known.kept_back()] = False
    fade = 1.0 / (1.0 + by_label.sum() / LABELS_THAT_REPLACE)
    is_free = known.labels == UNKNOWN
    is_free[known.outcomes_kept_back()] = False
    has_outcome = known.outcomes != UNKNOWN
    by_outcome = is_free & has_outcome
    by_lexicon = is_free & (np.abs(scores) >= SURE)
    # Half of the contradictions are the lexicon's own errors.
    trust = 1.0 - outcome_noise(scores, known.outcomes)
    sent_back = by_outcome & (known.outcomes == 0)
    rare = np.clip((by_outcome.sum() - sent_back.sum()) / max(sent_back.sum(), 1), 1.0, MOST_FOR_RARE)
    # Many complain and keep: against a clear complaint a kept SKU is weak evidence.
    doubt = np.where(scores <= -SURE, KEPT_AGAINST_COMPLAINT, 1.0)
    sources: tuple[tuple[Flags, Flags, Floats], ...] = (
        (by_lexicon, scores > 0, np.where(by_outcome, 0.5 * fade, fade)),
        (by_outcome, known.outcomes == 1, trust * fade * np.where(sent_back, rare, doubt)),
        (by_label, known.labels == 1, np.full(len(scores), LABEL_WEIGHT)),
    )
    if known.teacher is not None:
        trust_in_teacher = DISTILLATION_WEIGHT * fade * np.minimum(np.abs(known.teacher) / DISTILLATION_CONFIDENCE, 1.0)
        sources += ((is_free & np.isfinite(known.teacher), known.teacher > 0, trust_in_teacher),)
    targets = np.concatenate([target[chosen] for chosen, target, _ in sources])
    weights = np.concatenate([weight[chosen] for chosen, _, weight in sources])
    rows = np.concatenate([np.flatnonzero(chosen) for chosen, _, _ in sources])
    useful = weights > 0
    return targets[useful], weights[useful], rows[useful]
