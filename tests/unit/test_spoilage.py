"""The chance that goods spoil: never less for longer waiting, as often as it says, and each SKU's own as it shows."""

import numpy as np
import pytest
from scipy.special import expit

from xuanpin.models.risk.beta_binomial import BetaRates
from xuanpin.models.risk.spoilage import Perishables, Perished, SpoilageModel, fit_spoilage

GOODS = Perishables(
    shelf_hours=np.array([48.0, 72.0, 120.0, 240.0]), kind=np.array([0, 0, 1, 1]), kinds=2,
    is_cold=np.array([False, True, False, True]),
)  # fmt: skip
HOURS = np.arange(2.0, 72.0, 5.0)
LEVEL, SLOPE = -3.2, 2.5


def fitted(lines: float, seed: int = 3) -> SpoilageModel:
    """A model of drawn deliveries; the truth is LEVEL and SLOPE."""
    rng = np.random.default_rng(seed)
    sku, hours = np.repeat(np.arange(4), len(HOURS)), np.tile(HOURS, 4)
    spoiled = rng.binomial(int(lines), truth(sku, hours)).astype(float)
    return fit_spoilage(GOODS, sku, hours, np.full(len(sku), lines), spoiled)


def truth(sku: np.ndarray, hours: np.ndarray) -> np.ndarray:
    return np.asarray(expit(LEVEL + SLOPE * (np.log(hours / GOODS.shelf_hours[sku]) - np.log(0.5))))


@pytest.mark.parametrize("lines", [0, 3, 400])
def test_what_waits_longer_never_spoils_less(lines: int) -> None:
    model = fitted(lines)
    for sku in range(4):
        chance = model.chance(GOODS, np.full(200, sku), np.linspace(0.0, 400.0, 200))
        assert (np.diff(chance) >= 0).all() and chance[0] >= 0 and chance[-1] <= 1
    around = model.chance_around(GOODS, np.log([6.0, 24.0, 96.0]), np.array([-0.2, 0.0, 0.2]))
    assert around.shape == (3, 4) and (np.diff(around, axis=0) > 0).all()


def test_before_any_delivery_three_in_a_hundred_spoil_at_half_of_their_life() -> None:
    model = fitted(0)
    assert model.chance(GOODS, np.array([0]), np.array([24.0]))[0] == pytest.approx(0.03, abs=0.002)
    assert model.deviation(GOODS, np.array([0]), np.array([24.0]))[0] > 1.0


def test_many_deliveries_teach_the_chance_and_take_the_doubt() -> None:
    model, sku, hours = fitted(3000), np.repeat(np.arange(4), 3), np.tile([12.0, 24.0, 40.0], 4)
    assert model.chance(GOODS, sku, hours) == pytest.approx(truth(sku, hours), rel=0.25)
    assert (model.deviation(GOODS, sku, hours) < 0.5 * fitted(0).deviation(GOODS, sku, hours)).all()


def test_nine_in_ten_true_chances_lie_below_the_stated_ends() -> None:
    sku, hours = np.repeat(np.arange(4), 3), np.tile([12.0, 24.0, 40.0], 4)
    inside = []
    for seed in range(40):
        model = fitted(40, seed)
        chance, far = model.chance(GOODS, sku, hours), np.exp(1.645 * model.deviation(GOODS, sku, hours))
        inside.append((truth(sku, hours) <= chance * far) & (truth(sku, hours) >= chance / far))
    assert np.mean(inside) > 0.85


def test_a_sku_that_spoils_more_than_its_kind_is_known_by_its_own_lines() -> None:
    alike = Perishables(np.full(12, 72.0), np.zeros(12, np.int64), 1, np.zeros(12, dtype=bool))
    sku, hours = np.repeat(np.arange(12), len(HOURS)), np.tile(HOURS, 12)
    usual = expit(LEVEL + SLOPE * (np.log(hours / 72.0) - np.log(0.5)))
    spoiled = 60 * usual * np.where(sku == 0, 3.0, 1.0)
    model = fit_spoilage(alike, sku, hours, np.full(len(sku), 60.0), spoiled)
    assert model.factor[0] > 2.0 and (model.factor[1:] < 1.1).all()
    assert model.doubt[0] < model.doubt[1]


def test_what_spoilage_adds_moves_the_chance_of_a_landmine_and_nothing_else() -> None:
    rates, ceiling = BetaRates(np.array([6.0, 6.0, 6.0]), np.array([94.0, 94.0, 94.0])), np.full(3, 0.1)
    perished = Perished(np.ones(3), np.array([0.0, 0.04, -0.03]), np.array([0.0, 0.0, 0.0]))
    plain, chance = rates.probability_above(ceiling), perished.chance_above(rates, ceiling)
    assert chance[0] == plain[0] and chance[1] > plain[1] > chance[2]
    assert chance[1] == pytest.approx(rates.probability_above(np.full(3, 0.06))[1])
    doubted = Perished(np.ones(3), perished.added, np.array([0.0, 0.02, 0.02])).chance_above(rates, ceiling)
    assert doubted[2] > chance[2]
    assert perished.with_added(np.array([0.02, 0.99, 0.01])).tolist() == pytest.approx([0.02, 1.0, 0.0])
