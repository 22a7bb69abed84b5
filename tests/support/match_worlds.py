"""Small random platforms for the affinity and match steps, stored as the tables that those steps read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.support.agent_tables import RECORD
from tests.support.night_tables import table
from tests.support.perishing import put_perishing
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.experiment.step import ASSIGNMENTS
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.selection.own_picks import OWN_PICKS
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.deciding import MatchingSettings

AS_OF = date(2026, 11, 21)
CATEGORIES = ("女装/连衣裙", "女装/毛衣", "母婴", "生鲜/水果", "家居/收纳")
STYLES, SERIES = ("简约", "复古", "可爱"), ("秋冬", "亲子")


def world_night(
    folder: Path,
    seed: int,
    *,
    agents: int = 12,
    skus: int = 30,
    days: int = 12,
    most_stock: int = 30,
    answered: float = 0.0,
    **matching: float,
) -> Night:
    """A night whose earlier steps are done: random personas, SKUs, posts and purchases from one seed.

    Agents have answered to a share (`answered`) of the SKUs that they may have been given.
    """
    rng = np.random.default_rng(seed)
    home = Home(folder)
    night = Night(
        engine=open_home(home),
        settings=Settings(matching=MatchingSettings.model_validate(matching)),
        home=home,
        as_of_date=AS_OF,
        sources=None,
        now=datetime(2026, 11, 22, tzinfo=UTC),
    )
    scores, people = _sku_scores(rng, skus, most_stock), _people(rng, agents)
    night.engine.store("night.stg_products", _sold(scores.select(PRODUCT_COLUMNS)))
    night.engine.store("night.sku_scores", scores)
    night.engine.store("night.int_candidates", scores.select(["sku_id"]))
    night.engine.store("night.stg_agents", people)
    night.engine.store("night.stg_groups", _groups(people, rng))
    night.engine.store("night.stg_match_answers", _answers(np.random.default_rng(seed), agents, skus, answered))
    night.engine.store("night.int_own_picks", OWN_PICKS.empty_table())
    night.engine.store("night.experiment_assignments", ASSIGNMENTS.empty_table())
    table(night.engine, "night.int_agent_records", RECORD)
    table(night.engine, "night.int_agent_regret", "agent_id varchar, added_regret double")
    put_perishing(night.engine)
    _store_history(night, rng, agents, skus, days)
    listed = scores.slice(0, max(1, skus * 2 // 3)).select(LISTED_COLUMNS)
    ranks = pa.array(range(1, listed.num_rows + 1), pa.int32())
    roles = pa.array(["explore" if rank % 5 == 0 else "core" for rank in range(listed.num_rows)])
    night.engine.store("night.sku_list", listed.append_column("list_rank", ranks).append_column("role", roles))
    return night


ANSWERS = pa.schema(
    [
        ("list_date", pa.date32()),
        ("agent_id", pa.string()),
        ("sku_id", pa.string()),
        ("answer", pa.string()),
        ("reason_code", pa.string()),
    ]
)
SAID = (("accepted", None), ("declined", "price"), ("declined", "style"), ("declined", None), ("own_pick", None))


def _answers(rng: np.random.Generator, agents: int, skus: int, share: float) -> pa.Table:
    pairs = np.argwhere(rng.random((agents, skus)) < share)
    days, said = rng.integers(70, size=len(pairs)), rng.integers(len(SAID), size=len(pairs))
    rows = [
        (AS_OF - timedelta(days=int(day)), agent(who), sku(what), *SAID[number])
        for (who, what), day, number in zip(pairs.tolist(), days, said, strict=True)
    ]
    return _table(rows, ANSWERS)


LISTED_COLUMNS = ["sku_id", "category", "list_price", "landmine_probability"]
PRODUCT_COLUMNS: list[str] = ["sku_id", "title", "category", "list_price", "style_tags", "series_tags"]


def _sold(products: pa.Table) -> pa.Table:
    """The products as they stand in the catalogue: active, and launched long ago."""
    rows = products.num_rows
    for name, value in (("launched_on", AS_OF - timedelta(days=90)), ("season_start", None), ("season_end", None)):
        products = products.append_column(name, pa.array([value] * rows, pa.date32()))
    return products.append_column("status", pa.array(["active"] * rows))


def propose(night: Night, picks: Sequence[tuple[str, str, int]], on_trial: Sequence[str] = ()) -> None:
    """Let agents propose SKUs, (agent, SKU, hour of the day): the gate judges them, what passes and is listed may be
    matched, and the SKUs `on_trial` only so."""
    said = [
        {"list_date": night.list_date, "agent_id": who, "sku_id": item, "answer": "own_pick", "updated_at": hour}
        for who, item, hour in picks
    ]
    stamped = ANSWERS.append(pa.field("updated_at", pa.int64()))
    before = night.engine.read("night.stg_match_answers").to_pylist()
    night.engine.store("night.stg_match_answers", pa.Table.from_pylist([*before, *said], stamped))
    candidates = "select sku_id, cast(null as varchar) as admission_code from night.sku_scores"
    night.engine.store("night.int_selection_candidates", night.engine.query(candidates))
    listed = set(night.engine.read("night.sku_list")["sku_id"].to_pylist())
    rows = []
    for row in night.engine.select("int_own_picks", list_date=night.list_date, margin_hours=24).to_pylist():
        open_code = ("trial_place" if row["sku_id"] in on_trial else "on_list") if row["sku_id"] in listed else None
        code = row["gate_code"] or open_code or "no_place"
        rows.append(
            {name: row[name] for name in ("agent_id", "sku_id", "asked_nth")} | {"decision_code": code, "reasons": []}
        )
    night.engine.store("night.int_own_picks", pa.Table.from_pylist(rows, OWN_PICKS))


def sku(number: int) -> str:
    return f"S{number:04d}"


def agent(number: int) -> str:
    return f"A{number:04d}"


def _tags(rng: np.random.Generator, words: tuple[str, ...], rows: int) -> list[list[str]]:
    return [[word for word in words if rng.random() < 0.4] for _ in range(rows)]


def _sku_scores(rng: np.random.Generator, rows: int, most_stock: int) -> pa.Table:
    regret = rng.beta(1, 15, rows)
    returned = regret + 0.05
    happy = np.full(rows, 0.95)
    return pa.table(
        {
            "sku_id": [sku(number) for number in range(rows)],
            "title": [f"商品{number}" for number in range(rows)],
            "category": [CATEGORIES[number] for number in rng.integers(len(CATEGORIES), size=rows)],
            "list_price": pa.array(np.round(rng.lognormal(4, 0.6, rows), 2)).cast(pa.decimal128(12, 2), safe=False),
            "style_tags": pa.array(_tags(rng, STYLES, rows), pa.list_(pa.string())),
            "series_tags": pa.array(_tags(rng, SERIES, rows), pa.list_(pa.string())),
            "sellable_units": rng.integers(0, most_stock + 1, rows),
            "satisfaction": rng.uniform(0.4, 1.0, rows),
            "satisfaction_upper": pa.nulls(rows, pa.float64()),
            "landmine_probability": np.minimum(2.0 * regret, 1.0),
            "return_rate": returned,
            "regret_rate": regret,
            "happy_if_kept": happy,
            "unit_value": (1 - returned) * happy - regret,
        }
    )


def _people(rng: np.random.Generator, rows: int) -> pa.Table:
    low = np.round(rng.lognormal(3.2, 0.5, rows), 2)
    high = low + np.round(rng.lognormal(4.2, 0.5, rows), 2)
    unset = rng.random((3, rows)) < 0.3
    excluded = [[rng.choice(["女装", "女装/毛衣", "生鲜", "生"])] if rng.random() < 0.4 else [] for _ in range(rows)]
    wanted = [[str(rng.choice(CATEGORIES))] if rng.random() < 0.5 else [] for _ in range(rows)]
    words = pa.list_(pa.string())
    money = pa.decimal128(12, 2)
    return pa.table(
        {
            "agent_id": [agent(number) for number in range(rows)],
            "joined_on": pa.array([AS_OF - timedelta(days=90)] * rows, pa.date32()),
            "status": ["active" if rng.random() < 0.9 else "paused" for _ in range(rows)],
            "price_min": pa.array(low, mask=unset[0]).cast(money, safe=False),
            "price_max": pa.array(high, mask=unset[1]).cast(money, safe=False),
            "min_satisfaction": pa.array(rng.uniform(0.4, 0.8, rows), mask=unset[2]),
            "max_landmine_probability": pa.array(np.full(rows, 0.3), mask=np.arange(rows) % 4 != 3),
            "categories_wanted": pa.array(wanted, words),
            "categories_excluded": pa.array(excluded, words),
            "style_tags": pa.array(_tags(rng, STYLES, rows), words),
            "series_tags": pa.array(_tags(rng, SERIES, rows), words),
            "daily_slots": pa.array(rng.integers(1, 9, rows), pa.int32()),
        }
    )


def _groups(people: pa.Table, rng: np.random.Generator) -> pa.Table:
    rows = people.num_rows
    return pa.table(
        {
            "group_id": [f"G{number:04d}" for number in range(rows)],
            "agent_id": people["agent_id"],
            "member_count": pa.array(rng.integers(20, 300, rows), pa.int32()),
        }
    )


def _store_history(night: Night, rng: np.random.Generator, agents: int, skus: int, days: int) -> None:
    posts, sales, lines = [], [], []
    for day in range(days):
        on = AS_OF - timedelta(days=day)
        for number in range(agents):
            for item in rng.choice(skus, size=min(5, skus), replace=False):
                posts.append((on, agent(number), f"G{number:04d}", sku(item), 1))
                units = int(rng.poisson(0.7))
                if units:
                    back = int(rng.binomial(units, 0.1))
                    sales.append((agent(number), sku(item), on, 1, units, units, back, int(back > 0)))
                    lines.append(
                        (f"C{rng.integers(agents * 5)}", agent(number), f"G{number:04d}", on, on if back else None)
                    )
    night.engine.store("history.posts", _table(posts, POSTS))
    night.engine.store("night.int_agent_daily", _table(sales, SALES))
    whole = [(*line, on, AS_OF - timedelta(days=400), date(9999, 12, 31), True) for line in lines for on in [line[3]]]
    night.engine.store("history.order_line_timeline", _table(whole, LINES))
    given = [(AS_OF, agent(number), sku(item), None) for number in range(agents) for item in range(3)]
    night.engine.store("history.matched", _table(given, GIVEN))


POSTS = pa.schema(
    [
        ("posted_on", pa.date32()),
        ("agent_id", pa.string()),
        ("group_id", pa.string()),
        ("sku_id", pa.string()),
        ("posts", pa.int64()),
    ]
)
SALES = pa.schema(
    [("agent_id", pa.string()), ("sku_id", pa.string()), ("ordered_on", pa.date32())]
    + [
        (name, pa.int64())
        for name in ("ordered_lines", "ordered_units", "delivered_units", "returned_units", "fault_lines")
    ]
)
LINES = pa.schema(
    [
        ("customer_id", pa.string()),
        ("agent_id", pa.string()),
        ("group_id", pa.string()),
        ("ordered_on", pa.date32()),
        ("fault_requested_on", pa.date32()),
        ("delivered_on", pa.date32()),
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
        ("is_sale", pa.bool_()),
    ]
)
GIVEN = pa.schema(
    [("list_date", pa.date32()), ("agent_id", pa.string()), ("sku_id", pa.string()), ("propensity", pa.float64())]
)


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(schema.names)}, schema=schema)
