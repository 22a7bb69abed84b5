"""Texts as one array of characters, so that every later step is a handful of numpy passes and no loop over messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from xuanpin.models.arrays import Flags, Ints
from xuanpin.models.text.lexicon import load_traditional

BITS = 21
"""2^21 buckets of n-grams, 8 MB of weights: with 2^18 the rare grams of 50,000 texts collide and cost .002 AUC."""
DIMENSIONS = 1 << BITS
_LONGEST_RUN = 3
"""「！！！！！！」 says no more than 「！！！」."""


@dataclass(frozen=True)
class EncodedTexts:
    """Characters of many texts, one after another, each text closed by a 0.

    chars: uint32 code points, normalised (half-width, lower case, simplified script, no control characters, runs of
    at most three).
    row_starts: index into chars where each text begins; one more entry than texts.
    """

    chars: NDArray[np.uint32]
    row_starts: Ints

    def __len__(self) -> int:
        return len(self.row_starts) - 1

    @property
    def lengths(self) -> Ints:
        """Characters of each text, its closing 0 not counted."""
        return np.diff(self.row_starts) - 1

    def rows(self) -> NDArray[np.int32]:
        """The text to which each character belongs."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.row_starts))


def encode_texts(texts: pa.Array | pa.ChunkedArray | list[str]) -> EncodedTexts:
    """Normalise and encode texts; a null is an empty text."""
    column = texts if isinstance(texts, pa.Array | pa.ChunkedArray) else pa.array(texts, pa.string())
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    column = pc.fill_null(column.cast(pa.string()), "")
    lengths = pc.utf8_length(column).to_numpy(zero_copy_only=False).astype(np.int64)
    joined = (
        pc.binary_join(pa.ListArray.from_arrays([0, len(column)], column), "\0")[0].as_py() + "\0"
        if len(column)
        else ""
    )
    raw = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
    ends = np.cumsum(lengths + 1)
    chars = _normal_forms()[np.minimum(raw, 0xFFFF)]
    chars = np.where(raw > 0xFFFF, raw, chars)
    chars[ends - 1] = 0
    keep = _worth_keeping(chars)
    keep[ends - 1] = True
    kept_before = np.concatenate([[0], np.cumsum(keep)])
    return EncodedTexts(chars[keep], np.concatenate([[0], kept_before[ends]]).astype(np.int64))


def _worth_keeping(chars: NDArray[np.uint32]) -> Flags:
    keep = np.asarray(chars != 0)
    if len(chars) > _LONGEST_RUN:
        repeated = chars[_LONGEST_RUN:] == chars[:-_LONGEST_RUN]
        for step in range(1, _LONGEST_RUN):
            repeated &= chars[_LONGEST_RUN - step : -step] == chars[_LONGEST_RUN:]
        keep[_LONGEST_RUN:] &= ~repeated
    return keep


@cache
def _normal_forms() -> NDArray[np.uint32]:
    """Half-width, lower-case, simplified form of each character of the basic plane.

    Controls and variation selectors become 0.
    """
    table = np.arange(0x10000, dtype=np.uint32)
    table[0xFF01:0xFF5F] = np.arange(0x21, 0x7F)
    table[0x3000] = 0x20
    table[0xA0] = 0x20
    table[:0x20] = 0
    table[[0x09, 0x0A, 0x0D]] = 0x20
    table[0xFE00:0xFE10] = 0
    table[0x200B:0x2010] = 0
    table[0xFFFF] = 0
    is_upper = (table >= ord("A")) & (table <= ord("Z"))
    table[is_upper] += ord("a") - ord("A")
    table[ord("’")] = ord("'")
    for traditional, simplified in load_traditional().items():
        table[ord(traditional)] = ord(simplified)
    return table


def pick_texts(texts: EncodedTexts, rows: Ints) -> EncodedTexts:
    """The texts of the given rows, in the given order."""
    lengths = np.diff(texts.row_starts)[rows]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    places = np.arange(starts[-1]) + np.repeat(texts.row_starts[:-1][rows] - starts[:-1], lengths)
    return EncodedTexts(texts.chars[places], starts)


def text_blocks(texts: EncodedTexts, size: int) -> Iterator[EncodedTexts]:
    """The texts in order, `size` at a time, as views."""
    for first in range(0, len(texts), size):
        starts = texts.row_starts[first : first + size + 1]
        yield EncodedTexts(texts.chars[starts[0] : starts[-1]], starts - starts[0])


def join_texts(texts: EncodedTexts, joined_of: Ints, count: int) -> EncodedTexts:
    """`count` texts, each made of the given texts that belong to it (`joined_of`), in order and parted by commas."""
    order = np.argsort(joined_of, kind="stable")
    ordered = pick_texts(texts, order)
    chars = ordered.chars.copy()
    chars[ordered.row_starts[1:] - 1] = ord(",")
    lengths = np.bincount(joined_of[order], weights=np.diff(ordered.row_starts), minlength=count).astype(np.int64)
    is_missing = lengths == 0
    starts = np.concatenate([[0], np.cumsum(lengths + is_missing)]).astype(np.int64)
    full = np.zeros(starts[-1], dtype=np.uint32)
    is_filler = np.zeros(starts[-1], dtype=bool)
    is_filler[starts[:-1][is_missing]] = True
    full[~is_filler] = chars
    full[starts[1:] - 1] = 0
    return EncodedTexts(full, starts)


def number_values(values: pa.ChunkedArray) -> tuple[pa.Array, Ints]:
    """The distinct values in order of first appearance, and the index of each value among them."""
    coded = values.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    return coded.dictionary, coded.indices.to_numpy().astype(np.int64)
