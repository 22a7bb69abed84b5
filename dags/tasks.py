"""Sets how our tasks run: one writer at a time, retries only where they may help, time limits from settings."""

from __future__ import annotations

import logging
import os
from datetime import date, timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, Param, RetryAction, RetryRule, get_current_context

from xuanpin.dags.business_date import business_date
from xuanpin.dags.cluster import at_connection
from xuanpin.dags.notifications import report_failure
from xuanpin.dags.pool import WRITER_POOL
from xuanpin.pipelines.context import RunRequest, request_from_environment, settings_from_environment
from xuanpin.pipelines.settings.running import ScheduleSettings

# A task killed from outside, and a home or disk that is busy, deserve this many more tries.
TRIES_AGAIN = 3
# Two passes of our tasks share two cores with the engine; OpenMP left alone takes every core for each of them.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Airflow logs what every library says; this one says hundreds of lines a step.
logging.getLogger("great_expectations").setLevel(logging.WARNING)


def schedule() -> ScheduleSettings:
    """Return the schedule that this deployment's settings give."""
    return settings_from_environment(os.environ).schedule


def retry_policy(look_again_minutes: int) -> ExceptionRetryPolicy:
    """Return the policy that retries what time may heal: a held home, a late day, a machine in trouble."""
    later = timedelta(minutes=look_again_minutes)
    retry, fail = RetryAction.RETRY, RetryAction.FAIL
    return ExceptionRetryPolicy(
        rules=[
            RetryRule(
                "xuanpin.pipelines.errors.HomeBusy", retry, timedelta(minutes=2), "another process holds the home"
            ),
            RetryRule("xuanpin.pipelines.errors.SourceLate", retry, later, "the day's rows have not come yet"),
            RetryRule("xuanpin.pipelines.errors.XuanpinError", fail, reason="data or settings must change first"),
            RetryRule("builtins.OSError", retry, timedelta(minutes=2), "disk, network or memory may recover"),
        ],
        default=fail,
    )


def writer_args() -> dict[str, Any]:
    """Return the default arguments of every task that opens the warehouse."""
    chosen = schedule()
    return {
        "pool": WRITER_POOL,
        "retries": TRIES_AGAIN,
        "retry_delay": timedelta(minutes=2),
        "retry_policy": retry_policy(chosen.look_again_minutes),
        "execution_timeout": timedelta(minutes=chosen.step_minutes),
        "on_failure_callback": report_failure,
    }


def day_param() -> dict[str, Param]:
    """Return the form field of a run by hand."""
    return {"as_of_date": Param(None, type=["null", "string"], format="date", description="Business day of the run.")}


def todays_request() -> RunRequest:
    """Return the run that the running task is asked for."""
    return at_connection(request_from_environment(todays_date(), os.environ))


def todays_date() -> date:
    """Return the as-of date of the running task."""
    return business_date(get_current_context())
