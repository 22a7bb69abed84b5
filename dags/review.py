"""Reviews in Airflow: a page that shows tomorrow's list and waits, and the task that records the answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, XComArg, task
from airflow.sdk.exceptions import AirflowSkipException

from xuanpin.dags.tasks import schedule, todays_request
from xuanpin.pipelines.typed.phrase import in_language

APPROVE, REJECT = "Approve", "Reject"
REASON = Param(None, type=["null", "string"], description="Why; the reason is published with the list that is kept.")


@task
def show_list() -> str:
    """Return a summary of the list that waits as Markdown; skip the review where none does.

    None does where settings want no approval and no brake holds the list, and after a re-run.
    """
    from xuanpin.pipelines.explained.review import review_summary
    from xuanpin.pipelines.run_store import pending_run

    request = todays_request()
    if pending_run(request.home, request.list_date) is None:
        raise AirflowSkipException(f"nothing waits for list date {request.list_date}")
    return in_language(review_summary(request.home, request.list_date), request.settings.notify.language)


@task
def record_decision(answer: dict[str, Any]) -> str:
    """Apply the answer; a decision that came first by `xuanpin approve` or `xuanpin reject` stands."""
    from xuanpin.pipelines.republishing.reviews import decide

    person = answer["responded_by_user"]
    is_approved = answer["chosen_options"] == [APPROVE]
    run = decide(todays_request(), person and person["name"], is_approved, answer["params_input"].get("reason"))
    return run.state if run else "nothing is published"


def ask_people(summary: XComArg) -> XComArg:
    """Show the page with two buttons and record the answer; return what the recording task gives.

    The review holds no worker while it waits, and counts as unanswered past the cut-off. A task's result stands for
    the value that it will have, which the library's type hints do not say: hence the two casts.
    """
    review = HITLOperator(
        task_id="review",
        subject="Approve tomorrow's list?",
        body=cast(str, summary),
        options=[APPROVE, REJECT],
        defaults=[REJECT],
        params={"reason": REASON},
        response_timeout=timedelta(minutes=schedule().answer_minutes),
        execution_timeout=None,
        retries=0,
    )
    return record_decision(cast(dict[str, Any], review.output))
