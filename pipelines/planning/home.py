"""Finds in a home the run that a list is planned from, beside a running night: it reads run folders alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.identity import NOT_DECISIVE
from xuanpin.pipelines.planning.draft import Draft
from xuanpin.pipelines.planning.plan import Plan, night_settings, plan_problem
from xuanpin.pipelines.planning.problem import Problem, has_problem, read_problem
from xuanpin.pipelines.republishing.recall import recalls_in_force
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import phrase


@dataclass(frozen=True)
class Origin:
    """What a list is planned from: the `folder` of the night's run, the folder of the run that people see (`shown`),
    the list date, and the SKUs `recalled` for it."""

    folder: Path
    shown: Path
    list_date: date
    recalled: tuple[str, ...]


def plan_of(home: Home, list_date: date | None, draft: Draft, read: Callable[[Path], Problem] = read_problem) -> Plan:
    """Plan the list of `list_date` (the latest without one) under a `draft`, beside the list that waits or is shown.

    `read` returns the problem of a run folder. Raises what origin_of and plan_problem raise.
    """
    origin = origin_of(home, list_date)
    return plan_problem(read(origin.folder), draft, origin.shown, origin.recalled)


def origin_of(home: Home, list_date: date | None) -> Origin:
    """Return what the list of `list_date` (the latest without one) is planned from.

    Of a recalled list the night is planned anew, without what is recalled. Raises UsageError for a list date without a
    run or whose list was kept from another night.
    """
    run = run_store.latest_run(home, list_date)
    day = date.fromisoformat(run.list_date)
    recalled = tuple(sorted(recalls_in_force(home, day)))
    return Origin(problem_folder(home, run), run_store.run_folder(home, run), day, recalled)


def problem_folder(home: Home, run: run_store.CurrentRun) -> Path:
    """Return the folder of the night's run that `run` is or was made from during its day.

    Raises UsageError for a list that was kept from another night.
    """
    folder, list_date = run_store.run_folder(home, run), run.list_date
    while not has_problem(folder):
        base = run_store.read_manifest(folder).get("derived_from")
        if base is None:
            break
        if base["list_date"] != list_date:
            raise UsageError(
                phrase(
                    "the list for {list_date} was kept from {kept_from}, because its own night gave none, so there "
                    "is nothing to plan it from; plan the kept list with --list-date {kept_from}",
                    list_date=list_date,
                    kept_from=base["list_date"],
                )
            )
        folder = folder.parent / base["run_dir"]
    return folder


def settings_of(home: Home, list_date: date | None, others: Settings | None = None) -> Settings:
    """Return the settings of the night that made the list of `list_date` (the latest without one).

    A run keeps what decides; the rest is as in the settings `others`, or the defaults without them. Raises what
    origin_of and read_problem raise.
    """
    night = night_settings(read_problem(origin_of(home, list_date).folder).facts)
    return night if others is None else night.model_copy(update={name: getattr(others, name) for name in NOT_DECISIVE})
