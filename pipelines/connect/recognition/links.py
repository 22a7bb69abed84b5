"""Finds which column of one export names the rows of another: goods of an order, lines of a refund."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xuanpin.pipelines.connect.recognition.evidence import LEAST, Evidence
from xuanpin.pipelines.connect.recognition.lines import SPEAKS_AGAINST, SPEAKS_FOR
from xuanpin.pipelines.connect.recognition.values import Profile
from xuanpin.pipelines.contracts import source_contracts

Links = Mapping[tuple[int, int, str], float]
"""What links add to (export number, header number, column)."""
_BEYOND_CONTRACTS = (
    ("orders", "agent_id", "agents", "agent_id"),
    ("groups", "agent_id", "agents", "agent_id"),
    ("returns", "order_id", "orders", "order_id"),
)
"""References that hold wherever both tables come, which contracts do not demand."""
_OVERLAP = 0.5
"""Share of the different values of a column that stand in the other export, from which it refers to it; samples of two
large exports share less, and then say nothing."""
_FEWEST = 2
"""Different values that two columns must share."""
_KEY = 0.9
"""Different values a filled cell from which a column names the rows of its export: a number of goods that have several
SKUs does not."""
_IDS = 0.8
"""Share of codes and numbers from which a column under an unknown header may hold ids."""
_SHORTEST = 3
"""Signs of a value that is believed to be an id and not a number of small counts, which overlap by chance."""


@dataclass(frozen=True)
class Side:
    """One column (number `at`) of one export that may be one side of a reference."""

    export: int
    at: int
    evidence: Evidence

    @property
    def profile(self) -> Profile:
        """What its values look like."""
        return self.evidence.sample.profiles[self.at]

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that name the rows of its table."""
        return self.evidence.contract.key

    @property
    def weight(self) -> float:
        """What a link adds: more where the header says nothing, which then is a proposal and no proof."""
        return LEAST if self.evidence.is_unknown(self.at) else SPEAKS_FOR

    @property
    def values(self) -> frozenset[str]:
        """Its different values."""
        return self.evidence.sample.values(self.at)


def link_proof(chosen: Sequence[Evidence | None]) -> Links:
    """Return what the exports say of each other's columns; `chosen` has the evidence of each one's table, or None."""
    proof: dict[tuple[int, int, str], float] = {}
    for table, column, to_table, to_column in _references():
        for number in _of(chosen, table):
            here = list(_sides(chosen, number, column))
            there = [side for other in _of(chosen, to_table) for side in _sides(chosen, other, to_column)]
            for side, weight, name in _linked(here, there, column, to_column):
                key = (side.export, side.at, name)
                proof[key] = max(proof.get(key, weight), weight)
    return {**_against_others(chosen, proof), **proof}


def _against_others(chosen: Sequence[Evidence | None], proof: Links) -> Links:
    """Return what links say against the other columns that refer to something and that the same headers may mean."""
    referring = {(table, column) for table, column, _, _ in _references()}
    against: dict[tuple[int, int, str], float] = {}
    for (number, at, column), weight in proof.items():
        evidence = chosen[number]
        if evidence is None or weight < 0 or (evidence.contract.name, column) not in referring:
            continue
        for other in evidence.named(at):
            if (evidence.contract.name, other) in referring:
                against[number, at, other] = SPEAKS_AGAINST
    return against


def _references() -> list[tuple[str, str, str, str]]:
    declared = [
        (contract.name, column, table, to)
        for contract in source_contracts()
        for column, (table, to) in contract.references.items()
    ]
    return list(dict.fromkeys([*declared, *_BEYOND_CONTRACTS]))


def _of(chosen: Sequence[Evidence | None], table: str) -> list[int]:
    return [number for number, found in enumerate(chosen) if found is not None and found.contract.name == table]


def _sides(chosen: Sequence[Evidence | None], number: int, column: str) -> Iterator[Side]:
    """Yield the columns of an export whose header may mean `column`, and those of which nothing is known but ids."""
    evidence = chosen[number]
    if evidence is None or column not in evidence.contract.column_names:
        return
    place = evidence.place(column)
    for at, profile in enumerate(evidence.sample.profiles):
        is_id = evidence.is_unknown(at) and profile.share("id", "integer", "exponent") > _IDS
        if profile.counts and (evidence.header[at, place] > 0 or is_id):
            yield Side(number, at, evidence)


def _linked(
    here: Sequence[Side], there: Sequence[Side], column: str, to_column: str
) -> Iterator[tuple[Side, float, str]]:
    """Yield what the best link between two exports says for its two columns, and against others that nothing links."""
    strengths = {
        (side.export, side.at, other.export, other.at): _overlap(side, other) for side in here for other in there
    }
    pairs = [(side, other) for side in here for other in there if strengths[_key(side, other)] > 0]
    pairs = [
        (side, other) for side, other in pairs if other.profile.unique_share >= _KEY or to_column not in other.keys
    ]
    if not pairs:
        return
    best, target = max(pairs, key=lambda pair: _worth(pair, strengths[_key(*pair)], column, to_column))
    yield best, best.weight, column
    yield target, target.weight, to_column
    for side in here:
        if side.at != best.at and not any(strengths[_key(side, other)] > 0 for other in there if other != target):
            yield side, SPEAKS_AGAINST, column
    for other in there:
        is_beside = other.export == target.export and other.at != target.at
        if is_beside and not any(side.values & other.values for side in here):
            yield other, SPEAKS_AGAINST, to_column


def _key(side: Side, other: Side) -> tuple[int, int, int, int]:
    return side.export, side.at, other.export, other.at


def _overlap(side: Side, other: Side) -> float:
    """The share of a column's different values that stand in the other one; 0 where it is no proof."""
    values = side.values
    shared = values & other.values
    telling = [value for value in shared if len(value) >= _SHORTEST]
    if len(telling) < _FEWEST or len(shared) < _OVERLAP * len(values):
        return 0.0
    return len(shared) / len(values)


def _worth(pair: tuple[Side, Side], overlap: float, column: str, to_column: str) -> tuple[float, ...]:
    """Order links: the finest key first, then the largest overlap, then the better headers."""
    side, other = pair
    here = side.evidence.header[side.at, side.evidence.place(column)]
    there = other.evidence.header[other.at, other.evidence.place(to_column)]
    return (round(other.profile.unique_share, 1), round(overlap, 1), here + there, -side.at, -other.at)
