"""Features of SKUs and personas over one vocabulary of attributes: categories, tags and prices as sparse matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from xuanpin.models.affinity.conditional_logit import ChoiceFeatures
from xuanpin.models.arrays import Floats, Ints

FARTHEST_PRICE = 3.0
"""Spreads from the centre beyond which a price counts no farther: squares of extreme prices would dominate."""


@dataclass(frozen=True)
class TagLists:
    """One list of words per row, as codes into distinct words; row i holds codes[starts[i] : starts[i + 1]]."""

    words: Sequence[str]
    codes: Ints
    starts: Ints

    def __len__(self) -> int:
        return len(self.starts) - 1

    def used(self) -> set[str]:
        """Return the words that some row has."""
        return {self.words[code] for code in np.unique(self.codes)}


def tag_lists(rows: Sequence[Sequence[str]]) -> TagLists:
    """Code plain lists of words, one of `rows` an entry."""
    words = sorted({word for row in rows for word in row})
    place = {word: code for code, word in enumerate(words)}
    codes = np.array([place[word] for row in rows for word in row], dtype=np.int64)
    return TagLists(words, codes, np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64))


@dataclass(frozen=True)
class SkuAttributes:
    """Attributes of SKUs, one entry each: category path `a/b`, list price (yuan), style and series tags.

    look: where each SKU lies in the space of the platform's own embeddings, SKUs × directions (see style_space).
    """

    category: Sequence[str]
    price: Floats
    style: TagLists
    series: TagLists
    look: Floats


@dataclass(frozen=True)
class Personas:
    """Requirements of agents, one entry each: price_min and price_max in yuan, NaN where not set; style and series
    tags, and categories wanted."""

    price_min: Floats
    price_max: Floats
    style: TagLists
    series: TagLists
    wanted: TagLists


@dataclass(frozen=True)
class PriceScale:
    """Centre and spread of log prices, so that later SKUs are measured like those of the fit."""

    centre: float
    spread: float

    def __call__(self, price: Floats) -> Floats:
        level = (np.log(np.maximum(price, 0.01)) - self.centre) / self.spread
        return np.asarray(np.clip(level, -FARTHEST_PRICE, FARTHEST_PRICE))


def price_scale(price: Floats) -> PriceScale:
    """Measure log prices of the SKUs to fit on (price: yuan); prices stay as they are where there are none."""
    if not len(price):
        return PriceScale(0.0, 1.0)
    logs = np.log(np.maximum(price, 0.01))
    return PriceScale(float(logs.mean()), max(float(logs.std()), 0.1))


def category_levels(paths: Sequence[str]) -> TagLists:
    """Return every level of each of the category `paths`: `a/b` has `a` and `a/b`."""
    distinct = {path: code for code, path in enumerate(dict.fromkeys(paths))}
    parts = [path.split("/") for path in distinct]
    levels = tag_lists([["/".join(names[: depth + 1]) for depth in range(len(names))] for names in parts])
    which = np.array([distinct[path] for path in paths], dtype=np.int64)
    first, sizes = levels.starts[which], np.diff(levels.starts)[which]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    within = np.arange(starts[-1]) - np.repeat(starts[:-1], sizes)
    return TagLists(levels.words, levels.codes[np.repeat(first, sizes) + within], starts)


def choice_features(
    skus: SkuAttributes, personas: Personas, scale: PriceScale, vocabulary: Vocabulary
) -> ChoiceFeatures:
    """Return the features of SKUs and personas over one vocabulary of attributes (see ChoiceFeatures).

    Families of SKU attributes: 0 category, 1 style, 2 series, 3 price, 4 squared price, 5 look; of agreement: 0 price,
    1 style, 2 series, 3 wanted category.
    """
    level = scale(skus.price)
    price = sp.csr_array(np.stack([level, level**2], axis=1))
    category = multi_hot(category_levels(skus.category), vocabulary.category)
    style, series = multi_hot(skus.style, vocabulary.style), multi_hot(skus.series, vocabulary.series)
    look = sp.csr_array(skus.look)
    sku = sp.csr_array(sp.hstack([category, style, series, price, look], format="csr"))
    widths = [category.shape[1], style.shape[1], series.shape[1], 1, 1, look.shape[1]]
    right = [price, _unit(style), _unit(series), category]
    left = [
        _price_wish(personas, scale),
        _unit(multi_hot(personas.style, vocabulary.style)),
        _unit(multi_hot(personas.series, vocabulary.series)),
        multi_hot(personas.wanted, vocabulary.category),
    ]
    return ChoiceFeatures(
        sku=sku,
        sku_family=np.repeat(np.arange(6), widths),
        left=sp.csr_array(sp.hstack(left, format="csr")),
        right=sp.csr_array(sp.hstack(right, format="csr")),
        pair_family=np.repeat(np.arange(4), [part.shape[1] for part in right]),
    )


@dataclass(frozen=True)
class Vocabulary:
    """The attributes that features know, sorted: category levels, style tags, series tags; `looks` is how many
    directions of the look of SKUs."""

    category: tuple[str, ...]
    style: tuple[str, ...]
    series: tuple[str, ...]
    looks: int = 0

    @property
    def attributes(self) -> list[str]:
        """Name of each SKU attribute, in feature order."""
        named = [("category", self.category), ("style", self.style), ("series", self.series)]
        words = [f"{kind}:{word}" for kind, words in named for word in words]
        return [*words, "price:level", "price:square", *(f"look:{direction}" for direction in range(self.looks))]


def vocabulary_of(skus: SkuAttributes) -> Vocabulary:
    """Return every attribute that one of the `skus` has."""
    paths = category_levels(skus.category).used()
    style, series = skus.style.used(), skus.series.used()
    return Vocabulary(tuple(sorted(paths)), tuple(sorted(style)), tuple(sorted(series)), skus.look.shape[1])


def multi_hot(lists: TagLists, words: Sequence[str]) -> sp.csr_array:
    """Return rows × words, 1 where the row's list has the word; other words are left out."""
    place = {word: column for column, word in enumerate(words)}
    column_of = np.array([place.get(word, -1) for word in lists.words], dtype=np.int64)
    columns = column_of[lists.codes] if len(column_of) else np.zeros(0, np.int64)
    known = columns >= 0
    starts = np.concatenate([[0], np.cumsum(known)])[lists.starts]
    flags = sp.csr_array((np.ones(int(known.sum())), columns[known], starts), shape=(len(lists), len(words)))
    flags.sum_duplicates()
    flags.data[:] = 1.0
    return flags


def _unit(flags: sp.csr_array) -> sp.csr_array:
    """Rows of length 1, so that a product is the cosine of two sets of tags."""
    count = np.diff(flags.indptr)
    return sp.csr_array((flags.data / np.sqrt(np.repeat(count, count)), flags.indices, flags.indptr), shape=flags.shape)


def _price_wish(personas: Personas, scale: PriceScale) -> sp.csr_array:
    """Closeness to the middle of her band: -(z - c)² without its constant part; nothing where no band is set."""
    low, high = scale(personas.price_min), scale(personas.price_max)
    centre = np.where(np.isnan(low), high, np.where(np.isnan(high), low, (low + high) / 2))
    known = ~np.isnan(centre)
    return sp.csr_array(np.stack([np.where(known, 2 * np.nan_to_num(centre), 0.0), -known.astype(float)], axis=1))
