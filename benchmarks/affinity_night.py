"""The night's own affinity on real purchases: step `affinity` learns from them, and its scores rank a list.

Purchases stand for order lines of agents whose posts nobody knows; there are no personas, tags, returns or groups.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.affinity_sets import Purchases
from xuanpin.pipelines.affinity.step import affinity
from xuanpin.pipelines.choice_model.store import load_choice_model
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.matching.inputs import listed_lineup
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.scoring import perishables
from xuanpin.pipelines.settings import Settings

ORIGIN = date(2020, 1, 1)
"""Day 0 of the purchases."""
SLOTS = 20
WORDS = pa.list_(pa.string())
MONEY = pa.decimal128(12, 2)


def night_scores(purchases: Purchases, sku_list: np.ndarray, start: int) -> np.ndarray:
    """Log attraction of every agent to every listed SKU, as the match step would score them on day `start`."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        as_of = ORIGIN + timedelta(days=start - 1)
        night = Night(open_home(home), Settings(), home, as_of, None, datetime(2030, 1, 1, tzinfo=UTC))
        _store(night, purchases.before(start), sku_list, start - night.settings.matching.history_days)
        affinity(night)
        scores = listed_lineup(night, load_choice_model(night)).scores
        rows = np.arange(purchases.agents)
        drawn = scores.own_attraction(rows, scores.closeness(rows))
        night.engine.close()
    return np.asarray(drawn + scores.skus.appeal)


def _store(night: Night, purchases: Purchases, sku_list: np.ndarray, first: int) -> None:
    agents, skus = _ids("A", purchases.agents), _ids("S", len(purchases.sku_price))
    night.engine.store("night.stg_agents", _agents(agents))
    groups = pa.schema([("agent_id", pa.string()), ("member_count", pa.int64())])
    night.engine.store("night.stg_groups", groups.empty_table())
    products = _products(skus, purchases)
    night.engine.store("night.stg_products", products)
    night.engine.store("night.int_perishables", perishables.SKUS.empty_table())
    night.engine.store("night.int_agent_waiting", perishables.AGENTS.empty_table())
    listed = products.take(pa.array(sku_list))
    night.engine.store("night.sku_scores", _scored(listed))
    night.engine.store("night.int_candidates", listed.select(["sku_id"]))
    ranks = pa.array(np.arange(1, len(sku_list) + 1), pa.int32())
    night.engine.store("night.sku_list", listed.select(["sku_id"]).append_column("list_rank", ranks))
    night.engine.store("night.int_agent_daily", _daily(purchases, agents, skus, first))
    shown = [("agent_id", pa.string()), ("sku_id", pa.string())]
    answers = [*shown, ("list_date", pa.date32()), ("answer", pa.string()), ("reason_code", pa.string())]
    night.engine.store("night.stg_match_answers", pa.schema(answers).empty_table())
    night.engine.store("history.posts", pa.schema([*shown, ("posted_on", pa.date32())]).empty_table())
    night.engine.store("history.matched", pa.schema([*shown, ("list_date", pa.date32())]).empty_table())


def _ids(stem: str, count: int) -> pa.Array:
    return pa.array([f"{stem}{number:06d}" for number in range(count)])


def _agents(agents: pa.Array) -> pa.Table:
    count = len(agents)
    unset = {name: pa.nulls(count, MONEY) for name in ("price_min", "price_max")}
    words = ("categories_wanted", "categories_excluded", "style_tags", "series_tags")
    return pa.table(
        {
            "agent_id": agents,
            "status": ["active"] * count,
            "joined_on": pa.array([ORIGIN] * count, pa.date32()),
            **unset,
            "min_satisfaction": pa.nulls(count, pa.float64()),
            "max_landmine_probability": pa.nulls(count, pa.float64()),
            **{name: pa.array([[]] * count, WORDS) for name in words},
            "daily_slots": pa.array([SLOTS] * count, pa.int32()),
        }
    )


def _products(skus: pa.Array, purchases: Purchases) -> pa.Table:
    count = len(skus)
    return pa.table(
        {
            "sku_id": skus,
            "category": [f"C{code:04d}" for code in purchases.sku_category],
            "list_price": pa.array(np.round(purchases.sku_price, 2)).cast(MONEY, safe=False),
            "style_tags": pa.array([[]] * count, WORDS),
            "series_tags": pa.array([[]] * count, WORDS),
        }
    )


def _scored(listed: pa.Table) -> pa.Table:
    flat = {
        "satisfaction": 0.8,
        "satisfaction_upper": 0.8,
        "landmine_probability": 0.0,
        "return_rate": 0.05,
        "regret_rate": 0.02,
        "happy_if_kept": 0.95,
    }
    for name, value in flat.items():
        listed = listed.append_column(name, pa.array(np.full(len(listed), value)))
    return listed.append_column("sellable_units", pa.array(np.full(len(listed), 10**6)))


def _daily(purchases: Purchases, agents: pa.Array, skus: pa.Array, first: int) -> pa.Table:
    recent = purchases.day >= first
    rows = np.stack([purchases.agent, purchases.day, purchases.sku], axis=1)[recent]
    cells, units = np.unique(rows, axis=0, return_counts=True)
    days = np.datetime64(ORIGIN) + cells[:, 1].astype("timedelta64[D]")
    none = np.zeros(len(units), np.int64)
    return pa.table(
        {
            "agent_id": agents.take(pa.array(cells[:, 0])),
            "sku_id": skus.take(pa.array(cells[:, 2])),
            "ordered_on": pa.array(days, pa.date32()),
            "ordered_lines": units,
            "ordered_units": units,
            "delivered_units": units,
            "returned_units": none,
            "fault_lines": none,
        }
    )
