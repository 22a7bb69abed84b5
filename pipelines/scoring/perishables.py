"""What waiting means for goods that perish: how long each agent's groups wait, what sells in time and what spoils."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.spoilage import Perishables, Perished, SpoilageModel, fit_spoilage
from xuanpin.models.risk.waiting import Waiting, fit_waiting, share_before
from xuanpin.pipelines.choice_model.columns import doubles, rows_of, vector_rows
from xuanpin.pipelines.context import Night

SETTLED_DAYS = 3
"""Days after arrival in which spoilage is said: a bag is opened by then."""
FEWEST_DAYS = 5
"""Days of deliveries of perishable goods from which only these teach how long such goods wait."""
LEVELS, LONGEST_HOURS = 128, 720.0
"""Steps of usual waiting, from an hour to thirty days, for which spoilage is computed: a twentieth apart."""
BASE_LINES = 20.0
"""Lines that the waiting of its kind is worth in what the rates of a SKU say of spoilage already."""
QUANTILE = 1.645
"""Standard deviations of the published bounds, 5 % and 95 %."""
TOLD = ("shelf_hours", "agents_share", "waited_hours", "spoilage_rate", "spoilage_upper", "spoilage_added")
"""Columns of night.int_perishables that go with the score of a SKU, into its reasons and to selection."""
AGENTS = pa.schema(
    [
        ("agent_id", pa.string()),
        ("usual_hours", pa.float64()),
        ("upper_hours", pa.float64()),
        ("before_cutoff", pa.float64()),
        ("waiting_level", pa.int64()),
    ]
)
"""Columns of night.int_agent_waiting, one row an active agent: hours from the close of orders to arrival that are usual
and that her slowest group seldom exceeds, the share of a day's sales before the close, her step of usual waiting."""
SKUS = pa.schema(
    [
        ("sku_id", pa.string()),
        ("shelf_hours", pa.float64()),
        ("agents_share", pa.float64()),
        ("before_cutoff", pa.float64()),
        ("waited_hours", pa.float64()),
        ("spoilage_rate", pa.float64()),
        ("spoilage_upper", pa.float64()),
        ("spoilage_added", pa.float64()),
        ("added_deviation", pa.float64()),
        ("added_by_level", pa.list_(pa.float64())),
    ]
)
"""Columns of night.int_perishables, one row a perishable SKU: the agents for whom it keeps, and of these the share of
sales before the close, usual waiting and the chance of spoilage with its upper bound; what of that its rates do not say
yet, with the deviation, and the same for each step of waiting."""


@dataclass(frozen=True)
class _Agents:
    """Active agents in the order of their ids; columns as in AGENTS."""

    ids: pa.Array
    usual: Floats
    upper: Floats
    before: Floats

    @property
    def level(self) -> Ints:
        """The step of usual waiting of each."""
        return _nearest_step(self.usual)

    def table(self) -> pa.Table:
        """Return the rows of night.int_agent_waiting."""
        columns = [self.ids, np.exp(self.usual), self.upper, self.before, self.level]
        return pa.table(dict(zip(AGENTS.names, columns, strict=True)), schema=AGENTS)


