"""What the reasons of matches quote, as few different texts that pairs of agents and SKUs point to.

A platform has millions of matches and some thousand different things to say of them: texts are written once each, and
what a million agents have is their numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from xuanpin.models.arrays import BY_AGENT, Codes, Floats, Ints
from xuanpin.models.sparse_rows import dense_rows
from xuanpin.pipelines.choice_model.columns import doubles, integers, rows_of
from xuanpin.pipelines.choice_model.lineup import Lineup
from xuanpin.pipelines.context import Night

QUOTED_UNITS = 5
"""Units of a category that an agent's groups must have got before the share they kept is quoted to her."""
QUOTED_ANSWERS = 3
"""SKUs of a category that an agent must have taken before that is quoted to her."""
Found = tuple[pa.Table, pa.Table, pa.Table]
"""Rows of int_agent_personas, int_listed_skus and int_listed_orders."""
PRICE_RULES = ("price_at_least", "price_at_most", "price_in_band")
"""Codes of reasons that quote a price, by the limits that an agent has set: the lowest, the highest, both."""


class Told(NamedTuple):
    """What one kind of reason says of pairs of agents and SKUs: the `number` of each pair's text among the `texts`,
    counted from 1, 0 where it says nothing."""

    number: Codes
    texts: pa.Array


@dataclass(frozen=True)
class Quoted:
    """Texts about agents and SKUs, or categories of SKUs.

    number (agents × columns): of the text in `texts`, counted from 1; no cell where there is none.
    """

    number: sp.csr_array = field(metadata=BY_AGENT)
    texts: pa.Array

    def of(self, rows: Ints, place: Ints, column: Ints) -> Told:
        """Return what is quoted of pairs: `place` is that of the agent of each pair among the agents at `rows`,
        `column` is hers."""
        number = dense_rows(self.number, rows).ravel().take(place * self.number.shape[1] + column)
        return Told(number, self.texts)


@dataclass(frozen=True)
class Quotes:
    """What reasons quote, agents and SKUs as in the lineup.

    kept and liked: what an agent's groups kept of a category and what she took of it, agents × categories; bought: what
    her groups ordered, agents × SKUs; rule: her row of `prices` (PRICE_RULES × SKUs, flat), -1 without one, and
    `bounds` her limits; shelf_hours (SKUs): hours that each keeps, NaN for what does not perish; waiting_hours
    (agents): hours until her groups have picked up nearly all, NaN where that is not known.
    """

    kept: Quoted
    liked: Quoted
    bought: Quoted
    rule: Ints = field(metadata=BY_AGENT)
    bounds: pa.Array = field(metadata=BY_AGENT)
    prices: pa.Array
    shelf_hours: Floats
    waiting_hours: Floats = field(metadata=BY_AGENT)


def read_quotes(night: Night, lineup: Lineup, found: Found, kept: pa.Table) -> Quotes:
    """Read what the reasons of a `lineup` quote.

    `found` are the rows that it was made of, `kept` those of int_kept_categories. Reads night.int_answer_history,
    stg_products, int_perishables and int_agent_waiting.
    """
    people, listed, orders = found
    liked = night.engine.select("int_liked_categories", quoted_answers=QUOTED_ANSWERS)
    rule, bounds = _price_rules(people)
    perishable, waiting = night.engine.read("night.int_perishables"), night.engine.read("night.int_agent_waiting")
    return Quotes(
        kept=_quoted(lineup, kept, ("delivered_units", "returned_units"), _kept_text),
        liked=_quoted(lineup, liked, ("taken", "answered"), _liked_text),
        bought=_bought(lineup, orders),
        rule=rule,
        bounds=bounds,
        prices=_prices(lineup, listed),
        shelf_hours=_values_of(lineup.sku_ids, perishable["sku_id"], doubles(perishable, "shelf_hours")),
        waiting_hours=_values_of(lineup.agent_ids, waiting["agent_id"], doubles(waiting, "upper_hours")),
    )


def category_codes(lineup: Lineup) -> tuple[list[str], Ints]:
    """Return the categories of a lineup's SKUs in their order, and the place among them of that of each SKU."""
    words, code = np.unique(np.array(lineup.categories, dtype=str), return_inverse=True)
    return words.tolist(), code.astype(np.int64)


