"""Weighs, for one export taken as one table, how much each header speaks for each column, and pairs them at best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from xuanpin.models.arrays import Flags, Floats
from xuanpin.pipelines.connect.recognition.dictionary import (
    POSSIBLE,
    SURE_HEADER,
    other_kind,
    refused_kind,
    strengths,
    tables_naming,
)
from xuanpin.pipelines.connect.recognition.fit import AGREES, CONTRADICTED, fit, known_share
from xuanpin.pipelines.connect.recognition.goods import goods_at
from xuanpin.pipelines.connect.recognition.names import readings
from xuanpin.pipelines.connect.recognition.near import near_strengths
from xuanpin.pipelines.connect.recognition.sample import Sample
from xuanpin.pipelines.connect.recognition.values import Profile
from xuanpin.pipelines.contracts import Contract, load_contract
from xuanpin.pipelines.contracts.sql import Column

LEAST = 0.35
"""A pair below this is none: less than half of what a header that may mean the column weighs."""
_BY_VALUES = 0.3
"""What values that fit add at most: never as much as lies between a certain and a possible header."""
_VALUES_ALONE = 0.4
"""What values weigh where the header says nothing and they can hardly be anything else."""
_CONTRADICTED_SHARE = 0.4
"""What is left of a header whose values contradict it: little enough that another header with right values wins."""
OF_A_LINE = ("quantity", "unit_price", "paid_amount")
"""Columns of order lines that some exports give for the whole order."""
_ONE_A_ROW = ("order_line_id", "message_id", "offer_id", "override_id")
"""Keys that stand once in an export; a return of several lines and a SKU with its past repeat theirs."""
_ENOUGH_ROWS, _MOSTLY_UNIQUE = 4, 0.8
"""Filled cells, and different values among them, from which a column is believed to repeat or not."""
_OWN_CODES = ("商家", "外部", "自定义", "货号", "seller", "merchant", "outer", "custom")
"""Words of headers of a shop's own codes, beside the ids that a platform gives."""
_SHARPNESS = 3
"""Power to which weights are raised before they are summed: one pair that is certain is better than two that may be."""
Proof = Mapping[tuple[int, str], float]
"""What relations add to (header number, column); negative where they speak against it."""


@dataclass(frozen=True)
class Evidence:
    """How much each header of a `sample` speaks for each column of `contract`, and the best pairs.

    `header` is the strength of the header alone, `values` the fit of values, `proof` what relations add; each an array
    of headers by columns.
    """

    sample: Sample
    contract: Contract
    header: Floats
    values: Floats
    proof: Floats
    alone: Floats = field(repr=False)

    @cached_property
    def total(self) -> Floats:
        """The weight of each pair."""
        named = self.header > 0
        contradicted = named & (self.values <= CONTRADICTED)
        weight = np.where(named, self.header + _BY_VALUES * self.values, self.alone)
        weight = np.where(contradicted, self.header * _CONTRADICTED_SHARE, weight)
        return weight + self.proof

    @cached_property
    def pairs(self) -> Mapping[int, str]:
        """The column of each header that has one, by the number of the header."""
        # It takes a fifth of a second to load, and whoever only looks headers up would wait for it.
        from scipy.optimize import linear_sum_assignment

        rows, columns = self.total.shape
        gain = np.where(self.total >= LEAST, self.total, 0.0) ** _SHARPNESS
        wide: Floats = np.hstack([gain, np.zeros((rows, rows))])
        taken = zip(*linear_sum_assignment(wide, maximize=True), strict=True)
        names = self.contract.column_names
        return {int(at): names[to] for at, to in taken if to < columns and gain[at, to] > 0}

    @cached_property
    def goods(self) -> int | None:
        """The number of the header whose cells hold all goods of an order, None where there is none."""
        is_of_orders = self.contract.name == "orders"
        return goods_at(self.sample, self.quantity) if is_of_orders else None

    @cached_property
    def is_of_heads(self) -> bool:
        """Whether these are orders without their goods: neither ids nor titles nor prices of one unit."""
        paired = set(self.pairs.values())
        if self.contract.name != "orders" or paired & {"sku_id", "unit_price"} or self.goods is not None:
            return False
        return not any("title" in strengths("products", header) for header in self.sample.headers)

    @cached_property
    def quantity(self) -> int | None:
        """The number of the header that names units best, whether of a line or of an order; None without one."""
        named = self.header[:, self.place("quantity")]
        return int(np.argmax(named)) if named.size and named.max() > 0 else None

    def at(self, column: str) -> int | None:
        """Return the number of the header that is paired with `column`, else None."""
        return next((number for number, name in self.pairs.items() if name == column), None)

    def named(self, at: int) -> dict[str, float]:
        """Return how strongly the header number `at` alone names each column that it may mean."""
        names = self.contract.column_names
        return {name: float(weight) for name, weight in zip(names, self.header[at], strict=True) if weight > 0}

    def is_unknown(self, at: int) -> bool:
        """Tell whether the header number `at` is in no dictionary and resembles none."""
        return is_unknown(self.sample.headers[at]) and not self.header[at].any()

    def place(self, column: str) -> int:
        """Return the number of a `column` in the contract."""
        return self.contract.column_names.index(column)


