"""What is left of each SKU of a list date once agents have answered: matches, declined ones, and alternates taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import pyarrow as pa

from xuanpin.models.matching.first_served import FirstServed, Pair
from xuanpin.pipelines import run_store
from xuanpin.pipelines.answers.ground import Ground
from xuanpin.pipelines.answers.spoken import TAKEN, Match, Spoken, known_tonight, standing, waiting
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

SAID = pa.schema(
    [("agent_id", pa.string()), ("sku_id", pa.string()), ("is_declined", pa.bool_()), ("units", pa.int64())]
)
OTHERS_TOLD = 3
"""Other SKUs that a refusal names."""


def served(home: Home, run: run_store.CurrentRun, answers: Sequence[Spoken], sku_ids: Collection[str]) -> FirstServed:
    """Return the stock of some SKUs (`sku_ids`) as the list of `run` offered them and `answers`, in their order, have
    used them."""
    found = _offered(home, run, sku_ids)
    for answer in answers:
        found.hear(answer.key[1:], answer.is_taken)
    return found


def said_since(home: Home, run: run_store.CurrentRun, list_date: date) -> pa.Table:
    """Return what agents have said since `run` was made, as files of the home tell, up to a later `list_date`.

    A row is an agent's last word on a SKU: whether she declines it, and the units that she holds of it where she has
    swapped it in for that very list date. The warehouse is not opened.
    """
    base = date.fromisoformat(run.list_date)
    answers = waiting(home, [base + timedelta(days) for days in range((list_date - base).days + 1)])
    of_base = [answer for answer in answers if answer.key[0] == base] if list_date == base else []
    swapped = served(home, run, of_base, {answer.key[2] for answer in of_base}).swapped() if of_base else {}
    last = {answer.key[1:]: answer.said[0] for answer in sorted(answers, key=lambda answer: answer.key[0])}
    rows = [(*pair, said == "declined", swapped.get(pair, 0)) for pair, said in sorted(last.items())]
    return pa.Table.from_pylist([dict(zip(SAID.names, row, strict=True)) for row in rows], schema=SAID)


def over_stock(night: Night) -> tuple[int, list[Pair]]:
    """Return how many have swapped in a SKU for the list dates of which the night hears something new, and who went
    over.

    Those are agents who hold no unit, because none was left when they took the SKU: a platform's own desk refuses
    nobody.
    """
    swapped = night.engine.select("swapped_skus", as_of_date=night.as_of_date).to_pylist()
    seen, over = 0, []
    for list_date in sorted({row["list_date"] for row in swapped}):
        run = run_store.current_run(night.home, list_date)
        if run is not None:
            skus = {row["sku_id"] for row in swapped if row["list_date"] == list_date}
            answers = [answer for answer in known_tonight(night, {list_date}) if answer.key[2] in skus]
            held, taken = served(night.home, run, answers, skus), standing(answers)
            pairs = [key[1:] for key, said in taken.items() if said[0] in TAKEN and held.offers(key[1:])]
            seen += len(pairs)
            over += sorted(pair for pair in pairs if pair not in held.held())
    return seen, over


@dataclass(frozen=True)
class Unserved:
    """Say why an answer cannot be taken: `told` in a sentence; `none_left` where the list offers her the SKU and no
    unit is left, and then `instead`, alternates of hers that are."""

    told: Phrase
    none_left: bool = False
    instead: tuple[str, ...] = ()


def unserved(ground: Ground, list_date: date, answers: Mapping[Match, str]) -> dict[Match, Unserved]:
    """Return why new answers on one list date cannot be taken, by what they answer to, as far as `ground` knows.

    What is accepted has to be offered to the agent by the current list, and to have a unit left for her. Nothing is
    refused where the list date shows no list.
    """
    run = run_store.current_run(ground.home, list_date)
    if run is None or not any(said in TAKEN for said in answers.values()):
        return {}
    skus = {key[2] for key in answers}
    found = served(ground.home, run, ground.spoken({list_date}, skus), skus)
    faults = {}
    for key in sorted(answers, key=lambda key: (answers[key] in TAKEN, key)):
        if answers[key] == "accepted" and not found.offers(key[1:]):
            faults[key] = Unserved(
                phrase(
                    "accepted, but neither a match nor an alternate of hers on the list that {list_date} shows now; a "
                    "SKU that she proposes herself is an own_pick",
                    list_date=list_date,
                )
            )
        elif not found.hear(key[1:], answers[key] in TAKEN):
            faults[key] = _none_left(ground, run, key)
    return faults


def _none_left(ground: Ground, run: run_store.CurrentRun, key: Match) -> Unserved:
    """Say that no unit of the SKU is left, and which of the agent's alternates still are."""
    (row,) = run_store.read_table(ground.home, run, "sku_list", ["sku_id", "sellable_units"], sku_id=key[2]).to_pylist()
    left = units_left(ground, run, [sku for sku in _swaps_of(ground.home, run, key[1]) if sku != key[2]])
    open_skus = tuple(sku for sku, units in left.items() if units > 0)[:OTHERS_TOLD]
    instead = (
        phrase("she could take {skus} instead", skus=joined(open_skus))
        if open_skus
        else phrase("none of her alternates is left either")
    )
    told = phrase(
        "no unit of {sku_id} is left, all {count} are reserved or taken; {instead}",
        sku_id=key[2],
        count=row["sellable_units"],
        instead=instead,
    )
    return Unserved(told, none_left=True, instead=open_skus)


