"""Which SKUs to post together: a slate is chosen as a set, because a SKU sells partly at the cost of the others.

With visits T, attraction v (buying nothing = 1), unit value w per unit sold and a price c per unit of stock, a posted
set S sells q_s = T v_s / (1 + sum v) of each SKU, takes max(m, q_s) of its stock (m: least reservation) and earns sum
q_s w_s - c_s max(m, q_s). Each round ranks SKUs by the linearised gain q (w - r) - c max(m, q), r being what a visit of
the present slate earns, and the best slate seen is kept: no slate is worse than the one chosen SKU by SKU. For m = 0
the rounds are Dinkelbach's method (1967) and end at the best slate of all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xuanpin.models.arrays import Flags, Ints, Singles
from xuanpin.models.choosing import choose

BLOCKED = np.float32(-1e9)
"""Gain of a SKU that an agent may not be matched with; far below any real gain (net kept units)."""


@dataclass(frozen=True)
class Block:
    """Agents × listed SKUs: everything that decides slates.

    visits: per agent and day; attraction: relative to buying nothing (1); unit_value: net kept units per unit sold;
    allowed: hard persona rules and stock; slots: SKUs that an agent takes; floor: slots that are filled whatever the
    stock price; least: units of stock that a match takes at least; category_code: category of each SKU, per SKU or
    agent by agent; category_cap: most slots of one category, per agent; is_repeat: matched with her yesterday;
    repeat_cap: most slots of those, per agent.
    """

    visits: Singles
    attraction: Singles
    unit_value: Singles
    allowed: Flags
    slots: Ints
    floor: Ints
    least: float
    category_code: Ints
    category_cap: Ints
    is_repeat: Flags
    repeat_cap: Ints

    def category_codes_of(self, sku: Ints) -> Ints:
        """Return the category codes of SKU columns, agent by agent."""
        return self.category_code[sku] if self.category_code.ndim == 1 else at_columns(self.category_code, sku)


PER_SKU = ("attraction", "unit_value", "allowed", "is_repeat")
"""Fields of a block that have a column per SKU, beside `category_code`."""
SORTED_WHOLE = 64
"""Columns of a row up to which sorting all of them takes less time than finding the highest before."""
COLUMNS_PER_SLOT = 4
"""SKUs per slot among which a slate is chosen; 3 instead of 4 costs 0.8 % of the value of slates under prices."""


@dataclass(frozen=True)
class SlateState:
    """What a slate leaves to its next SKU, per agent: earning per visit at present stock prices (net kept units),
    and load, 1 + total attraction."""

    earning: Singles
    load: Singles


@dataclass(frozen=True)
class Slates:
    """Slots of a block, best gain first: SKU column or -1 where a slot stays open, and the gain it was chosen by."""

    sku: Ints
    gain: Singles


def at_columns(values: NDArray[Any], column: Ints) -> NDArray[Any]:
    """Return values (rows × columns) at some columns of each row (`column`), as np.take_along_axis does, in half the
    time."""
    flat = column + np.arange(0, values.size, values.shape[1])[:, None]
    return np.ascontiguousarray(values).ravel().take(flat)


def additive_gain(block: Block, price: Singles) -> Singles:
    """Return the gain of each SKU (agents × SKUs) beside an average slate, whatever the agent's other slots hold.

    `price` is per unit of stock, one a SKU.
    """
    return marginal_gain(block, price, SlateState(np.zeros(len(block.visits), np.float32), typical_load(block)))


def typical_load(block: Block) -> Singles:
    """Return 1 + total attraction of an average permitted slate of each agent's size (agents)."""
    permitted = choose(block.allowed, block.attraction, np.float32(0))
    mean = permitted.sum(axis=1) / np.maximum(np.count_nonzero(block.allowed, axis=1), 1)
    return np.asarray(1.0 + mean * block.slots, dtype=np.float32)


def marginal_gain(block: Block, price: Singles, state: SlateState) -> Singles:
    """Return the gain of each SKU beside a slate in the given state (agents × SKUs, net kept units).

    BLOCKED where a hard rule forbids the SKU. `price` is per unit of stock: one a SKU, or agents × SKUs.
    """
    sold = (block.visits / state.load)[:, None] * block.attraction
    gain = block.unit_value - state.earning[:, None]
    gain *= sold
    np.maximum(sold, np.float32(block.least), out=sold)
    sold *= price
    gain -= sold
    return choose(block.allowed, gain, BLOCKED, out=gain)


def additive_slates(block: Block, price: Singles) -> Slates:
    """Return the best slates at a `price` per unit of stock when each SKU is judged by itself."""
    return best_slates(block, additive_gain(block, price))


