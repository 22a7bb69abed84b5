"""Chooses tomorrow's list: the best for all segments of agents under every rule, with its proof and its reasons."""

from __future__ import annotations

import logging

import numpy as np
import pyarrow as pa

from xuanpin.models.assortment.problem import RulesConflictError, Tier
from xuanpin.models.assortment.solve import ListChoice, choose_list
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.errors import OutputCheckFailed
from xuanpin.pipelines.selection.decisions import decide
from xuanpin.pipelines.selection.inputs import Inputs, catalogue_of, kept_units, limits_of, read_inputs, worths_of
from xuanpin.pipelines.selection.promise import stated_share

log = logging.getLogger("xuanpin")

# Half a list again can leave during a day before a fallback has nothing to refill from.
RESERVE_SHARE = 0.5
TWIN_RULES = ("spu:", "title:")
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

    Writes night.sku_list, sku_scorecard, reserves, assortment_rules and assortment_certificate. Raises
    OutputCheckFailed that names the rules in conflict where no list may be published.
    """
    inputs = read_inputs(night)
    made = choose_tonight(night, inputs)
    refuse_relaxed(night, made)
    units = kept_units(inputs, made.choice.chosen, night.settings.assortment)
    night.engine.store("night.selection_decisions", decide(inputs, made, units))
    night.engine.store("night.assortment_rules", rules_table(night, inputs, made))
    night.engine.store("night.assortment_certificate", certificate(night, inputs, made))
    night.engine.materialise("reserves", reserve_size=round(RESERVE_SHARE * night.settings.assortment.list_size))
    scored = night.engine.materialise("sku_scorecard")
    return scored, night.engine.materialise("sku_list")


def choose_tonight(night: Night, inputs: Inputs) -> ListChoice:
    """Solve tonight's choice; raises OutputCheckFailed where pins and hard rules cannot hold together."""
    value, coverage = worths_of(inputs, night.settings.assortment)
    limits = limits_of(night.settings)
    try:
        return choose_list(catalogue_of(inputs), value, coverage, limits, night.settings.assortment.gap)
    except RulesConflictError as conflict:
        pins = inputs.texts("sku_id")[inputs.flags("is_pinned")]
        raise OutputCheckFailed(
            f"no list for {night.list_date} keeps its hard rules with the {len(pins)} pins in force "
            f"({', '.join(pins[:3])}): {conflict}; "
            "end a pin, or change [assortment] list_size or [scoring] landmine_promise"
        ) from conflict


def refuse_relaxed(night: Night, made: ListChoice) -> None:
    """Raise OutputCheckFailed with each rule given up, or log them where settings allow a relaxed list."""
    broken = relaxed_rules(made)
    if not broken:
        return
    named = "; ".join(f"{name}: {over:g} {side}" for name, over, side in broken)
    if not night.settings.assortment.allow_relaxed:
        raise OutputCheckFailed(
            f"the rules of the list for {night.list_date} conflict; the least relaxation is: {named}. "
            "Change the rule or the pins, or set [assortment] allow_relaxed"
        )
    log.warning("the rules of the list for %s conflict and give way by the least: %s", night.list_date, named)


def relaxed_rules(made: ListChoice) -> list[tuple[str, float, str]]:
    """The firm rules that the list gives up: name, by how much, and on which side."""
    rules = made.problem.rules
    return [
        (name, float(slack), "over" if sense > 0 else "short")
        for name, tier, sense, slack in zip(rules.names, rules.tiers, rules.senses, made.choice.slack, strict=True)
        if tier < Tier.WISH and slack > 0
    ]


