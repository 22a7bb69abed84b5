"""Names what DAGs hand to each other: a day of a source that has arrived, the call at the deadline, a new list."""

from __future__ import annotations

from airflow.sdk import Asset

from xuanpin.pipelines.ingest.arrivals import FAMILIES

SOURCES = {family: Asset(name=f"xuanpin_{family}", group="xuanpin") for family in FAMILIES}
DEADLINE = Asset(name="xuanpin_deadline", group="xuanpin")
PUBLISHED = Asset(name="xuanpin_published", group="xuanpin")
"""Updated whenever readers are given another list or a brake holds one; the event says which, as `json` messages do."""
