"""Puts run folders together unseen, seals them under a lasting name, gives them a state and makes them current."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import Contract, published_contracts
from xuanpin.pipelines.home_locks import alone
from xuanpin.pipelines.home_modes import keep_private, make_published, open_like_folder
from xuanpin.pipelines.run_store import journal
from xuanpin.pipelines.run_store.database import DATABASE, ReadyDatabase, write_database
from xuanpin.pipelines.run_store.feed import ReadyFeed
from xuanpin.pipelines.side_by_side import side_by_side
from xuanpin.pipelines.typed.paths import AS_OWNER, require_writable
from xuanpin.pipelines.typed.phrase import in_language

# Published doubles carry this many decimal places: more would show the noise of the machine.
PLACES = 6
# Twelve hexadecimal digits distinguish 10^7 runs of one list date with a collision chance below one in a million.
RUN_DIR_DIGITS = 12
ROWS_TOGETHER = {"sku_scorecard": 8_192}
"""Rows of a table that lie together in its file: one SKU is found in each of ninety nights without reading the rest."""
MOST_TOGETHER = 122_880
"""Rows that lie together in the file of any other table: one core reads such a part for published.duckdb and the change
feed, so that a large table needs several; DuckDB stores as many together."""
UNSETTLED = ".unsettled.json"
"""Note in the published folder that a process is changing what has to agree there; see `unsettled`."""
LOCKED_PLACE = ".ready-locked"
"""The folder in the published one where who holds its lock makes ready what showing a run takes."""
RESERVES = "reserves"
"""Sub-folder of a run with what a later fallback or recall needs: reserves, and the agents' requirements."""


def run_dir_name(run_id: str) -> str:
    """Return the folder name of the run `run_id` within its list date."""
    return f"run={run_id[:RUN_DIR_DIGITS]}"


@dataclass
class Noting:
    """What the end of a block of `lock_published` takes for the journal: the rows that are ready, if any (`feed`)."""

    feed: ReadyFeed | None = None


@contextmanager
def lock_published(home: Home, ready: ReadyFeed | None = None) -> Iterator[Noting]:
    """Lock the published folder of `home`: one process at a time makes a run current, others wait.

    The lock goes with the process that holds it, and what a killed one left unsettled is settled first. What is done in
    the block is noted in the journal at its end, with the rows of `ready`, or those that the block gives to what it
    gets, where they tell of the same change. A process must not enter the block twice. Raises UsageError where the home
    may not be written.
    """
    require_writable(home.root, AS_OWNER)
    keep_private(home)
    make_published(home, home.published)
    with alone(home.published / ".lock"):
        _clear(home)
        _settle(home)
        journal.note_changes(home)
        noting = Noting(ready)
        yield noting
        journal.note_changes(home, noting.feed)
        _clear(home)


@contextmanager
def unsettled(home: Home, database_days: int) -> Iterator[None]:
    """Note for as long as the block lasts that pointers, runs and published.duckdb need not agree.

    Whoever locks the published folder after a process was killed in the block makes them agree, from the pointers of
    the list dates. `database_days` is the number of list dates that the database holds. Call it under the lock.
    """
    note = home.published / UNSETTLED
    run_store.replace_json(note, {"database_days": database_days})
    yield
    note.unlink()


def _clear(home: Home) -> None:
    shutil.rmtree(home.published / LOCKED_PLACE, ignore_errors=True)


def _settle(home: Home) -> None:
    note = home.published / UNSETTLED
    if note.exists():
        rebuild_database(home, _load(note)["database_days"])
        run_store.point_to_latest(home)
        note.unlink()


def partial_folder(night: Night) -> Path:
    """Return the folder in which a run is put together before readers may see it."""
    return night.home.list_dir(night.list_date) / ".partial"


def start_run_folder(home: Home, folder: Path) -> None:
    """Make an empty folder of `home` to put a run together in; what a killed run left there is deleted."""
    shutil.rmtree(folder, ignore_errors=True)
    make_published(home, folder.parent)
    (folder / RESERVES).mkdir(parents=True)


def write_tables(
    night: Night, folder: Path, run_id: str, contracts: Sequence[Contract] | None = None
) -> dict[str, int]:
    """Write every published table of a night, or those of some `contracts`, into `folder` as Parquet; return rows by
    table.

    `run_id` goes into every row. Rows are in key order and doubles rounded, so the same night gives the same bytes.
    """
    counts: dict[str, int] = {}
    works: list[Callable[[], Any]] = []
    for contract in published_contracts() if contracts is None else contracts:
        # A table is written on another core while the next one is read.
        works.insert(0, partial(published_rows, night, contract, run_id))
        table: pa.Table = side_by_side(night.settings.engine.threads, works)[0]
        path, together = folder / f"{contract.name}.parquet", ROWS_TOGETHER.get(contract.name, MOST_TOGETHER)
        works = [partial(pq.write_table, table, path, compression="zstd", row_group_size=together)]
        counts[contract.name] = table.num_rows
    for write in works:
        write()
    return counts


