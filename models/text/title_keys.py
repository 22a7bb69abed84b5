"""Titles of the same goods: what is left of a title without packs, years and ornament, and which titles nearly agree.

Characters and pairs of neighbours are compared, so that a character more, less or other, another pack size, an emoji, a
space or another order of the words leaves two titles near each other. Candidates are found by their rarest ones: titles
that agree in so many agree in one of the rarest (Chaudhuri, Ganti and Kaushik, "A primitive operator for similarity
joins in data cleaning", ICDE 2006).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_array

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.text.text_encoding import encode_texts

SHORTEST_KEY = 4
"""Characters below which a key without packs and years tells no goods apart; then they stay in it."""
NEAR = 0.79
"""Dice coefficient of two titles' characters and pairs from which they are near: one character of eight may differ."""
INSIDE = 0.9
"""Share of the shorter title's characters and pairs that the longer one holds if it only adds words to it."""
FEWEST_INSIDE = 13
"""Those of a title that another one may hold whole, seven characters; 连衣裙 stands in every other title."""
MOST_HOLDERS = 300
"""Titles of one group beyond which a character or pair finds no candidates: they would all be candidates."""
BLOCK = 20_000
"""Candidate pairs compared at a time; bounds memory, not results."""

_UNITS = (
    "公斤|毫升|厘米|毫米|千克|人份|kg|ml|cm|mm|斤|克|两|包|袋|盒|片|支|只|个|件|瓶|罐|箱|枚|卷|抽|粒|颗|条|双|套|组|桶|听|提|"
    "码|寸|升|米|份|号|款|年|月|度|代|次|g|l|m"
)
_PACKS = f"(?:[0-9]+|[零〇一二两三四五六七八九十百半]+)(?:{_UNITS})装?|[0-9]+"
_OPTIONS = r"(?i)(\.(?:jpe?g|png|webp|gif|bmp|avif|heic))[?#!@].*$"
_ORNAMENT = r"[^\p{L}\p{N}]"


def title_keys(titles: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return the key of each of the `titles`: letters alone, without packs, sizes and years; empty where none is left.

    Letters are of one width and case. A key shorter than SHORTEST_KEY keeps its numbers.
    """
    column = titles.combine_chunks() if isinstance(titles, pa.ChunkedArray) else titles
    plain = pc.utf8_lower(pc.utf8_normalize(pc.fill_null(column.cast(pa.string()), ""), form="NFKC"))
    whole = pc.replace_substring_regex(plain, pattern=_ORNAMENT, replacement="")
    bare = pc.replace_substring_regex(whole, pattern=_PACKS, replacement="")
    return pc.if_else(pc.greater_equal(pc.utf8_length(bare), SHORTEST_KEY), bare, whole)


def image_keys(addresses: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return the key of each image from its `addresses`: without scheme and, behind a picture's name, without options.

    Options behind another name may say which picture is meant and stay; a null has a null key.
    """
    column = addresses.combine_chunks() if isinstance(addresses, pa.ChunkedArray) else addresses
    plain = pc.utf8_trim_whitespace(column.cast(pa.string()))
    bare = pc.replace_substring_regex(plain, pattern=r"^(?i:https?:)?//", replacement="")
    bare = pc.replace_substring_regex(bare, pattern=_OPTIONS, replacement=r"\1")
    return pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), bare)


def near_titles(keys: pa.Array, groups: Ints) -> tuple[Ints, Ints, Floats]:
    """Find the near titles among `keys`, one distinct title of one group each; `groups` are codes of shape (titles,).

    Returns the positions of both titles and their nearness (NEAR to 1), each pair once and the lower position first.
    """
    parts = _parts(keys, groups)
    first, second = _candidates(parts)
    kept: list[tuple[Ints, Ints, Floats]] = [(first[:0], second[:0], np.empty(0))]
    for start in range(0, len(first), BLOCK):
        rows, columns = first[start : start + BLOCK], second[start : start + BLOCK]
        shared = np.asarray(parts[rows].multiply(parts[columns]).sum(axis=1), dtype=np.float64).ravel()
        near = _nearness(shared, *(np.diff(parts.indptr)[place].astype(np.float64) for place in (rows, columns)))
        kept.append((rows[near > 0.0], columns[near > 0.0], near[near > 0.0]))
    found = [np.concatenate(part) for part in zip(*kept, strict=True)]
    return found[0].astype(np.int64), found[1].astype(np.int64), found[2]


