"""WHEN the week's learning is done: Sunday noon, when no night runs; the same as `xuanpin learn`."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from xuanpin.dags.tasks import day_param, schedule, todays_request, writer_args
from xuanpin.dags.timetables import TIMEZONE
from xuanpin.pipelines.session import open_night


@dag(
    dag_id="xuanpin_learning",
    schedule=CronTriggerTimetable(schedule().learning_cron, timezone=TIMEZONE, run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    params=day_param(),
    default_args=writer_args(),
    tags=["xuanpin"],
    doc_md="A challenger learns to read the chat; it is used when it is no worse. See docs/data-engineer.md.",
)
def xuanpin_learning() -> None:
    """One task that learns from what was known at the end of the day before."""

    @task
    def learn() -> dict[str, int]:
        from xuanpin.pipelines.feedback.learning import learn_now

        with open_night(todays_request()) as night:
            messages, models = learn_now(night)
        return {"messages": messages, "models": models}

    learn()


LEARNING_DAG = xuanpin_learning()
