"""Nights of a small platform as the brakes see them: what a night decided, and what its sources brought each day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.support.night_tables import AS_OF, FOR_EVER, LIST_DATE, ago
from xuanpin.pipelines.brakes.step import measure_brakes
from xuanpin.pipelines.context import BEIJING, Home, Night
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.settings import Settings

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)
ORDINARY = {
    "brakes.matches_per_agent": 10.0,
    "brakes.agents_without": 0.0,
    "brakes.list_turnover": 0.125,
    "brakes.satisfaction": 0.8,
    "brakes.return_rate": 0.1,
    "brakes.unmatched_skus": 0.2,
    "brakes.mentions_per_message": 0.2,
    "brakes.orders_per_day": 300.0,
}
"""What an ordinary night of the platform measures."""


@dataclass(frozen=True)
class Decided:
    """Describe a night: `agents` with `slots` each, of which `without` get nothing and the others `matches`; a list of
    `listed` SKUs, of which `unmatched` reach nobody and `stayed` were on the last one, which `left` SKUs have left."""

    agents: int = 200
    slots: int = 10
    matches: int = 10
    without: int = 0
    shortfall: str = "nothing_permitted"
    listed: int = 80
    unmatched: int = 16
    stayed: int = 70
    left: int = 10
    units: int = 100
    satisfaction: float = 0.8
    return_rate: float = 0.1


@dataclass(frozen=True)
class Came:
    """Describe the day of the sources, `days` before it like `usual` of them: order lines of the day, rows of orders,
    messages and opinions read from them."""

    orders: int = 300
    rows: int = 900
    messages: int = 500
    mentions: int = 100


Usual = Callable[[int], Came]


def found(
    engine: Engine,
    decided: Decided | None = None,
    *,
    nights: Sequence[Mapping[str, Any]] | None = None,
    today: Came | None = None,
    usual: Usual = lambda days: Came(),
    days: int = 20,
    brakes: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Measure a night and return its brakes by name.

    `nights`: values by brake of the nights before, the last one first, with the names of brakes that held under
    `held`; `days` and `usual`: of how many days before the sources tell, and what by how long ago; `brakes`: settings.
    """
    _store_decided(engine, decided or Decided())
    _store_sources(engine, {0: today or Came()} | {day: usual(day) for day in range(1, days + 1)})
    _put(
        engine,
        "history.brakes",
        "list_date date, check_name varchar, value double, result varchar, run_id varchar",
        [
            (LIST_DATE - timedelta(days=place), name, value, "fail" if name in night.get("held", ()) else "pass", "r")
            for place, night in enumerate(nights or [], start=1)
            for name, value in night.items()
            if name != "held"
        ],
    )
    night = Night(engine, Settings.model_validate({"brakes": brakes or {}}), Home(Path("nowhere")), AS_OF, None, NOW)
    measure_brakes(night)
    rows = engine.read("night.run_quality").to_pylist()
    return {row["check_name"].removeprefix("brakes."): row for row in rows if row["table_name"] == "brakes"}


def holding(rows: Mapping[str, Any]) -> set[str]:
    """Return the names of the brakes that hold the night."""
    return {name for name, row in rows.items() if row["result"] == "fail"}


def ordinary_nights(count: int, **changed: float) -> list[Mapping[str, Any]]:
    """Return ordinary nights that differ by a few hundredths; `changed` are other values by brake."""
    values = ORDINARY | {f"brakes.{name}": value for name, value in changed.items()}
    return [
        {name: value * (1 + 0.02 * ((3 * place) % 5 - 2)) for name, value in values.items()} for place in range(count)
    ]


def _store_decided(engine: Engine, night: Decided) -> None:
    given = [0] * night.without + [night.matches] * (night.agents - night.without)
    _put(
        engine,
        "night.agent_summary",
        "agent_id varchar, slots_asked integer, matches_given integer, shortfall_code varchar",
        [(f"A{n}", night.slots, matches, None if matches else night.shortfall) for n, matches in enumerate(given)],
    )
    skus = [f"S{n}" for n in range(night.listed)]
    _put(
        engine,
        "night.sku_list",
        "sku_id varchar, sellable_units bigint, satisfaction double, return_rate double",
        [(sku, night.units, night.satisfaction, night.return_rate) for sku in skus],
    )
    _put(engine, "night.agent_matches", "sku_id varchar", [(sku,) for sku in skus[night.unmatched :]])
    before = [*skus[: night.stayed], *(f"old{n}" for n in range(night.left))]
    columns = "list_date date, sku_id varchar"
    _put(engine, "history.listed", columns, [(LIST_DATE - timedelta(days=1), sku) for sku in before])
    checked = (
        "check_name varchar, table_name varchar, result varchar, rows_seen bigint, rows_failed bigint, "
        "severity varchar, value double, usual double, lower_limit double, upper_limit double"
    )
    row = ("orders.unique_key", "orders", "pass", 9, 0, "critical", None, None, None, None)
    _put(engine, "night.run_quality", checked, [row])


def _store_sources(engine: Engine, by_day: Mapping[int, Came]) -> None:
    """Write what came so many days ago, each kind of row in one statement."""
    counts = "measured_on date, orders bigint, rows bigint, messages bigint, mentions bigint"
    rows = [(ago(day), came.orders, came.rows, came.messages, came.mentions) for day, came in by_day.items()]
    _put(engine, "night.came", counts, rows)
    engine.execute(
        "create or replace table ops.arrivals as select 'orders' as table_name, measured_on as known_on, rows "
        "from night.came union all select 'chat_messages', measured_on, messages from night.came"
    )
    engine.execute(
        "create or replace table history.order_line_timeline as select measured_on as ordered_on, "
        f"measured_on as valid_from, date '{FOR_EVER}' as valid_to, true as is_sale "
        "from night.came cross join unnest(range(orders)) as r(n)"
    )
    engine.execute(
        "create or replace table night.feedback_mentions as select measured_on as sent_on, 'feedback' as kind, "
        "0.9 as satisfaction from night.came cross join unnest(range(mentions)) as r(n)"
    )


def _put(engine: Engine, name: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    """Replace a table by these rows in one go; `columns` are names and types as in a create statement."""
    engine.execute(f"create or replace table {name} ({columns})")
    schema = engine.read(name).schema
    cells = zip(*rows, strict=True) if rows else [()] * len(schema)
    engine.append(name, pa.table([list(column) for column in cells], schema=schema))
