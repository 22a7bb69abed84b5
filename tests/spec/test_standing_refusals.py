"""A SKU that an agent declined comes back to her only for a reason: a lower price, a halved risk, time, or her word."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.night_tables import stored, table
from tests.support.source_rows import empty_sources, put
from xuanpin.pipelines.engine.protocol import Engine

LIST_DATE = date(2026, 11, 22)
ANSWERS = "list_date date, agent_id varchar, sku_id varchar, answer varchar, reason_code varchar"
SAID = LIST_DATE - timedelta(days=10)
NO_REASON = None


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    """S1 costs 10 yuan since January, and its landmine probability is .2 as it was."""
    empty_sources(warehouse, ["products"])
    put(warehouse, "products", [{"sku_id": "S1", "list_price": 10, "updated_at": datetime(2026, 1, 1)}])
    table(warehouse, "night.stg_products", "sku_id varchar, list_price decimal(12, 2)", [("S1", 10)])
    risks(warehouse, before=0.2, now=0.2)
    return warehouse


def risks(engine: Engine, before: float, now: float) -> None:
    """Landmine probabilities of S1 on the day of the answer and yesterday."""
    rows = [(SAID, "S1", before), (LIST_DATE - timedelta(days=1), "S1", now)]
    table(engine, "history.predictions", "list_date date, sku_id varchar, landmine_probability double", rows)


def stands(engine: Engine, *answers: tuple[Any, ...]) -> bool:
    """Whether A1 is not asked about S1, after these answers (list date, answer, reason)."""
    rows = [(on, "A1", "S1", answer, reason) for on, answer, reason in answers]
    table(engine, "night.stg_match_answers", ANSWERS, rows)
    engine.materialise(
        "int_standing_refusals",
        remembered_after=LIST_DATE - timedelta(days=60),
        rested_after=LIST_DATE - timedelta(days=7),
    )
    found = stored(engine, "night.int_standing_refusals", "agent_id", "sku_id")
    assert found in ([], [("A1", "S1")])
    return bool(found)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([(SAID, "declined", "style")], True, id="what she declined stands"),
        pytest.param([(SAID, "declined", NO_REASON)], True, id="without a reason too"),
        pytest.param([(SAID, "accepted", NO_REASON)], False, id="what she took does not"),
        pytest.param(
            [(SAID, "declined", "style"), (SAID + timedelta(1), "own_pick", NO_REASON)], False, id="she asked"
        ),
        pytest.param([(SAID + timedelta(1), "declined", "style"), (SAID, "accepted", NO_REASON)], True, id="last word"),
        pytest.param([(LIST_DATE - timedelta(60), "declined", "style")], False, id="forgotten after sixty days"),
        pytest.param([(LIST_DATE - timedelta(59), "declined", "style")], True, id="not a day before"),
        pytest.param([(SAID, "declined", "posted_lately")], False, id="she had posted it: a week's rest"),
        pytest.param([(LIST_DATE - timedelta(6), "declined", "posted_lately")], True, id="which is not over"),
        pytest.param([(LIST_DATE - timedelta(7), "declined", "sold_out_before")], False, id="sold out: a week too"),
    ],
)
def test_her_last_word_stands_as_long_as_it_is_remembered(
    engine: Engine, answers: list[tuple[Any, ...]], expected: bool
) -> None:
    assert stands(engine, *answers) is expected


@pytest.mark.parametrize(("price_then", "expected"), [("10", True), ("10.01", False), ("9.99", True)])
def test_a_lower_price_brings_it_back(engine: Engine, price_then: str, expected: bool) -> None:
    told = datetime(2026, 11, 1)
    put(engine, "products", [{"sku_id": "S1", "list_price": Decimal(price_then), "updated_at": told}])
    assert stands(engine, (SAID, "declined", "price")) is expected


def test_a_price_that_changed_after_her_answer_is_not_the_price_then(engine: Engine) -> None:
    later = datetime.combine(SAID, datetime.min.time()) + timedelta(hours=9)
    put(engine, "products", [{"sku_id": "S1", "list_price": 20, "updated_at": later}])
    assert stands(engine, (SAID, "declined", "price"))


@pytest.mark.parametrize(("now", "expected"), [(0.2, True), (0.11, True), (0.1, False)])
def test_a_risk_that_has_halved_brings_it_back(engine: Engine, now: float, expected: bool) -> None:
    risks(engine, before=0.2, now=now)
    assert stands(engine, (SAID, "declined", "doubt_quality")) is expected


def test_a_sku_without_earlier_predictions_stays_declined(engine: Engine) -> None:
    table(engine, "history.predictions", "list_date date, sku_id varchar, landmine_probability double", [])
    assert stands(engine, (SAID, "declined", "doubt_quality"))
