"""Refuses drops whose ids a spreadsheet has damaged: one id would then name several things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.notes import Notes
from xuanpin.pipelines.ingest.privacy import HASHED_IDS
from xuanpin.pipelines.ingest.statements.ids import damaged_ids, id_suspicions, key_repeats, shared_keys

FIXED: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "sku_id"),
    "returns": ("order_line_id",),
    "chat_messages": ("group_id", "sent_at"),
}
"""Columns that all versions of one key agree in."""
FEWEST_CUT, FEWEST_ZEROS = 3, 9
"""Distinct long numbers, and zeros at their ends in all, from which chance is no explanation."""
_CURE = (
    "a spreadsheet has changed them: export the file from the system itself, or format the column as text before the "
    "file is opened there. Nothing of this night was kept"
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
                raise InputRefused(
                    f"{contract.name}: file {found['drop_path']} has {damage} in column {name}"
                    f"{_such_as(contract, name, found['ids'])}; {_CURE}"
                )
    _check_keys(engine, contract, bad_share, notes)


def _damages(found: Mapping[str, Any], bad_share: float) -> Iterator[str]:
    if found["exponents"] > bad_share * found["row_count"]:
        yield f"exponents for ids in {found['exponents']} of {found['row_count']} rows"
    if found["cut"] >= FEWEST_CUT and found["zeros"] >= FEWEST_ZEROS and not found["whole"]:
        yield f"{found['cut']} ids of more than 15 digits, all of which end in zeros,"


def _such_as(contract: Contract, name: str, ids: list[str]) -> str:
    return "" if name in HASHED_IDS.get(contract.name, ()) else f", such as {', '.join(ids)}"


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
    told = (
        f"{shared['row_count']} of {counted['row_count']} new rows share {shared['keys']} values of "
        f"{', '.join(contract.key)} with rows of another {' or '.join(fixed)}, such as {', '.join(shared['ids'])} in "
        f"{shared['drop_path']}"
    )
    if shared["row_count"] > bad_share * counted["row_count"]:
        raise InputRefused(f"{contract.name}: {told}; each must have an id of its own. Perhaps {_CURE}")
    notes.warn("shared_keys", f"{told}; only the newest row of each is used")