def set_aware_slates(block: Block, price: Singles, rounds: int = 3) -> Slates:
    """Return the best slates as sets at a `price` per unit of stock; in the model's own expectation never worse than
    additive_slates.

    Up to `rounds` rounds look at the COLUMNS_PER_SLOT · slots SKUs of highest additive gain (Dinkelbach 1967).
    """
    gain = additive_gain(block, price)
    column, near = _nearest(block, gain, COLUMNS_PER_SLOT * int(block.slots.max(initial=1)))
    near_price = price[column]
    best = best_slates(near, at_columns(gain, column))
    best_value, state = evaluate_slates(near, best, near_price)
    for _ in range(rounds):
        current = best_slates(near, marginal_gain(near, near_price, state))
        value, state = evaluate_slates(near, current, near_price)
        better = value > best_value
        if not better.any():
            break
        best = Slates(
            np.where(better[:, None], current.sku, best.sku), np.where(better[:, None], current.gain, best.gain)
        )
        best_value = np.maximum(value, best_value)
    sku = np.where(best.sku >= 0, at_columns(column, np.maximum(best.sku, 0)), -1)
    return Slates(sku, best.gain)


def _nearest(block: Block, gain: Singles, width: int) -> tuple[Ints, Block]:
    """The SKUs of highest gain, agent by agent: their columns, ascending, and the block of them alone."""
    column = highest_columns(gain, min(width, gain.shape[1]))
    fields: dict[str, Any] = {name: at_columns(getattr(block, name), column) for name in PER_SKU}
    return column, replace(block, category_code=block.category_codes_of(column), **fields)


def of_columns(block: Block, columns: Ints) -> Block:
    """Return the block of some SKU `columns` alone, the same ones for all agents."""
    fields: dict[str, Any] = {name: getattr(block, name).take(columns, axis=1) for name in PER_SKU}
    return replace(block, category_code=block.category_code[..., columns], **fields)


def highest_columns(values: Singles, count: int) -> Ints:
    """Return the columns of the `count` highest values of each row, ascending; ties go to the first columns.

    A threshold per row and a mask take half the time of np.argpartition, and sorting rows of floats less than
    partitioning them.
    """
    starts = np.arange(0, values.size + 1, values.shape[1])
    least = np.sort(values, axis=1)[:, values.shape[1] - count, None]
    kept = values >= least
    # One axis is searched four times as fast as two.
    found = np.flatnonzero(kept)
    if len(found) > len(values) * count:
        spare = np.diff(np.searchsorted(found, starts)) - count
        tied = np.flatnonzero(spare)
        equal = values[tied] == least[tied]
        nth = equal.cumsum(axis=1)
        kept[tied] &= ~equal | (nth <= nth[:, -1:] - spare[tied, None])
        found = np.flatnonzero(kept)
    return found.reshape(len(values), count) - starts[:-1, None]


def evaluate_slates(block: Block, chosen: Slates, price: Singles) -> tuple[Singles, SlateState]:
    """Return the net kept units expected of each of the slates `chosen` less the `price` of its stock (agents), and
    the state that it leaves."""
    attraction, unit_value = values_at(block.attraction, chosen.sku), values_at(block.unit_value, chosen.sku)
    load = np.asarray(1.0 + attraction.sum(axis=1), dtype=np.float32)
    sold = (block.visits / load)[:, None] * attraction
    cost = np.where(
        chosen.sku >= 0, price[np.maximum(chosen.sku, 0)] if price.ndim == 1 else values_at(price, chosen.sku), 0
    )
    value = (sold * unit_value - cost * np.maximum(sold, np.float32(block.least))).sum(axis=1)
    earning = (attraction * (unit_value - np.where(sold > block.least, cost, np.float32(0)))).sum(axis=1) / load
    return value.astype(np.float32), SlateState(earning.astype(np.float32), load)


def slate_bound(block: Block, chosen: Slates, price: Singles) -> float:
    """Return more than any permitted slates of these agents could earn at these stock prices, whatever stock a match
    takes.

    With r the earning per visit of the chosen slate and g = max over slates of sum v (w - price - r) - r, no slate
    earns more than r + g a visit, because g falls by at least 1 as r rises by 1. Caps other than slots are left out.
    """
    _, state = evaluate_slates(replace(block, least=0.0), chosen, price)
    ratio = np.maximum(state.earning, 0)
    earned = block.unit_value - price
    earned -= ratio[:, None]
    earned *= block.attraction
    gain = choose(block.allowed, earned, np.float32(0), out=earned)
    most = min(int(block.slots.max(initial=0)), gain.shape[1])
    best = np.maximum(_highest(gain, most), 0)
    counted = np.arange(best.shape[1]) < block.slots[:, None]
    beyond = np.maximum(np.where(counted, best, 0).sum(axis=1) - ratio, 0)
    return float((block.visits * (ratio + beyond)).sum(dtype=np.float64))


