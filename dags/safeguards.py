"""Tasks around the steps of a night: notices of what is missing and what was found; a failure keeps the last list."""

from __future__ import annotations

from dataclasses import asdict

from airflow.sdk import TriggerRule, get_current_context, task

from xuanpin.dags.notifications import send_notice
from xuanpin.dags.tasks import todays_request
from xuanpin.pipelines.explained.notices import failed_steps, missing_notice
from xuanpin.pipelines.nightly import STEPS
from xuanpin.pipelines.session import open_night


@task
def say_what_is_missing() -> list[str]:
    """Send which sources the night does without; return their tables."""
    from xuanpin.pipelines.ingest.arrivals import missing, tell_missing

    with open_night(todays_request()) as night:
        if late := missing(night):
            send_notice("missing_source", missing_notice(night.as_of_date, tell_missing(night, late)))
    return sorted(late)


@task
def send_night_notices() -> bool:
    """Send which SKUs are held for danger and which trial was stopped; return whether there was anything to send."""
    from xuanpin.pipelines.explained.night_notices import night_notices

    request = todays_request()
    found = list(night_notices(request.home, request.list_date))
    for kind, notice in found:
        send_notice(kind, notice)
    return bool(found)


@task(trigger_rule=TriggerRule.ONE_FAILED)
def keep_last_list() -> str:
    """Publish the last good list for tomorrow, checked again, because a step failed; return what readers see.

    Raises DayRefused for a day that has not ended: a list kept for it would hide those of the days before.
    """
    from xuanpin.pipelines.republishing.fallback import publish_fallback

    request = todays_request()
    request.refuse_open_day()
    run = publish_fallback(request, failed_steps(_failed_steps()))
    return run.state if run else "nothing is published"


@task(trigger_rule=TriggerRule.NONE_FAILED)
def show_outcome() -> dict[str, str]:
    """Return what readers see for the list date now; nothing where no list was ever published."""
    from xuanpin.pipelines.run_store import current_run

    request = todays_request()
    run = current_run(request.home, request.list_date)
    return asdict(run) if run else {}


def _failed_steps() -> list[str]:
    ti = get_current_context()["ti"]
    names = [step.name for step in STEPS]
    states = ti.get_task_states(dag_id=ti.dag_id, task_ids=names, run_ids=[ti.run_id])[ti.run_id]
    return [name for name in names if states.get(name) == "failed"]
