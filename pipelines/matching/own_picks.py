"""What agents proposed and the list holds: matched before all else, within the stock, first come first served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from xuanpin.models.arrays import BY_AGENT, Flags, Floats, Ints
from xuanpin.models.assortment.replacement import replacement_units
from xuanpin.models.matching.market import agent_blocks
from xuanpin.pipelines.choice_model.lineup import Lineup
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts.reason_codes import reason

ON_TRIAL = "trial_place"
"""Code of a proposal whose SKU has a place on trial: those who proposed it alone are matched with it."""
DECISIONS = {"on_list": "matched", "place_given": "matched", ON_TRIAL: "listed_for_trial"}
"""Decision by the code of a proposal that may be matched; every other code refuses it."""
PICK_ANSWERS = pa.schema(
    [
        ("agent_id", pa.string()),
        ("sku_id", pa.string()),
        ("decision", pa.string()),
        ("decision_code", pa.string()),
        ("reasons", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True)
class Picks:
    """Matches that agents proposed: the units of stock that each takes (`units`, agents × SKUs), how many an agent has
    (`counts`), and the SKUs on trial (`closed`, flags), which nobody else is matched with."""

    units: sp.csr_array = field(metadata=BY_AGENT)
    counts: Ints = field(metadata=BY_AGENT)
    closed: Flags

    def stock_left(self, stock: Ints) -> Ints:
        """Return the units of `stock` that are left for everybody: none of a SKU on trial."""
        taken = np.asarray(self.units.sum(axis=0)).astype(np.int64)
        return np.where(self.closed, 0, stock - taken)


def match_picks(night: Night, lineup: Lineup) -> tuple[Picks, pa.Table]:
    """Match agents with what they proposed and the list holds; also returns night.int_pick_answers.

    Reads night.int_own_picks. A SKU whose stock does not serve all goes to those who proposed it first.
    """
    picks = night.engine.read("night.int_own_picks", order_by=("asked_nth",))
    open_picks = picks.filter(pc.is_in(picks["decision_code"], pa.array(DECISIONS)))
    agent, sku = lineup.agent_rows(open_picks["agent_id"]), lineup.sku_rows(open_picks["sku_id"])
    known = (agent >= 0) & (sku >= 0)
    wanted = _wanted_units(lineup, agent[known], sku[known])
    units = np.zeros(len(known), np.int64)
    units[known] = replacement_units(agent[known], sku[known], lineup.slots, wanted, lineup.stock)
    is_trial = np.asarray(pc.equal(open_picks["decision_code"], ON_TRIAL))
    given = units > 0
    shape = (len(lineup.slots), len(lineup.stock))
    taken = sp.csr_array((units[given], (agent[given], sku[given])), shape=shape)
    closed = np.isin(np.arange(shape[1]), sku[given & is_trial])
    return Picks(taken, np.diff(taken.indptr).astype(np.int64), closed), _answers(picks, open_picks, given, lineup)


def without_picks(lineup: Lineup, picks: Picks) -> Lineup:
    """Return the lineup that chance may draw from: slots and stock that proposals have left, and nothing twice."""
    scores = lineup.scores
    refused = picks.units if scores.refused is None else scores.refused + picks.units
    return replace(
        lineup,
        slots=lineup.slots - picks.counts,
        stock=picks.stock_left(lineup.stock),
        scores=replace(scores, refused=sp.csr_array(refused)),
    )


def _wanted_units(lineup: Lineup, agent: Ints, sku: Ints) -> Ints:
    """Units that each proposal is expected to sell beside the agent's usual posts, one at least."""
    wanted = np.ones(len(agent), np.int64)
    for part, units in _expected_units(lineup, agent, sku):
        wanted[part] = np.maximum(np.floor(units), 1.0)
    return wanted


def _expected_units(lineup: Lineup, agent: Ints, sku: Ints) -> Iterator[tuple[Flags, Floats]]:
    scores, asking = lineup.scores, np.unique(agent)
    for block in agent_blocks(len(asking)):
        rows = asking[block]
        part = np.isin(agent, rows)
        own = scores.own_attraction(rows, scores.closeness(rows))
        attraction = scores.attraction(own)[np.searchsorted(rows, agent[part]), sku[part]].astype(np.float64)
        yield part, scores.agents.visits[agent[part]] * attraction / lineup.usual_load[agent[part]]


def _answers(picks: pa.Table, open_picks: pa.Table, given: Flags, lineup: Lineup) -> pa.Table:
    """Return night.int_pick_answers: what could be matched, or that its stock is gone; refusals as they are."""
    keys = zip(open_picks["agent_id"].to_pylist(), open_picks["sku_id"].to_pylist(), strict=True)
    matched = dict(zip(keys, given.tolist(), strict=True))
    stock = dict(zip(lineup.sku_ids.to_pylist(), lineup.stock.tolist(), strict=True)) if matched else {}
    rows = []
    for row in picks.drop_columns(["asked_nth"]).to_pylist():
        if not matched.get((row["agent_id"], row["sku_id"]), True):
            said = reason("no_stock", sellable_units=stock.get(row["sku_id"], 0))
            row |= {"decision_code": "no_stock", "reasons": [said]}
        rows.append(row | {"decision": DECISIONS.get(row["decision_code"], "refused")})
    return pa.Table.from_pylist(rows, schema=PICK_ANSWERS)
