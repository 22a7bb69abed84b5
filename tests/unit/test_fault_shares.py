"""Whose fault regrets are, worked out by hand: who is an outlier source, and how a SKU's regrets are shared out."""

from typing import Any

import numpy as np
import pytest

from xuanpin.models.risk.fault_attribution import (
    AttributedLines,
    Effect,
    LineKinds,
    attributable_shares,
    fit_effects,
    line_shares,
    outlier_lines,
    regret_of_agents,
)

ORDINARY = ("carrier", "carrier_week", "agent", "customer")


def floats(*values: float) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=np.float64)


def effect(*multipliers: float) -> Effect:
    none = np.zeros(len(multipliers))
    return Effect(floats(*multipliers), none, none, 1.0)


def test_outcomes_are_due_by_category_and_by_how_much_has_shown() -> None:
    """Category 0: three outcomes where 1.5 lines are mature, so two a line; category 1: none."""
    kinds = LineKinds(np.array([0, 1, 2]), np.array([0, 0, 1]), floats(1.0, 0.5, 1.0))
    assert kinds.expected(floats(2.0, 1.0, 0.0)) == pytest.approx([2.0, 1.0, 0.0])


@pytest.mark.parametrize(
    ("seen", "due", "is_outlier"),
    [
        pytest.param(30.0, 10.0, True, id="three times as many, and many"),
        pytest.param(3.0, 1.0, False, id="three times as many, too few to prove it"),
        pytest.param(500.0, 400.0, False, id="a quarter more, which is no proof of a quarter more"),
        pytest.param(560.0, 400.0, True, id="two fifths more: its 5 % quantile is still over a quarter"),
        pytest.param(10.0, 30.0, False, id="fewer than due"),
    ],
)
def test_an_outlier_source_is_proven_to_cause_a_quarter_more(seen: float, due: float, is_outlier: bool) -> None:
    shape = 5.0
    found = Effect(floats((seen + shape) / (due + shape)), floats(seen), floats(due), shape)
    assert found.is_outlier.tolist() == [is_outlier]


def test_an_outlier_sources_lines_are_marked_and_unknown_levels_are_nobodys() -> None:
    proven = Effect(floats(1.0, 4.0), floats(10.0, 80.0), floats(10.0, 20.0), 5.0)
    effects = {"carrier": proven, "customer": effect(1.0, 1.0)}
    codes = {"carrier": np.array([0, 1, -1]), "customer": np.array([0, 1, -1])}
    assert outlier_lines(effects, codes).tolist() == [False, True, False]


def test_an_agents_own_regret_is_what_her_couriers_and_promises_add_to_those_of_the_usual_agent() -> None:
    effects = {
        "carrier": effect(1.0, 2.0),
        "carrier_week": effect(1.0, 1.0),
        "agent": effect(1.0, 1.0, 1.5, 0.8),
        "customer": effect(9.0),
    }
    # Agents 0 and 1 send by the good carrier, agent 1 half by the bad one; agent 2 promises too much; agent 3 is good.
    levels = {
        "carrier": (0, 0, 1, 0, 0, -1),
        "carrier_week": (0, 0, 1, 0, 0, -1),
        "agent": (0, 1, 1, 2, 3, -1),
        "customer": (0, 0, 0, 0, 0, 0),
    }
    codes = {name: np.array(own, dtype=np.int32) for name, own in levels.items()}
    kinds = LineKinds(np.zeros(6, dtype=np.int32), np.zeros(1, dtype=np.int32), floats(0.5))
    found = regret_of_agents(effects, codes, floats(*[0.05] * 6), kinds)
    # .1 regrets a line: 0, .05, .05 and -.02 beyond; the middle of the four is .025.
    assert found == pytest.approx([0.0, 0.025, 0.025, 0.0])


def test_a_share_is_what_a_multiplier_adds_to_what_would_have_come_anyway() -> None:
    found = line_shares({"agent": effect(3.0, 0.5)}, {"agent": np.array([0, 1, -1])})
    assert found["agent"] == pytest.approx([2 / 3, 0.0, 0.0])
    both = line_shares(
        {"agent": effect(3.0), "carrier": effect(2.0)}, {"agent": np.array([0]), "carrier": np.array([0])}
    )
    assert (both["agent"][0], both["carrier"][0]) == pytest.approx((2 / 4, 1 / 4))


def shares(
    effects: dict[Any, Any],
    damaged: tuple[float, float] = (0.0, 0.0),
    damage_due: tuple[float, float] = (0.0, 0.0),
    skus: int = 1,
    **codes: Any,
) -> dict[Any, Any]:
    """Two regretted lines of SKU 0; every factor that is not named is ordinary."""
    whole = {name: effect(1.0) for name in ("sku", "supplier", *ORDINARY)} | effects
    external = {name: np.array(codes.get(name, (0, 0))) for name in ORDINARY}
    zero, supplier = np.zeros(2, dtype=np.int32), np.zeros(skus, dtype=np.int32)
    lines = AttributedLines(zero, supplier, external, floats(1.0, 1.0), floats(*damaged), floats(*damage_due))
    found = attributable_shares(lines, whole, skus)
    return {cause: pytest.approx(share.tolist(), nan_ok=True) for cause, share in found.items()}


