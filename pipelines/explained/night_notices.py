"""What a night tells people beside its list: goods held for danger, and a trial that a guardrail has stopped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.explained.notices import Notice
from xuanpin.pipelines.explained.status import TRIED
from xuanpin.pipelines.republishing.dangers import danger_notice
from xuanpin.pipelines.settings.notify import MessageKind
from xuanpin.pipelines.typed.phrase import phrase


def night_notices(home: Home, list_date: date) -> Iterator[tuple[MessageKind, Notice]]:
    """Yield the notices, by their kinds, of the run for `list_date`: that which waits, or that which readers see."""
    if danger := danger_notice(home, list_date):
        yield "danger", danger
    if stopped := _trial_notice(home, list_date):
        yield "trial_stopped", stopped


def _trial_notice(home: Home, list_date: date) -> Notice | None:
    """Tell of a trial that is stopped and was not in the list before."""
    run = run_store.pending_run(home, list_date) or run_store.current_run(home, list_date)
    earlier = run_store.earlier_run(home, list_date)
    stopped = _stopped(home, run)
    if run is None or stopped is None or stopped == _stopped(home, earlier):
        return None
    name, metric = stopped
    return (
        phrase("Xuanpin: the trial {name} was stopped by itself", name=name),
        phrase(
            "It was stopped because {metric} got worse; all SKUs and agents are treated as usual from {list_date} on. "
            "Report: {report}",
            metric=TRIED[metric],
            list_date=run.list_date,
            report=run_store.run_folder(home, run) / "report.html",
        ),
    )


def _stopped(home: Home, run: run_store.CurrentRun | None) -> tuple[str, str] | None:
    """Return the trial that a run has stopped, and the metric of the guardrail."""
    if run is None:
        return None
    found = run_store.read_table(home, run, "experiment_results", ["experiment", "stopped_by"], trial_state="stopped")
    return next(((row["experiment"], row["stopped_by"]) for row in found.to_pylist()), None)
