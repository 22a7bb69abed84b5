"""Tells of rows whose ids were written otherwise than in the table that has them, and were cleaned."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.statements.waiting import cleaned_examples

log = logging.getLogger("xuanpin.ingest")


def report_cleaned(engine: Engine, contract: Contract) -> None:
    """Log, by reference of a contract, how many of the rows admitted now named it by an id that had to be cleaned.

    Reads temp.resolved; names up to three of the ids, and a file.
    """
    for told in _causes(engine, contract):
        log.warning("%s: %s", contract.name, told)


def _causes(engine: Engine, contract: Contract) -> Iterator[str]:
    for column, (table, _) in contract.references.items():
        found = engine.query(cleaned_examples(column)).to_pylist()[0]
        if found["rows"]:
            yield (
                f"{found['rows']} new rows, some of {found['path']}, have a {column} that is unknown as it was written "
                f"and known once it is cleaned of spaces, marks and quotes, such as {', '.join(found['ids'])}; they "
                f"were admitted. Write the ids as {table} does"
            )
