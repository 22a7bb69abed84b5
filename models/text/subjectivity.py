"""Whether a text voices an opinion at all: an n-gram logit that the platform's own questions teach.

A question mentions a SKU without judging it, so questions with hardly a word of opinion show what talk without an
opinion looks like, and texts full of such words show the contrary. The marks of a question themselves are hidden
from the n-gram logit, for a complaint too comes as a question. Merchandisers' labels teach the same ngram_logit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.near_duplicates import effective_families, family_weights
from xuanpin.models.text.ngram_logit import NgramLogit, fit_ngram_logit
from xuanpin.models.text.term_matching import TermMatcher
from xuanpin.models.text.text_encoding import EncodedTexts, pick_texts

ASKING = ("?", "吗", "请问", "怎么", "多少", "什么", "哪")
CLEAR_DENSITY = 0.4
"""Weight of opinion words over the root of the characters from which a text, if one-sided, is an opinion."""
FAINT_DENSITY = 0.3
"""The same up to which a question judges nothing."""
FEWEST_GUESSED = 200
"""Questions, and clear opinions, below which they teach nothing."""
FEWEST_LABELS = 30
"""Labels of each kind (an opinion, none) from which they teach."""
MOST_CLEAR = 12_000
"""Clear opinions that teach, so that training stays a matter of seconds."""
FAMILY_TEXTS = 20.0
"""Near-identical texts that teach as much as one more of them does: 「什么时候发货」 asked a thousand times is one
question."""
FULL_SAY = 200.0
"""Different texts of each class, a label counted LABEL_WEIGHT times, from which the n-gram logit has its full say; of
fewer it knows phrases only, and has proportionally less."""
REGULARISATION = 0.05
LABEL_WEIGHT = 5.0
"""What a label counts, against a clear opinion or a question."""
SILENT = -0.2
"""Log-odds of an opinion below which a text is taken to have none. Both classes count alike in training, so one
limit holds wherever the n-gram logit learns: 3 to 7 % of held-out shopping reviews are lost in three mixtures."""


@dataclass(frozen=True)
class Hints:
    """What is known of texts before an n-gram logit is: shape (texts,).

    scores: the lexicon's. density: weight of the opinion words over the root of the characters. has_opinion and
    has_none: by label. family: equal numbers for near-identical texts.
    """

    scores: Floats
    density: Floats
    has_opinion: Flags
    has_none: Flags
    family: Ints


def learn_subjectivity(texts: EncodedTexts, hints: Hints, sure_at: float) -> NgramLogit | None:
    """Log-odds that a text voices an opinion, from questions, clear opinions and labels; None if there are too few.

    sure_at: lexicon score from which a text is one-sided.
    """
    asks, is_labelled = _asking(texts), hints.has_opinion | hints.has_none
    is_clear = ~is_labelled & (np.abs(hints.scores) >= sure_at) & (hints.density >= CLEAR_DENSITY)
    clear = _evenly(np.flatnonzero(is_clear), MOST_CLEAR)
    silent = np.flatnonzero(~is_labelled & asks.found & (hints.density < FAINT_DENSITY))
    voiced = _teachers(clear, np.flatnonzero(hints.has_opinion), hints.family)
    unvoiced = _teachers(silent, np.flatnonzero(hints.has_none), hints.family)
    if not len(voiced.rows) or not len(unvoiced.rows):
        return None
    levelled = unvoiced.weights * (voiced.weights.sum() / unvoiced.weights.sum())
    fitted = fit_ngram_logit(
        pick_texts(asks.hidden, np.concatenate([voiced.rows, unvoiced.rows])),
        np.repeat([True, False], [len(voiced.rows), len(unvoiced.rows)]),
        np.concatenate([voiced.weights, levelled]),
        REGULARISATION,
    )
    return fitted.scaled(min(voiced.families, unvoiced.families, FULL_SAY) / FULL_SAY)


@dataclass(frozen=True)
class _Teachers:
    """Rows that teach one class, their weights, and how many different texts they are worth (`families`)."""

    rows: Ints
    weights: Floats
    families: float


def _teachers(guessed: Ints, labelled: Ints, family: Ints) -> _Teachers:
    """Gather what teaches one class of the `family` of each text; guesses and labels that are too few are left out."""
    guessed = guessed if len(guessed) >= FEWEST_GUESSED else guessed[:0]
    labelled = labelled if len(labelled) >= FEWEST_LABELS else labelled[:0]
    rows, worth = np.concatenate([guessed, labelled]), np.repeat([1.0, LABEL_WEIGHT], [len(guessed), len(labelled)])
    weights = worth * family_weights(family[rows], FAMILY_TEXTS)
    parts = ((1.0, slice(None, len(guessed))), (LABEL_WEIGHT, slice(len(guessed), None)))
    known = sum(value * effective_families(family[rows[part]], weights[part]) for value, part in parts)
    return _Teachers(rows, weights, known)


@dataclass(frozen=True)
class _Asking:
    """found: which texts ask. hidden: the texts with what asks cut out of every n-gram."""

    found: Flags
    hidden: EncodedTexts


def _asking(texts: EncodedTexts) -> _Asking:
    hits = TermMatcher(ASKING).find(texts)
    found = np.zeros(len(texts), dtype=bool)
    found[np.searchsorted(texts.row_starts, hits.starts, side="right") - 1] = True
    chars = texts.chars.copy()
    for step in range(max(len(term) for term in ASKING)):
        chars[hits.starts[hits.lengths > step] + step] = 0
    return _Asking(found, EncodedTexts(chars, texts.row_starts))


def _evenly(rows: Ints, most: int) -> Ints:
    """At most so many of the rows, at even distances."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
