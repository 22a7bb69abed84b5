"""WHEN the night runs: 01:30 Beijing time for the business day that has just closed, one task a step."""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import CronPartitionTimetable, Param, chain, dag, get_current_context, task

from dags.business_date import business_date
from pipelines.nightly import STEPS, deployed_ask, run_step

# The night is one writer on one warehouse file: a second run waits, and so does a task of the same run.
WRITER_SETTINGS = {"max_active_runs": 1, "max_active_tasks": 1}


@dag(
    dag_id="xuanpin_nightly",
    schedule=CronPartitionTimetable("30 1 * * *", timezone="Asia/Shanghai", run_offset=-1, key_format="%Y-%m-%d"),
    catchup=False,
    params={
        "as_of_date": Param(None, type=["null", "string"], format="date", description="Business day of a manual run."),
    },
    default_args={"retries": 0, "execution_timeout": timedelta(hours=1)},
    tags=["xuanpin"],
    doc_md="From the day's drops to tomorrow's list, agent matches and report. See docs/data-engineer.md.",
    **WRITER_SETTINGS,
)
def xuanpin_nightly() -> None:
    """Chain the steps of `pipelines.nightly` in their order."""

    def step_task(name: str, doc: str):
        @task(task_id=name, doc_md=doc)
        def run() -> dict[str, int]:
            ask = deployed_ask(business_date(get_current_context()), os.environ)
            rows_in, rows_out = run_step(name, ask)
            return {"rows_in": rows_in, "rows_out": rows_out}

        return run()

    chain(*[step_task(step.name, f"Reads {step.reads}; writes {step.writes}.") for step in STEPS])


xuanpin_nightly()
