"""Computes a past night once more from the warehouse and compares every published table with what it was.

Nothing is read from sources and nothing that is published or remembered is touched: the work is done on a copy.
"""

from __future__ import annotations

import hashlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

from xuanpin.pipelines import identity, run_store
from xuanpin.pipelines.comparing.origins import Difference, differences
from xuanpin.pipelines.context import Home, Night, RunRequest, StepCount
from xuanpin.pipelines.contracts import published_contracts
from xuanpin.pipelines.errors import UsageError, XuanpinError
from xuanpin.pipelines.missing.tonight import missing_sources
from xuanpin.pipelines.nightly import STEPS
from xuanpin.pipelines.replaying.scratch import scratch_home, show_past
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.run_store.kept import find_run
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.steps import Step
from xuanpin.pipelines.typed.phrase import phrase

NOT_REPEATED = ("ingest", "write", "report", "publish")
"""Steps of a night that take in rows or make files for readers; the tables are written by the replay itself."""
REPEATED = tuple(step for step in STEPS if step.name not in NOT_REPEATED)


@dataclass(frozen=True)
class ReplayedTable:
    """A published `table`: `published` and `replayed` are the SHA-256 of its file then, as the manifest says, and now.

    `rows_published` and `rows_replayed` are its rows; the first is None where the manifest does not know the table.
    """

    table: str
    published: str
    replayed: str
    rows_published: int | None
    rows_replayed: int

    @property
    def is_equal(self) -> bool:
        """Whether both files have the same bytes."""
        return self.published == self.replayed


@dataclass(frozen=True)
class Replay:
    """What became of a replay.

    `asked` is the run that was named and `run` the night that was replayed: another one where a kept or recalled list
    was asked for, which no night has made. `tables` has every table of its manifest. What differs between then
    (`before`) and now (`after`): `settings`; `origins`, which are code, models, contracts, source rows and the run
    before; `missing`, the sources that the night is without; `lists`, earlier lists that are no longer kept, by the ids
    of their runs. `is_same_run` tells whether all inputs, the source rows' fingerprints among them, give the same run
    id.
    """

    asked: run_store.CurrentRun
    run: run_store.CurrentRun
    tables: tuple[ReplayedTable, ...]
    settings: tuple[Difference, ...]
    origins: tuple[Difference, ...]
    missing: tuple[Difference, ...]
    lists: tuple[Difference, ...]
    is_same_run: bool

    @property
    def is_equal(self) -> bool:
        """Whether every table has the same bytes as then."""
        return all(table.is_equal for table in self.tables)


def replay(
    home: Home,
    asked: run_store.CurrentRun,
    settings: Settings,
    now: datetime,
    on_step: Callable[[Step], None] = lambda step: None,
) -> Replay:
    """Replay the night of the run `asked` for, and compare.

    `settings` are those of the deployment, for what does not decide; the run's own decide. `now` is the time of the
    work, zone-aware. `on_step` is told of each step before it runs. Raises UsageError for a run whose night is not kept
    or whose settings this program does not know, HomeBusy while a night runs.
    """
    if settings.engine.kind != "duckdb":
        raise UsageError(
            phrase("a replay needs the whole warehouse in one file; set [engine] kind to duckdb, without a lake")
        )
    run = _night_of(home, asked)
    manifest = run_store.manifest(home, run)
    request = RunRequest(date.fromisoformat(run.as_of_date), home, None, _as_then(settings, manifest), now, True)
    with scratch_home(home) as scratch, open_night(_moved(request, scratch)) as night:
        gone = show_past(home, scratch, run, manifest)
        for step in REPEATED:
            on_step(step)
            cast(Callable[[Night], StepCount], pkgutil.resolve_name(step.function))(night)
        folder = sealing.partial_folder(night)
        sealing.start_run_folder(scratch, folder)
        counts = sealing.write_tables(night, folder, run.run_id)
        found = differences(manifest, _inputs_now(night, manifest))
        return Replay(
            asked=asked,
            run=run,
            tables=_compared(folder, manifest, counts),
            settings=found.settings,
            origins=found.origins,
            missing=_missing(night, manifest),
            lists=gone,
            is_same_run=identity.run_identity(night) == run.run_id,
        )


def _night_of(home: Home, asked: run_store.CurrentRun) -> run_store.CurrentRun:
    """Return the run itself, or the one of the night that a kept or recalled list was made from."""
    origin = run_store.manifest(home, asked).get("origin_run_id", asked.run_id)
    if origin == asked.run_id:
        return asked
    try:
        return find_run(home, origin)
    except UsageError as error:
        raise UsageError(
            phrase(
                "run {run} of list date {list_date} was made from that of a night, {origin}, which is no longer kept, "
                "so there is no night to replay",
                run=asked.run_dir,
                list_date=asked.list_date,
                origin=origin[: sealing.RUN_DIR_DIGITS],
            )
        ) from error


def _moved(request: RunRequest, home: Home) -> RunRequest:
    return RunRequest(request.as_of_date, home, None, request.settings, request.now, True)


def _as_then(settings: Settings, manifest: Mapping[str, Any]) -> Settings:
    """Return the settings that a run was decided by, with today's for all that does not decide."""
    if not manifest.get("settings"):
        raise UsageError(
            phrase("that run does not tell its settings, as runs of release 0.1.0; it cannot be replayed by this one")
        )
    try:
        return Settings.model_validate(settings.model_dump(mode="json") | manifest["settings"])
    except (ValueError, XuanpinError) as error:
        raise UsageError(
            phrase("that run was decided by settings that this release does not know; replay it with its own release")
        ) from error


def _inputs_now(night: Night, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a manifest of the replayed night would say of its inputs; row counts are told table by table."""
    return {
        "previous_run_id": identity.previous_run_id(night),
        "schema_version": {contract.name: contract.version for contract in published_contracts()},
        "code_version": identity.code_version(),
        "model_versions": identity.model_versions(night),
        "source_watermarks": identity.watermarks(night),
        "row_counts": manifest["row_counts"],
        "settings": night.settings.model_dump(mode="json", exclude=identity.NOT_DECISIVE),
    }


def _missing(night: Night, manifest: Mapping[str, Any]) -> tuple[Difference, ...]:
    before, after = manifest.get("missing_sources", []), missing_sources(night)
    return () if before == after else (Difference("missing_sources", before, after),)


def _compared(folder: Path, manifest: Mapping[str, Any], counts: Mapping[str, int]) -> tuple[ReplayedTable, ...]:
    published = manifest["files"]
    return tuple(
        ReplayedTable(
            table=table,
            published=published[f"{table}.parquet"],
            replayed=hashlib.sha256((folder / f"{table}.parquet").read_bytes()).hexdigest(),
            rows_published=manifest["row_counts"].get(table),
            rows_replayed=rows,
        )
        for table, rows in counts.items()
        if f"{table}.parquet" in published
    )
