"""Trials: arms are balanced and stay what they are, and limits hold at every look."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xuanpin.models.arrays import Flags, Floats
from xuanpin.models.experiment.assignment import (
    BLOCKS,
    PAIR_DAYS,
    holdout_treated,
    sku_blocks,
    treated_blocks,
    unit_draws,
)
from xuanpin.models.experiment.effects import Cells, Effect, holdout_effect, switchback_effect
from xuanpin.models.experiment.sequences import mixture_precision, mixture_radius

NAMES = st.text(min_size=1, max_size=8)
DAYS = 28


def arms(name: str, days: int) -> Flags:
    return np.array([treated_blocks(name, day) for day in range(days)]).T


@given(NAMES, st.integers(0, 200))
def test_half_of_the_blocks_are_treated_each_day_and_each_block_once_a_pair(name: str, pair: int) -> None:
    first, second = (treated_blocks(name, PAIR_DAYS * pair + place) for place in range(PAIR_DAYS))
    assert first.sum() == second.sum() == BLOCKS // 2
    assert (first ^ second).all()


@given(NAMES, st.lists(NAMES, min_size=1, max_size=30, unique=True), st.randoms())
def test_a_unit_keeps_its_arm_whoever_else_there_is(name: str, units: list[str], random: object) -> None:
    one = dict(zip(units, holdout_treated(units, name, 0.3), strict=True))
    some = units[::-1][: len(units) // 2 + 1]
    assert dict(zip(some, holdout_treated(some, name, 0.3), strict=True)).items() <= one.items()
    assert sku_blocks(some, name).tolist() == [sku_blocks([unit], name)[0] for unit in some]


def test_names_draw_shares_and_blocks_evenly() -> None:
    units = [f"A{number}" for number in range(20_000)]
    assert holdout_treated(units, "autumn", 0.1).mean() == pytest.approx(0.9, abs=0.01)
    assert np.bincount(sku_blocks(units, "autumn"), minlength=BLOCKS).min() > 700
    other = unit_draws(units, "holdout:winter")
    assert abs(np.corrcoef(unit_draws(units, "holdout:autumn"), other)[0, 1]) < 0.03


def test_the_arms_of_a_name_are_fixed_for_good() -> None:
    assert np.flatnonzero(treated_blocks("autumn", 0)).tolist() == [0, 1, 2, 6, 7, 9, 13, 14, 17, 18, 19, 21]
    assert holdout_treated(["A1", "A2", "A3", "A4"], "autumn", 0.5).tolist() == [True, True, False, True]


def cells_of(rng: np.random.Generator, units: int, days: int = DAYS) -> Cells:
    base = rng.poisson(rng.lognormal(2, 0.8, units)[:, None] * np.ones(days)).astype(float)
    return Cells(rng.binomial(base.astype(int), 0.3).astype(float), base, days)


@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(0.1, 50))
@settings(max_examples=30, deadline=None)
def test_units_of_measure_and_names_of_arms_do_not_matter(seed: int, times: float, weight: float) -> None:
    cells, treated = cells_of(np.random.default_rng(seed), BLOCKS), arms(str(seed), DAYS)
    one = switchback_effect(cells, treated, 0.05)
    more = switchback_effect(Cells(cells.total * times, cells.base * weight, DAYS), treated, 0.05)
    turned = switchback_effect(cells, ~treated, 0.05)
    assert more.difference == pytest.approx(known(one) * times / weight, rel=1e-6, abs=1e-12)
    assert more.upper == pytest.approx(one.upper * times / weight, rel=1e-6, abs=1e-12)
    assert (turned.difference, turned.lower) == pytest.approx((-known(one), -one.upper))


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_neither_days_nor_blocks_count_as_an_effect(seed: int) -> None:
    rng, ones = np.random.default_rng(seed), np.ones((BLOCKS, DAYS))
    noise, treated = rng.normal(size=(BLOCKS, DAYS)), arms(str(seed), DAYS)
    plain = switchback_effect(Cells(noise, ones, DAYS), treated, 0.05)
    level = rng.normal(0, 50, (BLOCKS, 1)) + rng.normal(0, 50, (1, DAYS))
    moved = switchback_effect(Cells(noise + level + 3.0 * treated, ones, DAYS), treated, 0.05)
    assert moved.difference == pytest.approx(known(plain) + 3.0)
    assert moved.upper - moved.lower == pytest.approx(plain.upper - plain.lower)


def test_a_day_without_its_other_one_waits_and_little_is_said_of_little() -> None:
    cells, treated = cells_of(np.random.default_rng(1), BLOCKS), arms("x", DAYS)
    odd = switchback_effect(Cells(cells.total[:, :5], cells.base[:, :5], DAYS), treated[:, :5], 0.05)
    even = switchback_effect(Cells(cells.total[:, :4], cells.base[:, :4], DAYS), treated[:, :4], 0.05)
    assert (odd, odd.looks) == (even, 2)
    one = switchback_effect(Cells(cells.total[:, :1], cells.base[:, :1], DAYS), treated[:, :1], 0.05)
    empty = switchback_effect(Cells(0 * cells.total, cells.base, DAYS), treated, 0.05)
    alone = holdout_effect(cells, np.arange(BLOCKS) > 0, np.zeros(BLOCKS), 0.05)
    for effect in (one, empty, alone):
        assert (effect.difference, effect.lower, effect.upper, effect.looks) == (None, -inf, inf, 0)


def known(effect: Effect) -> float:
    assert effect.difference is not None
    return effect.difference


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(0.001, 0.5))
def test_limits_widen_with_variance_and_with_confidence(variance: float, precision: float, alpha: float) -> None:
    reach = mixture_radius(variance, precision, alpha)
    assert mixture_radius(variance * 1.1, precision, alpha) > reach < mixture_radius(variance, precision, alpha / 2)


@given(st.floats(1e-2, 1e2), st.floats(0.3, 3.0), st.sampled_from([0.01, 0.05, 0.1]))
def test_the_precision_is_nearly_the_best(variance: float, times: float, alpha: float) -> None:
    best = mixture_precision(variance, alpha)
    assert mixture_radius(variance, best, alpha) <= 1.01 * mixture_radius(variance, best * times, alpha)


def false_calls(effects: list[list[Effect]]) -> float:
    return float(np.mean([any(one.lower > 0.0 or one.upper < 0.0 for one in looks) for looks in effects]))


def so_far(cells: Cells, days: int) -> Cells:
    return replace(cells, total=cells.total[:, :days], base=cells.base[:, :days])


def test_a_switchback_without_effect_is_seldom_called_one_at_any_look() -> None:
    looks = []
    for seed in range(150):
        cells, treated = cells_of(np.random.default_rng(seed), BLOCKS), arms(str(seed), DAYS)
        looks.append([switchback_effect(so_far(cells, day), treated[:, :day], 0.05) for day in range(2, DAYS + 1, 2)])
    assert false_calls(looks) <= 0.05


def test_a_holdout_without_effect_is_seldom_called_one_though_agents_differ_for_good() -> None:
    looks = []
    for seed in range(150):
        rng, none = np.random.default_rng(seed), np.zeros(120)
        level = rng.normal(0, 1, (120, 1))
        cells = Cells(level + rng.normal(0, 1, (120, DAYS)), np.ones((120, DAYS)), DAYS)
        treated = holdout_treated([f"A{seed}-{number}" for number in range(120)], str(seed), 0.3)
        looks.append([holdout_effect(so_far(cells, day), treated, none, 0.05) for day in range(1, DAYS + 1)])
    assert false_calls(looks) <= 0.05


def test_what_agents_showed_before_narrows_the_limits_and_the_true_effect_is_within() -> None:
    rng = np.random.default_rng(5)
    level = rng.normal(0, 3, 200)
    treated = holdout_treated(map(str, range(200)), "x", 0.3)
    shown: Floats = level[:, None] + rng.normal(0, 1, (200, DAYS)) + 0.5 * treated[:, None]
    cells = Cells(shown, np.ones((200, DAYS)), DAYS)
    blind = holdout_effect(cells, treated, np.zeros(200), 0.05)
    told = holdout_effect(cells, treated, level + rng.normal(0, 0.3, 200), 0.05)
    assert told.upper - told.lower < 0.3 * (blind.upper - blind.lower)
    assert told.lower < 0.5 < told.upper
