"""WHEN the night runs: once all sources of a day are in, or when the deadline calls for it; one task a step."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import AssetAll, PartitionedAssetTimetable, XComArg, chain, dag, task
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from xuanpin.dags.assets import DEADLINE, SOURCES
from xuanpin.dags.delivering import deliver_after
from xuanpin.dags.notifications import report_delay
from xuanpin.dags.review import ask_people, show_list
from xuanpin.dags.safeguards import keep_last_list, say_what_is_missing, send_night_notices, show_outcome
from xuanpin.dags.tasks import day_param, schedule, todays_request, writer_args
from xuanpin.pipelines.nightly import STEPS, run_step


@dag(
    dag_id="xuanpin_nightly",
    schedule=PartitionedAssetTimetable(assets=AssetAll(*SOURCES.values()) | DEADLINE),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=1,
    params=day_param(),
    default_args=writer_args(),
    deadline=DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=schedule().alert_minutes),
        callback=SyncCallback(report_delay),
    ),
    tags=["xuanpin"],
    doc_md="From the day's drops to tomorrow's list, agent matches and report. See docs/data-engineer.md.",
)
def xuanpin_nightly() -> None:
    """Chain the steps of `xuanpin.pipelines.nightly` in their order, then people where settings or brakes want."""

    def step_task(name: str, doc: str) -> XComArg:
        @task(task_id=name, doc_md=doc)
        def run() -> dict[str, int]:
            rows_in, rows_out = run_step(name, todays_request())
            return {"rows_in": rows_in, "rows_out": rows_out}

        return run()

    steps = [step_task(step.name, step.summary) for step in STEPS]
    chain(*steps)
    steps[0] >> say_what_is_missing()
    kept = keep_last_list()
    steps >> kept
    steps[-1] >> send_night_notices()
    deliver_after(steps[-1], kept, task_id="deliver")
    summary = show_list()
    steps[-1] >> summary
    decided = ask_people(summary)
    decided >> show_outcome()
    deliver_after(decided, task_id="deliver_decision")


NIGHTLY_DAG = xuanpin_nightly()
