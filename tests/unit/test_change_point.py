"""Change points of SKUs: how often they occur is learnt from the catalogue, and a list's interval accounts for them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from xuanpin.models.arrays import Ints
from xuanpin.models.assortment.list_risk import Listed, share_interval
from xuanpin.models.risk.beta_binomial import BetaRates
from xuanpin.models.risk.change_frequency import ChangeCount, first_beginnings
from xuanpin.models.risk.change_point import ChangePosterior, infer_changes
from xuanpin.models.risk.evidence_needed import clean_lines_needed
from xuanpin.models.risk.rate_mixture import RateMixture
from xuanpin.models.risk.recent_regrets import CANDIDATE_AGES, RecentRegrets
from xuanpin.models.risk.regret_clusters import cluster_odds

DAYS = int(CANDIDATE_AGES[-1])
OLD_LINES, TRANSIT = 40.0, 4.0
NOTHING = ChangeCount(0.0, 0.0)


def floats(*values: float) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=np.float64)


def recent_lines(
    rng: np.random.Generator,
    skus: int,
    chance: float,
    lines_a_day: int = 2,
    rate: float = 0.1,
    changed_rate: float = 0.5,
) -> Any:
    """Recent lines of SKUs, a share `chance` of which changed on a day of the last weeks; and which had changed."""
    age = np.arange(DAYS)
    changed_on = np.where(rng.random(skus) < chance, rng.uniform(0, DAYS, skus), -1.0)
    now = np.where(age[None, :] < changed_on[:, None], changed_rate, rate)
    events = rng.binomial(lines_a_day, now).astype(np.float64)
    upto = np.concatenate([np.zeros((skus, 1)), np.cumsum(events, axis=1)], axis=1)[:, CANDIDATE_AGES]
    exposure = np.broadcast_to(CANDIDATE_AGES * float(lines_a_day), (skus, len(CANDIDATE_AGES)))
    old = rng.binomial(int(OLD_LINES), rate, skus)
    recent = RecentRegrets(exposure[:, -1] + OLD_LINES, upto[:, -1] + old, exposure, upto)
    return recent, changed_on >= 0.0


def found_in(
    recent: Any, suppliers: np.ndarray[Any, Any] | Ints | None = None, earlier: ChangeCount = NOTHING
) -> ChangePosterior:
    skus = len(recent.exposure)
    groups = np.arange(skus) // 10 if suppliers is None else suppliers
    return infer_changes(recent, np.full(skus, 0.1), np.full(skus, 60.0), groups, 10.0, TRANSIT, earlier)


def test_as_many_skus_are_inferred_to_have_changed_as_have() -> None:
    recent, has_changed = recent_lines(np.random.default_rng(1), 3_000, 0.03)
    chance = found_in(recent).chance
    assert chance.mean() == pytest.approx(has_changed.mean(), rel=0.25)
    assert chance[has_changed].mean() > 0.6 and np.median(chance[~has_changed]) < 0.02


def test_where_nothing_changes_hardly_any_change_is_inferred() -> None:
    recent, _ = recent_lines(np.random.default_rng(2), 3_000, 0.0)
    assert found_in(recent).chance.mean() < 0.01


def test_a_change_of_a_supplier_is_inferred_sooner_than_that_of_each_sku() -> None:
    rng = np.random.default_rng(3)
    recent, _ = recent_lines(rng, 600, 0.0)
    bad = np.arange(600) < 20
    recent.events_since[bad, 5:] += 2.0
    recent.events[bad] += 2.0
    suppliers = np.where(bad, 0, 1 + np.arange(600) // 20)
    together = found_in(recent, suppliers)
    assert together.with_supplier[0] > 0.9 > found_in(recent, np.arange(600)).chance[0]
    assert together.with_supplier[~bad].max() < 0.2


def test_a_sku_that_changed_on_its_own_hides_no_change_of_its_supplier() -> None:
    recent, _ = recent_lines(np.random.default_rng(3), 600, 0.0)
    bad = np.arange(600) < 20
    recent.events_since[bad, 5:] += 2.0
    recent.events[bad] += 2.0
    # One of the supplier's SKUs has been a wholly bad batch for 27 days before that.
    recent.events_since[0, 5:] = recent.exposure_since[0, 5:] * 0.8
    recent.events_since[0, 12:] = recent.events_since[0, 11]
    recent.events[0] = recent.events_since[0, 12] + 4.0
    together = found_in(recent, np.where(bad, 0, 1 + np.arange(600) // 20))
    assert together.with_supplier[0] > 0.9
    assert together.alone[0] > 0.9 > 0.2 > together.alone[1:].max()


def test_a_short_history_without_changes_of_suppliers_promises_less_than_a_long_one() -> None:
    recent, _ = recent_lines(np.random.default_rng(6), 400, 0.0)
    young, old = found_in(recent), found_in(recent, earlier=ChangeCount(0.0, 400.0))
    changed_before = found_in(recent, earlier=ChangeCount(20.0, 400.0))
    # Laplace's rule: one change among 40 suppliers and two more; what the last days cannot have shown is left of it.
    unseen = first_beginnings(TRANSIT).share[0]
    assert 0.85 * unseen / 42 < np.median(young.with_supplier) < 2 * unseen / 42
    assert np.median(old.with_supplier) < 0.2 * np.median(young.with_supplier)
    assert np.median(changed_before.with_supplier) > 5 * np.median(old.with_supplier)
    assert (young.supplier_change_count, changed_before.supplier_change_count) == pytest.approx((1.0, 21.0), abs=0.5)


@pytest.mark.parametrize("skus", [1, 12])
def test_a_platform_with_nothing_sold_and_nothing_on_its_way_has_numbers(skus: int) -> None:
    nothing = np.zeros((skus, len(CANDIDATE_AGES)))
    recent = RecentRegrets(nothing[:, -1], nothing[:, -1], nothing, nothing)
    found = infer_changes(recent, np.full(skus, 0.1), np.full(skus, 60.0), np.arange(skus), 10.0, 0.0, NOTHING)
    for numbers in (found.chance, found.with_supplier, found.alpha, found.beta):
        assert np.isfinite(numbers).all()
    assert (found.alpha > 0.0).all() and (found.beta > 0.0).all()


def of_one_sku(regrets: float, lines: float, days: int = 4) -> ChangePosterior:
    """Chances of 300 SKUs; the last has 150 old lines with three regrets, and these of its last days."""
    others, _ = recent_lines(np.random.default_rng(8), 299, 0.03, rate=0.03, changed_rate=0.3)
    is_since = days <= CANDIDATE_AGES
    since = [np.where(is_since, count, 0.0)[None] for count in (lines, regrets)]
    parts = (np.array([150.0 + lines]), np.array([3.0 + regrets]), *since)
    seen = (others.exposure, others.events, others.exposure_since, others.events_since)
    recent = RecentRegrets(*(np.concatenate(pair) for pair in zip(seen, parts, strict=True)))
    return infer_changes(recent, np.full(300, 0.03), np.full(300, 60.0), np.arange(300) // 10, 10.0, TRANSIT, NOTHING)


@pytest.mark.parametrize(
    ("regrets", "lines", "least", "most"),
    [
        pytest.param(2, 4.0, 0.0, 0.15, id="two buyers"),
        pytest.param(3, 4.0, 0.0, 0.3, id="three buyers: a cluster, or the first of many"),
        pytest.param(6, 8.0, 0.05, 0.6, id="six buyers where hardly any SKU changes: doubtful"),
        pytest.param(10, 12.0, 0.7, 1.0, id="ten buyers: a bad batch"),
    ],
)
def test_few_regrets_may_be_a_cluster_and_many_are_a_change(
    regrets: int, lines: float, least: float, most: float
) -> None:
    assert least <= of_one_sku(regrets, lines).chance[-1] <= most


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("regrets", [0.0, 3.0, 40.0])
def test_a_sku_of_a_million_lines_keeps_its_odds_of_a_cluster(regrets: float) -> None:
    lines = floats(1e6)
    ages = np.linspace(0.0, 1.0, 4)
    recent = RecentRegrets(lines, floats(regrets), lines[:, None] * ages, floats(regrets)[:, None] * ages)
    odds = cluster_odds(recent, floats(0.01), floats(50.0))
    assert np.isfinite(odds).all()
    assert (odds > 0.0).all()


def test_three_buyers_are_on_watch_and_one_is_not() -> None:
    three, one = of_one_sku(3, 4.0).clusters, of_one_sku(1, 4.0).clusters
    assert three.chance[-1] > 0.8 > one.chance[-1]
    assert (three.days[-1], three.regrets[-1]) == (4, 3.0)


def mixture(chance: float) -> RateMixture:
    return RateMixture(BetaRates(floats(4.0), floats(96.0)), BetaRates(floats(12.0), floats(8.0)), floats(chance))


def test_quantiles_of_a_mixture_are_those_of_draws_from_it() -> None:
    rng = np.random.default_rng(4)
    is_changed = rng.random(200_000) < 0.2
    drawn = np.where(is_changed, rng.beta(12.0, 8.0, 200_000), rng.beta(4.0, 96.0, 200_000))
    rates = mixture(0.2)
    for level in (0.05, 0.5, 0.95):
        assert (drawn <= rates.quantile(level)[0]).mean() == pytest.approx(level, abs=0.005)
    assert rates.mean[0] == pytest.approx(drawn.mean(), abs=0.005)
    assert rates.variance[0] == pytest.approx(drawn.var(), abs=0.005)
    assert rates.probability_above(floats(0.3))[0] == pytest.approx((drawn > 0.3).mean(), abs=0.005)


def test_clean_lines_are_evidence_against_a_change() -> None:
    rates, ceiling = mixture(0.5), floats(0.2)
    assert rates.after_clean_lines(np.array([10])).chance[0] < 0.01
    needed = clean_lines_needed(rates, ceiling, 0.3)
    assert rates.after_clean_lines(needed).probability_above(ceiling)[0] <= 0.3
    assert rates.after_clean_lines(needed - 1).probability_above(ceiling)[0] > 0.3


def test_the_interval_of_a_list_covers_nine_in_ten_lists() -> None:
    rng, size, known = np.random.default_rng(5), 120, 6.0
    suppliers = np.arange(size) // 4
    skus_listed = Listed(
        np.full(size, 0.01), np.full(size, 0.9), np.full(size, 0.01), np.full(size, 0.02), suppliers, known, known
    )
    low, high = share_interval(skus_listed)
    factor, other = rng.gamma(known, 1.0 / known, (2, 4_000))
    together = rng.random((4_000, 30)) < (other * 0.02 / (0.98 + other * 0.02))[:, None]
    alone = rng.random((4_000, size)) < (factor * 0.01 / (0.99 + factor * 0.01))[:, None]
    chance = np.where(together[:, suppliers] | alone, 0.9, 0.01)
    share = (rng.random((4_000, size)) < chance).mean(axis=1)
    assert 0.90 <= np.mean((share >= low) & (share <= high)) <= 0.97
    # SKUs that change together make lists differ more than SKUs that change apart.
    apart = share_interval(replace(skus_listed, suppliers=np.arange(size)))
    assert apart[1] - apart[0] < high - low
    none = np.empty(0)
    nothing = Listed(none, none, none, none, np.empty(0, dtype=int), known, known)
    assert share_interval(nothing) == (0.0, 0.0)
