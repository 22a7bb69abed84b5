"""From a night's tables to what readers get: the run folder, and the run made current unless people decide first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines import identity, shelf
from pipelines.contracts import published_contracts
from pipelines.night import Night, StepCount
from pipelines.shelf import recall, runs

SPARE_TABLES = ("spare_goods", "spare_agents")


def partial_folder(night: Night) -> Path:
    """Where a run is put together before anybody may see it."""
    return night.home.list_dir(night.list_date) / ".partial"


def write(night: Night) -> StepCount:
    """Write every published table of the night, and what a fallback or recall would need, into the partial folder."""
    folder = partial_folder(night)
    runs.begin(folder)
    run_id = identity.run_identity(night)
    counts = runs.write_tables(night, folder, run_id)
    for stem in SPARE_TABLES:
        night.engine.materialise(stem)
        pq.write_table(night.engine.read(f"night.{stem}"), folder / runs.SPARES / f"{stem}.parquet", compression="zstd")
    shelf.replace_json(folder / shelf.MANIFEST, _manifest(night, run_id, counts))
    return sum(counts.values()), sum(counts.values())


def publish(night: Night) -> StepCount:
    """Seal the run folder and make the run current, or leave it pending where a person has to approve it.

    A decision on the very same run holds when the night is run again, and so do recalls that are in force.
    """
    folder = _finished_folder(night)
    content = json.loads((folder / shelf.MANIFEST).read_text(encoding="utf-8"))
    with runs.holding(night.home):
        run = runs.seal(night.home, folder, _state(night, content["run_id"]), None)
        if run.state in shelf.CURRENT_STATES:
            make_current(night, run)
        elif run.state == "pending":
            shelf.await_review(night.home, run)
    rows = sum(content["row_counts"].values())
    return rows, rows


def _finished_folder(night: Night) -> Path:
    """The run as it was put together, or as a publication that was cut short has sealed it."""
    folder = partial_folder(night)
    if (folder / shelf.MANIFEST).exists():
        return folder
    return night.home.list_dir(night.list_date) / runs.run_dir_name(identity.run_identity(night))


def make_current(night: Night, run: shelf.CurrentRun) -> None:
    """Show a run to readers, less what was recalled since its cut."""
    obeyed = recall.obey(night.home, night.settings, run, night.now)
    runs.make_current(night.home, night.settings.publish.database_days, obeyed)
    shelf.review_done(night.home, night.list_date)


def _state(night: Night, run_id: str) -> str:
    decided = runs.state_of_sealed(night.home, night.list_date, run_id)
    if decided in ("auto_approved", "approved", "rejected"):
        return decided
    return "pending" if night.settings.review.mode == "required" else "auto_approved"


def _manifest(night: Night, run_id: str, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "origin_run_id": run_id,
        "list_date": night.list_date.isoformat(),
        "as_of_date": night.as_of_date.isoformat(),
        "previous_run_id": night.previous_run_id,
        "schema_version": {contract.name: contract.version for contract in published_contracts()},
        "code_version": identity.code_version(),
        "model_versions": identity.model_versions(night),
        "source_watermarks": identity.watermarks(night),
        "row_counts": counts,
    }
