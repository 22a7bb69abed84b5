"""Says what a list date shows after a night or a decision, as text or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import typer

from xuanpin.pipelines.cli.options import show
from xuanpin.pipelines.cli.speech import say
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.errors import DayRefused, InputRefused, NothingPublished, OutputCheckFailed, UsageError
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import NOTHING, joined, phrase


def show_status(home: Home, as_of: date | None, settings: Settings, *, as_json: bool = False) -> None:
    """Print the status of the list that a night `as_of` a date published (of the latest list without a date).

    With `as_json` it is one JSON object.
    """
    from xuanpin.pipelines.explain import status_facts, status_text

    facts = status_facts(home, None if as_of is None else as_of + timedelta(days=1), settings)
    show(facts | {"is_new_list": True}, status_text(facts), as_json)


def show_outcome(request: RunRequest, *, as_json: bool) -> None:
    """Print what the list date of `request` shows after a night or a decision.

    Raises NothingPublished where it shows no new list; with `as_json` its message stands in the JSON, and the command
    leaves with its exit code.
    """
    try:
        require_new_list(request)
    except NothingPublished as outcome:
        if not as_json:
            raise
        show(_without_new_list(request) | {"message": str(outcome)}, "", as_json)
        raise typer.Exit(outcome.exit_code) from outcome
    show_status(request.home, request.as_of_date, request.settings, as_json=as_json)


def _without_new_list(request: RunRequest) -> dict[str, Any]:
    from xuanpin.pipelines import run_store

    pending = run_store.pending_run(request.home, request.list_date)
    current = run_store.current_run(request.home, request.list_date)
    shown = pending or current
    return {
        "is_new_list": False,
        "list_date": request.list_date.isoformat(),
        "run_id": shown.run_id if shown else None,
        "state": shown.state if shown else None,
        "readers_see": current.state if current else None,
    }


def require_new_list(request: RunRequest) -> None:
    """Raise NothingPublished, naming what readers see, where the list date of `request` does not show a new list."""
    from xuanpin.pipelines import run_store
    from xuanpin.pipelines.republishing.holds import held_reason

    pending, current = (
        run_store.pending_run(request.home, request.list_date),
        run_store.current_run(request.home, request.list_date),
    )
    shown = (
        phrase("readers see a list that is {state}", state=run_store.STATES[current.state])
        if current
        else phrase("readers see no list yet")
    )
    if pending is not None:
        page = run_store.run_folder(request.home, pending) / "report.html"
        reason = held_reason(request.home, pending)
        raise NothingPublished(
            phrase(
                "list date {list_date}: {state}; {shown}. {reason}Read {page}, then run `xuanpin approve "
                "--list-date {list_date} --by NAME` or `xuanpin reject --list-date {list_date} --by NAME "
                "--reason WHY`",
                list_date=request.list_date,
                state=run_store.STATES[pending.state],
                shown=shown,
                reason=joined((reason, " "), "") if reason else NOTHING,
                page=page,
            )
        )
    if current is None or current.state == "fallback":
        raise NothingPublished(
            phrase("list date {list_date}: no new list is published; {shown}", list_date=request.list_date, shown=shown)
        )


@contextmanager
def report_refusal(request: RunRequest, *, as_json: bool) -> Iterator[None]:
    """Print what the list date of `request` shows when the night in the block is refused; the error passes on.

    Nothing is printed with `as_json`, where no list was ever
    published, or where the night was refused for its day.
    """
    from xuanpin.pipelines import run_store

    try:
        yield
    except (InputRefused, OutputCheckFailed, UsageError) as error:
        run = run_store.current_run(request.home, request.list_date)
        state = (
            phrase("no list") if run is None else phrase("a list that is {state}", state=run_store.STATES[run.state])
        )
        is_asked = not as_json and not isinstance(error, DayRefused)
        if is_asked and run_store.current_run(request.home) is not None:
            say(phrase("list date {list_date} shows {state}", list_date=request.list_date, state=state))
        raise
