"""A home beside the home: a copy of the warehouse, and the lists and models that a past night could read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.comparing.origins import Difference
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine import copy_warehouse
from xuanpin.pipelines.home_locks import alone
from xuanpin.pipelines.home_modes import keep_private
from xuanpin.pipelines.run_store import journal

COPY = "home"


@contextmanager
def scratch_home(home: Home) -> Iterator[Home]:
    """Make a home with a copy of the warehouse of `home` and nothing else, for as long as the block lasts.

    One replay at a time: others wait. What a killed one has left is removed first. Raises HomeBusy while a night writes
    to the warehouse.
    """
    keep_private(home)
    home.replay.mkdir(mode=0o700, exist_ok=True)
    with alone(home.replay / ".lock"):
        scratch = Home(home.replay / COPY)
        shutil.rmtree(scratch.root, ignore_errors=True)
        scratch.root.mkdir(mode=0o700)
        try:
            copy_warehouse(home.warehouse, scratch.warehouse)
            yield scratch
        finally:
            shutil.rmtree(scratch.root)


def show_past(
    home: Home, scratch: Home, run: run_store.CurrentRun, manifest: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """Let `scratch` show the lists and models that the night of `run` found in `home`; lists are linked, not copied.

    `manifest` is that of the run. Returns the lists that are no longer kept, each with the run that stands in for it.
    """
    _copy_models(home, scratch, manifest["model_versions"], run.as_of_date)
    gone = []
    for day, shown in sorted(journal.shown_before(home, run).items()):
        standing = _kept(home, shown, date.fromisoformat(day))
        if standing is not None:
            _link_run(home, scratch, standing)
        if standing is None or standing.run_id != shown.run_id:
            gone.append(Difference(day, shown.run_id, None if standing is None else standing.run_id))
    return tuple(gone)


def _kept(home: Home, shown: run_store.CurrentRun, day: date) -> run_store.CurrentRun | None:
    """Return the run itself, or where its folder has been deleted the one that its list date shows now."""
    is_kept = (run_store.run_folder(home, shown) / run_store.MANIFEST).is_file()
    return shown if is_kept else run_store.current_run(home, day)


def _link_run(home: Home, scratch: Home, run: run_store.CurrentRun) -> None:
    folder = scratch.list_dir(date.fromisoformat(run.list_date))
    folder.mkdir(parents=True)
    (folder / run.run_dir).symlink_to(run_store.run_folder(home, run).resolve(), target_is_directory=True)
    run_store.replace_json(folder / run_store.CURRENT, asdict(run))


def _copy_models(home: Home, scratch: Home, versions: list[str], as_of_date: str) -> None:
    """Copy the models that the night read by, and those of its day and before that were rejected: nothing is learnt
    again where something had been. A link would be taken for a model that somebody has put elsewhere."""
    rejected = sorted(path.relative_to(home.models).as_posix() for path in home.models.glob("*_rejected/*"))
    tried = [name for name in rejected if Path(name).name[:10] <= as_of_date]
    for name in (*versions, *tried):
        if (home.models / name).is_dir():
            shutil.copytree(home.models / name, scratch.models / name)
