"""WHEN what commands and the desk have decided is delivered: every few minutes, the same as `xuanpin deliver`."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag

from xuanpin.dags.delivering import deliver
from xuanpin.dags.tasks import schedule
from xuanpin.dags.timetables import TIMEZONE


@dag(
    dag_id="xuanpin_deliver",
    schedule=CronTriggerTimetable(schedule().deliver_cron, timezone=TIMEZONE, run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    tags=["xuanpin"],
    doc_md="Sends what is owed and updates the asset xuanpin_published. See docs/data-engineer.md.",
)
def xuanpin_deliver() -> None:
    """One task, which is skipped where nothing is new."""
    deliver()


DELIVER_DAG = xuanpin_deliver()