def weigh(sample: Sample, table: str) -> Evidence:
    """Weigh each header of a `sample` against each column of a source `table`, before relations."""
    contract = load_contract(table)
    shape = (len(sample.headers), len(contract.columns))
    header, values, alone = (np.zeros(shape) for _ in range(3))
    for at, text in enumerate(sample.headers):
        if refused_kind(text) is None:
            _weigh_header(sample, contract, at, text, (header[at], values[at], alone[at]))
    if table == "orders":
        _part_orders(sample, header, contract)
    return Evidence(sample, contract, header, values, np.zeros(shape), alone)


def _part_orders(sample: Sample, header: Floats, contract: Contract) -> None:
    """Let a plain order number be that of the line where another header is of the order above it, else never."""
    order, line = contract.column_names.index("order_id"), contract.column_names.index("order_line_id")
    is_main = np.array([_is_main_order(text) for text in sample.headers], dtype=bool)
    is_plain = (header[:, order] >= SURE_HEADER) & ~is_main
    header[is_plain, line] = SURE_HEADER - 0.01 if is_main.any() else 0.0
    if is_main.any():
        header[is_plain, order] = POSSIBLE


def _is_main_order(header: str) -> bool:
    """Tell whether a header is of the order above a line: a plain order number beside it is that of the line."""
    return any(word in reading for reading in readings(header) for word in ("主订单", "主单", "main order"))


def _weigh_header(sample: Sample, contract: Contract, at: int, text: str, rows: tuple[Floats, Floats, Floats]) -> None:
    """Fill one line of each array."""
    header, values, alone = rows
    named = strengths(contract.name, text)
    is_free = not named and is_unknown(text)
    named = named or (near_strengths(contract.name, text) if is_free else {})
    for number, column in enumerate(contract.columns):
        if column.audit_only:
            continue
        header[number] = named.get(column.name, 0.0)
        if is_free or column.name in named:
            values[number] = _fit(sample.profiles[at], contract, column)
        if is_free and not named:
            alone[number] = _by_values_alone(sample, contract, at, column.name, values[number])


def is_unknown(header: str) -> bool:
    """Tell whether a header is in no dictionary."""
    return other_kind(header) is None and refused_kind(header) is None and not tables_naming(header)


def _fit(profile: Profile, contract: Contract, column: Column) -> float:
    """How well values fit a column; what names each row of a table cannot repeat."""
    fitting = fit(profile, contract.name, column)
    is_repeated = profile.cell_count >= _ENOUGH_ROWS and profile.unique_share < _MOSTLY_UNIQUE
    return fitting - 1.0 if column.name in _ONE_A_ROW and is_repeated else fitting


def _by_values_alone(sample: Sample, contract: Contract, at: int, column: str, fitting: float) -> float:
    """What values say of a column whose header is unknown: words of one enumeration, or pictures."""
    if fitting < AGREES:
        return 0.0
    words = sample.profiles[at].share("chinese", "latin")
    if (
        contract.column(column).allowed
        and words > 0.9
        and known_share(sample.profiles[at], contract.name, column) > 0.8
    ):
        return _VALUES_ALONE
    return _VALUES_ALONE if column in ("image_url", "style_vector") and fitting > 0.8 else 0.0


def proven(evidence: Evidence, proof: Proof) -> Evidence:
    """Return the same evidence with what relations add."""
    added = evidence.proof.copy()
    for (at, column), weight in proof.items():
        added[at, evidence.place(column)] += weight
    return replace(evidence, proof=added)


def rivals(evidence: Evidence, at: int, column: str) -> Sequence[int]:
    """Return the numbers of other headers that speak for `column` nearly as much as the header number `at`.

    Two headers that each name it with certainty are rivals however their values fit, unless these contradict one.
    """
    place = evidence.place(column)
    total, headers = evidence.total[:, place], evidence.sample.headers
    is_certain = (evidence.header[:, place] >= SURE_HEADER) & (total >= SURE_HEADER)
    close = np.flatnonzero(is_certain | (total >= total[at] - 0.1) | _is_other_code(evidence, at, column))
    free = [int(other) for other in close if other != at and evidence.pairs.get(int(other)) is None]
    return [other for other in free if not is_shorter(headers[other], headers[at])]


def _is_other_code(evidence: Evidence, at: int, column: str) -> Flags:
    """Tell which headers are of a shop's own code of a SKU where the header number `at` is of the platform's id of it.

    Either may be what goods and orders have in common; only the other exports can say.
    """
    headers = evidence.sample.headers
    if column != "sku_id" or not any(reading.endswith("id") for reading in readings(headers[at])[:1]):
        return np.zeros(len(headers), dtype=bool)
    own = [any(word in reading for reading in readings(header)[:1] for word in _OWN_CODES) for header in headers]
    return np.array(own, dtype=bool) & (evidence.header[:, evidence.place(column)] > 0)


def is_shorter(header: str, longer: str) -> bool:
    """Tell whether a header is the beginning of a `longer` one that says more, as 供应商 is of 供应商编号."""
    mine, others = readings(header), readings(longer)
    return bool(mine and others) and others[0] != mine[0] and others[0].startswith(mine[0])