def weigh_perishables(night: Night, *, are_returns_seen: bool) -> int:
    """Learn waiting, sales before the cut-off and spoilage; returns the perishable SKUs.

    Where a platform sends no returns (`are_returns_seen`), its lines only look fresh: spoilage is what is believed
    before any delivery.

    Reads night.stg_products, stg_groups, stg_agents, int_repeated_messages, history.mentions and order_line_timeline.
    Writes night.int_agent_waiting and int_perishables, without rows where nothing perishes.
    """
    wanted, engine = night.settings.perishables, night.engine
    ends: dict[str, Any] = {
        "as_of_date": night.as_of_date,
        "longest_days": wanted.longest_days,
        "waiting_days": wanted.waiting_days,
    }
    learnt_days = max(wanted.waiting_days, wanted.spoilage_days)
    engine.materialise("int_waited_lines", into="temp", learnt_days=learnt_days, **ends)
    rows = engine.select("int_perishable_skus", **ends)
    waited, groups = engine.select("int_waiting_hours", **ends), engine.select("int_group_hours", **ends)
    spoiled = engine.select("int_spoilage_hours", settled_days=SETTLED_DAYS, **ends)
    engine.drop("temp.int_waited_lines")
    spoiled = spoiled if are_returns_seen else spoiled.slice(0, 0)
    if not rows.num_rows:
        engine.store("night.int_agent_waiting", AGENTS.empty_table())
        return engine.store("night.int_perishables", SKUS.empty_table())
    waiting, points = _waiting(waited)
    agents = _agents(groups, waiting, points, wanted.waiting_share)
    engine.store("night.int_agent_waiting", agents.table())
    return engine.store("night.int_perishables", _skus(rows, spoiled, waiting, agents, wanted.margin_hours))


def read_perishables(night: Night, sku_ids: pd.Series) -> pd.DataFrame:
    """Read night.int_perishables for the SKUs `sku_ids` in their order; NaN for those that do not perish."""
    rows = night.engine.read("night.int_perishables").drop_columns(["added_by_level"]).to_pandas()
    found: pd.DataFrame = rows.set_index("sku_id").reindex(sku_ids)
    return found.reset_index(drop=True)


def perished_of(rows: pd.DataFrame) -> Perished:
    """Return what waiting does to SKUs from their `rows` of read_perishables."""
    values = (("before_cutoff", 1.0), ("spoilage_added", 0.0), ("added_deviation", 0.0))
    return Perished(*(rows[name].fillna(usual).to_numpy(np.float64) for name, usual in values))


def _steps() -> Floats:
    return np.linspace(0.0, np.log(LONGEST_HOURS), LEVELS)


def _nearest_step(log_hours: Floats) -> Ints:
    place = np.rint(log_hours * ((LEVELS - 1) / np.log(LONGEST_HOURS)))
    return np.asarray(np.clip(place, 0, LEVELS - 1), dtype=np.int64)


def _waiting(cells: pa.Table) -> tuple[Waiting, pa.Array]:
    """Waiting at each point of `cells`, by its perishable goods where there are enough deliveries of such."""
    own = cells.filter(pc.field("is_perishable"))
    if (pc.sum(own["lines"]).as_py() or 0) and _days(own).sum() >= FEWEST_DAYS:
        cells = own
    points = cells["pickup_point_id"].unique().sort()
    return fit_waiting(
        rows_of(points, cells["pickup_point_id"]), doubles(cells, "hours"), doubles(cells, "lines"), _days(cells)
    ), points


def _days(cells: pa.Table) -> Floats:
    """Days with deliveries of each point, in the order of their ids."""
    points = cells["pickup_point_id"].unique().sort()
    days = np.zeros(len(points))
    np.maximum.at(days, rows_of(points, cells["pickup_point_id"]), doubles(cells, "days"))
    return days


def _agents(groups: pa.Table, waiting: Waiting, points: pa.Array, level: float) -> _Agents:
    """Agents by their `groups` (rows of int_group_hours): the slowest says what must keep, sales weigh the rest."""
    point = rows_of(points, groups["pickup_point_id"])
    units = doubles(groups, "units")
    has_cutoff = np.asarray(pc.is_valid(groups["cutoff_minute"]))
    before = share_before(units, doubles(groups, "units_before"), doubles(groups, "usual_before"))
    agent = groups["agent_id"].combine_chunks()
    codes = agent.dictionary_encode()
    starts = np.flatnonzero(np.diff(np.asarray(codes.indices), prepend=-1))
    weight = units + 1.0
    total = np.add.reduceat(weight, starts)
    return _Agents(
        codes.dictionary,
        np.add.reduceat(weight * waiting.usual[point], starts) / total,
        np.maximum.reduceat(waiting.upper_hours(level)[point], starts),
        np.add.reduceat(weight * np.where(has_cutoff, before, 1.0), starts) / total,
    )


