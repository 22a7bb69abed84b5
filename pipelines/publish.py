"""From a night's tables to what readers get: the run folder, the database file and, last of all, the pointer."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines import identity, shelf
from pipelines.contracts import Contract, published_contracts
from pipelines.engine import publish_database
from pipelines.night import Home, Night, StepCount

# Published doubles carry this many decimal places: more would show the noise of the machine, not the goods.
PLACES = 6
# Twelve hexadecimal digits tell 10^7 runs of one list date apart with a collision chance below one in a million.
RUN_DIR_DIGITS = 12
MANIFEST = "manifest.json"


def run_dir_name(run_id: str) -> str:
    """Folder name of a run within its list date."""
    return f"run={run_id[:RUN_DIR_DIGITS]}"


def partial_folder(night: Night) -> Path:
    """Where a run is put together before anybody may see it."""
    return night.home.list_dir(night.list_date) / ".partial"


def write(night: Night) -> StepCount:
    """Write every published table of the night as Parquet into the partial run folder.

    Rows are in key order and doubles rounded, so the same night gives the same bytes.
    """
    folder = partial_folder(night)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run_id = identity.run_identity(night)
    counts = {}
    for contract in published_contracts():
        table = published_rows(night, contract, run_id)
        pq.write_table(table, folder / f"{contract.name}.parquet", compression="zstd")
        counts[contract.name] = table.num_rows
    shelf.replace_json(folder / MANIFEST, _manifest(night, run_id, counts))
    return sum(counts.values()), sum(counts.values())


def published_rows(night: Night, contract: Contract, run_id: str) -> pa.Table:
    """One night table with its dates and run id, in the contract's columns, types and key order."""
    dated = {"list_date": night.list_date, "as_of_date": night.as_of_date, "run_id": run_id}
    own = night.engine.query(f"select * from night.{contract.name}")
    for name, value in dated.items():
        if name in own.column_names:
            own = own.drop_columns([name])
        own = own.append_column(name, pa.array([value] * own.num_rows))
    schema = contract.arrow_schema()
    ordered = own.select(schema.names).cast(schema).sort_by([(column, "ascending") for column in contract.key])
    return pa.table([_rounded(column) for column in ordered.columns], schema=schema)


def publish(night: Night) -> StepCount:
    """Seal the run folder, then replace the database file, then point readers to the run."""
    home, list_date = night.home, night.list_date
    folder = partial_folder(night)
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    content |= {"state": "auto_approved", "reason": None, "files": _file_hashes(folder)}
    shelf.replace_json(folder / MANIFEST, content)
    sealed = _seal(folder, home.list_dir(list_date) / run_dir_name(content["run_id"]))
    current = shelf.CurrentRun(
        run_id=content["run_id"],
        run_dir=sealed.name,
        list_date=list_date.isoformat(),
        as_of_date=night.as_of_date.isoformat(),
        state=content["state"],
    )
    replace_database(night, current)
    shelf.point_to(home, current)
    rows = sum(content["row_counts"].values())
    return rows, rows


def replace_database(night: Night, newest: shelf.CurrentRun) -> None:
    """Rebuild published.duckdb from the run about to become current and the kept current runs of other list dates."""
    others = [run for run in shelf.current_runs(night.home) if run.list_date != newest.list_date]
    kept = sorted([*others, newest], key=lambda run: run.list_date)[-night.settings.publish.database_days :]
    folders = [shelf.run_folder(night.home, run) for run in kept]
    tables = {
        contract.name: [folder / f"{contract.name}.parquet" for folder in folders] for contract in published_contracts()
    }
    publish_database(night.home.published / "published.duckdb", tables)


def previous_run_id(home: Home, before: date) -> str | None:
    """Run id that the newest published list date before the given one shows, or None."""
    earlier = [run for run in shelf.current_runs(home) if run.list_date < before.isoformat()]
    return earlier[-1].run_id if earlier else None


def _seal(folder: Path, target: Path) -> Path:
    """Give a finished run its lasting name; a run that stands there already has the same bytes and stays."""
    for path in sorted(folder.iterdir()):
        _sync(path)
    _sync(folder)
    if target.exists():
        shutil.rmtree(folder)
    else:
        folder.rename(target)
    _sync(target.parent)
    return target


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _manifest(night: Night, run_id: str, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "list_date": night.list_date.isoformat(),
        "as_of_date": night.as_of_date.isoformat(),
        "previous_run_id": night.previous_run_id,
        "schema_version": {contract.name: contract.version for contract in published_contracts()},
        "code_version": identity.code_version(),
        "model_versions": identity.model_versions(night),
        "source_watermarks": identity.watermarks(night),
        "row_counts": counts,
    }


def _file_hashes(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != MANIFEST and not path.name.startswith(".")
    }


def _rounded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_floating(column.type):
        return column
    # Adding zero turns -0.0 into 0.0, which would otherwise be a second spelling of the same number.
    return pc.add(pc.round(column, PLACES), 0.0)
