"""What suppliers' offers do to tomorrow's list: who stays off it, what is said of it, and how many units agents get."""

from datetime import date
from pathlib import Path
from typing import Any

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


def test_end_of_line_skus_are_listed_while_an_offer_holds_and_else_the_scorecard_says_why(tmp_path: Path) -> None:
    rows = skus(6)
    for row, reason in zip(rows, REASONS, strict=False):
        row |= lapsed(reason)
    rows[4] |= {"is_clearance": True, "sellable_units": 12, "offer_until": UNTIL}
    with night_of(tmp_path, rows) as night:
        assert listed_skus(night) == ["S04", "S05"]
        said = [decision(night, f"S{number:02d}") for number in range(4)]
        found = night.engine.query("select role, sellable_units, offer_until from night.sku_list order by sku_id")
    assert [(row["decision"], row["decision_code"]) for row in said] == [
        ("not_listed", reason.partition(":")[0]) for reason in REASONS
    ]
    assert [(row["reasons"], row["offer_until"]) for row in said] == [([reason], None) for reason in REASONS]
    assert found.to_pylist() == [
        {"role": "clearance", "sellable_units": 12, "offer_until": UNTIL},
        {"role": "core", "sellable_units": 1000, "offer_until": None},
    ]


def test_neither_a_pin_nor_a_proposal_lists_what_no_supplier_gives(tmp_path: Path) -> None:
    rows = skus(3)
    rows[0] |= lapsed(REASONS[0])
    rows[1] |= lapsed(REASONS[1])
    pin = {"sku_id": "S00", "action": "pin", "approved_by": "李审"}
    agents, picks = [{"agent_id": "A1"}], [{"agent_id": "A1", "sku_id": "S01"}]
    with night_of(tmp_path, rows, overrides=[pin], agents=agents, picks=picks) as night:
        assert listed_skus(night) == ["S02"]
        (refused,) = night.engine.read("night.int_selection_pins").to_pylist()
        (pick,) = night.engine.read("night.int_own_picks").to_pylist()
    assert refused == {"sku_id": "S00", "refusal_code": "offer_ended"}
    assert (pick["decision_code"], pick["reasons"]) == ("offer_to_come", [REASONS[1]])