def test_where_nobody_stands_out_regrets_are_the_skus_own() -> None:
    assert shares({}) == {"sku": [1.0], "supplier": [0.0], "agent": [0.0], "logistics": [0.0], "customer": [0.0]}


def test_an_agent_that_trebles_regret_has_two_thirds_of_her_own_line() -> None:
    found = shares({"agent": effect(3.0, 1.0)}, agent=(0, 1))
    assert (found["agent"], found["sku"]) == ([1 / 3], [2 / 3])


def test_a_carrier_answers_for_itself_its_weeks_and_ordinary_damage() -> None:
    """Of two regrets a quarter each is the carrier's and its week's; of what is left, half a line broke as usual."""
    found = shares({"carrier": effect(2.0), "carrier_week": effect(2.0)}, damaged=(1.0, 0.0), damage_due=(0.25, 0.25))
    assert found["logistics"] == [(2 * 1 / 3 + 2 * 1 / 3 + 0.5) / 2]
    assert found["sku"] == [(2 - 4 / 3 - 0.5) / 2]


@pytest.mark.parametrize(
    ("damaged", "due", "logistics"),
    [
        pytest.param((1.0, 1.0), (0.2, 0.2), 0.2, id="what breaks beyond its category is the SKU's own"),
        pytest.param((1.0, 0.0), (5.0, 5.0), 0.5, id="no more than has broken"),
        pytest.param((0.0, 0.0), (0.5, 0.5), 0.0, id="nothing has broken"),
    ],
)
def test_ordinary_damage_is_the_carriers(
    damaged: tuple[float, float], due: tuple[float, float], logistics: float
) -> None:
    assert shares({}, damaged=damaged, damage_due=due)["logistics"] == [logistics]


def test_sku_and_supplier_share_by_how_much_worse_each_is() -> None:
    """A supplier three times as bad and a SKU twice as bad: two parts to two; a good SKU still gets one part."""
    found = shares({"supplier": effect(3.0), "sku": effect(2.0)})
    assert (found["supplier"], found["sku"]) == ([0.5], [0.5])
    found = shares({"supplier": effect(3.0), "sku": effect(0.5)})
    assert (found["supplier"], found["sku"]) == ([2 / 3], [1 / 3])
    assert shares({"supplier": effect(0.5), "sku": effect(2.0)})["supplier"] == [0.0]


def test_skus_without_regrets_have_no_shares() -> None:
    found = shares({"sku": effect(1.0, 1.0)}, skus=2)
    assert all(len(share.expected) == 2 for share in found.values())
    assert found["sku"] == [1.0, float("nan")]


def bad_suppliers_lines() -> tuple[dict[str, Any], dict[str, Any], Any, Any]:
    """Thirty suppliers of twenty SKUs; those of the first ten are regretted three times as often as others."""
    rng = np.random.default_rng(3)
    sku, buyer = (rng.integers(0, count, 60_000, dtype=np.int32) for count in (600, 200))
    supplier = np.repeat(np.arange(30, dtype=np.int32), 20)
    expected = np.full(len(sku), 0.05)
    regretted = rng.random(len(sku)) < expected * np.where(supplier[sku] < 10, 1.8, 0.6)
    return {"sku": sku, "customer": buyer}, {"sku": supplier}, regretted, expected


def test_what_all_skus_of_a_supplier_have_is_the_suppliers() -> None:
    effects = fit_effects(*bad_suppliers_lines())
    suppliers, skus = effects["supplier"].multiplier, effects["sku"].multiplier
    assert (suppliers[:10].mean(), suppliers[10:].mean()) == pytest.approx((1.8, 0.6), rel=0.1)
    assert (skus[:200].mean(), skus[200:].mean()) == pytest.approx((1.0, 1.0), abs=0.05)


def test_two_rounds_settle_and_lines_and_keys_may_come_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    factors, owners, regretted, expected = bad_suppliers_lines()
    found = fit_effects(factors, owners, regretted, expected)
    rng = np.random.default_rng(4)
    order, keys = rng.permutation(len(regretted)), 3 * rng.permutation(200).astype(np.int32)
    moved = {"sku": factors["sku"][order], "customer": keys[factors["customer"][order]]}
    again = fit_effects(moved, owners, regretted[order], expected[order])
    assert again["customer"].multiplier[keys].tolist() == found["customer"].multiplier.tolist()
    assert again["sku"].multiplier.tolist() == found["sku"].multiplier.tolist()
    monkeypatch.setattr("xuanpin.models.risk.fault_attribution.ROUNDS", 50)
    settled = fit_effects(factors, owners, regretted, expected)
    for name, effect in found.items():
        assert effect.multiplier == pytest.approx(settled[name].multiplier, rel=2e-3)


def test_a_sku_of_an_unknown_supplier_is_fitted_alone() -> None:
    factors, _, regretted, expected = bad_suppliers_lines()
    nobodys = fit_effects(factors, {"sku": np.full(600, -1, dtype=np.int32)}, regretted, expected)
    alone = fit_effects(factors, {}, regretted, expected)
    assert nobodys["sku"].multiplier.tolist() == alone["sku"].multiplier.tolist()
    assert len(nobodys["supplier"].multiplier) == 0
