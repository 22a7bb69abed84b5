"""Near-identical texts get the same keys: minimum hashes of their character pairs (Broder, 1997)."""

from __future__ import annotations

import numpy as np

from xuanpin.models.arrays import Flags, Floats, Ints, Seeds
from xuanpin.models.text.polarity import punctuation
from xuanpin.models.text.text_encoding import EncodedTexts

SHORTEST = 8
"""Characters below which different people may write the same text."""
_SEEDS = ((0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F), (0x165667B19E3779F9, 0xD6E8FEB86659FD93))


def near_duplicate_keys(texts: EncodedTexts) -> tuple[Ints, Ints]:
    """Two independent near_duplicate_keys a text, -1 for short ones; punctuation and digits do not count.

    Texts that share 80 % of their pairs agree in a given fingerprint with probability .64, in one of two with .87.
    """
    chars = texts.chars.astype(np.uint64)
    kept = np.flatnonzero(_counts(texts))
    rows = texts.rows()[kept]
    word = chars[kept]
    pairs = (word[:-1] << np.uint64(21)) | word[1:]
    same_text = rows[:-1] == rows[1:]
    pairs, rows = pairs[same_text], rows[:-1][same_text]
    lengths = np.bincount(rows, minlength=len(texts)) + 1
    starts = np.flatnonzero(np.r_[True, np.diff(rows) != 0][: len(rows)])
    is_long = lengths[rows[starts]] >= SHORTEST
    marks = np.full((2, len(texts)), -1, dtype=np.int64)
    for mark, seeds in zip(marks, _SEEDS, strict=True):
        first, second = (_minimum(pairs, starts, np.uint64(seed)) for seed in seeds)
        mark[rows[starts][is_long]] = ((first << np.uint64(30)) ^ (second & np.uint64(0x3FFFFFFF)))[is_long]
    return marks[0], marks[1]


def families(texts: EncodedTexts) -> Ints:
    """Return the family of each text, numbered from 0: near-duplicates, and short texts of the same characters but for
    punctuation and digits."""
    keys, _ = near_duplicate_keys(texts)
    chars = np.where(_counts(texts), texts.chars.astype(np.uint64), np.uint64(0))
    mixed = (chars ^ (chars >> np.uint64(7))) * np.uint64(_SEEDS[0][0])
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(_SEEDS[0][1])
    short = np.add.reduceat(mixed >> np.uint64(8), texts.row_starts[:-1]) if len(texts) else mixed
    short_keys = -2 - (short >> np.uint64(2)).astype(np.int64)
    return np.unique(np.where(keys >= 0, keys, short_keys), return_inverse=True)[1].astype(np.int64)


def _counts(texts: EncodedTexts) -> Flags:
    """True at characters that are neither punctuation nor a digit."""
    return ~punctuation(texts) & ~((texts.chars >= ord("0")) & (texts.chars <= ord("9")))


def _minimum(pairs: Seeds, starts: Ints, seed: np.uint64) -> Seeds:
    """Smallest 32-bit hash of the pairs of each text."""
    mixed = (pairs ^ (pairs >> np.uint64(13))) * seed
    mixed = ((mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)) >> np.uint64(32)
    return np.minimum.reduceat(mixed, starts) if len(starts) else mixed


def family_weights(family: Ints, most: float) -> Floats:
    """Return a weight for each text such that no `family` (a number a text) counts more than `most` texts."""
    sizes = np.bincount(family)[family]
    return np.asarray(np.minimum(1.0, most / np.maximum(sizes, 1)))


def effective_families(family: Ints, weights: Floats) -> float:
    """Return how many families of equal weight would be as varied as these texts: Kish's effective number, 0 for none.

    `family` is the code of each text's family, `weights` what each text counts; both have shape (texts,).
    """
    totals = np.bincount(family, weights=weights)
    squares = float(np.sum(totals**2))
    return float(totals.sum()) ** 2 / squares if squares > 0.0 else 0.0
