"""WHEN sources come in: each family of tables is looked for from 01:30 Beijing time until the closed day is there."""

from __future__ import annotations

from airflow.sdk import DAG, dag, task

from xuanpin.dags.assets import SOURCES
from xuanpin.dags.tasks import day_param, schedule, todays_request, writer_args
from xuanpin.dags.timetables import every_day
from xuanpin.pipelines.arrival_steps import ARRIVALS
from xuanpin.pipelines.nightly import run_step
from xuanpin.pipelines.steps import Step

CHOSEN = schedule()
LOOKS = CHOSEN.look_for_minutes // CHOSEN.look_again_minutes


def ingest_dag(step: Step) -> DAG:
    """Return the DAG that takes one family in and, when the day is whole, updates that day of its asset."""
    asset = SOURCES[step.name.removeprefix("ingest_")]

    @dag(
        dag_id=f"xuanpin_{step.name}",
        schedule=every_day(CHOSEN.ingest_cron),
        catchup=False,
        max_active_runs=1,
        params=day_param(),
        default_args=writer_args() | {"retries": LOOKS},
        tags=["xuanpin"],
        doc_md=f"{step.summary}; done when the day's rows are there. See docs/data-engineer.md.",
    )
    def family() -> None:
        @task(task_id=step.name, outlets=[asset])
        def take_in() -> dict[str, int]:
            rows_in, rows_out = run_step(step.name, todays_request())
            return {"rows_in": rows_in, "rows_out": rows_out}

        take_in()

    return family()


INGEST_DAGS = [ingest_dag(arrival) for arrival in ARRIVALS]
