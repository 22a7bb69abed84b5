"""The promise holds every night with its confidence, not on average: which lists it admits, and what they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.support.list_risks import risk_of
from tests.support.selection_night import GROUNDS, GROUNDS_SCHEMA, decision, listed_skus, night_of, skus
from xuanpin.models.assortment.count_spread import count_spread
from xuanpin.models.assortment.list_risk import count_variance, share_quantiles
from xuanpin.pipelines.contracts.reason_codes import reason_sentence

FREE: dict[str, Any] = {
    "explore_share": 0.0, "clearance_share": 0.0, "price_bands": 1, "category_max_share": 1.0,
    "supplier_max_share": 1.0, "list_floor": 0,
}  # fmt: skip
CHANGING: dict[str, Any] = {"landmine_if_changed": 0.9, "sku_change_count": 9.0, "supplier_change_count": 9.0}


def said(folder: Path, rows: list[dict[str, Any]], **limits: Any) -> tuple[int, float, bool]:
    """SKUs listed, the bound of their share of landmines, and whether it is promised."""
    with night_of(folder, rows, **FREE | limits) as night:
        listed_skus(night)
        facts = night.engine.query("select listed, promise_bound, can_promise from night.assortment_certificate")
        (row,) = facts.to_pylist()
        return row["listed"], row["promise_bound"], row["can_promise"]


@pytest.mark.parametrize(
    ("probability", "size", "listed", "bound"),
    [
        # Two landmines or more among 40 have 6 % where each SKU has 1 %; three or more less than 1 %.
        pytest.param(0.01, 40, 40, 2 / 40, id="an expected share far below the promise"),
        pytest.param(0.024, 100, 100, 5 / 100, id="as many as a list of a hundred bears"),
        pytest.param(0.001, 10, 10, 0.0, id="a list too short for one landmine holds none"),
        pytest.param(0.01, 10, 5, 0.0, id="as many as hold none with 95 %"),
        # Of 119 no more than five may be landmines either; six or more among them have 7 %, among a hundred 4 %.
        pytest.param(0.024, 119, 100, 5 / 100, id="as many as the last whole landmine bears"),
    ],
)
def test_a_list_is_as_long_as_its_promise_bears(
    tmp_path: Path, probability: float, size: int, listed: int, bound: float
) -> None:
    assert said(tmp_path, skus(size, landmine_probability=probability), list_size=size) == (listed, bound, True)


def test_an_expected_share_within_the_promise_is_not_enough(tmp_path: Path) -> None:
    listed, bound, promised = said(tmp_path, skus(60, landmine_probability=0.045), list_size=60, list_floor=20)
    assert (listed, promised) == (60, False)
    assert bound == pytest.approx(6 / 60)


def test_what_cannot_be_promised_is_made_as_likely_as_it_can_be(tmp_path: Path) -> None:
    # Sixty of .03 hold more than three landmines with 11 %; the average alone would take all five of .12.
    rows = [row | {"landmine_probability": 0.12 if i < 5 else 0.03} for i, row in enumerate(skus(120))]
    with night_of(tmp_path, rows, **FREE | {"list_floor": 60}, list_size=60) as night:
        chosen = listed_skus(night)
        (facts,) = night.engine.query(
            "select promise_held, promise_bound, can_promise from night.assortment_certificate"
        ).to_pylist()
    assert len(chosen) == 60
    assert facts == {"promise_held": 4 / 60, "promise_bound": 4 / 60, "can_promise": False}
    assert not any(sku < "S05" for sku in chosen)


def test_what_cannot_be_promised_gives_up_no_rule_where_less_confidence_gives_up_none(tmp_path: Path) -> None:
    # More of the safe ones than their category may have are surer than forty, but not sure enough to be promised.
    rows = [
        row | {"landmine_probability": 0.025 if i < 60 else 0.045, "category": "a" if i < 60 else "b"}
        for i, row in enumerate(skus(120))
    ]
    with night_of(tmp_path, rows, **FREE | {"list_floor": 60, "category_max": {"a": 40}}, list_size=60) as night:
        assert len(listed_skus(night)) == 60
        (facts,) = night.engine.query(
            "select promise_held, relaxed_rules from night.assortment_certificate"
        ).to_pylist()
    assert facts == {"promise_held": 4 / 60, "relaxed_rules": 0}


@pytest.mark.parametrize(("confidence", "risky"), [(0.8, 17), (0.95, 10), (0.99, 6)])
def test_more_confidence_takes_a_safer_list(tmp_path: Path, confidence: float, risky: int) -> None:
    # k of them at .1 and 60 - k at .004: the most k with m + z·√V <= .05·60.
    assert risky_listed(tmp_path, confidence, 40, **FREE) == risky


@pytest.mark.parametrize(("confidence", "risky"), [(0.95, 9), (0.99, 4)])
def test_more_confidence_than_asked_is_taken_where_it_costs_little(
    tmp_path: Path, confidence: float, risky: int
) -> None:
    # The same at six tenths of the doubt. Twelve risky ones are too few for the value of a list to hang on them.
    assert risky_listed(tmp_path, confidence, 12, **FREE | {"list_floor": 20}) == risky


def risky_listed(folder: Path, confidence: float, count: int, **limits: Any) -> int:
    """How many of `count` SKUs of .1 are listed with 60 places, among others of .004 that are worth less."""
    rows = [row | {"landmine_probability": 0.1 if i < count else 0.004} for i, row in enumerate(skus(120))]
    with night_of(folder, rows, **limits, list_size=60) as night:
        scoring = night.settings.scoring.model_copy(update={"promise_confidence": confidence})
        stricter = replace(night, settings=night.settings.model_copy(update={"scoring": scoring}))
        chosen = listed_skus(stricter)
        assert decision(stricter, f"S{count - 1:02d}")["decision_code"] == "promise_full"
        return sum(sku < f"S{count:02d}" for sku in chosen)


def test_skus_of_a_supplier_that_may_turn_as_a_whole_are_spread(tmp_path: Path) -> None:
    turning = CHANGING | {"changed_with_supplier": 0.02, "landmine_probability": 0.02, "landmine_if_steady": 0.002}
    rows = [row | turning | ({"supplier_id": "P-A"} if i < 30 else {}) for i, row in enumerate(skus(120))]
    with night_of(tmp_path, rows, **FREE, list_size=60) as night:
        chosen = listed_skus(night)
        bound = night.engine.query("select promise_bound from night.assortment_certificate").to_pylist()
    theirs = sum(sku < "S30" for sku in chosen)
    # All 30 would be the best of the list; a turn of their supplier alone would break the promise with 2 %.
    assert 0 < theirs < 12
    assert len(chosen) == 60
    assert bound[0]["promise_bound"] <= 0.05


@pytest.mark.parametrize(
    ("grounds", "reasons"),
    [
        pytest.param({}, [], id="enough was seen"),
        pytest.param(
            {"reason_code": "too_few_days", "days_seen": 14},
            ["no_promise_days:seen=14,needed=37"],
            id="a young platform",
        ),
        pytest.param(
            {"reason_code": "too_few_deliveries", "deliveries_seen": 300},
            ["no_promise_deliveries:seen=300,needed=1200"],
            id="few orders",
        ),
        pytest.param({"reason_code": "returns_missing"}, ["no_promise_returns"], id="returns that do not come"),
        pytest.param({"reason_code": "no_regrets_seen"}, ["no_promise_regrets"], id="nothing ever regretted"),
    ],
)
def test_a_platform_that_has_seen_too_little_promises_nothing_and_says_what_it_needs(
    tmp_path: Path, grounds: dict[str, Any], reasons: list[str]
) -> None:
    with night_of(tmp_path, skus(40, landmine_probability=0.001), **FREE, list_size=40) as night:
        night.engine.store("night.int_promise_grounds", pa.Table.from_pylist([GROUNDS | grounds], GROUNDS_SCHEMA))
        listed_skus(night)
        said = night.engine.query("select distinct can_promise, promise_reasons from night.sku_list").to_pylist()
    assert said == [{"can_promise": not reasons, "promise_reasons": reasons}]
    assert all(reason_sentence(reason, language) for reason in reasons for language in ("zh", "en"))


def test_the_variance_of_a_list_is_that_of_its_drawn_landmines() -> None:
    rng, size, draws = np.random.default_rng(3), 60, 40_000
    suppliers = (np.arange(size) // 6).astype(str).astype(object)
    risk = risk_of(rng.uniform(0.03, 0.08, size), suppliers, turning=0.03)
    factor = rng.gamma(risk.supplier_changes, 1.0 / risk.supplier_changes, draws)
    chance = factor * 0.03 / (0.97 + factor * 0.03)
    turned = rng.random((draws, 10)) < chance[:, None]
    odds = np.where(turned[:, risk.suppliers], 0.9, risk.if_steady)
    counts = (rng.random((draws, size)) < odds).sum(axis=1)
    probability = 0.03 * 0.9 + 0.97 * risk.if_steady
    stated = count_variance(risk, probability).of(np.ones(size, dtype=np.bool_))
    assert stated == pytest.approx(counts.var(), rel=0.06)
    # Nine in ten lists hold no more than the bound at .9, and not many more than nine.
    (bound,) = share_quantiles(risk, (0.9,))
    assert 0.9 <= np.mean(counts <= bound * size + 1e-9) <= 0.95


@pytest.mark.parametrize(
    ("bound", "mean", "size", "most"),
    [
        pytest.param(0.05, 0.02, 100, 0.02, id="a list at its bound may get no riskier"),
        pytest.param(0.03, 0.01, 100, 0.02, id="one below it may: (.03 - .01)·100/√1 = 2, and 2 + 2·√2 < 5"),
        pytest.param(0.0, 0.0, 100, 0.05, id="one that expects none knows no spread"),
    ],
)
def test_a_list_made_from_another_keeps_its_promise(bound: float, mean: float, size: int, most: float) -> None:
    spread = count_spread(bound, mean, size)
    allowed = spread.most_mean(0.05, size)
    assert allowed >= most - 1e-9
    assert spread.bound(np.full(size, allowed)) == pytest.approx(0.05)
