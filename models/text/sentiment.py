"""Satisfaction of a text's sender: the lexicon, combined with an n-gram logit once it is trained on the platform."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from xuanpin.models.arrays import Flags, Floats
from xuanpin.models.text.learned_aspects import LearnedAspects
from xuanpin.models.text.lexicon import Lexicon
from xuanpin.models.text.ngram_logit import NgramLogit, mean_logits
from xuanpin.models.text.polarity import LexiconScorer
from xuanpin.models.text.subjectivity import SILENT
from xuanpin.models.text.text_encoding import EncodedTexts

SHORT = 12
"""Up to so many characters the lexicon alone is right more often (.91 of short feedback, against .76)."""
SURE = 0.5
"""Lexicon score from which a text trains the n-gram logit."""
UNSURE = 0.5
"""Student log-odds below which a text without an opinion word says nothing."""
FIRM_SLOPE = 0.9
"""Log-odds that a firm opinion keeps at least, a unit of its score: half of what the lexicon alone would say."""
LUKEWARM = 0.55
"""Satisfaction of who calls the goods neither good nor bad: no complaint, and not among the happy. What such buyers do
afterwards (most keep) would make them look content."""
MOST_SILENT = 0.4
"""Highest share of dissatisfied buyers assumed to keep a SKU without complaining."""
FEWEST_SHORT = 30
"""Short texts of each class that a calibration of their own needs."""


@dataclass(frozen=True)
class Calibration:
    """Log-odds of content = intercept + lexicon × lexicon score + `ngram_logit` × log-odds of the n-gram logit."""

    intercept: float = 0.0
    lexicon: float = 1.8
    ngram_logit: float = 0.0

    def log_odds(self, scores: Floats, ngram_logit: Floats) -> Floats:
        """Log-odds of content from both kinds of evidence: lexicon `scores` and log-odds of the n-gram logit
        (`ngram_logit`)."""
        return self.intercept + self.lexicon * scores + self.ngram_logit * ngram_logit


LEXICON_ALONE = Calibration()
BOOTSTRAPPED = Calibration(0.0, 0.5, 0.8)
"""Before any label: measured on shopping reviews that the n-gram logit had not seen."""


def bootstrapped(say: float) -> Calibration:
    """Return what holds before any label for an n-gram logit whose log-odds were scaled by `say`, 0-1.

    What the n-gram logit may not say, the lexicon does.
    """
    lexicon = say * BOOTSTRAPPED.lexicon + (1.0 - say) * LEXICON_ALONE.lexicon
    return replace(BOOTSTRAPPED, lexicon=lexicon)


@dataclass(frozen=True)
class Evidence:
    """Per text the lexicon's score (`scores`), whether it is firm (`is_firm`), the n-gram logit's log-odds of content
    (`ngram_logit`), and log-odds that it voices an opinion (`voice`).

    What is not asked of anyone is 0.
    """

    scores: Floats
    is_firm: Flags
    ngram_logit: Floats
    voice: Floats


@dataclass(frozen=True)
class SentimentModel:
    """Reads satisfaction from texts; `version` names what it was learned from.

    short, long: how evidence becomes log-odds, in texts of up to SHORT characters and in others. subjectivity: finds
    texts without an opinion, as far as any was learnt. calibrated: on labels. is_tested: on labels or outcomes of
    messages that it had not seen. aspects: names aspects as labels taught; None: the lexicon does.
    """

    scorer: LexiconScorer
    ngram_logit: NgramLogit | None = None
    short: Calibration = LEXICON_ALONE
    long: Calibration = LEXICON_ALONE
    subjectivity: NgramLogit | None = None
    version: str = "lexicon"
    calibrated: bool = False
    is_tested: bool = False
    aspects: LearnedAspects | None = None

    def satisfaction(self, texts: EncodedTexts) -> Floats:
        """Probability that the writer is content, 0–1; NaN where the text voices no opinion, LUKEWARM where it judges
        neither way."""
        evidence = self.evidence(texts)
        short = texts.lengths <= SHORT
        # Without an opinion word only a model that knows the text counts, of short ones only when it was tested.
        says_nothing = np.abs(evidence.ngram_logit) < UNSURE
        is_silent = (evidence.scores == 0.0) & (says_nothing | (short & (self.short.ngram_logit == 0.0)))
        if self.subjectivity is not None:
            is_silent |= ~short & ~evidence.is_firm & (evidence.voice < SILENT)
        satisfaction = np.where(is_silent, np.nan, self._content(texts, evidence))
        return np.where(self.scorer.lukewarm(texts), LUKEWARM, satisfaction)

    def content(self, texts: EncodedTexts) -> Floats:
        """The same probability for texts that are known to voice an opinion: a value for each."""
        return self._content(texts, self.evidence(texts))

    def _content(self, texts: EncodedTexts, evidence: Evidence) -> Floats:
        short = self.short.log_odds(evidence.scores, evidence.ngram_logit)
        long = self.long.log_odds(evidence.scores, evidence.ngram_logit)
        log_odds = np.where(texts.lengths <= SHORT, short, long)
        # No model turns a firm opinion round: what outvotes it in a few characters was learnt of other texts.
        side = np.sign(evidence.scores)
        firm = side * np.maximum(side * log_odds, FIRM_SLOPE * np.abs(evidence.scores))
        return np.asarray(1.0 / (1.0 + np.exp(-np.where(evidence.is_firm, firm, log_odds))))

    def evidence(self, texts: EncodedTexts) -> Evidence:
        """What the lexicon and the n-gram logits find in each text."""
        nothing = np.zeros(len(texts))
        ngram_logit, voice = nothing, nothing
        if self.ngram_logit is not None and self.subjectivity is not None:
            ngram_logit, voice = mean_logits([self.ngram_logit, self.subjectivity], texts)
        elif self.ngram_logit is not None:
            ngram_logit = self.ngram_logit.log_odds(texts)
        return Evidence(*self.scorer.verdicts(texts), ngram_logit, voice)


def lexicon_model(lexicon: Lexicon) -> SentimentModel:
    """The model of the first night: the lexicon alone."""
    return SentimentModel(LexiconScorer(lexicon))


def calibrate(model: SentimentModel, texts: EncodedTexts, content: Flags) -> SentimentModel:
    """Fit the calibration to labelled texts (`content`: their writers are content) that the n-gram logit has not
    seen, short ones apart if they suffice."""
    evidence = model.evidence(texts)
    scores, ngram_logit = evidence.scores, evidence.ngram_logit
    is_short = texts.lengths <= SHORT
    fitted = replace(model, long=_fit(scores, ngram_logit, content), calibrated=True, is_tested=True)
    if min(np.sum(content & is_short), np.sum(~content & is_short)) < FEWEST_SHORT:
        return fitted
    return replace(fitted, short=_fit(scores[is_short], ngram_logit[is_short], content[is_short]))


def calibrate_on_outcomes(model: SentimentModel, texts: EncodedTexts, kept: Flags) -> SentimentModel:
    """Fit one calibration to what writers did afterwards; the model still counts as uncalibrated.

    Some dissatisfied buyers keep the SKU: P(kept) = e + (1 - e) × P(content) (Elkan and Noto, 2008); e is fitted too.
    """
    evidence = model.evidence(texts)
    fitted = _fit_outcomes(evidence.scores, evidence.ngram_logit, kept)
    return replace(model, short=fitted, long=fitted, is_tested=True)


def _fit(scores: Floats, ngram_logit: Floats, content: Flags) -> Calibration:
    # Loading it takes half a second: only a training pays for it.
    from sklearn.linear_model import LogisticRegression

    fit = LogisticRegression(C=10.0).fit(np.stack([scores, ngram_logit], axis=1), content)
    lexicon, grams = fit.coef_[0]
    return Calibration(float(fit.intercept_[0]), float(lexicon), float(grams))


def _fit_outcomes(scores: Floats, ngram_logit: Floats, kept: Flags) -> Calibration:
    features = np.stack([np.ones(len(scores)), scores, ngram_logit], axis=1)

    def loss(chosen: Floats) -> float:
        silent = chosen[3]
        p_kept = silent + (1.0 - silent) / (1.0 + np.exp(-features @ chosen[:3]))
        likelihood = np.where(kept, p_kept, 1.0 - p_kept)
        return float(0.05 * np.sum(chosen[1:3] ** 2) - np.sum(np.log(np.maximum(likelihood, 1e-12))))

    bounds = [(-10.0, 10.0), (0.0, 10.0), (0.0, 10.0), (0.0, MOST_SILENT)]
    found = minimize(loss, np.array([0.0, 0.5, 0.8, 0.1]), bounds=bounds, method="L-BFGS-B").x
    return Calibration(*(round(float(value), 6) for value in found[:3]))
