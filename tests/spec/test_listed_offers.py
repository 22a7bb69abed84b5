"""What suppliers' offers do to tomorrow's list: who stays off it, what is said of it, and how many units agents get."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.selection_night import decision, listed_skus, night_of, skus

UNTIL = date(2026, 11, 25)
REASONS = (
    "offer_ended:until=2026-11-20",
    "offer_to_come:begins_on=2026-11-23",
    "offer_sold_out:offered_units=9,until=2026-11-25",
    "offer_withdrawn",
)


def lapsed(reason: str) -> dict[str, Any]:
    """What staging says of an end-of-line SKU without an offer that holds."""
    code = reason.partition(":")[0]
    return {"is_clearance": True, "sellable_units": 0, "offer_code": code, "offer_reason": reason}


@pytest.mark.parametrize("reason", REASONS)
def test_an_end_of_line_sku_without_an_offer_stays_off_and_the_scorecard_says_why(tmp_path: Path, reason: str) -> None:
    rows = skus(3)
    rows[0] |= lapsed(reason)
    with night_of(tmp_path, rows) as night:
        assert listed_skus(night) == ["S01", "S02"]
        row = decision(night, "S00")
    assert (row["decision"], row["decision_code"]) == ("not_listed", reason.partition(":")[0])
    assert (row["reasons"], row["offer_until"]) == ([reason], None)


def test_an_offer_that_holds_is_told_with_its_last_day(tmp_path: Path) -> None:
    rows = skus(2)
    rows[0] |= {"is_clearance": True, "sellable_units": 12, "offer_until": UNTIL}
    with night_of(tmp_path, rows) as night:
        listed_skus(night)
        found = night.engine.query(
            "select sku_id, role, sellable_units, offer_until from night.sku_list order by sku_id"
        )
        assert found.to_pylist() == [
            {"sku_id": "S00", "role": "clearance", "sellable_units": 12, "offer_until": UNTIL},
            {"sku_id": "S01", "role": "core", "sellable_units": 1000, "offer_until": None},
        ]


def test_no_pin_lists_what_its_supplier_does_not_give(tmp_path: Path) -> None:
    rows = skus(2)
    rows[0] |= lapsed(REASONS[0])
    pin = {"sku_id": "S00", "action": "pin", "approved_by": "李审"}
    with night_of(tmp_path, rows, overrides=[pin]) as night:
        assert listed_skus(night) == ["S01"]
        assert night.engine.read("night.int_selection_pins").to_pylist() == [
            {"sku_id": "S00", "refusal_code": "offer_ended"}
        ]


def test_a_proposal_of_it_is_answered_with_the_same_reason(tmp_path: Path) -> None:
    rows = skus(2)
    rows[0] |= lapsed(REASONS[1])
    agents, picks = [{"agent_id": "A1"}], [{"agent_id": "A1", "sku_id": "S00"}]
    with night_of(tmp_path, rows, agents=agents, picks=picks) as night:
        listed_skus(night)
        (pick,) = night.engine.read("night.int_own_picks").to_pylist()
    assert (pick["decision_code"], pick["reasons"]) == ("offer_to_come", [REASONS[1]])
