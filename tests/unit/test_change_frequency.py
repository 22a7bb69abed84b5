"""How often rates change, and since when: learnt from the catalogue, by the time in which a change could have shown."""

import numpy as np
import pytest

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.change_frequency import (
    DURATIONS,
    ODDS_RATIOS,
    SUPPLIERS_BEFORE,
    ChangeCount,
    Units,
    change_chances,
    duration_likelihood,
    first_beginnings,
    fit_chances,
)
from xuanpin.models.risk.change_point import ChangePosterior, infer_changes
from xuanpin.models.risk.recent_regrets import CANDIDATE_AGES, RecentRegrets, with_past

AGES, TRANSIT = len(CANDIDATE_AGES), 4.0
NOTHING = ChangeCount(0.0, 0.0)


def lines_of(days: Ints, a_day: float = 1.0) -> Floats:
    """Lines younger than each age of SKUs that have been delivered for so many days."""
    return np.asarray(a_day * np.minimum(CANDIDATE_AGES[None, :], days[:, None]), dtype=np.float64)


def recent_of(days: Ints, events_since: Floats, a_day: float = 1.0) -> RecentRegrets:
    since = lines_of(days, a_day)
    old = np.where(days > CANDIDATE_AGES[-1], 40.0, 0.0)
    return RecentRegrets(since[:, -1] + old, events_since[:, -1] + 0.1 * old, since, events_since)


def found_in(recent: RecentRegrets, suppliers: Ints) -> ChangePosterior:
    skus = len(recent.exposure)
    return infer_changes(recent, np.full(skus, 0.1), np.full(skus, 20.0), suppliers, 10.0, TRANSIT, NOTHING)


@pytest.mark.parametrize(
    ("days", "oldest"),
    [
        pytest.param(0, 0, id="delivered today"),
        pytest.param(3, 3, id="three days"),
        pytest.param(5, 5, id="between two ages: the next"),
        pytest.param(48, 12, id="as old as the oldest age"),
        pytest.param(49, AGES, id="older than all ages"),
    ],
)
def test_a_sku_has_a_past_before_the_ages_that_hold_not_all_of_its_lines(days: int, oldest: int) -> None:
    recent = recent_of(np.array([days]), np.zeros((1, AGES)))
    assert recent.oldest.tolist() == [oldest]
    assert with_past(recent.oldest).sum() == max(oldest, 1)


def test_more_changes_in_force_began_lately_than_long_ago_and_never_ending_ones_evenly() -> None:
    beginnings = first_beginnings(TRANSIT)
    a_day = beginnings.shares / np.append(TRANSIT, np.diff(CANDIDATE_AGES))
    assert np.allclose(beginnings.shares.sum(axis=1), 1.0) and beginnings.share.sum() == pytest.approx(1.0)
    assert np.allclose(a_day[-1], 1.0 / (TRANSIT + CANDIDATE_AGES[-1]))
    assert (np.diff(a_day[:-1], axis=1) < 0.0).all()
    # Half of an exponential of 14 days is over in ten.
    assert beginnings.shares[0, : np.searchsorted(TRANSIT + CANDIDATE_AGES, 10.0)].sum() == pytest.approx(
        0.48, abs=0.06
    )


def units_of(odds: Floats, oldest: Ints) -> Units:
    ones = np.ones(len(oldest))
    return Units(odds, with_past(oldest), ones, ones)


def test_only_the_time_that_units_were_delivered_counts_as_time_without_a_change() -> None:
    share, silent = first_beginnings(TRANSIT).share, np.ones((30, len(ODDS_RATIOS), AGES))
    young, old = (units_of(silent, np.full(30, columns)) for columns in (6, AGES))
    of_young, of_old = (fit_chances(units, share, SUPPLIERS_BEFORE).sum(axis=1)[0] for units in (young, old))
    # Nothing can be seen where all odds are 1: what was assumed before stays.
    assert of_young == pytest.approx(0.5, abs=0.02) and of_old == pytest.approx(0.5, abs=0.02)
    clean = np.where(CANDIDATE_AGES > 6, 1e-6, 1.0) * silent
    for columns, left in ((6, 0.4), (AGES, 0.15)):
        units = units_of(clean, np.full(30, columns))
        found = change_chances(units, fit_chances(units, share, SUPPLIERS_BEFORE), share).sum(axis=(1, 2))
        assert found[0] < left


def test_the_age_of_the_changes_that_were_found_says_how_long_they_last() -> None:
    def longest(age: int) -> Floats:
        odds = np.ones((200, len(ODDS_RATIOS), AGES)) * np.where(CANDIDATE_AGES < 4, 1.0, 1e-3)
        odds[:20, :, list(CANDIDATE_AGES).index(age)] = 1e6
        units, first = units_of(odds, np.full(200, AGES)), first_beginnings(TRANSIT)
        chance = fit_chances(units, first.share, NOTHING + ChangeCount(0.5, 25.0))
        return first.weighed(duration_likelihood(units, chance, first)).weight

    assert DURATIONS[longest(6).argmax()] == 14.0
    assert DURATIONS[longest(48).argmax()] == np.inf
    assert longest(6).sum() == pytest.approx(1.0)


def test_a_supplier_that_is_new_cannot_have_changed_long_ago() -> None:
    days, suppliers = np.where(np.arange(40) < 20, 60, 3), np.arange(40) // 4
    chance = found_in(recent_of(days, 0.1 * lines_of(days)), suppliers).with_supplier
    assert chance[30] < chance[10]


def of_one_supplier(regrets: float, skus: int) -> ChangePosterior:
    """Chances of 200 SKUs; so many of the first supplier had these regrets in four days, on four lines each."""
    days = np.full(200, 60)
    events = 0.1 * lines_of(days, 1.0)
    events[:skus] += np.where(CANDIDATE_AGES >= 4, regrets, 0.0)
    return found_in(recent_of(days, events), np.arange(200) // 10)


def test_each_sku_may_have_a_cluster_and_all_of_one_supplier_at_once_have_changed() -> None:
    one, many = of_one_supplier(3.0, 1), of_one_supplier(3.0, 3)
    assert one.with_supplier[0] < 0.05 < 0.8 < many.with_supplier[0]
    assert one.alone[0] < 0.5
