"""Sends a notice when a task has finally failed or tomorrow's list is late."""

from __future__ import annotations

import os
from typing import Any

from xuanpin.pipelines.context import settings_from_environment
from xuanpin.pipelines.errors import XuanpinError
from xuanpin.pipelines.notifications import notify


def report_failure(context: Any) -> None:
    """Send which task failed and, where a user may be shown it, why."""
    ti, error = context["ti"], context.get("exception")
    why = str(error) if isinstance(error, XuanpinError) else f"{type(error).__name__}; see the task's log"
    send_notice(f"Xuanpin: {ti.dag_id}.{ti.task_id} failed", f"run {ti.run_id}: {why}")


def report_delay(context: Any) -> None:
    """Send that a run has not finished when it should have."""
    run = context["dag_run"]
    send_notice(
        "Xuanpin: tomorrow's list is late", f"run {run['dag_run_id']} of {run['dag_id']} has not finished in time"
    )


def send_notice(subject: str, text: str) -> None:
    """Send a notice the way this deployment's settings say."""
    notify(settings_from_environment(os.environ).notify, subject, text, os.environ)
