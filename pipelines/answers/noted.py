"""Notes beside the warehouse what it holds of answers that may still be followed by others, for the agent's page.

A platform's own desk sends answers as drops of the source, which only the warehouse holds. Each ingest writes those of
open list dates to a file of the home, so that the page knows them and does not open the warehouse.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from xuanpin.pipelines.answers.spoken import Spoken, spoken_row
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.home_files import UNREADABLE
from xuanpin.pipelines.home_modes import keep_private

NOTED = "answers_known.parquet"
"""File of the home's folder `desk`: columns of match_answers without what agents have added in their own words."""


def note_answers(night: Night) -> None:
    """Write the answers on list dates from the as-of date on to the home, in one step; nothing where there are none."""
    rows = night.engine.select("said_since", since=night.as_of_date, known_by=None).drop_columns("comment")
    path = night.home.desk / NOTED
    if rows.num_rows or path.exists():
        keep_private(night.home)
        path.parent.mkdir(exist_ok=True)
        partial = path.with_name(f".{NOTED}.partial")
        pq.write_table(rows, partial, compression="zstd")
        partial.replace(path)


def noted_answers(path: Path) -> list[Spoken]:
    """Return the answers in the file at `path`; none of one that cannot be read, which the next ingest writes anew."""
    try:
        return [spoken_row({"comment": None, **row}) for row in pq.read_table(path).to_pylist()]
    except UNREADABLE:
        return []
