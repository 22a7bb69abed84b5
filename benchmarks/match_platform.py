"""The input of the match step for a platform of any size: personas, choice model, list and stock, drawn from a seed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from xuanpin.models.affinity.features import Vocabulary
from xuanpin.pipelines.choice_model.columns import vector_rows
from xuanpin.pipelines.choice_model.store import AGENTS, EFFECTS, SKUS, ChoiceModel, save_choice_model
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.experiment.step import ASSIGNMENTS
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.reporting.card_record import COUNTS
from xuanpin.pipelines.scoring import perishables
from xuanpin.pipelines.scoring.faults import AGENT_REGRETS
from xuanpin.pipelines.selection.own_picks import OWN_PICKS
from xuanpin.pipelines.settings import Settings

AS_OF = date(2026, 11, 21)
LEAVES = 24
STYLES, SERIES, RANK = 12, 8, 8
RECORDS = ", ".join(["agent_id varchar", *(f"{name} bigint" for name in COUNTS)])
"""Columns of what came of agents' earlier matches: empty on this platform."""
WORDS = pa.list_(pa.string())


def reopened(folder: Path) -> Night:
    """The night of a folder, its warehouse open with the memory of a small machine."""
    home = Home(folder)
    engine = open_home(home, memory_limit="1500MB", threads=2)
    return Night(engine, Settings(), home, AS_OF, None, datetime(2026, 11, 22, tzinfo=UTC))


def platform_night(folder: Path, agents: int, skus: int, slots: int, seed: int) -> None:
    """Store everything that the match step reads."""
    rng = np.random.default_rng(seed)
    night = reopened(folder)
    category = [f"类目{leaf % 6}/品类{leaf:02d}" for leaf in range(LEAVES)]
    levels = sorted({*category, *(path.split("/")[0] for path in category)})
    scores = _sku_scores(rng, skus, agents * slots, category)
    night.engine.store("night.sku_scores", scores)
    ranked = scores.select(["sku_id", "category", "list_price", "landmine_probability"]).append_column(
        "role", pa.array(["core"] * skus)
    )
    night.engine.store("night.sku_list", ranked.append_column("list_rank", pa.array(range(1, skus + 1), pa.int32())))
    people = _people(rng, agents, slots, category)
    night.engine.store("night.stg_agents", people)
    night.engine.store("night.stg_groups", _groups(rng, people))
    styles, series = (tuple(f"{stem}{n}" for n in range(count)) for stem, count in (("款", STYLES), ("系", SERIES)))
    vocabulary = Vocabulary(tuple(levels), styles, series)
    save_choice_model(night, _choice_model(rng, people["agent_id"], scores["sku_id"], vocabulary))
    night.engine.store("night.stg_products", scores.select(["sku_id", "category", "list_price"]))
    _store_history(night, rng, people["agent_id"], scores["sku_id"])
    night.engine.execute(f"create or replace table night.int_agent_records ({RECORDS})")
    night.engine.store("night.int_perishables", perishables.SKUS.empty_table())
    night.engine.store("night.int_agent_waiting", perishables.AGENTS.empty_table())
    night.engine.store("night.int_agent_regret", AGENT_REGRETS.empty_table())
    night.engine.store("night.int_own_picks", OWN_PICKS.empty_table())
    night.engine.store("night.experiment_assignments", ASSIGNMENTS.empty_table())
    night.engine.close()


def _words(rng: np.random.Generator, stem: str, kinds: int, each: int, rows: int) -> pa.Array:
    flat = pa.array([f"{stem}{kind}" for kind in range(kinds)]).take(pa.array(rng.integers(kinds, size=rows * each)))
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32) * each), flat)


def _sku_scores(rng: np.random.Generator, rows: int, wanted: int, category: list[str]) -> pa.Table:
    regret = rng.beta(1.5, 25, rows)
    return pa.table(
        {
            "sku_id": [f"S{number:05d}" for number in range(rows)],
            "category": [category[leaf] for leaf in rng.integers(len(category), size=rows)],
            "list_price": pa.array(np.round(rng.lognormal(4.2, 0.6, rows), 2)).cast(pa.decimal128(12, 2), safe=False),
            "style_tags": _words(rng, "款", STYLES, 2, rows),
            "series_tags": _words(rng, "系", SERIES, 1, rows),
            # In all a third more than is wanted, most of it in a few SKUs: about half of them run out.
            "sellable_units": np.maximum(1, 1.3 * wanted / rows * rng.lognormal(-0.5, 1.0, rows)).astype(np.int64),
            "satisfaction": rng.uniform(0.5, 1.0, rows),
            "satisfaction_upper": pa.nulls(rows, pa.float64()),
            "landmine_probability": np.minimum(0.5 * regret, 1.0),
            "return_rate": regret + 0.05,
            "regret_rate": regret,
            "happy_if_kept": np.full(rows, 0.95),
        }
    )


