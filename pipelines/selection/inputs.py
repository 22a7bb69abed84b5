"""What selection reads of the night, as arrays: the candidates, and the segments of agents that the list serves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Flags, Floats, Ints, Strings
from xuanpin.models.assortment.constraints import Limits, ListCandidates
from xuanpin.models.assortment.list_risk import Listed
from xuanpin.models.assortment.problem import Coverage
from xuanpin.models.assortment.segment_coverage import (
    LAYER_ENDS,
    expected_units,
    no_coverage,
    rank_within,
    segment_coverage,
    stock_reach,
)
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.engine import numbers
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.deciding import AssortmentSettings

LEAST_CHANGES = 1e-6
"""Changes seen where there is no candidate; only keeps the division possible."""


@dataclass(frozen=True)
class Demand:
    """What each segment would sell: pairs of segment and candidate (segment, column, units and value of one post), and
    name, agents and slots per agent of each segment (names, agents, slots).

    `units` are expected of one post, `post_value` is in happy units less the cost of regret.
    """

    names: Ints
    segment: Ints
    column: Ints
    units: Floats
    post_value: Floats
    agents: Floats
    slots: Floats

    @property
    def places(self) -> float:
        """Posts that all agents make in a day."""
        return float(self.agents @ self.slots)


@dataclass(frozen=True)
class Inputs:
    """All candidates of the night in order of sku_id, which are admitted, and the SKUs pinned for the list date
    (`pins`).

    `demand` is for the admitted candidates, by position among them.
    """

    candidates: pa.Table
    admitted: Flags
    pins: list[str]
    demand: Demand

    def column(self, name: str) -> Floats:
        """Return the numeric column `name` of the admitted candidates."""
        return numbers(self.candidates, name)[self.admitted]

    def flags(self, name: str) -> Flags:
        """Return the boolean column `name` of the admitted candidates."""
        return np.asarray(self.candidates[name].to_numpy(), dtype=np.bool_)[self.admitted]

    def texts(self, name: str) -> Strings:
        """Return the text column `name` of the admitted candidates, empty where unknown."""
        filled = pc.fill_null(self.candidates[name], "")
        return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=object)[self.admitted]


def read_inputs(night: Night) -> Inputs:
    """Select the candidates with overrides and history, the pins, and the demand for the admitted.

    Writes night.int_selection_candidates and int_selection_pins, which later SELECTs join.
    """
    wanted = night.settings.assortment
    candidates = _select_and_store(
        night,
        "int_selection_candidates",
        explore_below_lines=wanted.explore_below_lines,
        core_agents=wanted.core_agents,
        kin_lines=night.settings.scoring.kin_lines,
        least_agents=night.settings.perishables.least_agents,
    )
    pins = _select_and_store(night, "int_selection_pins")
    return _inputs(night, candidates, pins["sku_id"].to_pylist())


def stored_inputs(night: Night) -> Inputs:
    """Return what `read_inputs` has read and stored before, without the pins."""
    candidates = night.engine.read("night.int_selection_candidates", order_by=("sku_id",))
    return _inputs(night, candidates, [])


def _inputs(night: Night, candidates: pa.Table, pins: list[str]) -> Inputs:
    admitted = np.asarray(candidates["is_admitted"].to_numpy(), dtype=np.bool_)
    return Inputs(candidates, admitted, pins, _read_demand(night, np.cumsum(admitted) - 1))


def _select_and_store(night: Night, stem: str, **parameters: float) -> pa.Table:
    """Rows that both this step and SELECTs after it need: kept as night.<stem> and returned."""
    rows = night.engine.select(stem, list_date=night.list_date, **parameters)
    night.engine.store(f"night.{stem}", rows)
    return rows


def _read_demand(night: Night, column_of: Ints) -> Demand:
    slots = night.engine.select("int_asked_slots")
    pairs = night.engine.select("int_selection_demand")
    agents = numbers(slots, "agents")
    segments = np.asarray(slots["segment_id"].to_numpy(), dtype=np.int64)
    segment = np.searchsorted(segments, np.asarray(pairs["segment_id"].to_numpy(), dtype=np.int64))
    return Demand(
        names=segments,
        segment=np.asarray(segment, dtype=np.int64),
        column=column_of[np.asarray(pairs["position"].to_numpy(), dtype=np.int64)],
        units=numbers(pairs, "expected_units"),
        post_value=numbers(pairs, "post_value"),
        agents=agents,
        slots=numbers(slots, "slots") / np.maximum(agents, 1.0),
    )


def list_risk(inputs: Inputs) -> Listed:
    """Return what the landmine probabilities of the admitted candidates consist of."""
    names = inputs.texts("supplier_id").tolist()
    code = {name: number for number, name in enumerate(sorted(set(names)))}
    return Listed(
        if_steady=inputs.column("landmine_if_steady"),
        if_changed=inputs.column("landmine_if_changed"),
        changed_alone=inputs.column("changed_alone"),
        changed_with_supplier=inputs.column("changed_with_supplier"),
        suppliers=np.array([code[name] for name in names], dtype=np.int64),
        sku_changes=float(inputs.column("sku_change_count").max(initial=LEAST_CHANGES)),
        supplier_changes=float(inputs.column("supplier_change_count").max(initial=LEAST_CHANGES)),
    )


def list_candidates(inputs: Inputs) -> ListCandidates:
    """Return what the constraints look at."""
    return ListCandidates(
        category=inputs.texts("category"),
        supplier=inputs.texts("supplier_id"),
        spu=inputs.texts("spu_id"),
        title_key=inputs.texts("title_key"),
        list_price=inputs.column("list_price"),
        landmine_probability=inputs.column("landmine_probability"),
        risk=list_risk(inputs),
        is_new=inputs.flags("is_new"),
        is_clearance=inputs.flags("is_clearance"),
        is_cold_chain=inputs.flags("is_cold_chain"),
        was_listed=inputs.flags("was_listed"),
        is_pinned=inputs.flags("is_pinned"),
    )


def list_limits(settings: Settings, promise: float) -> Limits:
    """Return the bounds of the constraints as the settings ask for them; `promise` is the share of landmines (0-1)
    that the list is held to."""
    wanted = settings.assortment
    return Limits(
        list_size=wanted.list_size,
        landmine_promise=promise,
        promise_confidence=settings.scoring.promise_confidence,
        list_floor=wanted.list_floor if wanted.allow_relaxed else 0,
        category_max_share=wanted.category_max_share,
        category_min=wanted.category_min,
        category_max=wanted.category_max,
        supplier_max_share=wanted.supplier_max_share,
        price_bands=wanted.price_bands,
        price_band_min_share=wanted.price_band_min_share,
        cold_chain_max=wanted.cold_chain_max,
        explore_share=wanted.explore_share,
        clearance_share=wanted.clearance_share,
        max_change_share=wanted.max_change_share,
    )


def list_values(inputs: Inputs, settings: AssortmentSettings) -> tuple[Floats, Coverage]:
    """Return the value of each admitted candidate to everyone, and what it brings each segment, in happy units a night.

    Where no segment has any demand yet, value to everyone is all there is.
    """
    demand, stock = inputs.demand, inputs.column("sellable_units")
    per_post = inputs.column("demand_per_post")
    breadth = 1.0 - settings.coverage_share if len(demand.column) else 1.0
    posts = np.minimum(even_posts(demand, settings), stock / np.maximum(per_post, 1e-9))
    value = breadth * posts * inputs.column("score")
    if len(demand.column) == 0:
        return value, no_coverage(len(value))
    reach = stock_reach(demand.column, _wanted_posts(demand), demand.units, stock)
    weight = settings.coverage_share * demand.agents
    coverage = segment_coverage(
        demand.segment, demand.column, demand.post_value, weight, demand.slots, reach, settings.empty_slot_cost
    )
    return value, coverage


def kept_units(inputs: Inputs, listed: Flags, settings: AssortmentSettings) -> Floats:
    """Return the kept units expected of every candidate on the list date, stock permitting (one entry a candidate).

    For one not listed: what an average place on the list would bring.
    """
    table, demand = inputs.candidates, inputs.demand
    units = even_posts(demand, settings) * numbers(table, "demand_per_post")
    if len(demand.column):
        found = expected_units(
            demand.segment, demand.column, demand.post_value, demand.units, demand.agents, demand.slots, listed
        )
        inside = np.flatnonzero(inputs.admitted)[listed]
        units[inside] = (1.0 - settings.coverage_share) * units[inside] + settings.coverage_share * found[listed]
    return np.minimum(units, numbers(table, "sellable_units")) * (1.0 - numbers(table, "return_rate"))


def even_posts(demand: Demand, settings: AssortmentSettings) -> float:
    """Return the posts that each place of the list gets when spread evenly; one where no agent has asked for any."""
    return max(demand.places, float(settings.list_size)) / settings.list_size


def _wanted_posts(demand: Demand) -> Floats:
    """Agents who would post each pair's SKU: the whole segment where it is among SKUs they may well end up with."""
    order = np.lexsort((demand.column, -demand.post_value, demand.segment))
    ranks = np.empty(len(order))
    ranks[order] = rank_within(demand.segment[order], len(demand.agents))
    near = ranks < LAYER_ENDS[-1] * demand.slots[demand.segment]
    return np.where(near, demand.agents[demand.segment], 0.0)
