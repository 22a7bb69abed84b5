"""WHEN a merchandiser fills in the form: a decision for the lists to come, as `xuanpin pin`, `ban`, `clear-danger`."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from xuanpin.dags.tasks import todays_request, writer_args
from xuanpin.pipelines.session import open_night


def form() -> dict[str, Param]:
    """The fields of the form; the author is whoever is signed in."""
    day: dict[str, Any] = {"type": ["null", "string"], "format": "date"}
    return {
        "sku_id": Param("", type="string", minLength=1, description="The SKU."),
        "action": Param(
            "ban",
            type="string",
            enum=["pin", "ban", "clear"],
            description="On the list, off it, or no longer held for danger.",
        ),
        "reason": Param("", type="string", minLength=1, description="Why; shown beside the decision."),
        "starts_on": Param(None, **day, description="First list date; tonight's when left out."),
        "ends_on": Param(None, **day, description="Last list date; open end when left out."),
        "approved_by": Param(
            None,
            type=["null", "string"],
            description="Second name, for a pin over the landmine cap and to clear a hold for danger.",
        ),
    }


@dag(
    dag_id="xuanpin_override",
    schedule=None,
    params=form(),
    default_args=writer_args(),
    tags=["xuanpin"],
    doc_md="A form for pins, bans and cleared holds, which tonight's list follows. See docs/merchandiser.md.",
)
def xuanpin_override() -> None:
    """Check what was filled in and store it for the next night."""

    @task
    def take_override_in() -> list[str]:
        from xuanpin.pipelines.overrides import store_overrides
        from xuanpin.pipelines.overrides.sheet import requested_override

        context = get_current_context()
        author = context["dag_run"].triggering_user_name
        with open_night(todays_request()) as night:
            stored = store_overrides(night, [requested_override("the form", {**context["params"], "author": author})])
        return [override.override_id for override in stored]

    take_override_in()


OVERRIDE_DAG = xuanpin_override()