def rules_table(night: Night, inputs: Inputs, made: ListChoice) -> pa.Table:
    """One row a rule that the list touches: its bound, the list's value, by how much it is missed, and its price.

    The price is what one more unit of the bound would be worth. Pins and segments have rows of their own.
    """
    rules, choice = made.problem.rules, made.choice
    values = rules.matrix @ choice.chosen.astype(np.float64)
    rows = [
        (name, Tier(tier).name.lower(), "max" if sense > 0 else "min", bound, value, slack, price)
        for name, tier, sense, bound, value, slack, price in zip(
            rules.names, rules.tiers, rules.senses, rules.bounds, values, choice.slack, choice.prices, strict=True
        )
        if name != "promise" and (slack > 0 or not name.startswith(TWIN_RULES)) and (sense < 0 or value > 0)
    ]
    rows.append(_promise_row(night, inputs, made))
    rows.extend(_pin_rows(night, inputs, made))
    rows.extend(_segment_rows(inputs, made))
    return pa.table(dict(zip(RULES.names, zip(*rows, strict=True), strict=True)), schema=RULES)


def _promise_row(night: Night, inputs: Inputs, made: ListChoice) -> RuleRow:
    """The promise as readers know it: the list's expected share of landmines against the share that was asked."""
    asked = night.settings.scoring.landmine_promise
    share = stated_share(inputs, made).expected
    over = max(share - asked, 0.0) if made.promise > asked else 0.0
    price = float(made.choice.prices[made.problem.rules.names.index("promise")])
    return "promise", "hard", "max", asked, share, over, price


def _pin_rows(night: Night, inputs: Inputs, made: ListChoice) -> list[RuleRow]:
    listed = set(inputs.texts("sku_id")[made.choice.chosen])
    pins = night.engine.read("night.int_selection_pins", order_by=("sku_id",))["sku_id"].to_pylist()
    return [(f"pin:{sku}", "hard", "min", 1.0, float(sku in listed), float(sku not in listed), 0.0) for sku in pins]


def _segment_rows(inputs: Inputs, made: ListChoice) -> list[RuleRow]:
    """How many goods that suit it each segment finds, against the slots of its agents."""
    demand = inputs.demand
    suits = made.choice.chosen[demand.column] & (demand.worth > 0)
    found = np.bincount(demand.segment[suits], minlength=len(demand.agents))
    return [
        (f"segment:{name}", "segment", "min", float(slots), float(count), max(float(slots) - float(count), 0.0), 0.0)
        for name, slots, count in zip(demand.names.tolist(), demand.slots, found, strict=True)
    ]


def certificate(night: Night, inputs: Inputs, made: ListChoice) -> pa.Table:
    """One row: how good the list is proven to be, its length and why it is no longer, what gave way, what it promises.

    landmine_share is the expected share of landmines, _lower and _upper its 5 % and 95 % quantiles.
    """
    choice, wanted = made.choice, night.settings
    listed = int(np.count_nonzero(choice.chosen))
    share = stated_share(inputs, made)
    columns = {
        "objective": [choice.objective],
        "bound": [choice.bound],
        "gap": [choice.gap],
        "is_proven": [choice.gap <= wanted.assortment.gap],
        "candidates": [len(inputs.admitted)],
        "admitted": [int(np.count_nonzero(inputs.admitted))],
        "listed": [listed],
        "list_size": [wanted.assortment.list_size],
        "short_code": pa.array([short_code(inputs, made, listed, wanted.assortment.list_size)], pa.string()),
        "promise_asked": [wanted.scoring.landmine_promise],
        "promise_held": [made.promise],
        "landmine_share": [share.expected],
        "landmine_share_lower": [share.lower],
        "landmine_share_upper": [share.upper],
        "relaxed_rules": [len(relaxed_rules(made))],
        "columns": [choice.columns],
        "rounds": [choice.rounds],
        "nodes": [choice.nodes],
    }
    return pa.table(columns)


def short_code(inputs: Inputs, made: ListChoice, listed: int, list_size: int) -> str | None:
    """Why the list has fewer SKUs than asked: too few safe goods, its promise, or other rules; None for a full list."""
    if listed >= list_size:
        return None
    if np.count_nonzero(inputs.admitted) <= listed:
        return "too_few_safe_goods"
    price = made.choice.prices[made.problem.rules.names.index("promise")]
    return "promise_full" if price > 0 else "other_rules"
