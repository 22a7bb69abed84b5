"""Where nobody who speaks has ever ordered, the report says what that costs."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.night_tables import put_table
from xuanpin.pipelines.context import BEIJING, Home, Night
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.missing.columns import FEWEST_SENDERS, missing_columns
from xuanpin.pipelines.missing.prices import told_prices
from xuanpin.pipelines.settings import Settings

DAY = date(2026, 11, 21)
LINES = (
    "order_id varchar, customer_id varchar, ordered_on date, valid_from date, valid_to date, return_requested_on date, "
    "return_reason varchar"
)


@pytest.mark.parametrize(
    ("senders", "buyers", "told"),
    [(FEWEST_SENDERS, 0, ["chat_messages.sender_id"]), (FEWEST_SENDERS, 1, []), (FEWEST_SENDERS - 1, 0, [])],
)
def test_accounts_that_never_ordered_are_told(
    warehouse: Engine, tmp_path: Path, senders: int, buyers: int, told: list[str]
) -> None:
    put_table(warehouse, "history.order_line_timeline", LINES)
    rows: list[dict[str, Any]] = [
        {"sender_key": f"C{number}", "first_ordered_on": DAY if number < buyers else None} for number in range(senders)
    ]
    put_table(warehouse, "night.int_senders", "sender_key varchar, first_ordered_on date", *rows)
    night = Night(warehouse, Settings(), Home(tmp_path), DAY, None, datetime(2026, 11, 22, tzinfo=BEIJING))

    assert missing_columns(night) == told
    assert len(told_prices(told)) == len(told)