def _people(rng: np.random.Generator, rows: int, slots: int, category: list[str]) -> pa.Table:
    low = np.round(rng.lognormal(3.3, 0.4, rows), 2)
    money = pa.decimal128(12, 2)
    empty = pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), pa.array([], pa.string()))
    leaf = pa.array(category).take(pa.array(rng.integers(len(category), size=rows)))
    one_each = pa.array(np.arange(rows + 1, dtype=np.int32))
    return pa.table(
        {
            "agent_id": _ids("A", rows),
            "status": np.full(rows, "active"),
            "joined_on": pa.array(np.full(rows, np.datetime64(AS_OF) - 400), pa.date32()),
            "price_min": pa.array(low).cast(money, safe=False),
            "price_max": pa.array(low + np.round(rng.lognormal(5, 0.5, rows), 2)).cast(money, safe=False),
            "min_satisfaction": pa.array(rng.uniform(0.4, 0.7, rows), mask=rng.random(rows) < 0.5),
            "max_landmine_probability": pa.array(np.full(rows, 0.05), mask=np.arange(rows) % 10 > 0),
            "categories_wanted": empty,
            "categories_excluded": pa.ListArray.from_arrays(one_each, leaf),
            "style_tags": _words(rng, "款", STYLES, 2, rows),
            "series_tags": _words(rng, "系", SERIES, 1, rows),
            "daily_slots": pa.array(np.full(rows, slots), pa.int32()),
        }
    )


def _groups(rng: np.random.Generator, people: pa.Table) -> pa.Table:
    members = rng.integers(50, 500, len(people))
    return pa.table({"agent_id": people["agent_id"], "member_count": members})


def _ids(stem: str, rows: int) -> pa.Array:
    return pa.array(np.char.add(stem, np.char.zfill(np.arange(rows).astype(str), 7)), pa.string())


WEIGHTS = {
    "rank": float(RANK),
    "repeat_strength": 0.2,
    "outside": 4.0,
    "price_centre": 4.2,
    "price_spread": 0.6,
    "return_slope": 0.2,
    "return_centre": 0.3,
    "regret_slope": 0.3,
    "regret_centre": 0.3,
    "pair_0": 0.3,
    "pair_1": 0.4,
    "pair_2": 0.3,
    "pair_3": 0.3,
}
"""Size of a learnt choice model of a medium platform."""


def _choice_model(
    rng: np.random.Generator, agents: pa.ChunkedArray, skus: pa.ChunkedArray, vocabulary: Vocabulary
) -> ChoiceModel:
    """A choice model as step `affinity` would have learnt it: factors, appeals, visits and eight effects an agent."""
    appeal = rng.normal(0, 0.6, len(skus))
    known = {"sku_id": skus, "appeal": appeal, "repeat_weight": np.ones(len(skus)), "factors": _factors(rng, len(skus))}
    sku_rows = pa.table(known | {"look": vector_rows(np.zeros((len(skus), 0)))}, schema=SKUS)
    visits, usual = rng.lognormal(1.5, 0.7, len(agents)), np.full(len(agents), 4.0)
    agent_rows = {"agent_id": agents, "visits": visits, "usual_load": usual, "factors": _factors(rng, len(agents))}
    effects = _effects(rng, agents, len(vocabulary.attributes) - 2)
    return ChoiceModel(pa.table(agent_rows, schema=AGENTS), effects, sku_rows, vocabulary, WEIGHTS)


def _effects(rng: np.random.Generator, agents: pa.ChunkedArray, attributes: int) -> pa.Table:
    own = np.sort(rng.integers(attributes, size=(len(agents), 8)), axis=1)
    kept = np.diff(own, axis=1, prepend=-1) > 0
    row, _ = np.nonzero(kept)
    columns = {
        "agent_id": agents.combine_chunks().take(pa.array(row)),
        "attribute_id": own[kept],
        "effect": rng.normal(0, 0.5, len(row)),
    }
    return pa.table(columns, schema=EFFECTS)


def _factors(rng: np.random.Generator, rows: int) -> pa.ListArray:
    starts = pa.array(np.arange(rows + 1, dtype=np.int32) * RANK)
    return pa.ListArray.from_arrays(starts, pa.array(rng.normal(0, 0.4, rows * RANK)))


