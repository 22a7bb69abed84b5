"""A teacher for very short messages: a linear model of sentence embeddings, trained on texts of sure polarity.

A few characters hold too few n-grams to learn from; an encoder that has read much text knows what they mean. It is
slow, so it reads a sample, and the n-gram logit learns from it.
"""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Floats, Singles

FEWEST_SURE = 50
"""Short texts of praise and of complaint, with a sure lexicon score, that training needs."""
REGULARISATION = 3.0


def distil_embeddings(embeddings: Singles, scores: Floats, sure_at: float) -> Floats | None:
    """Log-odds of content of each text, the lexicon's score added; None when it is sure of too few.

    embeddings: texts × dimensions. scores: the lexicon's; from `sure_at` on, either way, it is sure.
    """
    sure = np.abs(scores) >= sure_at
    praises = scores[sure] > 0
    if min(praises.sum(), (~praises).sum()) < FEWEST_SURE:
        return None
    # Loading it takes half a second: only a training pays for it.
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=REGULARISATION, max_iter=500).fit(embeddings[sure], praises)
    return np.asarray(model.decision_function(embeddings) + scores, dtype=np.float64)
