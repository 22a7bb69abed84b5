"""Refuses drops whose ids a spreadsheet has damaged: one id would then name several things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.drops import file_refused
from xuanpin.pipelines.ingest.notes import Notes, nothing_kept
from xuanpin.pipelines.ingest.privacy import HASHED_IDS
from xuanpin.pipelines.ingest.statements.ids import (
    damaged_ids,
    damaged_rows,
    id_suspicions,
    key_repeats,
    rounded_ids,
    shared_keys,
    shortened_keys,
)
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

FIXED: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "sku_id"),
    "returns": ("requested_at",),
    "chat_messages": ("group_id", "sent_at"),
}
"""Columns that all versions of one key agree in."""
SHORT_KEYS: Mapping[str, str] = {"products": "sku_id", "agents": "agent_id", "groups": "group_id"}
"""Tables of few rows whose new ids are held against the known ones, with their key."""
Damages = dict[str, list[dict[str, Any]]]
"""By column, what is counted of its ids in each drop, as the statement `damaged_ids` does; `long` are its numbers of
more than seventeen digits as `rounded_ids` counts them, where all may be rounded."""
FEWEST_ZEROS = 4
"""Zeros at the ends of all long numbers of a column, none of which ends otherwise, from which chance is no explanation:
one column in ten thousand has so many."""
FEWEST_ROUNDED = 10
"""Numbers of over seventeen digits, all as a floating number writes them, from which chance is no explanation: of ids
that end in two zeros by design one in five is written so."""
FEWEST_SHORT = 3
"""New ids that are known with zeros before them, from which chance is no explanation."""
_MISREAD: Mapping[str, Phrase] = {
    "exponents": phrase("exponents"),
    "dates": phrase("days of a calendar"),
    "marks": phrase("marks of a spreadsheet"),
}
"""What stands in place of an id that is damaged beyond doubt, by the name of its count."""
CURE = phrase(
    "a spreadsheet has changed them: export the file again and send it as it comes, or import it into the "
    "spreadsheet with the column as text instead of opening it there"
)


def refuse_damaged_ids(engine: Engine, contract: Contract, bad_share: float, notes: Notes) -> None:
    """Raise InputRefused, naming file, column, count and up to three ids, where incoming ids are damaged.

    Ids are damaged where more than `bad_share` of a drop's rows have an exponent (1.23E+11), a day (3月5日) or marks
    (####) for one, where all numbers of more than fifteen digits, of a drop or of all, end in zeros from there on,
    where all of more than seventeen are rounded as a floating number is,
    where most new ids of a drop are known with zeros before them, and where more than `bad_share` of the rows share a
    key with rows of another order, SKU or the like. Fewer rows of the first kind are marked for quarantine, fewer of
    the last are noted.
    """
    damages = count_damages(engine, contract)
    refuse_damages(contract, damages, bad_share)
    mark_damaged(engine, damages)
    _check_shortened(engine, contract)
    counted = engine.query(key_repeats(contract)).to_pylist()[0] if contract.name in FIXED else {}
    # Counting every key exactly costs as much as reading the drop; ids that collapse leave far fewer keys than rows.
    if counted and counted["keys"] < 0.9 * counted["row_count"]:
        shared = engine.query(shared_keys(contract, FIXED[contract.name])).to_pylist()[0]
        judge_shared_keys(contract, shared, counted["row_count"], bad_share, notes)


def count_damages(engine: Engine, contract: Contract) -> Damages:
    """Count, by column and drop, the incoming ids that a spreadsheet or a program may have damaged; columns in which
    none is suspicious are left out."""
    names = [column.name for column in contract.columns if column.is_id]
    suspected = engine.query(id_suspicions(names)).to_pylist()[0]
    found = {name: engine.query(damaged_ids(name)).to_pylist() for name in names if suspected[name]}
    for name, drops in found.items():
        for counts in drops:
            if counts["beyond"] >= FEWEST_ROUNDED and not counts["odd"]:
                counts |= {"long": engine.query(rounded_ids(name), path=counts["drop_path"]).to_pylist()[0]}
    return found


def refuse_damages(contract: Contract, damages: Damages, bad_share: float) -> None:
    """Raise InputRefused where more ids than a few, a `bad_share` of a drop, are damaged; drops are ordered by path."""
    for name, drops in damages.items():
        for found in drops:
            for damage in (*_misread(found, bad_share), *_cut(found)):
                raise _refusal(contract, name, found, damage)
            _refuse_rounded(contract, name, found)
        together = {kind: sum(found[kind] for found in drops) for kind in ("cut", "zeros", "whole")}
        for damage in _cut(together):
            raise _refusal(contract, name, next(found for found in drops if found["cut"]), damage)


def mark_damaged(engine: Engine, damages: Damages) -> None:
    """Mark the incoming rows of which an id is damaged beyond doubt."""
    marked = [name for name, drops in damages.items() if any(found[kind] for found in drops for kind in _MISREAD)]
    if marked:
        engine.execute(damaged_rows(marked))


def _misread(found: Mapping[str, Any], bad_share: float) -> Iterator[Phrase]:
    for kind, what in _MISREAD.items():
        if found[kind] > bad_share * found["row_count"]:
            yield phrase("{what} for ids in {bad} of {rows} rows", what=what, bad=found[kind], rows=found["row_count"])


def _cut(found: Mapping[str, Any]) -> Iterator[Phrase]:
    if found["zeros"] >= FEWEST_ZEROS and not found["whole"]:
        yield phrase("{count} ids of more than 15 digits, all of which end in zeros,", count=found["cut"])


def _refuse_rounded(contract: Contract, name: str, counts: Mapping[str, Any]) -> None:
    """Raise InputRefused where all long numbers of a column are those that a floating number writes."""
    found = counts.get("long")
    if found is not None and found["rounded"] == found["beyond"]:
        problem = phrase(
            "has {count} ids of more than 17 digits in column {column}, all of them rounded{examples}",
            count=found["beyond"],
            column=name,
            examples=_such_as(contract, name, found["ids"]),
        )
        cure = phrase("a program has read them as numbers: have it write them as text, in quotes where it is JSON")
        raise file_refused(contract.name, counts["drop_path"], problem, cure)


def _refusal(contract: Contract, name: str, found: Mapping[str, Any], damage: Phrase) -> InputRefused:
    examples = _such_as(contract, name, found["ids"])
    problem = phrase("has {damage} in column {column}{examples}", damage=damage, column=name, examples=examples)
    return file_refused(contract.name, found["drop_path"], problem, CURE)


def _check_shortened(engine: Engine, contract: Contract) -> None:
    key = SHORT_KEYS.get(contract.name)
    for found in engine.query(shortened_keys(contract, key)).to_pylist() if key else ():
        if found["known"] >= FEWEST_SHORT and 2 * found["known"] > found["ids"]:
            problem = phrase(
                "writes {known} of its {ids} new ids in column {column} without the zeros before them, {examples}",
                known=found["known"],
                ids=found["ids"],
                column=key,
                examples=joined(found["examples"]),
            )
            raise file_refused(contract.name, found["drop_path"], problem, CURE)


def _such_as(contract: Contract, name: str, ids: list[str]) -> Phrase:
    return NOTHING if name in HASHED_IDS.get(contract.name, ()) else phrase(", such as {ids}", ids=joined(ids))


def judge_shared_keys(
    contract: Contract, shared: Mapping[str, Any], row_count: int, bad_share: float, notes: Notes
) -> None:
    """Note that rows of several orders or the like have one key (`shared`, as the statement of that name counts them);
    raise InputRefused where they are more than `bad_share` of the `row_count` new rows."""
    if not shared["keys"]:
        return
    told = phrase(
        "{rows} of {new_rows} new rows share {values} values of {key} with rows of another {columns}, such as "
        "{ids} in {path}",
        rows=shared["row_count"],
        new_rows=row_count,
        values=shared["keys"],
        key=joined(contract.key),
        columns=joined(FIXED[contract.name], " or "),
        ids=joined(shared["ids"]),
        path=shared["drop_path"],
    )
    if shared["row_count"] > bad_share * row_count:
        raise nothing_kept(
            phrase(
                "{table}: {told}; each must have an id of its own. Perhaps {cure}",
                table=contract.name,
                told=told,
                cure=CURE,
            )
        )
    notes.warn("shared_keys", phrase("{told}; only the newest row of each is used", told=told))