def _highest(values: Singles, count: int) -> Singles:
    """The `count` highest values of each row, the highest first."""
    return np.sort(values, axis=1)[:, ::-1][:, :count]


def stock_per_slot(block: Block, chosen: Slates) -> Singles:
    """Return the units of stock that each chosen slot takes beside the others, 0 where a slot stays open."""
    attraction = values_at(block.attraction, chosen.sku)
    sold = (block.visits / (1.0 + attraction.sum(axis=1)))[:, None] * attraction
    return np.where(chosen.sku >= 0, np.maximum(sold, block.least), 0).astype(np.float32)


def values_at(values: Singles, sku: Ints) -> Singles:
    """Return the values (agents × SKUs) of the chosen SKUs (`sku`, -1 where a slot stays open), 0 where it does."""
    return np.where(sku >= 0, at_columns(values, np.maximum(sku, 0)), np.float32(0))


def best_slates(block: Block, gain: Singles) -> Slates:
    """Return the slots of highest gain within the caps: those that gain, and below the floor also those that cost.

    Ties go to the SKU that comes first on the list.
    """
    sku = best_columns(gain, min(gain.shape[1], 2 * int(block.slots.max(initial=1))))
    value = at_columns(gain, sku)
    fits = value > BLOCKED / 2
    fits &= _within(block.category_codes_of(sku), fits, block.category_cap)
    fits &= _within_flag(at_columns(block.is_repeat, sku), fits, block.repeat_cap)
    place = np.cumsum(fits, axis=1, dtype=np.int64)
    fits &= (place <= block.slots[:, None]) & ((value > 0) | (place <= block.floor[:, None]))
    return _packed(sku, value, fits, place, int(block.slots.max(initial=1)))


def best_columns(values: Singles, count: int) -> Ints:
    """Return the columns of the `count` highest values of each row, the highest first, ties in their order."""
    if values.shape[1] <= SORTED_WHOLE:
        return _falling_order(values)[:, :count]
    highest = highest_columns(values, count)
    return at_columns(highest, _falling_order(at_columns(values, highest)))


def _falling_order(value: Singles) -> Ints:
    """Return the columns of each row from the highest value to the lowest, ties in their order.

    The bits of a float, its sign aside, stand in the order of the floats; with the column behind them plain integers
    are sorted, in a fifth of the time of a stable np.argsort.
    """
    bits = (np.float32(0) - value).view(np.int32)
    keys = (bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))).astype(np.int64) << 32
    keys |= np.arange(value.shape[1])
    keys.sort(axis=1)
    return np.asarray(keys & 0xFFFFFFFF)


def _packed(sku: Ints, gain: Singles, fits: Flags, place: Ints, slots: int) -> Slates:
    """The columns that fit, side by side; `place` counts them from 1."""
    chosen = np.flatnonzero(fits)
    filled = chosen // fits.shape[1] * slots + place.ravel().take(chosen) - 1
    packed, kept = np.full((len(fits), slots), -1), np.zeros((len(fits), slots), np.float32)
    packed.ravel()[filled], kept.ravel()[filled] = sku.ravel().take(chosen), gain.ravel().take(chosen)
    return Slates(packed, kept)


def _within(group: Ints, fits: Flags, cap: Ints) -> Flags:
    """Columns in order of gain: which stay when each category may fill at most `cap` slots of a row."""
    kept = np.ones(group.shape, dtype=bool)
    rows, groups = group.shape[0], int(group.max(initial=0)) + 1
    cell = np.arange(0, rows * groups, groups)[:, None] + group
    count = np.bincount(cell.ravel().take(np.flatnonzero(fits)), minlength=rows * groups).reshape(rows, groups)
    row, crowded = np.divmod(np.flatnonzero(count > cap[:, None]), groups)
    for code in np.unique(crowded):
        rows_of_code = row[crowded == code]
        own = fits[rows_of_code] & (group[rows_of_code] == code)
        kept[rows_of_code] &= ~own | (np.cumsum(own, axis=1) <= cap[rows_of_code, None])
    return kept


def _within_flag(flag: Flags, fits: Flags, cap: Ints) -> Flags:
    """The same for those with a `flag`."""
    flagged = flag & fits
    crowded = np.flatnonzero(np.count_nonzero(flagged, axis=1) > cap)
    kept = np.ones(flag.shape, dtype=bool)
    kept[crowded] = ~flag[crowded] | (np.cumsum(flagged[crowded], axis=1) <= cap[crowded, None])
    return kept
