"""What an agent's summary tells beside her matches, for specs: nothing, unless a test says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.support.night_tables import put_table, table
from tests.support.perishing import put_perishing
from xuanpin.pipelines.engine import Engine

RECORD = (
    "agent_id varchar, recommended_lines bigint, kept_lines bigint, returned_lines bigint, feedback_voices bigint, "
    "happy_voices bigint, declined_skus bigint, declined_right bigint, declined_fine bigint"
)
HISTORY = (
    "agent_id varchar, sku_id varchar, list_date date, answer varchar, reason_code varchar, is_posted boolean, "
    "shown_share double"
)
SIZES = "agent_id varchar, members bigint, size_class integer"
WEAKEST = "size_class integer, weakest_kept_units double"
SHORT_NIGHTS = "list_date date, agent_id varchar, nights_short integer"


def agent_tables(
    engine: Engine,
    *records: dict[str, Any],
    sizes: Sequence[Sequence[Any]] = (),
    weakest: Sequence[Sequence[Any]] = (),
    short: Sequence[Sequence[Any]] = (),
) -> None:
    """Write agents' records, SIZES, WEAKEST tenths, and how long they have been SHORT_NIGHTS: what a summary reads."""
    put_table(engine, "night.int_agent_records", RECORD, *records)
    table(engine, "night.int_agent_sizes", SIZES, sizes)
    table(engine, "night.int_weakest_tenths", WEAKEST, weakest)
    table(engine, "history.short_nights", SHORT_NIGHTS, short)
    put_perishing(engine)
