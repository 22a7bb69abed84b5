"""Sends a notice when a task has finally failed or tomorrow's list is late."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from xuanpin.pipelines.context import Home, settings_from_environment
from xuanpin.pipelines.delivery import notify
from xuanpin.pipelines.explained.notices import Notice, delay_notice, failure_notice
from xuanpin.pipelines.settings.notify import MessageKind


def report_failure(context: Any) -> None:
    """Send which task failed and, where a user may be shown it, why."""
    ti = context["ti"]
    send_notice("failed", failure_notice(f"{ti.dag_id}.{ti.task_id}", ti.run_id, context.get("exception")))


def report_delay(context: Any) -> None:
    """Send that a run has not finished when it should have."""
    run = context["dag_run"]
    send_notice("late", delay_notice(run["dag_id"], run["dag_run_id"]))


def send_notice(kind: MessageKind, notice: Notice) -> None:
    """Send a notice by the channels of this deployment's settings; its home keeps it until each has had it."""
    home = os.environ.get("XUANPIN_HOME")
    notify(Home(Path(home)) if home else None, settings_from_environment(os.environ), kind, notice, os.environ)
