"""Tells what belongs to an order from what belongs to a line of it: totals that repeat, prices that do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xuanpin.pipelines.connect.recognition.evidence import OF_A_LINE, Evidence
from xuanpin.pipelines.connect.recognition.sample import Sample

SPEAKS_FOR, SPEAKS_AGAINST = 0.3, -1.2
"""What a relation adds to a pair: enough to prove a possible header; enough to undo a certain one."""
_FEWEST = 2
"""Rows or orders that must show a relation before it counts; one may be chance."""
_ALL_BUT_FEW = 0.95
"""Share of rows that must keep a relation: a few lines of an export are always odd (gifts, price changes)."""
CHANCE = 0.05
"""Probability up to which it is no accident that the lines of orders agree."""
_FEN = 0.011
"""Differences up to a fen are rounding."""


@dataclass(frozen=True)
class Lines:
    """The rows of an export of order lines: `order` the number of the order of each, `size` its number of rows."""

    sample: Sample
    order: Sequence[int]
    size: Sequence[int]

    def is_of_orders(self, at: int) -> bool:
        """Tell whether the column number `at` says the same, or speaks once, in every order of several lines."""
        cells = self.sample.cells(at)
        values: dict[int, list[str]] = {}
        for order, size, cell in zip(self.order, self.size, cells, strict=True):
            if size > 1:
                values.setdefault(order, []).append(cell)
        filled = [found for found in values.values() if any(found)]
        if len(filled) < _FEWEST or not all(_speaks_once(found) for found in filled):
            return False
        alike = [found for found in filled if len(set(found)) == 1]
        first = dict(zip(reversed(self.order), reversed(cells), strict=True))
        return len(alike) < len(filled) or chance_of_alike(list(first.values())) ** len(alike) <= CHANCE


def chance_of_alike(values: Sequence[str | None]) -> float:
    """Return how likely two orders have the same of these `values` by chance: where nearly all units are 1, so are
    those of the lines of one order."""
    counts = Counter(value for value in values if value)
    total = sum(counts.values())
    return sum(count * (count - 1) for count in counts.values()) / (total * (total - 1)) if total > 1 else 1.0


def _speaks_once(cells: Sequence[str]) -> bool:
    return len(set(cells)) == 1 or (bool(cells[0]) and not any(cells[1:]))


def lines_of(sample: Sample, order_at: int, line_at: Sequence[int] = ()) -> Lines:
    """Group the rows of a `sample` by the column number `order_at`; an empty cell continues the order above it.

    A row that is like an earlier one of its order in all columns `line_at` is that line, exported again: it stands
    alone.
    """
    numbers: dict[str, int] = {}
    order, last = list[int](), ""
    seen = set[tuple[str, ...]]()
    cells = zip(sample.cells(order_at), *(sample.cells(at) for at in line_at), strict=True)
    for place, (cell, *line) in enumerate(cells):
        last = cell or last
        is_again = bool(line) and (last, *line) in seen
        seen.add((last, *line))
        order.append(numbers.setdefault(f"{last}\0{place}" if is_again else last, len(numbers)))
    counts = [order.count(number) for number in range(len(numbers))] if len(order) < 200 else _counts(order)
    return Lines(sample, order, [counts[number] for number in order])


def _counts(order: Sequence[int]) -> list[int]:
    counts = [0] * (max(order) + 1)
    for number in order:
        counts[number] += 1
    return counts


def line_proof(evidence: Evidence) -> Mapping[tuple[int, str], float]:
    """Return what the rows of an export of order lines say for and against its columns of numbers and its ids."""
    if evidence.goods is not None:
        return {(at, column): SPEAKS_AGAINST for column in OF_A_LINE for at in _named(evidence, column)}
    order_at = evidence.at("order_id")
    if order_at is None:
        return {}
    line_at = [at for column in ("order_line_id", "sku_id") if (at := evidence.at(column)) is not None]
    lines = lines_of(evidence.sample, order_at, line_at)
    against = {
        (at, column): SPEAKS_AGAINST
        for column in OF_A_LINE
        for at in _named(evidence, column)
        if lines.is_of_orders(at) and _lines_differ(evidence, lines, at)
    }
    return {**_price_proof(evidence, against), **against}


def _named(evidence: Evidence, column: str) -> list[int]:
    place = evidence.place(column)
    return [at for at in range(len(evidence.sample.headers)) if evidence.header[at, place] > 0]


def _lines_differ(evidence: Evidence, lines: Lines, but: int) -> bool:
    """Tell whether lines of one order differ in what they sell, so that numbers of lines would differ too."""
    others = {at for column in (*OF_A_LINE, "sku_id", "order_line_id") for at in _named(evidence, column)} - {but}
    return any(not lines.is_of_orders(at) and not evidence.sample.profiles[at].is_empty for at in others)


def _price_proof(evidence: Evidence, against: Mapping[tuple[int, str], float]) -> Mapping[tuple[int, str], float]:
    """Return which columns are prices of one unit: times the quantity they are another amount of the line."""
    quantity_at = evidence.at("quantity")
    prices = [at for at in _named(evidence, "unit_price") if (at, "unit_price") not in against]
    amounts = [at for at in _named(evidence, "paid_amount") if (at, "paid_amount") not in against]
    if quantity_at is None or not amounts:
        return {}
    units = evidence.sample.numbers(quantity_at)
    proof: dict[tuple[int, str], float] = {}
    for price in prices:
        for amount in amounts:
            if price != amount and _is_unit_price(units, *(evidence.sample.numbers(at) for at in (price, amount))):
                proof[price, "unit_price"] = SPEAKS_FOR
                proof[price, "paid_amount"] = SPEAKS_AGAINST
    return proof


def _is_unit_price(
    units: Sequence[float | None], prices: Sequence[float | None], amounts: Sequence[float | None]
) -> bool:
    """Tell whether amounts are prices times units, or less and yet more than one unit's price where there are several.

    An amount that is less than price times units is one after a discount.
    """
    rows = [
        (unit, price, amount)
        for unit, price, amount in zip(units, prices, amounts, strict=True)
        if unit and price and amount and unit > 1
    ]
    if len(rows) < _FEWEST:
        return False
    within = sum(1 for unit, price, amount in rows if price + _FEN < amount <= unit * price + _FEN)
    return within >= _ALL_BUT_FEW * len(rows)
