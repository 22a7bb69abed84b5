"""Step `select`: choose tomorrow's list, the best for all segments of agents under every rule, with proof and
reasons."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pyarrow as pa

from xuanpin.models.arrays import Flags
from xuanpin.models.assortment.list_task import SolvedList
from xuanpin.models.assortment.problem import ConstraintConflictError, Tier
from xuanpin.models.assortment.solve import solve_list
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.errors import OutputCheckFailed
from xuanpin.pipelines.selection.decisions import decide
from xuanpin.pipelines.selection.empty_list import refuse_empty
from xuanpin.pipelines.selection.inputs import (
    Inputs,
    even_posts,
    kept_units,
    list_candidates,
    list_limits,
    list_values,
    read_inputs,
)
from xuanpin.pipelines.selection.own_picks import (
    OwnPicks,
    own_picks_table,
    pick_places,
    read_own_picks,
    with_own_picks,
)
from xuanpin.pipelines.selection.promise import StatedShare, asked_promise, promise_reasons, stated_share
from xuanpin.pipelines.typed.phrase import joined, phrase

log = logging.getLogger("xuanpin")

RESERVE_SHARE = 0.5
"""Reserves as a share of the list size: half a list again can leave in a day before a fallback has nothing to refill
from."""
NEAR_DUPLICATE_RULES = ("spu:", "title:")
"""Names of constraints on near-duplicates begin so; they are published only where they give way."""
RULES = pa.schema(
    [
        ("rule", pa.string()),
        ("tier", pa.string()),
        ("sense", pa.string()),
        ("bound", pa.float64()),
        ("value", pa.float64()),
        ("slack", pa.float64()),
        ("price", pa.float64()),
    ]
)

RuleRow = tuple[str, str, str, float, float, float, float]
"""One row of night.assortment_rules; see RULES."""


def select(night: Night) -> StepCount:
    """Choose the list; returns candidates seen and SKUs listed.

    Writes night.sku_list, sku_scorecard, reserves, assortment_rules, assortment_certificate and int_own_picks. Raises
    OutputCheckFailed that names the rules in conflict where no list may be published, or says what keeps every
    candidate off it.
    """
    inputs = read_inputs(night)
    picks = read_own_picks(night)
    solved, placed = solve_tonight(night, inputs, picks)
    refuse_relaxed(night, solved)
    units = kept_units(inputs, solved.solution.chosen, night.settings.assortment)
    proposed = {sku: picks.asked[sku] for sku in inputs.texts("sku_id")[placed]}
    decisions = decide(inputs, solved, units, even_posts(inputs.demand, night.settings.assortment), proposed)
    refuse_empty(night, inputs.candidates, decisions)
    night.engine.store("night.selection_decisions", decisions)
    own = own_picks_table(picks, inputs, placed, decisions, pick_places(night))
    night.engine.store("night.int_own_picks", own)
    share = stated_share(inputs, solved, night.settings.scoring)
    night.engine.store("night.assortment_rules", rules_table(night, inputs, solved, share))
    night.engine.store("night.assortment_certificate", certificate(night, inputs, solved, share))
    night.engine.materialise("reserves", reserve_size=round(RESERVE_SHARE * night.settings.assortment.list_size))
    scored = night.engine.materialise("sku_scorecard")
    return scored, night.engine.materialise("sku_list")


def solve_tonight(night: Night, inputs: Inputs, picks: OwnPicks, near: Flags | None = None) -> tuple[SolvedList, Flags]:
    """Solve tonight's assortment, then again with what agents propose as far as it fits.

    `near` flags the admitted candidates of a list to stay near (see solve_assortment). Also returns which admitted
    candidates got their place by a proposal. Raises OutputCheckFailed where pins and hard constraints cannot hold
    together.
    """
    value, coverage = list_values(inputs, night.settings.assortment)
    limits, candidates = list_limits(night.settings, asked_promise(night)), list_candidates(inputs)

    def solve(pinned: Flags) -> SolvedList:
        held = replace(candidates, is_pinned=pinned)
        return solve_list(held, value, coverage, limits, night.settings.assortment.gap, near)

    try:
        base = solve(candidates.is_pinned)
    except ConstraintConflictError as conflict:
        pins = inputs.texts("sku_id")[inputs.flags("is_pinned")]
        raise OutputCheckFailed(
            phrase(
                "no list for {list_date} keeps its hard rules with the {count} pins in force ({pins}): "
                "{conflict}; end a pin, or change [assortment] list_size or [scoring] landmine_promise",
                list_date=night.list_date,
                count=len(pins),
                pins=joined(pins[:3]),
                conflict=conflict,
            )
        ) from conflict
    return with_own_picks(night, inputs, picks, base, solve)


def refuse_relaxed(night: Night, solved: SolvedList) -> None:
    """Raise OutputCheckFailed with each rule given up, or log them where settings allow a relaxed list."""
    broken = relaxed_rules(solved)
    if not broken:
        return
    named = "; ".join(f"{name}: {over:g} {side}" for name, over, side in broken)
    if not night.settings.assortment.allow_relaxed:
        raise OutputCheckFailed(
            phrase(
                "the rules of the list for {list_date} conflict; the least relaxation is: {named}. Change the "
                "rule or the pins, or set [assortment] allow_relaxed",
                list_date=night.list_date,
                named=named,
            )
        )
    log.warning("the rules of the list for %s conflict and give way by the least: %s", night.list_date, named)


def relaxed_rules(solved: SolvedList) -> list[tuple[str, float, str]]:
    """Return the firm rules that the list gives up: name, by how much, and on which side."""
    rules, slack = solved.problem.constraints, solved.solution.slack
    return [
        (rules.names[row], float(slack[row]), "over" if rules.senses[row] > 0 else "short")
        for row in np.flatnonzero((rules.tiers < Tier.WISH) & (slack > 0))
    ]


def rules_table(night: Night, inputs: Inputs, solved: SolvedList, share: StatedShare) -> pa.Table:
    """Return one row a rule that the list touches: its bound, the list's value, by how much it is missed, and its
    price.

    The price is what one more unit of the bound would be worth. Pins and segments have rows of their own. `share` is
    what is stated of the list.
    """
    rules, solution = solved.problem.constraints, solved.solution
    values = rules.matrix @ solution.chosen.astype(np.float64)
    rows = [
        (name, Tier(tier).name.lower(), "max" if sense > 0 else "min", bound, value, slack, price)
        for name, tier, sense, bound, value, slack, price in zip(
            rules.names, rules.tiers, rules.senses, rules.bounds, values, solution.slack, solution.prices, strict=True
        )
        if name != "promise" and (slack > 0 or not name.startswith(NEAR_DUPLICATE_RULES)) and (sense < 0 or value > 0)
    ]
    rows.append(_promise_row(night, solved, share))
    rows.extend(_pin_rows(inputs, solved))
    rows.extend(_segment_rows(inputs, solved))
    return pa.table(dict(zip(RULES.names, zip(*rows, strict=True), strict=True)), schema=RULES)


def _promise_row(night: Night, solved: SolvedList, share: StatedShare) -> RuleRow:
    """The promise as readers know it: the share of landmines that the list does not exceed, against the one asked."""
    asked = night.settings.scoring.landmine_promise
    over = 0.0 if solved.is_promised else max(share.bound - asked, 0.0)
    price = float(solved.solution.prices[solved.problem.constraints.names.index("promise")])
    return "promise", "hard", "max", asked, share.bound, over, price


def _pin_rows(inputs: Inputs, solved: SolvedList) -> list[RuleRow]:
    listed = set(inputs.texts("sku_id")[solved.solution.chosen])
    return [
        (f"pin:{sku}", "hard", "min", 1.0, float(sku in listed), float(sku not in listed), 0.0) for sku in inputs.pins
    ]


def _segment_rows(inputs: Inputs, solved: SolvedList) -> list[RuleRow]:
    """How many SKUs that suit it each segment finds, against the slots of its agents."""
    demand = inputs.demand
    suits = solved.solution.chosen[demand.column] & (demand.post_value > 0)
    found = np.bincount(demand.segment[suits], minlength=len(demand.agents))
    return [
        (f"segment:{name}", "segment", "min", float(slots), float(count), max(float(slots) - float(count), 0.0), 0.0)
        for name, slots, count in zip(demand.names.tolist(), demand.slots, found, strict=True)
    ]


def certificate(night: Night, inputs: Inputs, solved: SolvedList, share: StatedShare) -> pa.Table:
    """Return one row: the proven gap of the list, its length and why it is no longer, what gave way, what it
    promises.

    Of the stated `share`, landmine_share is the expected share of landmines, _lower and _upper its 5 % and 95 %
    quantiles, promise_bound the share that it does not exceed with promise_confidence; can_promise says whether
    that can be relied on, and promise_reasons why not.
    """
    solution, wanted = solved.solution, night.settings
    listed = int(np.count_nonzero(solution.chosen))
    reasons = promise_reasons(night, share.bound, is_kept=solved.is_promised)
    columns = {
        "objective": [solution.objective],
        "bound": [solution.bound],
        "gap": [solution.gap],
        "is_proven": [solution.gap <= wanted.assortment.gap],
        "candidates": [len(inputs.admitted)],
        "admitted": [int(np.count_nonzero(inputs.admitted))],
        "listed": [listed],
        "list_size": [wanted.assortment.list_size],
        "short_code": pa.array([short_code(inputs, solved, listed, wanted.assortment.list_size)], pa.string()),
        "promise_asked": [wanted.scoring.landmine_promise],
        "promise_held": [solved.promise],
        "promise_confidence": [wanted.scoring.promise_confidence],
        "promise_bound": [share.bound],
        "can_promise": [not reasons],
        "promise_reasons": pa.array([reasons], pa.list_(pa.string())),
        "landmine_share": [share.expected],
        "landmine_share_lower": [share.lower],
        "landmine_share_upper": [share.upper],
        "relaxed_rules": [len(relaxed_rules(solved))],
        "columns": [solution.columns],
        "rounds": [solution.rounds],
        "nodes": [solution.nodes],
    }
    return pa.table(columns)


def short_code(inputs: Inputs, solved: SolvedList, listed: int, list_size: int) -> str | None:
    """Return why the list has only `listed` SKUs of `list_size`: too few safe SKUs, its promise, or other rules;
    None for a full list."""
    if listed >= list_size:
        return None
    if np.count_nonzero(inputs.admitted) <= listed:
        return "too_few_safe_skus"
    rules, prices = solved.problem.constraints, solved.solution.prices
    # The promise may leave room for a shorter list alone, which is then full.
    is_shortened = rules.bounds[rules.names.index("list_size")] < list_size
    return "promise_full" if is_shortened or prices[rules.names.index("promise")] > 0 else "other_rules"
