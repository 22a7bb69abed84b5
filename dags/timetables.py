"""Sets when a day's partition begins, in the shop's own time."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronPartitionTimetable

TIMEZONE = "Asia/Shanghai"
# Partition keys are as-of dates.
KEY_FORMAT = "%Y-%m-%d"


def every_day(cron: str) -> CronPartitionTimetable:
    """Return a timetable whose partition is the day before; a fresh deployment waits for its first hour to come."""
    return CronPartitionTimetable(
        cron, timezone=TIMEZONE, run_offset=-1, key_format=KEY_FORMAT, run_immediately=timedelta(0)
    )
