"""Lets the workers of a cluster check the files of a large drop, and judges what only all files together tell.

The bytes of a file never come here: a worker reads it where the source folder is, which it sees under the same path.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.batch import Batch
from xuanpin.pipelines.ingest.damaged_ids import FIXED, judge_shared_keys, refuse_damages
from xuanpin.pipelines.ingest.drops import Drop, write_ledger
from xuanpin.pipelines.ingest.facts_as_json import facts_from_json
from xuanpin.pipelines.ingest.file_check import (
    CATALOGUE,
    FACTS,
    NO_NAMES,
    NO_WORDS,
    FileCheck,
    result_schema,
    row_of,
)
from xuanpin.pipelines.ingest.file_facts import FileFacts
from xuanpin.pipelines.ingest.mapping import TableMapping
from xuanpin.pipelines.ingest.merged_facts import merge_notes, merged_damages
from xuanpin.pipelines.ingest.notes import Notes
from xuanpin.pipelines.ingest.own_drops import OWN_PREFIXES
from xuanpin.pipelines.ingest.plausible import Plausible, tell_placeholders
from xuanpin.pipelines.ingest.privacy import FREE_TEXTS, KNOWN_NAMES, known_names
from xuanpin.pipelines.ingest.quarantine import count_clean
from xuanpin.pipelines.ingest.statements import far
from xuanpin.pipelines.ingest.statements.scratch import CHECKED, CLEAN, names_alone
from xuanpin.pipelines.ingest.vectors import vector_rules

FILES = "temp.files_to_check"
BYTES_OF_A_ROW = 25
"""Bytes of Parquet that a row takes at least; a file of text has fewer rows for its size."""
FILE_COLUMNS = pa.schema(
    [
        ("file_no", pa.int64()),
        *((name, pa.string()) for name in ("table", "path", "sha256", "stamp", "member")),
        ("file", pa.binary()),
        ("size", pa.int64()),
        ("is_repeat", pa.bool_()),
        ("shown_on", pa.date32()),
    ]
)
"""The table of files: a drop a row, and its number."""


def is_for_workers(batch: Batch, mapping: TableMapping, fresh: Sequence[Drop]) -> bool:
    """Tell whether the workers of a cluster check the `fresh` drops of a table: files that they see, too many rows for
    this machine, of a table in which each file can be judged by itself.

    Numbers that are spread over several messages and embeddings are judged together, so chat and products are not.
    """
    night, table = batch.night, mapping.contract.name
    is_apart = table != "chat_messages" and not vector_rules(mapping.contract)
    is_seen = night.settings.sources.kind != "postgres" and not any(d.path.startswith(OWN_PREFIXES) for d in fresh)
    if not fresh or not is_apart or not is_seen or night.engine.is_at_hand(names_alone(f"source.{table}")):
        return False
    return sum(drop.size for drop in fresh) > BYTES_OF_A_ROW * night.settings.engine.driver_rows


def check_files(batch: Batch, mapping: TableMapping, fresh: Sequence[Drop]) -> int:
    """Read and check the `fresh` drops as `read_table` and `check_table` do, by the workers; return how many rows came.

    temp.checked has the rows that break rules, temp.file_checks the others too, and temp.clean_counts how many clean
    ones each file has. Raises InputRefused as they do.
    """
    engine, contract, notes = batch.night.engine, mapping.contract, batch.notes[mapping.contract.name]
    bad_share = batch.night.settings.ingest.bad_share
    unread = [drop for drop in fresh if not drop.is_repeat]
    check = _check_of(batch, mapping)
    by_path = _send(engine, check, unread)
    found = [by_path[drop.path] for drop in unread]
    merge_notes(mapping, unread, found, notes)
    write_ledger(engine, batch.drop_seq, fresh, {facts.path: facts.rows for facts in found})
    notes.report_rows()
    _add_names(engine, (name for facts in found for name in facts.names))
    refuse_damages(contract, merged_damages(contract, found), bad_share)
    _check_keys(engine, contract, bad_share, notes)
    counts = {name: sum(facts.placeholders.get(name, 0) for facts in found) for name in contract.column_names}
    tell_placeholders(contract, counts, notes)
    _bring_down(engine, check)
    return sum(facts.rows for facts in found)


def _check_of(batch: Batch, mapping: TableMapping) -> FileCheck:
    engine, times = batch.night.engine, Plausible.at(batch.night.now, batch.night.settings.ingest)
    has_texts = mapping.contract.name in FREE_TEXTS
    return FileCheck(
        mapping,
        times,
        batch.guard.key,
        engine.read(KNOWN_NAMES, columns=NO_NAMES.column_names) if has_texts else NO_NAMES,
        engine.distinct(CATALOGUE, *NO_WORDS.column_names) if has_texts else NO_WORDS,
        result_schema(mapping.contract, times),
    )


def _send(engine: Engine, check: FileCheck, drops: Sequence[Drop]) -> dict[str, FileFacts]:
    """Write temp.file_checks and return the facts of each file by its path."""
    files = [{"file_no": number, **row_of(drop)} for number, drop in enumerate(drops)]
    engine.store(FILES, pa.Table.from_pylist(files, schema=FILE_COLUMNS))
    engine.map_blocks(check, {"files": FILES}, by="file_no", into=CLEAN, schema=check.schema, is_heavy=True)
    engine.drop(FILES)
    read = [facts_from_json(content) for content in engine.query(far.facts())[FACTS].to_pylist()]
    return {facts.path: facts for facts in read}


def _add_names(engine: Engine, names: Iterable[str]) -> None:
    """Add the customers' names that are new to ops.known_names."""
    known = set(known_names(engine))
    new = [name for name in dict.fromkeys(names) if name not in known]
    if new:
        engine.append(KNOWN_NAMES, pa.table({"name": new}))


def _check_keys(engine: Engine, contract: Contract, bad_share: float, notes: Notes) -> None:
    """Refuse or note rows of several orders or the like that have one key, as `refuse_damaged_ids` does."""
    fixed = FIXED.get(contract.name)
    if fixed is None:
        return
    counted = engine.query(far.key_repeats(contract)).to_pylist()[0]
    if counted["keys"] >= 0.9 * counted["row_count"]:
        return
    shared = engine.query(far.count_shared(contract, fixed)).to_pylist()[0]
    shared["ids"] = engine.query(far.first_shared(contract, fixed))["shared_key"].to_pylist()
    judge_shared_keys(contract, shared, counted["row_count"], bad_share, notes)


def _bring_down(engine: Engine, check: FileCheck) -> None:
    """Write temp.checked, the rows that break rules, and how many clean ones each file has."""
    columns = [name for name in check.schema.names if name != FACTS]
    engine.store(CHECKED, engine.query(far.broken_rows(columns)))
    clean = engine.query(far.clean_counts())
    count_clean(engine, clean)
    if not len(clean):
        engine.drop(CLEAN)
