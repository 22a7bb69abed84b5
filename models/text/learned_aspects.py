"""Aspects as merchandisers label them: a classifier takes the place of the lexicon where it names them no worse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.aspect_learning import AspectClassifier, AspectFeatures, fit_aspects, micro_f1
from xuanpin.models.text.aspects import ASPECTS, AspectMentions
from xuanpin.models.text.polarity import split_clauses
from xuanpin.models.text.text_encoding import EncodedTexts, join_texts, pick_texts

FEWEST_LABELS = 200
"""Labelled texts from which aspects are learned: 40 are kept back then, fewer could not tell better from worse."""
FEWEST_EXAMPLES = 10
"""Examples of an aspect below which the lexicon knows it better: with 3, service fell from F1 .67 to .51."""
KEPT_BACK = 0.2
"""Share of the labelled texts held out for comparison, the same ones in every training."""


@dataclass(frozen=True)
class LabelledAspects:
    """Texts whose aspects are known: named is texts × ASPECTS; draw an even random number 0–1 a text that stays."""

    texts: EncodedTexts
    named: Flags
    draw: Floats

    def pick(self, rows: Flags) -> LabelledAspects:
        """Those of the rows marked."""
        return LabelledAspects(pick_texts(self.texts, np.flatnonzero(rows)), self.named[rows], self.draw[rows])


@dataclass(frozen=True)
class LearnedAspects:
    """Names aspects by a classifier, and by the lexicon those that had too few examples."""

    classifier: AspectClassifier

    def named(self, texts: EncodedTexts) -> Flags:
        """Texts × ASPECTS."""
        return self._joined(texts, self.classifier.features.named(texts))

    def _joined(self, texts: EncodedTexts, by_words: Flags) -> Flags:
        return np.where(self.classifier.is_learned, self.classifier.predict(texts), by_words)

    def find(
        self,
        clauses: EncodedTexts,
        text_of: Ints,
        satisfaction: Callable[[EncodedTexts], Floats],
    ) -> AspectMentions:
        """Aspects of whole texts from their clauses; `text_of` and `satisfaction` as in AspectFinder.find.

        An aspect has the polarity of the clauses that name it by a word of the lexicon, else of the whole text.
        """
        texts = join_texts(clauses, text_of, int(text_of.max(initial=-1)) + 1)
        heard = self.classifier.features.finder.find(clauses, text_of, satisfaction)
        said = np.full((len(texts), len(ASPECTS)), np.nan)
        said[heard.rows, heard.aspects] = heard.polarities
        rows, aspects = np.nonzero(self._joined(texts, ~np.isnan(said)))
        spoken, place = np.unique(rows, return_inverse=True)
        whole = np.nan_to_num(2.0 * satisfaction(pick_texts(texts, spoken))[place] - 1.0)
        polarities = np.where(np.isnan(said[rows, aspects]), whole, said[rows, aspects])
        return AspectMentions(rows, aspects, polarities)


@dataclass(frozen=True)
class AspectTrial:
    """The better of two ways to name aspects (None: by the lexicon) and the micro-F1 of both on labels kept back.

    champion_f1 is that of the way in use, challenger_f1 that of the newly learnt one.
    """

    better: LearnedAspects | None
    champion_f1: float
    challenger_f1: float


def try_aspects(
    champion: LearnedAspects | None, known: LabelledAspects, features: AspectFeatures
) -> AspectTrial | None:
    """Learn from all `known` labels but those kept back; the champion stays only where it names these better.

    Returns None when there are too few labels.
    """
    if len(known.texts) < FEWEST_LABELS:
        return None
    known = _in_clauses(known)
    taught, kept_back = known.pick(known.draw >= KEPT_BACK), known.pick(known.draw < KEPT_BACK)
    challenger = LearnedAspects(fit_aspects(taught.texts, taught.named, features, FEWEST_EXAMPLES))
    before = micro_f1((champion or features).named(kept_back.texts), kept_back.named)
    after = micro_f1(challenger.named(kept_back.texts), kept_back.named)
    return AspectTrial(champion if after < before else challenger, before, after)


def _in_clauses(known: LabelledAspects) -> LabelledAspects:
    """Texts as reading meets them: clauses parted by commas."""
    clauses, text_of = split_clauses(known.texts)
    return LabelledAspects(join_texts(clauses, text_of, len(known.texts)), known.named, known.draw)