def _nearness(shared: Floats, first: Floats, second: Floats) -> Floats:
    """Dice coefficient of titles of so many parts where they are near, else 0."""
    dice = 2.0 * shared / np.maximum(first + second, 1.0)
    shorter = np.minimum(first, second)
    is_inside = (shared >= INSIDE * shorter) & (shorter >= FEWEST_INSIDE)
    near = np.where(is_inside, np.maximum(dice, NEAR), dice)
    return np.asarray(np.where(near >= NEAR, near, 0.0), dtype=np.float64)


def _parts(keys: pa.Array, groups: Ints) -> csr_array:
    """Which characters and pairs of them each title holds, by column; those of another group are others."""
    texts = encode_texts(keys)
    chars, rows = texts.chars.astype(np.int64), texts.rows().astype(np.int64)
    single = np.flatnonzero(chars != 0)
    paired = np.flatnonzero((chars[:-1] != 0) & (chars[1:] != 0))
    codes = np.concatenate([chars[single], (chars[paired] << 21) | chars[paired + 1]])
    row = np.concatenate([rows[single], rows[paired]])
    code, known = pd.factorize(codes)
    column, held = pd.factorize(groups[row] * max(len(known), 1) + code)
    width = len(held)
    row, column = np.divmod(_distinct(row * max(width, 1) + column), max(width, 1))
    starts = np.searchsorted(row, np.arange(len(keys) + 1))
    return csr_array((np.ones(len(row), dtype=np.int32), column, starts), shape=(len(keys), width))


def _candidates(parts: csr_array) -> tuple[Ints, Ints]:
    """Positions of titles that share a rare enough part: near ones share a rarest one of each, or of the shorter."""
    holders = np.bincount(parts.indices, minlength=parts.shape[1])
    size = np.diff(parts.indptr)
    row = np.repeat(np.arange(parts.shape[0]), size)
    # The columns of a row ascend, so a stable sort breaks ties by column.
    order = np.argsort(row * (holders.max(initial=0) + 1) + holders[parts.indices], kind="stable")
    column = parts.indices[order].astype(np.int64)
    place = np.arange(len(row)) - np.repeat(parts.indptr[:-1], size)
    is_used = holders[column] <= MOST_HOLDERS
    # A near title shares so large a part of these that it cannot miss all of the rarest.
    alike, inside = ((size - np.ceil(share * size - 1e-9) + 1)[row] for share in (NEAR / (2.0 - NEAR), INSIDE))
    inside = np.where(size[row] >= FEWEST_INSIDE, inside, 0)
    rare, few, whole = (
        _matrix(row, column, is_used & (place < rarest), parts.shape) for rarest in (alike, inside, len(row))
    )
    shared = [(rare @ rare.T).tocoo(), (few @ whole.T).tocoo()]
    first, second = (
        np.concatenate([getattr(found, side) for found in shared]).astype(np.int64) for side in ("row", "col")
    )
    low, high = np.minimum(first, second), np.maximum(first, second)
    both = _distinct(low[low < high] * parts.shape[0] + high[low < high])
    first, second = np.divmod(both, max(parts.shape[0], 1))
    return first, second


def _matrix(row: Ints, column: Ints, is_used: Flags, shape: tuple[int, int]) -> csr_array:
    ones = np.ones(int(is_used.sum()), dtype=np.int32)
    return csr_array((ones, (row[is_used], column[is_used])), shape=shape)


def _distinct(values: Ints) -> Ints:
    """The distinct values, ascending: of millions, sorting is many times faster than numpy's hashed `unique`."""
    ordered = np.sort(values)
    return np.asarray(ordered[np.diff(ordered, prepend=ordered[:1] - 1) != 0], dtype=np.int64)
