"""Tasks that deliver what is published and update its asset; they start no fallback and fail no night."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import XComArg, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from xuanpin.dags.assets import PUBLISHED
from xuanpin.pipelines.context import BEIJING, request_from_environment

TRIES_AGAIN = 2


@task(
    inlets=[PUBLISHED],
    outlets=[PUBLISHED],
    retries=TRIES_AGAIN,
    retry_delay=timedelta(minutes=1),
    execution_timeout=timedelta(minutes=30),
    pool="default_pool",
    on_failure_callback=None,
)
def deliver() -> int:
    """Bring databases and people level, and tell in an event of the asset which lists are new; skip where none is.

    The last event in Airflow's own store says what was told before. Returns how many lists the event tells of.
    """
    from xuanpin.pipelines import delivery
    from xuanpin.pipelines.delivery.messages.scheduler import scheduler_event

    request = request_from_environment(datetime.now(BEIJING).date(), os.environ)
    delivery.deliver(request.home, request.settings, os.environ)
    context: Any = get_current_context()
    told = list(context["inlet_events"][PUBLISHED].ascending(False).limit(1))
    event = scheduler_event(request.home, request.settings, told[0].extra if told else None)
    if event is None:
        raise AirflowSkipException("nothing new is published")
    context["outlet_events"][PUBLISHED].extra = event
    return len(event["events"])


def deliver_after(*tasks: XComArg, task_id: str) -> None:
    """Deliver when `tasks` have ended, however they did; as a teardown it has no say in how the run ends."""
    last: Any = deliver.override(task_id=task_id)()
    list(tasks) >> last.as_teardown()