def _skus(rows: pa.Table, cells: pa.Table, waiting: Waiting, agents: _Agents, margin: float) -> pa.Table:
    goods = _goods(rows)
    sku, hours, lines = rows_of(rows["sku_id"], cells["sku_id"]), doubles(cells, "hours"), doubles(cells, "lines")
    model = fit_spoilage(goods, sku, hours, lines, doubles(cells, "spoiled"))
    chance = model.chance_around(goods, _steps(), waiting.spread)
    weights = _levels_served(goods.shelf_hours - margin, agents)
    weight, share, before = (weights[name] for name in ("level", "share", "before"))
    rate, waited = (weight * chance.T).sum(axis=1), np.exp(weight @ _steps())
    usual = chance[_nearest_step(waiting.usual[-1:])[0]]
    said = _said_already(model, goods, (sku, hours, lines), usual)
    deviation = model.deviation(goods, np.arange(len(rate)), waited)
    columns = [
        rows["sku_id"], goods.shelf_hours, share, before, waited, rate,
        np.minimum(rate * np.exp(QUANTILE * deviation), 1.0), rate - said,
        np.abs(rate - said) * deviation, vector_rows(chance.T - said[:, None]),
    ]  # fmt: skip
    return pa.table(dict(zip(SKUS.names, columns, strict=True)), schema=SKUS)


def _goods(rows: pa.Table) -> Perishables:
    kinds = rows["department"].combine_chunks().dictionary_encode()
    return Perishables(
        shelf_hours=24.0 * doubles(rows, "shelf_life_days"),
        kind=np.asarray(kinds.indices, dtype=np.int64),
        kinds=len(kinds.dictionary),
        is_cold=np.asarray(rows["is_cold_chain"].to_numpy(), dtype=np.bool_),
    )


def _levels_served(longest: Floats, agents: _Agents) -> dict[str, Floats]:
    """Of each SKU the agents for whom it keeps (all where there is none): how they spread over the steps of waiting
    (`level`, SKUs × steps, sums 1), their `share` of all, and the mean share of their sales `before` the close.

    `longest` are the hours after which a SKU must have arrived.
    """
    level, count = agents.level, max(len(agents.ids), 1)
    spread, share, before = np.zeros((len(longest), LEVELS)), np.zeros(len(longest)), np.ones(len(longest))
    for hours in np.unique(longest):
        own, keeps = longest == hours, agents.upper <= hours
        served = keeps if keeps.any() else np.ones(len(keeps), np.bool_)
        spread[own] = np.bincount(level[served], minlength=LEVELS) / max(int(served.sum()), 1)
        share[own], before[own] = keeps.sum() / count, agents.before[served].mean() if len(keeps) else 1.0
    return {"level": spread, "share": share, "before": before}


def _said_already(
    model: SpoilageModel, goods: Perishables, cells: tuple[Ints, Floats, Floats], usual: Floats
) -> Floats:
    """The spoilage that the return and regret rates of each SKU hold already: that of the waiting its own lines had.

    A SKU with few lines has the rates of its kind, and so the spoilage of its kind's lines; `usual` (SKUs) is that of
    the platform's usual waiting, for a platform without any line.
    """
    sku, hours, lines = cells
    if not len(sku):
        return usual
    spoiled = lines * model.chance(goods, sku, hours)
    mean = spoiled.sum() / lines.sum()
    of_kind = goods.kind[sku]
    kind = _pooled(of_kind, spoiled, lines, np.full(goods.kinds, mean))
    return _pooled(sku, spoiled, lines, kind[goods.kind])


def _pooled(group: Ints, spoiled: Floats, lines: Floats, wider: Floats) -> Floats:
    """Mean of each group, that of the wider group worth BASE_LINES."""
    own, count = (np.bincount(group, weights=values, minlength=len(wider)) for values in (spoiled, lines))
    return np.asarray((own + BASE_LINES * wider) / (count + BASE_LINES))
