"""What each brake looks at and how far from the usual it lets a night be; reasons stand beside the numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from xuanpin.pipelines.settings.running import BrakesSettings

BRAKES = "brakes"
"""What stands for a table's name where run_quality tells of a brake."""
PRIOR_NIGHTS = 10.0
"""Nights that the prior spread is worth: after ten of its own a platform's spread counts half."""
MEDIAN_TO_SPREAD = 1.4826 / math.sqrt(2.0)
"""Spread of normal nights, of the median difference between two: 1.4826 from a median to a standard deviation."""
RECENT_NIGHTS = 7
"""Last nights whose median is the level: a week, so that a slow change moves the level with it."""
FEWEST_SAME_WEEKDAYS = 2
"""Nights of the same weekday that make a level of their own."""
LAST_LIST_DAYS = 7
"""Days within which the last list must lie for its turnover to be compared."""
SOURCE_DAYS = 14
"""Days before the as-of date in which a source has to come daily for its rows to be compared."""
FEWEST_SOURCE_DAYS = 11
"""Of them, days with rows of a source that comes daily; a platform may rest on three."""
FEWEST_SOURCE_ROWS = 20
"""Mean rows a day below which a source is too small to be compared."""

LEAST_FILLED = 0.5
"""Without any night to compare with: share of the places that stock and slots allow, below which a night is held."""
MOST_WITHOUT = 0.3
"""The same for agents left without any SKU, unless for stock: requirements of three in ten are seldom that narrow."""
MOST_TURNOVER = 0.75
"""The same for SKUs that left since the last list; the rules of the list want no more than a half."""
LEAST_SATISFACTION = 0.4
"""The same for the list's mean satisfaction: the best SKUs of a platform please more than two buyers in five."""
MOST_RETURNED = 0.5
"""The same for the list's mean return rate: no category that is sold for long has half of its units returned."""
MOST_UNMATCHED = 0.6
"""The same for listed SKUs that nobody is matched with, where slots are CROWDED times the list or more."""
CROWDED = 3.0
"""Slots a listed SKU, in all, from which every SKU of the list should find somebody."""
LEAST_MENTIONS = 0.005
"""The same for feedback a message: group chat holds more than one opinion in two hundred messages."""


@dataclass(frozen=True)
class Brake:
    """Describe one brake; the unit of `spread` and `least_step` is that of the scale.

    `name`: of its measure; `scale`: share where differences count, ratio where the logarithm does; `setting`: the
    setting that says at how many spreads it holds. `spread`: standard deviation between two nights of an ordinary
    platform; `chance`: that of one counted thing, whose mean is measured; `least_step`: difference that never
    holds, however steady the platform; `is_low_bad`, `is_high_bad`: which way it holds; `high_factor`: how many times
    farther up than down, as a promotion multiplies sales and nothing ordinary divides them so.
    """

    name: str
    scale: Literal["share", "ratio"]
    setting: str
    spread: float
    chance: float
    least_step: float
    is_low_bad: bool = True
    is_high_bad: bool = True
    high_factor: float = 1.0


NIGHT_BRAKES = (
    # Agents' slots stay and are filled as far as stock goes; a quarter fewer matches is a change that somebody made.
    Brake("matches_per_agent", "ratio", "matches_per_agent", 0.12, 1.0, math.log(4 / 3), is_high_bad=False),
    Brake("agents_without", "share", "agents_without", 0.04, 0.5, 0.1, is_low_bad=False),
    # The demo's lists change by 8 to 18 % a night.
    Brake("list_turnover", "share", "list_turnover", 0.08, 0.5, 0.2, is_low_bad=False),
    # A new model of chat moves the mean by a few points.
    Brake("satisfaction", "share", "satisfaction", 0.03, 0.15, 0.1),
    # Return rates of listed SKUs vary by .7 on the log scale; those of the list move with its SKUs.
    Brake("return_rate", "ratio", "return_rate", 0.15, 0.7, math.log(1.5)),
    Brake("unmatched_skus", "share", "unmatched_skus", 0.06, 0.5, 0.2, is_low_bad=False),
    # Lines come in baskets and messages in turns, so that chance counts half more than with single ones.
    Brake("mentions_per_message", "ratio", "mentions_per_message", 0.3, 1.5, math.log(2.5), high_factor=2.0),
    Brake("orders_per_day", "ratio", "orders_per_day", 0.4, 1.5, math.log(2.5), high_factor=2.0),
)
"""The brakes that every night has."""
SOURCE_RULE = Brake("rows_of_", "ratio", "rows_per_source", 0.4, 1.5, math.log(2.5), high_factor=2.0)
"""The brake of each source that comes daily; the table's name follows."""

_SCHEMA = pa.schema(
    [
        ("brake", pa.string()),
        ("scale", pa.string()),
        ("spreads", pa.float64()),
        ("spread", pa.float64()),
        ("chance", pa.float64()),
        ("least_step", pa.float64()),
        ("is_low_bad", pa.bool_()),
        ("is_high_bad", pa.bool_()),
        ("high_factor", pa.float64()),
    ]
)


def rule_table(settings: BrakesSettings, sources: list[str]) -> pa.Table:
    """Return one row a brake for SQL; `spreads`, at which it holds, are those of `settings`, null where it never does.

    `sources` are the tables whose rows are compared.
    """
    rules = [*((brake.name, brake) for brake in NIGHT_BRAKES), *((SOURCE_RULE.name + s, SOURCE_RULE) for s in sources)]
    rows = [
        {name: getattr(brake, name) for name in _SCHEMA.names[3:]}
        | {"brake": name, "scale": brake.scale, "spreads": getattr(settings, brake.setting) or None}
        for name, brake in rules
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
