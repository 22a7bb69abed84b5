"""Finds which business day a DAG run is for, whichever way it was started."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from xuanpin.pipelines.context import BEIJING


def business_date(context: Any) -> date:
    """Return the as-of date of a run: its partition, else the date given by hand, else the day before its logical date.

    Partitioned runs carry no logical date, and manual ones no partition, so all three are looked at in this order.
    """
    run = context["dag_run"]
    if run.partition_key:
        return date.fromisoformat(run.partition_key[:10])
    asked = context["params"].get("as_of_date")
    if asked:
        return date.fromisoformat(asked)
    instant: datetime = run.logical_date or run.run_after
    return instant.astimezone(BEIJING).date() - timedelta(days=1)
