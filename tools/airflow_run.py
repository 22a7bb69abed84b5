"""A real run on a running Airflow: sources arrive, the night follows, the list is approved through REST."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import typer

from tools.airflow_local import Client

T = TypeVar("T")
FAMILIES = ("reference", "orders", "returns", "chat")
NIGHTLY = "dags/xuanpin_nightly/dagRuns"
DAGS = 9
PATIENCE = 900.0
"""Seconds that one stage may take on a busy machine."""
SETTLING = 10.0
"""Seconds until the scheduler knows that the process that asked has ended; a task answered sooner counts as failed."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its state, what people were shown, what readers see, and the state of each task."""

    run_id: str
    state: str
    shown: str
    published: dict[str, str]
    tasks: dict[str, str]


def take_sources_in(client: Client, day: str) -> str:
    """Start the four ingest DAGs for a day; returns the nightly run that their assets start."""
    until(lambda: client.get("dags")["total_entries"] >= DAGS)
    before = {run["dag_run_id"] for run in client.get(NIGHTLY)["dag_runs"]}
    for family in FAMILIES:
        client.post(f"dags/xuanpin_ingest_{family}/dagRuns", {"logical_date": None, "partition_key": day})

    def started() -> str | None:
        runs = client.get(NIGHTLY)["dag_runs"]
        new = [run["dag_run_id"] for run in runs if run["partition_key"] == day and run["dag_run_id"] not in before]
        return new[0] if new else None

    return until(started)


def wait_for_review(client: Client, run_id: str) -> dict[str, Any]:
    """What the review page of a run shows, once it waits for an answer."""

    def waiting() -> bool:
        if client.get(f"{NIGHTLY}/{run_id}")["state"] in ("failed", "success"):
            raise RuntimeError(f"the run ended before it asked anybody: {task_states(client, run_id)}")
        return task_states(client, run_id).get("review") == "awaiting_input"

    until(waiting)
    time.sleep(SETTLING)
    detail: dict[str, Any] = client.get(f"{NIGHTLY}/{run_id}/taskInstances/review/-1/hitlDetails")
    return detail


def answer(client: Client, run_id: str, decision: str, reason: str | None) -> None:
    """Answer the review as the page does."""
    body = {"chosen_options": [decision], "params_input": {"reason": reason}}
    client.patch(f"{NIGHTLY}/{run_id}/taskInstances/review/-1/hitlDetails", body)


def wait_for_end(client: Client, run_id: str, shown: str) -> Outcome:
    """How a run ended."""

    def ended() -> str | None:
        state: str = client.get(f"{NIGHTLY}/{run_id}")["state"]
        return state if state in ("failed", "success") else None

    state = until(ended)
    tasks = task_states(client, run_id)
    published = {}
    if tasks.get("show_outcome") == "success":
        entry = client.get(f"{NIGHTLY}/{run_id}/taskInstances/show_outcome/xcomEntries/return_value", deserialize=True)
        published = entry["value"]
    return Outcome(run_id, state, shown, published, tasks)


def task_states(client: Client, run_id: str) -> dict[str, str]:
    """The state of every task of a nightly run."""
    tasks = client.get(f"{NIGHTLY}/{run_id}/taskInstances")["task_instances"]
    return {task["task_id"]: task["state"] for task in tasks}


def until(look: Callable[[], T | None]) -> T:
    """The first result of repeated looks."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(1)
    raise TimeoutError(f"nothing came of {look.__name__} in {PATIENCE:.0f} s")


def main(
    as_of: Annotated[str, typer.Option(help="Business day.")] = "2026-11-21",
    decision: Annotated[str, typer.Option(help="Approve or Reject.")] = "Approve",
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    url: Annotated[str, typer.Option(help="Where Airflow is.")] = "http://127.0.0.1:8080",
) -> None:
    """Run a day on the Airflow that `make airflow` started and answer its review through REST."""
    client = Client(url)
    run_id = take_sources_in(client, as_of)
    typer.echo(f"all sources of {as_of} are in; run {run_id} goes on to its review")
    shown = wait_for_review(client, run_id)["body"]
    typer.echo(shown)
    answer(client, run_id, decision, reason)
    outcome = wait_for_end(client, run_id, shown)
    typer.echo(f"{decision}: the run is a {outcome.state}; readers see {outcome.published}")


if __name__ == "__main__":
    typer.run(main)