def published_rows(night: Night, contract: Contract, run_id: str) -> pa.Table:
    """Return one night table with its dates and run id, in the contract's columns, types and key order."""
    names = [column.name for column in contract.unstamped().columns]
    key = [column for column in contract.key if column in names]
    # In one piece: where a piece ends shows in the bytes, and depends on the threads that sort.
    rows = night.engine.read(f"night.{contract.name}", columns=names, order_by=key).combine_chunks()
    stamp = {"list_date": night.list_date, "as_of_date": night.as_of_date, "run_id": run_id}
    for name, value in stamp.items():
        rows = rows.append_column(name, pa.repeat(pa.scalar(value), rows.num_rows))
    schema = contract.arrow_schema()
    return pa.table([_rounded(column) for column in rows.select(schema.names).cast(schema).columns], schema=schema)


def seal(home: Home, folder: Path, state: str, reason: str | None, **facts: Any) -> run_store.CurrentRun:
    """Give the run in `folder` its state and its lasting name; a folder of that name has the same bytes and stays.

    `reason` and `facts` join its manifest. Returns the run as readers will find it.
    """
    content = _load(folder / run_store.MANIFEST)
    content |= {"state": state, **in_both_languages(reason), "files": _file_hashes(folder), **facts}
    run_store.replace_json(folder / run_store.MANIFEST, content)
    for path in [folder, *sorted(folder.rglob("*"))]:
        open_like_folder(path)
        run_store.sync(path)
    list_date = date.fromisoformat(content["list_date"])
    target = home.list_dir(list_date) / run_dir_name(content["run_id"])
    if not target.exists():
        folder.rename(target)
    elif folder != target:
        held = _load(target / run_store.MANIFEST)
        if reason is not None or held["state"] != state:
            run_store.replace_json(target / run_store.MANIFEST, content | {"files": held["files"]})
        # First of all, so that what a killed process leaves of the folder is not taken for a whole run.
        (folder / run_store.MANIFEST).unlink()
        shutil.rmtree(folder)
    run_store.sync(target.parent)
    return run_store.CurrentRun(content["run_id"], target.name, content["list_date"], content["as_of_date"], state)


def state_of_sealed(home: Home, list_date: date, run_id: str) -> str | None:
    """Return the state of the sealed run `run_id` of `list_date`, or None where there is none."""
    path = home.list_dir(list_date) / run_dir_name(run_id) / run_store.MANIFEST
    return str(_load(path)["state"]) if path.exists() else None


def set_state(home: Home, run: run_store.CurrentRun, state: str, reason: str | None) -> run_store.CurrentRun:
    """Change state and `reason` in a sealed run's manifest; return the run as it is now."""
    path = run_store.run_folder(home, run) / run_store.MANIFEST
    run_store.replace_json(path, _load(path) | {"state": state, **in_both_languages(reason)})
    return replace(run, state=state)


def in_both_languages(reason: str | None) -> dict[str, str | None]:
    """Return a `reason` as a manifest holds it: `reason` in English and `reason_zh`."""
    return {"reason": reason, "reason_zh": None if reason is None else in_language(reason, "zh")}


def make_current(home: Home, database_days: int, run: run_store.CurrentRun, ready: ReadyDatabase | None = None) -> None:
    """Bring published.duckdb to this run as its list date's, then point readers to the run, last of all.

    `database_days` is the number of list dates that the database holds; `ready` is taken where it is what would be
    written.
    """
    with unsettled(home, database_days):
        write_database(home, shown_with(home, database_days, run), ready)
        run_store.point_to(home, run)


def shown_with(home: Home, database_days: int, run: run_store.CurrentRun) -> list[run_store.CurrentRun]:
    """Return the runs that published.duckdb shows where `run` is its list date's; `database_days` as make_current."""
    others = [other for other in run_store.current_runs(home) if other.list_date != run.list_date]
    return sorted([*others, run], key=lambda other: other.list_date)[-database_days:]


def take_back(home: Home, database_days: int, run: run_store.CurrentRun) -> None:
    """Bring published.duckdb to the other runs and point readers away from `run`; its list date then shows no list.

    `database_days`: how many list dates the file holds at most.
    """
    others = [other for other in run_store.current_runs(home) if other.list_date != run.list_date]
    if others:
        write_database(home, others[-database_days:])
    else:
        (home.published / DATABASE).unlink(missing_ok=True)
    run_store.point_away(home, run, others[-1] if others else None)


def rebuild_database(home: Home, database_days: int) -> None:
    """Write published.duckdb anew from the newest `database_days` current runs, after files of them have changed."""
    current = run_store.current_runs(home)
    if current:
        write_database(home, current[-database_days:], is_anew=True)


def renew_hashes(folder: Path) -> None:
    """Write the row counts and file hashes of a sealed run in `folder` to its manifest as they are now."""
    content = _load(folder / run_store.MANIFEST)
    counts = {path.stem: pq.read_metadata(path).num_rows for path in sorted(folder.glob("*.parquet"))}
    run_store.replace_json(folder / run_store.MANIFEST, content | {"row_counts": counts, "files": _file_hashes(folder)})


def _load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _file_hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != run_store.MANIFEST and not path.name.startswith(".")
    }


def _rounded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_floating(column.type):
        return column
    # Adding zero turns -0.0 into 0.0, which would otherwise be a second spelling of the same number.
    return pc.add(pc.round(column, PLACES), 0.0)
