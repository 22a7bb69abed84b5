"""Character n-grams of many texts as hashed features, by a rolling hash over the whole character array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from xuanpin.models.arrays import Flags, Floats, Ints, Singles
from xuanpin.models.text.text_encoding import BITS, DIMENSIONS, EncodedTexts, text_blocks

LONGEST = 3
BLOCK = 2_000
"""Texts whose n-grams are summed at a time."""
_PRIME = np.uint32(0x9E3779B1)
_MIX = np.uint32(0x85EBCA77)


def gram_buckets(texts: EncodedTexts) -> Iterator[tuple[NDArray[np.uint32], Flags]]:
    """For n = 1 to 3: the bucket of the n-gram that starts at each character, and whether it lies inside one text."""
    chars = texts.chars
    size = len(chars)
    rolled = np.zeros(size, dtype=np.uint32)
    inside = np.ones(size, dtype=bool)
    for n in range(1, LONGEST + 1):
        shifted = np.zeros(size, dtype=np.uint32)
        shifted[: size - n + 1] = chars[n - 1 :]
        rolled = (rolled + shifted + np.uint32(n)) * _PRIME
        rolled ^= rolled >> np.uint32(15)
        inside = inside & (shifted != 0)
        yield (rolled * _MIX) >> np.uint32(32 - BITS), inside


def gram_counts(texts: EncodedTexts) -> sparse.csr_matrix:
    """Texts × buckets, float32: how often each gram occurs in each text."""
    rows = texts.rows()
    parts = [(rows[inside], buckets[inside]) for buckets, inside in gram_buckets(texts)]
    row = np.concatenate([part[0] for part in parts])
    bucket = np.concatenate([part[1] for part in parts])
    counts = sparse.csr_matrix(
        (np.ones(len(row), dtype=np.float32), (row, bucket.astype(np.int64))), shape=(len(texts), DIMENSIONS)
    )
    counts.sum_duplicates()
    return counts


def grams_present(texts: EncodedTexts, buckets: NDArray[np.uint32]) -> sparse.csr_matrix:
    """Texts × these buckets (ascending): 1 where a gram of the bucket occurs in the text."""
    rows = texts.rows().astype(np.int64)
    column = np.full(DIMENSIONS, -1, dtype=np.int32)
    column[buckets] = np.arange(len(buckets))
    found = [np.zeros(0, dtype=np.int64)]
    for grams, inside in gram_buckets(texts):
        columns = column[grams]
        wanted = inside & (columns >= 0)
        found.append(rows[wanted] * len(buckets) + columns[wanted])
    row, place = np.divmod(np.unique(np.concatenate(found)), max(len(buckets), 1))
    return sparse.csr_matrix((np.ones(len(row)), (row, place)), shape=(len(texts), len(buckets)))


def gram_sums(texts: EncodedTexts, tables: Sequence[Singles]) -> tuple[Floats, Ints]:
    """Tables × texts: the sum of the weights (one a bucket) of each text's n-grams; then how many n-grams each has.

    A block of texts is summed at a time: the caches hold a block.
    """
    sums, counts = np.zeros((len(tables), len(texts))), np.zeros(len(texts), dtype=np.int64)
    first = 0
    for block in text_blocks(texts, BLOCK):
        of_block = slice(first, first + len(block))
        sums[:, of_block], counts[of_block] = _block_sums(block, tables)
        first += len(block)
    return sums, counts


def _block_sums(texts: EncodedTexts, tables: Sequence[Singles]) -> tuple[Floats, Ints]:
    totals = np.zeros((len(tables), len(texts.chars)), dtype=np.float32)
    count = np.zeros(len(texts.chars), dtype=np.int8)
    for buckets, inside in gram_buckets(texts):
        for total, weights in zip(totals, tables, strict=True):
            weight = weights[buckets]
            weight *= inside
            total += weight
        count += inside
    starts = texts.row_starts[:-1]
    return (
        np.add.reduceat(totals, starts, axis=1, dtype=np.float64),
        np.add.reduceat(count, starts, dtype=np.int64),
    )
