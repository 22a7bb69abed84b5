"""Catalogues with known regret rates, put where the scoring step looks: what it says can be held against the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.pipelines.context import Home, Night, StepCount
from xuanpin.pipelines.engine import Engine, open_engine
from xuanpin.pipelines.scoring.calibration import calibrate
from xuanpin.pipelines.scoring.changes import find_changes
from xuanpin.pipelines.scoring.faults import attribute_faults
from xuanpin.pipelines.scoring.outcomes import count_outcomes
from xuanpin.pipelines.scoring.rates import fit_rates
from xuanpin.pipelines.settings import Settings

LAST_DAY = date(2026, 11, 21)
DAILY = """
create or replace table night.int_sku_daily as
with outcomes as (
    select sku_id, delivered_on, cast(null as integer) as delay_days, 1 as delivered, quantity as units, 0 as returned,
        0 as back, 0 as fault
    from history.order_line_timeline where delivered_on <= $as_of
    union all
    select sku_id, delivered_on, cast(date_diff('day', delivered_on, return_requested_on) as integer), 0, 0, 1,
        returned_units, 0
    from history.order_line_timeline where return_requested_on <= $as_of
    union all
    select sku_id, delivered_on, cast(date_diff('day', delivered_on, fault_requested_on) as integer), 0, 0, 0, 0, 1
    from history.order_line_timeline where fault_requested_on <= $as_of
)
select sku_id, delivered_on, delay_days, cast(sum(delivered) as bigint) as delivered_lines,
    cast(sum(units) as bigint) as delivered_units, cast(sum(returned) as bigint) as returned_lines,
    cast(sum(back) as bigint) as returned_units, cast(sum(fault) as bigint) as fault_lines
from outcomes group by sku_id, delivered_on, delay_days
"""
AGENT_DAILY = """
create or replace table night.int_agent_daily as
select agent_id, sku_id, ordered_on, count(*) as ordered_lines, cast(sum(quantity) as bigint) as ordered_units,
    count(delivered_on) as delivered_units, cast(sum(returned_units) as bigint) as returned_units,
    count(fault_requested_on) as fault_lines
