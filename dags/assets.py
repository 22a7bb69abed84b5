"""What the DAGs hand to each other: a day of a source that is in, and the call for a day at the cut-off."""

from __future__ import annotations

from airflow.sdk import Asset

from pipelines.arrivals import FAMILIES

SOURCES = {family: Asset(name=f"xuanpin_{family}", group="xuanpin") for family in FAMILIES}
CUT_OFF = Asset(name="xuanpin_cut_off", group="xuanpin")
