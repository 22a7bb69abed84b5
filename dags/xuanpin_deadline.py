"""WHEN waiting ends: at 04:30 Beijing time a night that no list stands for yet is called for with what is there.

A backfill of this DAG calls for the nights of its days, in their order.
"""

from __future__ import annotations

from airflow.sdk import dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from xuanpin.dags.assets import DEADLINE
from xuanpin.dags.tasks import day_param, schedule, todays_request
from xuanpin.dags.timetables import every_day
from xuanpin.pipelines.ingest.arrivals import has_run


@dag(
    dag_id="xuanpin_deadline",
    schedule=every_day(schedule().deadline_cron),
    catchup=False,
    max_active_runs=1,
    params=day_param(),
    tags=["xuanpin"],
    doc_md="Starts the night with what is there. Backfill this DAG to run nights again. See docs/data-engineer.md.",
)
def xuanpin_deadline() -> None:
    """Update the asset of the deadline unless the day's night has already run."""

    @task(outlets=[DEADLINE])
    def call_for_the_night() -> None:
        request = todays_request()
        if get_current_context()["dag_run"].run_type == "scheduled" and has_run(request.home, request.list_date):
            raise AirflowSkipException(f"a run for list date {request.list_date} stands already")

    call_for_the_night()


DEADLINE_DAG = xuanpin_deadline()