from history.order_line_timeline where ordered_on <= $as_of group by agent_id, sku_id, ordered_on
"""
EMPTY = {
    "history.mentions": (
        "message_id varchar, known_on date, order_line_id varchar, is_complaint boolean, "
        "aspects struct(aspect varchar, polarity double)[]"
    ),
    "night.int_repeated_messages": "message_id varchar, known_on date",
    "night.stg_agents": "agent_id varchar, status varchar",
    "night.stg_groups": ("group_id varchar, agent_id varchar, pickup_point_id varchar, cutoff_minute integer"),
    "night.int_complaints": "order_line_id varchar, sku_id varchar, complained_on date, trust_weight double",
    "night.int_message_labels": "message_id varchar, label integer",
    "night.int_sku_feedback": (
        "sku_id varchar, message_count bigint, buyer_count bigint, positive_weight double, total_weight double, "
        "complaint_count bigint, fake_praise_count bigint, evidence_messages bigint"
    ),
    "night.stg_match_answers": (
        "list_date date, agent_id varchar, sku_id varchar, answer varchar, reason_code varchar, comment varchar, "
        "updated_at timestamp"
    ),
    "ops.judged": "judged_on date, judged_by varchar",
    "history.posts": "posted_on date, agent_id varchar, group_id varchar, sku_id varchar, posts bigint",
    "history.predictions": (
        "list_date date, sku_id varchar, return_rate double, regret_rate double, landmine_probability double, "
        "satisfaction double, decision varchar, run_id varchar"
    ),
    "history.matched": "list_date date, agent_id varchar, sku_id varchar, run_id varchar",
    "history.listed": "list_date date, sku_id varchar, list_rank integer, run_id varchar",
    "night.int_window_mentions": (
        "sku_id varchar, sender_key varchar, sent_on date, kind varchar, order_line_id varchar, satisfaction double, "
        "trust_weight double, attribution_confidence double, message_id varchar, agent_id varchar, sent_at timestamp"
    ),
    "night.int_danger_reports": (
        "sku_id varchar, sender_key varchar, is_from_chat boolean, report_id varchar, known_on date, reported_on date, "
        "is_enough boolean"
    ),
    "night.stg_overrides": (
        "override_id varchar, sku_id varchar, action varchar, starts_on date, ends_on date, author varchar, "
        "approved_by varchar, "
        "created_at timestamp"
    ),
    "night.feedback_mentions": "sku_id varchar, sent_on date, kind varchar, satisfaction double, trust_weight double",
}


@dataclass(frozen=True)
class Catalogue:
    """SKUs and their true rates: `regret` of each SKU, shape (skus,), and the mean regret of its category."""

    products: pd.DataFrame
    regret: np.ndarray
    category_regret: np.ndarray


@dataclass
class Lines:
    """Order lines being drawn; each column has shape (lines,). Times are day numbers before LAST_DAY (0 = that day)."""

    sku: np.ndarray
    age: np.ndarray
    rate: np.ndarray
    carrier: np.ndarray = field(default_factory=lambda: np.empty(0))
    customer: np.ndarray = field(default_factory=lambda: np.empty(0))


def score(night: Night) -> StepCount:
    """Run the five steps of scoring in their order; returns products and candidates scored."""
    # Lines of a world change without a fold, which would tell whose lines are to be judged anew.
    night.engine.clear("ops.judged")
    for step in (count_outcomes, attribute_faults, fit_rates):
        step(night)
    scored = find_changes(night)
    calibrate(night)
    return scored


def draw_catalogue(
    rng: np.random.Generator,
    skus: int,
    categories: int = 12,
    suppliers: int = 60,
    mean: float = 0.06,
    spread: float = 25.0,
) -> Catalogue:
    """SKUs whose rates vary by category, by supplier and, Beta distributed with strength `spread`, within these."""
    category = rng.integers(0, categories, skus)
    supplier = rng.integers(0, suppliers, skus)
    level = mean * np.exp(rng.normal(0.0, 0.4, categories)) / np.exp(0.08)
    push = np.exp(rng.normal(0.0, 0.35, suppliers)) / np.exp(0.06)
    kind = np.clip(level[category] * push[supplier], 0.002, 0.6)
    regret = rng.beta(kind * spread, (1.0 - kind) * spread)
    names = [f"部门{code % 3}/品类{code}" for code in category]
    products = pd.DataFrame(
        {
            "sku_id": [f"S{number:06d}" for number in range(skus)],
            "spu_id": pd.Series([None] * skus, dtype="str"),
            "title": [f"商品{number}" for number in range(skus)],
            "category": names,
            "brand": pd.Series([None] * skus, dtype="str"),
            "supplier_id": [f"SP{code:04d}" for code in supplier],
            "list_price": rng.uniform(10, 300, skus).round(2),
            "image_url": pd.Series([None] * skus, dtype="str"),
            "launched_on": LAST_DAY - timedelta(days=400),
            "sellable_units": 100,
        }
    )
    mean_of = np.bincount(category, regret) / np.bincount(category)
    return Catalogue(products, regret, mean_of[category])


def draw_lines(rng: np.random.Generator, catalogue: Catalogue, lines: int, days: int, uneven: float = 1.0) -> Lines:
    """Lines spread over the last `days` days; `uneven` is the spread of the logarithm of each SKU's popularity."""
    popularity = np.exp(rng.normal(0.0, uneven, len(catalogue.regret)))
    sku = rng.choice(len(popularity), lines, p=popularity / popularity.sum())
    return Lines(sku=sku, age=rng.integers(0, days, lines), rate=catalogue.regret[sku])


