"""A match problem of two agents and SKUs that are all alike, for specs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from xuanpin.models.affinity.agent_sku_scoring import AgentRows, AgentSkuScorer, SkuRows
from xuanpin.models.affinity.relative_risk import RelativeRisk
from xuanpin.models.arrays import Ints
from xuanpin.models.matching.assignment import Assignment
from xuanpin.pipelines.choice_model.lineup import Lineup
from xuanpin.pipelines.matching.acceptance import SilentAgents
from xuanpin.pipelines.matching.draws import Draws
from xuanpin.pipelines.matching.inputs import MatchProblem
from xuanpin.pipelines.matching.own_picks import Picks
from xuanpin.pipelines.matching.policy import policy_of
from xuanpin.pipelines.matching.quotes import Quoted, Quotes
from xuanpin.pipelines.settings.deciding import MatchingSettings

ALIKE = RelativeRisk(0.0, 0.0)
RETURNED = 0.1
"""Share of what agents sell that comes back, of every SKU."""


def scores(agents: int, stock: int) -> AgentSkuScorer:
    """Agents with six visits and SKUs that are all alike: attraction 1, one in ten comes back, none is regretted."""
    rows, skus = np.ones(agents), np.ones(stock, np.float32)
    personas = AgentRows(
        vector=sp.csr_array((agents, 1)), factors=np.zeros((agents, 0), np.float32),
        visits=np.full(agents, 6.0, np.float32), price_min=-np.inf * rows, price_max=np.inf * rows,
        min_satisfaction=-np.inf * rows, max_landmine_probability=np.inf * rows, excluded=sp.csr_array((agents, 1)),
    )  # fmt: skip
    goods = SkuRows(
        vector=sp.csr_array((stock, 1)), factors=np.zeros((stock, 0), np.float32), appeal=0 * skus,
        price=np.ones(stock), satisfaction=np.ones(stock), landmine_probability=np.zeros(stock),
        levels=sp.csr_array((stock, 1)),
        return_rate=np.float32(RETURNED) * skus, regret_rate=0 * skus, happy_if_kept=skus, regret_cost=2 * skus,
    )  # fmt: skip
    return AgentSkuScorer(personas, goods, 1.0, ALIKE, ALIKE)


def problem(stock: list[int], *, drawn: dict[tuple[int, int], float] | None = None, silent: Any = None,
            picked: dict[tuple[int, int], int] | None = None, **settings: Any) -> MatchProblem:  # fmt: skip
    """Two agents who ask for four and for three SKUs; `drawn` maps (agent, SKU column) to its propensity, `picked` to
    the units of what an agent proposed, which `stock` is without."""
    shape = (2, len(stock))
    chances = sp.csr_array(shape)
    if drawn:
        chances = sp.csr_array((list(drawn.values()), np.array(list(drawn)).T), shape=shape)
    units = sp.csr_array(shape, dtype=np.int64)
    if picked:
        units = sp.csr_array((list(picked.values()), np.array(list(picked)).T), shape=shape)
    lineup = Lineup(
        agent_ids=pa.array(["A1", "A2"]),
        sku_ids=pa.array([f"S{place}" for place in range(len(stock))]),
        scores=scores(2, len(stock)),
        usual_load=np.ones(2),
        slots=np.array([4, 3]),
        categories=["水果"] * len(stock),
        stock=np.array(stock),
        shared_words={},
    )
    wanted = MatchingSettings(**settings)
    return MatchProblem(
        lineup=lineup,
        stock=np.array(stock),
        category=np.zeros(len(stock), np.int64),
        matched_before=sp.csr_array(shape),
        taking=SilentAgents(silent if silent is not None else sp.csr_array(shape)),
        neighbours=sp.csr_array((2, 2)),
        draws=Draws(chances, np.diff(chances.indptr).astype(np.int64)),
        picks=Picks(units, np.diff(units.indptr).astype(np.int64), np.zeros(len(stock), np.bool_)),
        policy=policy_of(wanted, 2.0, {}, np.zeros(2, np.bool_), np.zeros(len(stock), np.bool_)),
        quotes=nothing_quoted(2, len(stock)),
        settings=wanted,
    )


def nothing_quoted(agents: int, skus: int) -> Quotes:
    """Nothing is known of agents and SKUs that a reason could quote."""
    nothing = Quoted(sp.csr_array(np.zeros((agents, skus), np.int32)), pa.array([], pa.string()))
    return Quotes(
        kept=nothing, liked=nothing, bought=nothing, rule=np.full(agents, -1), bounds=pa.array([""] * agents),
        prices=pa.array([""] * 3 * skus), shelf_hours=np.full(skus, np.nan), waiting_hours=np.full(agents, np.nan),
    )  # fmt: skip


def slates(*rows: list[tuple[int, float]]) -> Assignment:
    """Slates as (SKU column or -1, units of stock that it takes)."""
    sku: Ints = np.array([[column for column, _ in row] for row in rows])
    return Assignment(sku.astype(np.int16), np.array([[units for _, units in row] for row in rows], np.float32), 0.0)
