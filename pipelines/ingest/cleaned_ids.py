"""Tells of rows whose ids were written otherwise than in the table that has them, and were cleaned."""

from __future__ import annotations

from collections.abc import Iterator

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.notes import Notes
from xuanpin.pipelines.ingest.statements.waiting import cleaned_counts, cleaned_examples
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

CLEANED_IDS = "ids_unknown_as_written"
"""What they are called in the notes, and by the check that warns of them each night."""


def note_cleaned(engine: Engine, contract: Contract, notes: Notes) -> None:
    """Note, by reference of a contract, how many of the rows admitted now named it by an id that had to be cleaned.

    Reads temp.resolved; names up to three of the ids, and a file.
    """
    for told in _causes(engine, contract) if contract.references else ():
        notes.warn(CLEANED_IDS, told)


def _causes(engine: Engine, contract: Contract) -> Iterator[Phrase]:
    found = engine.query(cleaned_counts(list(contract.references))).to_pylist()[0]
    for column, (table, _) in contract.references.items():
        if found[column]:
            where = phrase(
                "{rows:,} new rows, in {path}" if found[column] == 1 else "{rows:,} new rows, some in {path}",
                rows=found[column],
                path=found[f"{column}_path"],
            )
            yield (
                phrase(
                    "{where}: {column} is unknown as it was written and known once it is cleaned of spaces, marks "
                    "and quotes, such as {ids}; admitted. Write the ids as {table} does",
                    where=where,
                    column=column,
                    ids=joined(engine.query(cleaned_examples(column))["id"].to_pylist()),
                    table=table,
                )
            )