def open_world(
    folder: Path,
    rng: np.random.Generator,
    catalogue: Catalogue,
    lines: Lines,
    delay_mean: float = 12.0,
    sober: float = 0.05,
) -> Night:
    """A warehouse as the scoring step finds it on LAST_DAY, with one night on it.

    Regretted lines are returned for a fault after a geometric delay of `delay_mean` days; a share `sober` of the others
    is returned for another reason. What has not shown by LAST_DAY is not in the warehouse.
    """
    folder.mkdir(parents=True, exist_ok=True)
    engine = open_engine(folder / "warehouse.duckdb", threads=2)
    _store_products(engine, catalogue)
    _store_timeline(engine, rng, catalogue, lines, delay_mean, sober)
    for table, columns in EMPTY.items():
        engine.execute(f"create or replace table {table} ({columns})")
    engine.execute(DAILY, as_of=LAST_DAY)
    engine.execute(AGENT_DAILY, as_of=LAST_DAY)
    engine.materialise("int_sku_agents")
    noon = datetime.combine(LAST_DAY, datetime.min.time())
    return Night(engine, Settings(), Home(folder), LAST_DAY, None, noon)


def _store_products(engine: Engine, catalogue: Catalogue) -> None:
    products = catalogue.products.assign(status="active", is_clearance=False, is_cold_chain=False)
    engine.store("night.products_drawn", products)
    engine.execute(
        "create or replace table night.stg_products as select * exclude (sellable_units, list_price), "
        "cast(list_price as decimal(12, 2)) as list_price, ['简约'] as style_tags, ['日常'] as series_tags, "
        "cast(null as date) as season_start, cast(null as date) as season_end, "
        "cast(null as integer) as shelf_life_days, "
        "cast(launched_on as timestamp) as updated_at from night.products_drawn"
    )
    engine.execute(
        "create or replace table night.int_candidates as select p.*, d.sellable_units, "
        "cast(null as date) as offer_until, cast(null as varchar) as offer_code, "
        "cast(null as varchar) as offer_reason from night.stg_products as p "
        "join night.products_drawn as d using (sku_id)"
    )


def _store_timeline(
    engine: Engine, rng: np.random.Generator, catalogue: Catalogue, lines: Lines, delay_mean: float, sober: float
) -> None:
    size = len(lines.sku)
    delay = rng.geometric(1.0 / delay_mean, size)
    is_fault = rng.random(size) < lines.rate
    is_return = is_fault | (rng.random(size) < sober)
    shown = is_return & (delay <= lines.age)
    last = np.datetime64(LAST_DAY)
    delivered = last - lines.age
    asked = np.where(shown, delivered + delay, np.datetime64("NaT"))
    carrier = lines.carrier if len(lines.carrier) else rng.integers(0, 5, size)
    customer = lines.customer if len(lines.customer) else rng.integers(0, max(size // 8, 1), size)
    reason = np.where(is_fault, rng.choice(["quality", "not_as_described", "damaged"], size), "changed_mind")
    table = pa.table(
        {
            "number": pa.array(np.arange(size)),
            "sku": pa.array(lines.sku),
            "carrier": pa.array(carrier),
            "agent": pa.array(rng.integers(0, 200, size)),
            "customer": pa.array(customer),
            "delivered_on": pa.array(delivered.astype("datetime64[D]")),
            "asked_on": pa.array(asked.astype("datetime64[D]")),
            "is_fault": pa.array(is_fault & shown),
            "reason": pa.array(reason),
        }
    )
    engine.store("night.lines_drawn", table)
    engine.execute(
        "create or replace table history.order_line_timeline as select printf('L%09d', number) as order_line_id, "
        "delivered_on as valid_from, date '9999-12-31' as valid_to, printf('O%09d', number) as order_id, "
        "printf('S%06d', sku) as sku_id, printf('A%04d', agent) as agent_id, printf('G%04d', agent) as group_id, "
        "printf('C%07d', customer) as customer_id, printf('快递%d', carrier) as carrier_id, "
        "cast(50 as decimal(12, 2)) as unit_price, "
        "cast(delivered_on as timestamp) as ordered_at, cast(delivered_on - interval 3 day as date) as ordered_on, "
        "delivered_on, cast(delivered_on as timestamp) as delivered_at, 'delivered' as status, "
        "cast(1 as bigint) as quantity, "
        "cast(case when asked_on is not null then 1 else 0 end as bigint) as returned_units, "
        "asked_on as return_requested_on, "
        "case when is_fault then asked_on end as fault_requested_on, "
        "case when asked_on is not null then reason end as return_reason, true as is_sale from night.lines_drawn"
    )
