"""How content the writer of a text is: the lexicon from the first night, joined by a student that learns on site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.lexicon import Lexicon
from models.polarity import LexiconScorer
from models.text_encoding import EncodedTexts

LEXICON_SLOPE = 1.6
"""Log-odds of content per unit of lexicon score before anything was learned; labels replace it."""


@dataclass(frozen=True)
class SentimentModel:
    """Reads satisfaction from texts; `version` names what it was learned from."""

    scorer: LexiconScorer
    version: str = "lexicon"
    calibrated: bool = False

    def satisfaction(self, texts: EncodedTexts) -> NDArray[np.float64]:
        """Probability that the writer is content, 0–1; NaN where the text voices no opinion."""
        scores = self.scorer.score(texts)
        return np.where(scores == 0.0, np.nan, 1.0 / (1.0 + np.exp(-LEXICON_SLOPE * scores)))


def lexicon_model(lexicon: Lexicon) -> SentimentModel:
    """The model of the first night: our words alone."""
    return SentimentModel(LexiconScorer(lexicon))
