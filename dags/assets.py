"""Names what the DAGs hand to each other: a day of a source that has arrived, and the call at the deadline."""

from __future__ import annotations

from airflow.sdk import Asset

from xuanpin.pipelines.ingest.arrivals import FAMILIES

SOURCES = {family: Asset(name=f"xuanpin_{family}", group="xuanpin") for family in FAMILIES}
DEADLINE = Asset(name="xuanpin_deadline", group="xuanpin")
