"""Refuses drops whose ids a spreadsheet has damaged: one id would then name several things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.drops import file_refused
from xuanpin.pipelines.ingest.notes import Notes, nothing_kept
from xuanpin.pipelines.ingest.privacy import HASHED_IDS
from xuanpin.pipelines.ingest.statements.ids import damaged_ids, id_suspicions, key_repeats, shared_keys
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

FIXED: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "sku_id"),
    "returns": ("requested_at",),
    "chat_messages": ("group_id", "sent_at"),
}
"""Columns that all versions of one key agree in; a return may have several lines, all asked for at one time."""
FEWEST_CUT, FEWEST_ZEROS = 3, 9
"""Distinct long numbers, and zeros at their ends in all, from which chance is no explanation."""
_CURE = phrase(
    "a spreadsheet has changed them: export the file from the system itself, or format the column as "
    "text before the file is opened there"
)


def refuse_damaged_ids(engine: Engine, contract: Contract, bad_share: float, notes: Notes) -> None:
    """Raise InputRefused, naming file, column, count and up to three ids, where incoming ids are damaged.

    Ids are damaged where more than `bad_share` of a drop's rows have an exponent (1.23E+11) for one, where all its
    numbers of more than fifteen digits end in zeros, and where more than `bad_share` of the rows share a key with rows
    of another order, SKU or the like; fewer of the last are noted.
    """
    names = [column.name for column in contract.columns if column.is_id]
    suspected = engine.query(id_suspicions(names)).to_pylist()[0]
    for name in names:
        for found in engine.query(damaged_ids(name)).to_pylist() if suspected[name] else ():
            for damage in _damages(found, bad_share):
                examples = _such_as(contract, name, found["ids"])
                problem = phrase(
                    "has {damage} in column {column}{examples}", damage=damage, column=name, examples=examples
                )
                raise file_refused(contract.name, found["drop_path"], problem, _CURE)
    _check_keys(engine, contract, bad_share, notes)


def _damages(found: Mapping[str, Any], bad_share: float) -> Iterator[Phrase]:
    if found["exponents"] > bad_share * found["row_count"]:
        yield phrase("exponents for ids in {bad} of {rows} rows", bad=found["exponents"], rows=found["row_count"])
    if found["cut"] >= FEWEST_CUT and found["zeros"] >= FEWEST_ZEROS and not found["whole"]:
        yield phrase("{count} ids of more than 15 digits, all of which end in zeros,", count=found["cut"])


def _such_as(contract: Contract, name: str, ids: list[str]) -> Phrase:
    return NOTHING if name in HASHED_IDS.get(contract.name, ()) else phrase(", such as {ids}", ids=joined(ids))


def _check_keys(engine: Engine, contract: Contract, bad_share: float, notes: Notes) -> None:
    fixed = FIXED.get(contract.name)
    if fixed is None:
        return
    counted = engine.query(key_repeats(contract)).to_pylist()[0]
    # Counting every key exactly costs as much as reading the drop; ids that collapse leave far fewer keys than rows.
    if counted["keys"] >= 0.9 * counted["row_count"]:
        return
    shared = engine.query(shared_keys(contract, fixed)).to_pylist()[0]
    if not shared["keys"]:
        return
    told = phrase(
        "{rows} of {new_rows} new rows share {values} values of {key} with rows of another {columns}, such as "
        "{ids} in {path}",
        rows=shared["row_count"],
        new_rows=counted["row_count"],
        values=shared["keys"],
        key=joined(contract.key),
        columns=joined(fixed, " or "),
        ids=joined(shared["ids"]),
        path=shared["drop_path"],
    )
    if shared["row_count"] > bad_share * counted["row_count"]:
        raise nothing_kept(
            phrase(
                "{table}: {told}; each must have an id of its own. Perhaps {cure}",
                table=contract.name,
                told=told,
                cure=_CURE,
            )
        )
    notes.warn("shared_keys", phrase("{told}; only the newest row of each is used", told=told))
