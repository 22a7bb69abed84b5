"""Sends a notice when a task has finally failed or tomorrow's list is late."""

from __future__ import annotations

import os
from typing import Any

from xuanpin.pipelines.context import settings_from_environment
from xuanpin.pipelines.explained.notices import delay_notice, failure_notice
from xuanpin.pipelines.notifications import notify
from xuanpin.pipelines.typed.phrase import Phrase


def report_failure(context: Any) -> None:
    """Send which task failed and, where a user may be shown it, why."""
    ti = context["ti"]
    send_notice(*failure_notice(f"{ti.dag_id}.{ti.task_id}", ti.run_id, context.get("exception")))


def report_delay(context: Any) -> None:
    """Send that a run has not finished when it should have."""
    run = context["dag_run"]
    send_notice(*delay_notice(run["dag_id"], run["dag_run_id"]))


def send_notice(subject: Phrase, text: Phrase) -> None:
    """Send a notice the way this deployment's settings say."""
    notify(settings_from_environment(os.environ).notify, subject, text, os.environ)
