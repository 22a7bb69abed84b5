"""Reports rows whose reference is unknown, and refuses a batch if most are: its ids are then written differently."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.notes import nothing_kept
from xuanpin.pipelines.ingest.statements.waiting import UNKNOWN, any_row, meant_ids, unknown_ids
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, joined, phrase

log = logging.getLogger("xuanpin.ingest")

FEWEST_WAITING = 20
"""Rows from which on their share shows how a file writes its ids."""
_SCANNED = ("products", "groups")
"""Tables small enough to be searched for a similar id whenever something waits."""


def report_waiting(engine: Engine, contract: Contract, drop_seq: int, new_rows: int, waiting_share: float) -> None:
    """Log how many rows of batch `drop_seq` wait, for which ids, and which known id each may mean.

    Raises InputRefused where they are more than `waiting_share` of its `new_rows` clean rows although rows of the table
    that they refer to are there.
    """
    found = engine.select("newly_waiting", table_name=contract.name, drop_seq=drop_seq).to_pylist()[0]
    if not found["waiting"]:
        return
    is_refused = found["waiting"] >= FEWEST_WAITING and found["waiting"] > waiting_share * new_rows
    is_refused = is_refused and all(_is_there(engine, contract, rule) for rule in found["rules"])
    causes = joined(_causes(engine, contract, drop_seq, found["rules"], is_searched=is_refused))
    told = phrase(
        "{table}: {waiting} of {new_rows} new rows refer to unknown ids: {causes}",
        table=contract.name,
        waiting=found["waiting"],
        new_rows=new_rows,
        causes=causes,
    )
    if is_refused:
        raise nothing_kept(
            phrase(
                "{told}. That is more than the {waiting_share:.0%} that [ingest] waiting_share accepts; rows of "
                "{path} are among them. Write the ids as the table that has them does, or send its missing rows",
                told=told,
                waiting_share=waiting_share,
                path=found["path"],
            )
        )
    log.warning("%s; the rows are admitted when the ids arrive (waiting in all: %d)", told, found["waiting_in_all"])


def waiting_facts(engine: Engine, contract: Contract, drop_seq: int) -> dict[str, Any]:
    """Return how many rows of batch `drop_seq` wait, the `rules` and the `causes` in words; nothing where none does."""
    found: dict[str, Any] = engine.select("newly_waiting", table_name=contract.name, drop_seq=drop_seq).to_pylist()[0]
    if not found["waiting"]:
        return {}
    causes = list(_causes(engine, contract, drop_seq, found["rules"], is_searched=True))
    return {"waiting": found["waiting"], "rules": found["rules"], "causes": causes}


def _is_there(engine: Engine, contract: Contract, rule: str) -> bool:
    table, _ = contract.references[rule.removesuffix("_unknown")]
    return bool(engine.query(any_row(table)).num_rows)


def _causes(
    engine: Engine, contract: Contract, drop_seq: int, rules: list[str], *, is_searched: bool
) -> Iterator[Phrase]:
    for rule in rules:
        column = rule.removesuffix("_unknown")
        table, target = contract.references[column]
        is_near = is_searched or table in _SCANNED
        engine.execute(unknown_ids(contract.name, column), drop_seq=drop_seq)
        ids = engine.query(meant_ids(table, target, is_near=is_near)).to_pylist()
        engine.drop(UNKNOWN)
        shown = joined(joined((row["id"], _meant(row["near"])), "") for row in ids)
        yield phrase("{column} {shown} of no {table} row", column=column, shown=shown, table=table)


def _meant(near: str | None) -> Phrase:
    return NOTHING if near is None else phrase(" (did you mean {near}?)", near=near)
