"""Finds the layout of times that a column proves by all its values, to be proposed in a refusal.

A night reads no time by such a proof: the next file, of one day such as 05/11/2026, may prove nothing or the contrary,
and would be read otherwise. What is proved once is written into the settings and holds for every file.
"""

from __future__ import annotations

from typing import Any

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.contracts.sql import Column
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.ingest.statements.layouts import unread_times
from xuanpin.pipelines.ingest.times import SERIAL_LAYOUT
from xuanpin.pipelines.typed.phrase import Phrase, phrase

_MONTHS = 12


def layout_advice(engine: Engine, contract: Contract, column: Column, table: str, path: str) -> Phrase | None:
    """Say which setting reads the times of a column that nothing could read, None where no layout is likely.

    The rows are those of the file `path` in the temporary `table` of new rows.
    """
    found = engine.query(unread_times(column, table), path=path).to_pylist()[0]
    place = f"[sources.tables.{contract.name}] formats.{column.name}"
    if found["row_count"] and found["serials"] == found["row_count"]:
        return phrase(
            "a spreadsheet wrote its own day numbers: format the column as date and time there, or have them read: "
            "{setting}",
            setting=f'{place} = "{SERIAL_LAYOUT}"',
        )
    if not _is_of_one_kind(found):
        return None
    day_first, month_first = (_layout(found, order) for order in (("%d", "%m"), ("%m", "%d")))
    is_day_first, is_month_first = found["most_first"] > _MONTHS, found["most_second"] > _MONTHS
    if is_day_first and is_month_first:
        return phrase("day and month are not in one order; have the file written with the year first")
    if is_day_first or is_month_first:
        return phrase(
            "all its values prove the layout: {setting}",
            setting=f'{place} = "{day_first if is_day_first else month_first}"',
        )
    return phrase(
        "no value of the file tells day and month apart; say which comes first: {day_first} or {month_first}",
        day_first=f'{place} = "{day_first}"',
        month_first=f'"{month_first}"',
    )


def _is_of_one_kind(found: dict[str, Any]) -> bool:
    """Tell whether all values have three numbers with one mark between, and what follows is written in one way."""
    is_whole = found["row_count"] > 0 and found["parted"] == found["row_count"] and found["year_digits"] is not None
    return is_whole and found["mark"] != "?" and len(found["clocks"]) == 1 and found["clocks"] != ["?"]


def _layout(found: dict[str, Any], order: tuple[str, str]) -> str:
    year = "%Y" if found["year_digits"] == 4 else "%y"
    return f"{found['mark'].join((*order, year))}{found['clocks'][0]}"
