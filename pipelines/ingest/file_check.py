"""What one file goes through by itself: it is read, cast, judged row by row and made safe, wherever its bytes are seen.

A worker of a cluster runs this in a DuckDB of its own, with the code and the statements that a night on one machine
runs; what needs the other files is counted here and judged in `on_workers`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine, open_memory
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest import quarantine
from xuanpin.pipelines.ingest.damaged_files import ReadAborted
from xuanpin.pipelines.ingest.damaged_ids import count_damages, mark_damaged
from xuanpin.pipelines.ingest.drops import Drop, incoming_counts
from xuanpin.pipelines.ingest.facts_as_json import facts_as_json
from xuanpin.pipelines.ingest.file_facts import FileFacts
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.incoming import begin_reading, create_incoming, read_drops
from xuanpin.pipelines.ingest.mapping import TableMapping
from xuanpin.pipelines.ingest.notes import Notes
from xuanpin.pipelines.ingest.plausible import Plausible, empty_counted
from xuanpin.pipelines.ingest.privacy import KNOWN_NAMES, NAMES, Guard, protect
from xuanpin.pipelines.ingest.statements.scratch import CHECKED

FACTS = "facts"
"""Column of the one row a file that has no values but its facts, as JSON."""
CATALOGUE = "source.products"
"""Table of which titles, brands and categories are words and no names."""
NO_NAMES = pa.table({"name": pa.array([], pa.string())})
NO_WORDS = pa.table({name: pa.array([], pa.string()) for name in ("title", "brand", "category")})


@dataclass(frozen=True)
class FileCheck:
    """Checks files of one table, a block each; it can be pickled.

    `names` are the known names of customers, and `catalogue` the titles, brands and categories that are words; both may
    be empty where the table has no text. `key` hashes the ids of customers, `times` are the bounds of plausible ones,
    and `schema` is `result_schema` of the table.
    """

    mapping: TableMapping
    times: Plausible
    key: bytes | None
    names: pa.Table
    catalogue: pa.Table
    schema: pa.Schema

    def __call__(self, tables: Mapping[str, pa.Table]) -> pa.Table:
        """Return the checked rows of the files in `tables["files"]`, a row each as `file_rows` makes it, and a row of
        facts for each."""
        made = [self.check(drop_of(row)) for row in tables["files"].to_pylist()]
        return pa.concat_tables([self.schema.empty_table(), *made])

    def check(self, drop: Drop) -> pa.Table:
        """Return the checked rows of one file, and one of its facts."""
        with closing(open_memory()) as engine, TemporaryDirectory() as folder:
            _prepare(engine, self.mapping.contract, self.names, self.catalogue)
            facts = self._read(engine, drop, Workspace(Path(folder)))
            if facts.failure is not None:
                return self._with_facts(self.schema.empty_table(), facts)
            rows = _checked(Guard(engine, self.key), self.mapping.contract, self.times)
            return self._with_facts(rows.append_column(FACTS, pa.nulls(len(rows), pa.string())), facts)

    def _read(self, engine: Engine, drop: Drop, work: Workspace) -> FileFacts:
        contract, notes = self.mapping.contract, Notes(drop.table)
        try:
            opened = read_drops(begin_reading(engine, self.mapping, work, notes), [drop])
        except ReadAborted as error:
            return FileFacts(drop.path, notes, aborted=error.args[0])
        except UsageError as error:
            return FileFacts(drop.path, notes, misfit=error.args[0])
        names = engine.select(NAMES[contract.name])["name"].to_pylist() if contract.name in NAMES else []
        damages = count_damages(engine, contract)
        mark_damaged(engine, damages)
        return FileFacts(
            drop.path,
            notes,
            shape=opened[0].shape if opened else None,
            columns=opened[0].columns if opened else (),
            rows=incoming_counts(engine).get(drop.path, 0),
            names=tuple(names),
            damages=damages,
            placeholders=empty_counted(engine, contract),
        )

    def _with_facts(self, checked: pa.Table, facts: FileFacts) -> pa.Table:
        own = {name: pa.nulls(1, self.schema.field(name).type) for name in self.schema.names if name != FACTS}
        told = pa.table({**own, FACTS: pa.array([facts_as_json(facts)], pa.string())}, schema=self.schema)
        return pa.concat_tables([checked.cast(self.schema), told])


def result_schema(contract: Contract, times: Plausible) -> pa.Schema:
    """Return the columns of what the check of a table's files makes: those of temp.checked, and the facts.

    `times` are the bounds of plausible ones.
    """
    with closing(open_memory()) as engine:
        _prepare(engine, contract, NO_NAMES, NO_WORDS)
        return _checked(Guard(engine, None), contract, times).schema.append(pa.field(FACTS, pa.string()))


def _prepare(engine: Engine, contract: Contract, names: pa.Table, catalogue: pa.Table) -> None:
    engine.store(KNOWN_NAMES, names)
    engine.store(CATALOGUE, catalogue)
    create_incoming(engine, contract)


def _checked(guard: Guard, contract: Contract, times: Plausible) -> pa.Table:
    """Judge the incoming rows and return temp.checked without what is read for redaction alone."""
    quarantine.check_rows(guard.engine, contract, protect(guard, contract.name), times)
    left_out = {column.name for column in contract.columns if column.redaction_only}
    rows = guard.engine.read(CHECKED)
    return rows.select([name for name in rows.column_names if name not in left_out])


def row_of(drop: Drop) -> dict[str, Any]:
    """Return a drop as a row of the table of files."""
    return vars(drop) | {"file": os.fsencode(drop.file.resolve())}


def drop_of(row: Mapping[str, Any]) -> Drop:
    """Return the drop of a row of the table of files."""
    own = {name: row[name] for name in Drop.__dataclass_fields__}
    return Drop(**own | {"file": Path(os.fsdecode(row["file"]))})