def _swaps_of(home: Home, run: run_store.CurrentRun, agent_id: str) -> list[str]:
    """Return the SKUs that a `run` offers an agent instead of her matches, best first."""
    mine = run_store.read_table(home, run, "agent_alternates", agent_id=agent_id).sort_by("alternate_rank")
    skus: list[str] = mine["sku_id"].to_pylist()
    return skus


def units_left(ground: Ground, run: run_store.CurrentRun, sku_ids: Sequence[str]) -> dict[str, int]:
    """Return the units of some SKUs (`sku_ids`) of a `run` that nobody holds, in their order."""
    said = ground.spoken({date.fromisoformat(run.list_date)}, sku_ids)
    left = {sku: FirstServed(*_offer_of(ground.home, run, sku)) for sku in sku_ids}
    for answer in said:
        left[answer.key[2]].hear(answer.key[1:], answer.is_taken)
    return {sku: found.left(sku) for sku, found in left.items()}


Offer = tuple[Mapping[str, int], Mapping[Pair, int], Mapping[Pair, int]]
"""Sellable units by SKU, and the units that each match reserves and each alternate would take."""


@lru_cache(maxsize=128)
def _offer_of(home: Home, run: run_store.CurrentRun, sku_id: str) -> Offer:
    """Return what a `run` offers of one SKU, kept for pages that ask again and again."""
    return _offer(home, run, [sku_id])


def _offered(home: Home, run: run_store.CurrentRun, sku_ids: Collection[str]) -> FirstServed:
    return FirstServed(*_offer(home, run, sku_ids))


def _offer(home: Home, run: run_store.CurrentRun, sku_ids: Collection[str]) -> Offer:
    def rows(table: str, *columns: str) -> pa.Table:
        return run_store.read_rows_among(home, run, table, [*columns], sku_id=sorted(sku_ids))

    units = rows("sku_list", "sku_id", "sellable_units")
    matches = rows("agent_matches", "agent_id", "sku_id", "units_reserved")
    swaps = rows("agent_alternates", "agent_id", "sku_id", "expected_kept_units")
    wanted = [max(1, int(kept)) for kept in swaps["expected_kept_units"].to_pylist()]
    return (
        dict(zip(units["sku_id"].to_pylist(), units["sellable_units"].to_pylist(), strict=True)),
        dict(zip(_pairs(matches), matches["units_reserved"].to_pylist(), strict=True)),
        dict(zip(_pairs(swaps), wanted, strict=True)),
    )


def _pairs(rows: pa.Table) -> list[Pair]:
    return list(zip(rows["agent_id"].to_pylist(), rows["sku_id"].to_pylist(), strict=True))
