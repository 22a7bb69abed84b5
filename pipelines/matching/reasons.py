"""Writes the reasons of matches and alternates, in figures that a query over the agent's own data gives again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.pipelines.matching.inputs import MatchProblem
from xuanpin.pipelines.matching.quotes import Quotes, Told, decimal_text, decimals

REASONS = pa.list_(pa.string())
OWN_PICK, NO_TEXTS = pa.array(["own_pick"]), pa.array([], pa.string())


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
    category = problem.category.take(sku)
    told = [] if own is None else [Told(own.astype(np.int32), OWN_PICK)]
    if propensity is not None:
        told.append(_figures("given_by_chance:propensity=", propensity, 5))
    told += [
        quotes.kept.of(rows, place, category),
        quotes.bought.of(rows, place, sku),
        quotes.liked.of(rows, place, category),
        _pick_up(quotes, rows.take(place), sku),
        _prices(quotes, rows.take(place), sku),
        *(Told(words.first_shared(rows, place, sku), words.reasons) for words in problem.lineup.shared_words.values()),
        _figures("expected_kept:units=", kept_units, 2),
    ]
    return _in_lists(told)


def _figures(told: str, values: Floats, places: int) -> Told:
    """Texts that quote decimals after what is `told` of them, each written once; nothing of what is not a number."""
    some = np.flatnonzero(~np.isnan(values))
    coded = pa.array(decimals(values[some], places)).dictionary_encode()
    texts = [_figure(told, number, places) for number in coded.dictionary.to_pylist()]
    number = np.zeros(len(values), np.int32)
    number[some] = coded.indices.to_numpy() + 1
    return Told(number, pa.array(texts, pa.string()))


@cache
def _figure(told: str, number: int, places: int) -> str:
    return told + decimal_text(number, places)


def _pick_up(quotes: Quotes, agent: Ints, sku: Ints) -> Told:
    """By when to pick up what perishes."""
    shelf = quotes.shelf_hours.take(sku)
    number, perishes = np.zeros(len(sku), np.int32), np.flatnonzero(~np.isnan(shelf))
    if not len(perishes):
        return Told(number, NO_TEXTS)
    days = np.nan_to_num(np.floor((shelf[perishes] - quotes.waiting_hours[agent[perishes]]) / 24.0)).astype(np.int64)
    coded = pa.array(np.maximum(days, 0)).dictionary_encode()
    number[perishes] = coded.indices.to_numpy() + 1
    texts = [f"pick_up_within:days={d}" if d else "pick_up_same_day" for d in coded.dictionary.to_pylist()]
    return Told(number, pa.array(texts, pa.string()))


def _prices(quotes: Quotes, agent: Ints, sku: Ints) -> Told:
    """What an agent asks of prices, with that of the SKU: hardly two pairs have the same text."""
    rule = quotes.rule.take(agent)
    number, asked = np.zeros(len(sku), np.int32), np.flatnonzero(rule >= 0)
    number[asked] = np.arange(1, len(asked) + 1, dtype=np.int32)
    price = quotes.prices.take(pa.array(rule[asked] * len(quotes.shelf_hours) + sku[asked]))
    return Told(number, pc.binary_join_element_wise(price, quotes.bounds.take(pa.array(agent[asked])), ""))


def _in_lists(told: Sequence[Told]) -> pa.ListArray:
    """One list a pair of what is `told` of it, in this order."""
    some = [part for part in told if part.number.any()]
    texts = pa.concat_arrays([NO_TEXTS, *(part.texts for part in some)])
    number = np.zeros((len(told[0].number), len(some)), np.int32)
    count, before = np.zeros(len(number), np.int32), 0
    for column, part in enumerate(some):
        is_told = part.number > 0
        count += is_told
        number[:, column] = (part.number + before) * is_told
        before += len(part.texts)
    ends = np.concatenate([np.zeros(1, np.int32), np.cumsum(count, dtype=np.int32)])
    places = number.ravel().take(np.flatnonzero(number)) - 1
    return pa.ListArray.from_arrays(pa.array(ends), texts.take(pa.array(places)))
