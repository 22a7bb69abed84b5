"""What a SKU inherits: of whom, how much, and until when; rates 0-1, strengths and exposures in lines."""

from __future__ import annotations

import numpy as np
import pytest

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.beta_binomial import BetaRates
from xuanpin.models.risk.inheritance import (
    NO_HERITAGE,
    Heritage,
    KinLinks,
    RatePrior,
    choose_kin,
    inherit,
    inherit_share,
)

TITLE, IMAGE = 0, 1


def links(*rows: tuple[int, int, int, float]) -> KinLinks:
    """Links from (heir, kin, family, nearness); only titles say that kin are one SKU."""
    heir, kin, family, nearness = (np.array(part) for part in zip(*rows, strict=True))
    return KinLinks(heir, kin, family, nearness.astype(float), family == TITLE)


def chosen(found: Heritage) -> dict[int, dict[int, float]]:
    heirs: dict[int, dict[int, float]] = {}
    for heir, kin, weight in zip(found.heir.tolist(), found.kin.tolist(), found.weight.tolist(), strict=True):
        heirs.setdefault(heir, {})[kin] = round(weight, 3)
    return heirs


RATE, LINES = np.array([0.05, 0.5, 0.02, 0.02, 0.02]), np.array([0.0, 100.0, 100.0, 100.0, 100.0])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([(0, 1, TITLE, 1.0)], {1: 1.0}, id="the only one"),
        pytest.param([(0, 1, TITLE, 1.0), (0, 2, TITLE, 1.0), (0, 3, TITLE, 1.0)], {1: 1.0}, id="one SKU: the worst"),
        pytest.param([(0, 1, TITLE, 0.9), (0, 2, TITLE, 0.9)], {1: 0.5, 2: 0.5}, id="variants: whichever it is"),
        pytest.param([(0, 1, TITLE, 0.95), (0, 2, TITLE, 0.8)], {1: 1.0}, id="the nearest"),
        pytest.param([(0, 1, TITLE, 0.8), (0, 2, TITLE, 0.95)], {2: 1.0}, id="the nearest, though it is good"),
        pytest.param([(0, 1, IMAGE, 1.0), (0, 2, TITLE, 1.0)], {1: 1.0}, id="the worse of two families"),
        pytest.param([(0, 1, IMAGE, 1.0), (0, 2, IMAGE, 1.0)], {1: 0.5, 2: 0.5}, id="two with one picture"),
    ],
)
def test_whose_past_counts(rows: list[tuple[int, int, int, float]], expected: dict[int, float]) -> None:
    assert chosen(choose_kin(links(*rows), RATE, LINES, 50.0)) == {0: expected}


def test_kin_of_hardly_a_line_dilute_no_past() -> None:
    few = np.array([0.0, 100.0, 1.0, 1.0, 1.0])
    rows = [(0, kin, IMAGE, 1.0) for kin in (1, 2, 3, 4)]
    assert chosen(choose_kin(links(*rows), RATE, few, 50.0))[0][1] == pytest.approx(50 / 53, abs=1e-3)


def test_each_heir_has_a_past_of_its_own_and_others_none() -> None:
    found = choose_kin(links((0, 1, TITLE, 1.0), (2, 3, TITLE, 1.0)), RATE, LINES, 50.0)
    assert chosen(found) == {0: {1: 1.0}, 2: {3: 1.0}}
    assert found.main_kin(RATE).tolist() == [1, -1, 3, -1, -1]
    assert found.of(RATE).tolist() == [0.5, 0.0, 0.02, 0.0, 0.0]


def after(kin_rate: float, kin_lines: float, own: float = 0.0, strength: float = 20.0) -> tuple[float, float]:
    """Prior (mean, strength) of an heir of a kind of 6 %, whose only kin has the given rate and lines."""
    prior = RatePrior(np.array([0.06, 0.06]), np.array([strength, strength]))
    past = RatePrior(np.array([0.06, kin_rate]), np.array([strength, strength + kin_lines]))
    only = Heritage(np.array([0]), np.array([1]), np.array([1.0]))
    found = inherit(prior, only, past, np.array([own, kin_lines]), 50.0)
    assert found.mean[1] == 0.06 and found.strength[1] == strength
    return float(found.mean[0]), float(found.strength[0])


@pytest.mark.parametrize(
    ("kin_rate", "kin_lines", "expected"),
    [
        pytest.param(0.4, 1_000.0, (0.4, 50.0), id="a bad past whole, worth at most 50 lines"),
        pytest.param(0.4, 10.0, (0.4, 30.0), id="a short bad past by its own lines"),
        pytest.param(0.02, 1_000.0, (0.04, 20.0), id="a good past by half and no surer"),
    ],
)
def test_a_bad_past_counts_whole_and_a_good_one_by_half(
    kin_rate: float, kin_lines: float, expected: tuple[float, float]
) -> None:
    assert after(kin_rate, kin_lines) == pytest.approx(expected)


def test_where_kinds_are_alike_a_past_is_worth_what_a_kind_is() -> None:
    assert after(0.4, 1_000.0, strength=200.0) == pytest.approx((0.4, 200.0))


def test_a_past_fades_as_the_heirs_own_lines_come() -> None:
    seen: list[tuple[float, float]] = [after(0.4, 100.0, own=own) for own in (0.0, 50.0, 100.0, 150.0)]
    means: Floats = np.array([mean for mean, _ in seen])
    assert (np.diff(means[:3]) < 0).all()
    assert seen[2] == seen[3] == pytest.approx((0.06, 20.0))


def test_a_share_of_the_happy_is_inherited_where_it_is_low() -> None:
    """The first is the heir of the second, the third of the fourth; kinds have nine happy of ten."""
    share = BetaRates(np.array([9.0, 30.0, 9.0, 99.0]), np.array([1.0, 70.0, 1.0, 1.0]))
    pairs = Heritage(np.array([0, 2]), np.array([1, 3]), np.ones(2))
    found = inherit_share(share, pairs, np.array([0.0, 90.0, 0.0, 90.0]), 50.0)
    assert found.mean.tolist() == pytest.approx([0.3, 0.3, 0.945, 0.99])
    assert (found.alpha + found.beta).tolist() == pytest.approx([50.0, 100.0, 10.0, 100.0])
    assert inherit_share(share, NO_HERITAGE, np.zeros(4), 50.0) is share
