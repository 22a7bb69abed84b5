"""Writes the reasons of matches and alternates, in figures that a query over the agent's own data gives again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.pipelines.matching.inputs import MatchProblem
from xuanpin.pipelines.matching.quotes import Quotes, decimal_text, decimals

REASONS = pa.list_(pa.string())


def reasons_of(
    problem: MatchProblem,
    rows: Ints,
    pairs: tuple[Ints, Ints],
    kept_units: Floats,
    *,
    propensity: Floats | None = None,
    own: Flags | None = None,
) -> pa.ListArray:
    """Return the reasons of `pairs`, in the order in which they are read.

    `pairs`: the place of each agent among those at `rows`, and the SKU; `kept_units` are expected of each; `propensity`
    is NaN and `own` false where neither chance nor the agent chose.
    """
    (place, sku), quotes = pairs, problem.quotes
    category = problem.category[sku]
    told = [] if own is None else [_where(own, pa.array(["own_pick"]).take(pa.array(np.zeros(own.sum(), np.int64))))]
    if propensity is not None:
        drawn = ~np.isnan(propensity)
        told.append(_where(drawn, _figures("given_by_chance:propensity=", propensity[drawn], 5)))
    told += [
        quotes.kept.of(rows, place, category),
        quotes.bought.of(rows, place, sku),
        quotes.liked.of(rows, place, category),
        *_pick_up(quotes, rows[place], sku),
        _prices(quotes, rows[place], sku),
        *(words.first_shared(rows, place, sku) for words in problem.lineup.shared_words.values()),
        _figures("expected_kept:units=", kept_units, 2),
    ]
    return _in_lists(told)


def _where(flags: Flags, texts: pa.Array) -> pa.Array:
    """The `texts`, one for each flag that is set; null where it is not."""
    return texts.take(pa.array(np.cumsum(flags) - 1, mask=~flags))


def _figures(told: str, values: Floats, places: int) -> pa.Array:
    """Texts that quote decimals after what is `told` of them, each written once."""
    coded = pa.array(decimals(values, places)).dictionary_encode()
    texts = [_figure(told, number, places) for number in coded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(coded.indices)


@cache
def _figure(told: str, number: int, places: int) -> str:
    return told + decimal_text(number, places)


def _pick_up(quotes: Quotes, agent: Ints, sku: Ints) -> list[pa.Array]:
    """By when to pick up what perishes."""
    shelf = quotes.shelf_hours[sku]
    if np.isnan(shelf).all():
        return []
    days = np.nan_to_num(np.floor((shelf - quotes.waiting_hours[agent]) / 24.0)).astype(np.int64)
    coded = pa.array(np.where(days >= 1, days, 0), mask=np.isnan(shelf)).dictionary_encode()
    texts = [f"pick_up_within:days={d}" if d else "pick_up_same_day" for d in coded.dictionary.to_pylist()]
    return [pa.array(texts, pa.string()).take(coded.indices)]


def _prices(quotes: Quotes, agent: Ints, sku: Ints) -> pa.Array:
    rule = quotes.rule[agent]
    price = quotes.prices.take(pa.array(rule * len(quotes.shelf_hours) + sku, mask=rule < 0))
    return pc.binary_join_element_wise(price, quotes.bounds.take(pa.array(agent)), "")


def _in_lists(told: Sequence[pa.Array]) -> pa.ListArray:
    """One list a row of the texts that are there of it, in the order of the columns `told`."""
    rows, some = len(told[0]), [texts for texts in told if texts.null_count < len(texts)]
    if not some:
        return pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), pa.array([], pa.string()))
    there = np.empty((rows, len(some)), np.bool_)
    for column, texts in enumerate(some):
        there[:, column] = pc.is_valid(texts).to_numpy(zero_copy_only=False)
    place = np.arange(rows)[:, None] + rows * np.arange(len(some))
    ends = np.concatenate([[0], np.cumsum(np.count_nonzero(there, axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), pa.concat_arrays(some).take(pa.array(place[there])))