def decimals(values: Floats, places: int) -> Ints:
    """Return numbers (`values`) in units of their last decimal of so many `places`, halves away from zero: as a cast to
    a decimal has them."""
    scaled = values * 10.0**places
    whole = np.trunc(scaled)
    return np.asarray(whole + np.trunc(2.0 * (scaled - whole)), dtype=np.int64)


def decimal_text(number: int, places: int) -> str:
    """Write a `number` of `decimals` with its point and so many `places`."""
    return f"{number // 10**places}.{number % 10**places:0{places}d}"


def _quoted(lineup: Lineup, rows: pa.Table, figures: tuple[str, str], text: Callable[[str, int, int], str]) -> Quoted:
    """Texts of agents and categories by two `figures` of each of the `rows`."""
    words, _ = category_codes(lineup)
    agent, column = lineup.agent_rows(rows["agent_id"]), rows_of(pa.array(words, pa.string()), rows["category"])
    some = np.flatnonzero((agent >= 0) & (column >= 0))
    told, shape = [word.replace(",", " ") for word in words], (len(lineup.agent_ids), len(words))
    first, second = (integers(rows.select(figures).take(pa.array(some)), name) for name in figures)
    sizes = int(first.max(initial=0)) + 1, int(second.max(initial=0)) + 1
    coded = pa.array((column[some] * sizes[0] + first) * sizes[1] + second).dictionary_encode()
    place, b = np.divmod(coded.dictionary.to_numpy(), sizes[1])
    place, a = np.divmod(place, sizes[0])
    texts = [text(told[c], x, y) for c, x, y in zip(place.tolist(), a.tolist(), b.tolist(), strict=True)]
    return _numbered(shape, (agent[some], column[some]), coded.indices, texts)


def _numbered(shape: tuple[int, int], cells: tuple[Ints, Ints], number: pa.Array, texts: list[str]) -> Quoted:
    counted = (number.to_numpy() + 1).astype(np.int32)
    return Quoted(sp.csr_array((counted, cells), shape=shape), pa.array(texts, pa.string()))


def _kept_text(category: str, delivered: int, returned: int) -> str:
    (kept,) = decimals(np.array([(delivered - returned) / delivered]), 2).tolist()
    return f"kept_share:category={category},kept={decimal_text(kept, 2)},units={delivered}"


def _liked_text(category: str, taken: int, answered: int) -> str:
    return f"like_taken:category={category},taken={taken},answered={answered}"


def _bought(lineup: Lineup, orders: pa.Table) -> Quoted:
    agent, sku = lineup.agent_rows(orders["agent_id"]), lineup.sku_rows(orders["sku_id"])
    known = np.flatnonzero((agent >= 0) & (sku >= 0))
    coded = pa.array(integers(orders, "ordered_units")[known]).dictionary_encode()
    texts = [f"bought_before:units={units}" for units in coded.dictionary.to_pylist()]
    shape = (len(lineup.agent_ids), len(lineup.sku_ids))
    return _numbered(shape, (agent[known], sku[known]), coded.indices, texts)


def _price_rules(people: pa.Table) -> tuple[Ints, pa.Array]:
    """The row of PRICE_RULES of each agent, -1 without one, and her limits as they are quoted, empty without."""
    has_least, has_most = (pc.is_valid(people[name]).to_numpy() for name in ("price_min", "price_max"))
    bounds = pc.binary_join_element_wise(
        pc.fill_null(pc.binary_join_element_wise(",min=", people["price_min"].cast(pa.string()), ""), ""),
        pc.fill_null(pc.binary_join_element_wise(",max=", people["price_max"].cast(pa.string()), ""), ""),
        "",
    )
    return has_least + 2 * has_most.astype(np.int64) - 1, bounds.combine_chunks()


def _prices(lineup: Lineup, listed: pa.Table) -> pa.Array:
    """PRICE_RULES × SKUs, flat: each rule with the price of each SKU."""
    price = listed["list_price"].take(pa.array(rows_of(listed["sku_id"], pa.chunked_array([lineup.sku_ids]))))
    shown = price.cast(pa.decimal128(12, 2)).cast(pa.string()).to_pylist()
    return pa.array([f"{rule}:price={text}" for rule in PRICE_RULES for text in shown], pa.string())


def _values_of(keys: pa.Array, known: pa.ChunkedArray, values: Floats) -> Floats:
    """The value of each of the `keys`, NaN where it is not `known`."""
    at = rows_of(known, pa.chunked_array([keys]))
    return np.where(at >= 0, np.append(values, np.nan)[at], np.nan)