def _store_history(night: Night, rng: np.random.Generator, agents: pa.ChunkedArray, skus: pa.ChunkedArray) -> None:
    """What customers got lately, yesterday's matches, and two order lines an agent, a tenth with shared customers."""
    rows, each = len(agents), 6
    ids = agents.combine_chunks()
    seen = _some_skus(rng, rows, each, len(skus))
    units = rng.integers(1, 20, rows * each)
    bought = {
        "agent_id": ids.take(pa.array(np.repeat(np.arange(rows), each))),
        "sku_id": skus.combine_chunks().take(pa.array(seen)),
        "ordered_on": pa.array(np.full(len(units), np.datetime64(AS_OF) - 65), pa.date32()),
        "ordered_units": units,
        "delivered_units": units,
        "returned_units": units // 12,
        "fault_lines": units // 18,
    }
    night.engine.store("night.int_agent_daily", pa.table(bought))
    given = pa.table({name: bought[name] for name in ("agent_id", "sku_id")})
    dates = pa.array(np.full(len(given), np.datetime64(AS_OF)), pa.date32())
    night.engine.store("history.matched", given.append_column("list_date", dates))
    _store_answers(night, rng, given)
    customer = np.arange(2 * rows) // np.where(np.arange(2 * rows) % 20 < 2, 4, 1)
    lines = {
        "agent_id": ids.take(pa.array(np.repeat(np.arange(rows), 2))),
        "group_id": ids.take(pa.array(np.repeat(np.arange(rows), 2))),
        "customer_id": customer,
        "valid_from": pa.array(np.full(2 * rows, np.datetime64(AS_OF)), pa.date32()),
        "valid_to": pa.array(np.full(2 * rows, np.datetime64("9999-12-31")), pa.date32()),
        "ordered_on": pa.array(np.full(2 * rows, np.datetime64(AS_OF)), pa.date32()),
        "delivered_on": pa.array(np.full(2 * rows, np.datetime64(AS_OF)), pa.date32()),
        "fault_requested_on": pa.array(
            np.full(2 * rows, np.datetime64(AS_OF)), pa.date32(), mask=rng.random(2 * rows) > 0.04
        ),
        "is_sale": np.ones(2 * rows, bool),
    }
    night.engine.store("history.order_line_timeline", pa.table(lines))


ANSWERING = 0.5
"""Share of agents who answer to what they are given."""
REASONS = np.array(["price", "style", "not_my_groups", "other"])


def _store_answers(night: Night, rng: np.random.Generator, given: pa.Table) -> None:
    """Half of the agents have answered to yesterday's matches, and took seven of ten."""
    rows = np.flatnonzero(np.repeat(rng.random(len(given) // 6) < ANSWERING, 6))
    taken = rng.random(len(rows)) < 0.7
    said = given.take(pa.array(rows))
    reason = pa.array(REASONS[rng.integers(len(REASONS), size=len(rows))].astype(object), pa.string(), mask=taken)
    said = said.append_column("list_date", pa.array(np.full(len(rows), np.datetime64(AS_OF)), pa.date32()))
    said = said.append_column("answer", pa.array(np.where(taken, "accepted", "declined").astype(object), pa.string()))
    night.engine.store("night.stg_match_answers", said.append_column("reason_code", reason))


def _some_skus(rng: np.random.Generator, rows: int, each: int, skus: int) -> np.ndarray:
    """`each` different SKUs a row, flat: a random start and a random stride."""
    start, stride = rng.integers(skus, size=(rows, 1)), rng.integers(1, max(2, skus // each), size=(rows, 1))
    return ((start + stride * np.arange(each)) % skus).ravel()


def broken_rules(folder: Path) -> dict[str, int]:
    """Matches that break a hard rule, SKUs beyond stock, agents below their floor although SKUs were left."""
    night = reopened(folder)
    row = night.engine.query(BROKEN, floor=night.settings.matching.floor_slots).to_pylist()[0]
    night.engine.close()
    return dict(row)


BROKEN = """
with held as (select sku_id, sum(units_reserved) as units from night.agent_matches group by sku_id),
broken as (
    select count(*) as rules
    from night.agent_matches as m
    join night.stg_agents as a on m.agent_id = a.agent_id
    join night.sku_scores as s on m.sku_id = s.sku_id
    where s.list_price < a.price_min or s.list_price > a.price_max or s.satisfaction < a.min_satisfaction
        or s.landmine_probability > a.max_landmine_probability
        or list_contains(a.categories_excluded, s.category)
)
select
    (select rules from broken) as "rules broken",
    (select count(*) from held join night.sku_scores as s using (sku_id) where units > sellable_units) as "over stock",
    (
        select count(*)
        from night.agent_summary join night.int_match_needs using (agent_id)
        where matches_given < least($floor, stocked_skus, agent_summary.slots_asked)
    ) as "below floor",
    (select sum(matches_given) / sum(slots_asked) from night.agent_summary) as "slots filled"
"""
