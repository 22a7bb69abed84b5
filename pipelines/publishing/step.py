"""Writes a night's tables to its run folder and makes the run current, unless people decide first."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from xuanpin.pipelines import identity, run_store
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.contracts import load_contract, published_contracts
from xuanpin.pipelines.engine import another
from xuanpin.pipelines.looking_back.records import write_records
from xuanpin.pipelines.missing.columns import missing_columns
from xuanpin.pipelines.missing.tonight import missing_sources
from xuanpin.pipelines.planning.problem import write_problem
from xuanpin.pipelines.republishing import holds, recall
from xuanpin.pipelines.republishing.derived_run import Derived
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.run_store.ready import Ready, clear, make_ready

CHECKED = "run_quality"
"""The published table that checks and brakes write."""
RESERVE_TABLES = ("reserve_skus", "reserve_agents", "reserve_groups")


def write(night: Night) -> StepCount:
    """Write every published table of the night, and what a fallback, a recall, a plan or a look back needs, into its
    partial folder.

    What `begin_writing` begins may have been done before.
    """
    folder, run_id = sealing.partial_folder(night), identity.run_identity(night)
    found = night.early() if night.early is not None else _write_decided(night, _started(night), run_id)
    checked = sealing.write_tables(night, folder, run_id, [load_contract(CHECKED)])
    counts = {contract.name: (found | checked)[contract.name] for contract in published_contracts()}
    for stem in RESERVE_TABLES:
        night.engine.materialise(stem)
        pq.write_table(
            night.engine.read(f"night.{stem}"), folder / sealing.RESERVES / f"{stem}.parquet", compression="zstd"
        )
    run_store.replace_json(folder / run_store.MANIFEST, _manifest(night, run_id, counts))
    return sum(counts.values()), sum(counts.values())


def begin_writing(night: Night) -> Callable[[], dict[str, int]]:
    """Return what writes all of a night that its checks add nothing to, for a whole night to do beside them.

    No reader sees the partial folder, and where a check fails it has no manifest, so nobody takes it for a run.
    """
    folder, run_id, engine = _started(night), identity.run_identity(night), another(night.engine)
    if engine is None:
        counts = _write_decided(night, folder, run_id)
        return lambda: counts

    def write_beside() -> dict[str, int]:
        with closing(engine):
            return _write_decided(replace(night, engine=engine), folder, run_id)

    return write_beside


def _started(night: Night) -> Path:
    folder = sealing.partial_folder(night)
    sealing.start_run_folder(night.home, folder)
    return folder


def _write_decided(night: Night, folder: Path, run_id: str) -> dict[str, int]:
    contracts = [contract for contract in published_contracts() if contract.name != CHECKED]
    counts = sealing.write_tables(night, folder, run_id, contracts)
    write_problem(night, folder)
    write_records(night, folder)
    return counts


def begin_publishing(night: Night) -> Callable[[], Ready]:
    """Return what makes ready to publish the run of a `night` whose tables are written, for a whole night to do beside
    its report. Nothing that readers see is touched."""
    return partial(_made_ready, night)


def publish(night: Night) -> StepCount:
    """Seal the run folder and make the run current, unless a brake holds it or a person has to approve it.

    A decision on the very same run holds when the night is run again, and so do recalls that are in force.
    """
    folder = _finished_folder(night)
    content = json.loads((folder / run_store.MANIFEST).read_text(encoding="utf-8"))
    ready: Ready = night.early() if night.early is not None else Ready()
    _publish(night, folder, content, ready)
    clear(night.home)
    rows = sum(content["row_counts"].values())
    return rows, rows


def _made_ready(night: Night) -> Ready:
    folder = sealing.partial_folder(night)
    content = json.loads((folder / run_store.MANIFEST).read_text(encoding="utf-8"))
    run_id, is_held = content["run_id"], bool(holds.holding_brakes(folder))
    run = run_store.CurrentRun(
        run_id=run_id,
        run_dir=sealing.run_dir_name(run_id),
        list_date=content["list_date"],
        as_of_date=content["as_of_date"],
        state=_state(night, run_id, is_held=is_held),
    )
    is_shown = run.state in run_store.CURRENT_STATES
    return make_ready(night.home, night.settings.publish.database_days, run, folder) if is_shown else Ready()


def _publish(night: Night, folder: Path, content: dict[str, Any], ready: Ready) -> None:
    with sealing.lock_published(night.home, ready.feed) as noting:
        reason = holds.hold_reason(holds.holding_brakes(folder))
        state = _state(night, content["run_id"], is_held=reason is not None)
        run = sealing.seal(night.home, folder, state, reason if state == holds.HELD else None)
        if run.state in run_store.CURRENT_STATES:
            _make_current(night, run, ready, noting)
        elif run.state in run_store.WAITING_STATES:
            run_store.await_review(night.home, run)


def _finished_folder(night: Night) -> Path:
    """Return the run folder as it was put together, or as a publication that was cut short has sealed it."""
    folder = sealing.partial_folder(night)
    if (folder / run_store.MANIFEST).exists():
        return folder
    return night.home.list_dir(night.list_date) / sealing.run_dir_name(identity.run_identity(night))


def _make_current(night: Night, run: run_store.CurrentRun, ready: Ready, noting: sealing.Noting) -> None:
    """Make a run current, without what was recalled since its cut."""
    shown = recall.apply_recalls(night.home, night.settings, run, night.now)
    made = Derived(run, ready) if shown.run == run else shown
    made.show(night.home, night.settings.publish.database_days, noting)
    run_store.review_done(night.home, night.list_date)


def _state(night: Night, run_id: str, *, is_held: bool) -> str:
    decided = sealing.state_of_sealed(night.home, night.list_date, run_id)
    if decided in ("auto_approved", "approved", "rejected"):
        return decided
    if is_held:
        return holds.HELD
    return "pending" if night.settings.review.mode == "required" else "auto_approved"


def _manifest(night: Night, run_id: str, counts: dict[str, int]) -> dict[str, Any]:
    promise: dict[str, Any] = night.engine.select("promise_of_tonight").to_pylist()[0]
    return promise | {
        "run_id": run_id,
        "origin_run_id": run_id,
        "list_date": night.list_date.isoformat(),
        "as_of_date": night.as_of_date.isoformat(),
        "previous_run_id": identity.previous_run_id(night),
        "schema_version": {contract.name: contract.version for contract in published_contracts()},
        "code_version": identity.code_version(),
        "model_versions": identity.model_versions(night),
        "source_watermarks": identity.watermarks(night),
        "missing_sources": missing_sources(night),
        "missing_columns": missing_columns(night),
        "row_counts": counts,
        "audit_bound": _audit_bound(night),
        "settings": night.settings.model_dump(mode="json", exclude=identity.NOT_DECISIVE),
    }


def _audit_bound(night: Night) -> float | None:
    """The most landmines that past lists held by the audit, as a share of them; None on thin evidence."""
    (audit,) = night.engine.read("night.int_promise_audit", columns=["bound", "is_thin"]).to_pylist()
    bound: float | None = None if audit["is_thin"] else audit["bound"]
    return bound
