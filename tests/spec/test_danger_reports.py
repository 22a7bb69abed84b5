"""When a report of danger holds a SKU: who says it, how the SKU is known, who agrees, what two people have cleared."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.spec.window_world import DAY, NOON, OPEN, said, weigh
from tests.support.night_tables import put_table, rows_of
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.scoring.calibration import DOUBT_DAYS
from xuanpin.pipelines.settings import Settings

LINES = (
    "order_line_id varchar, customer_id varchar, sku_id varchar, ordered_on date, valid_from date, valid_to date, "
    "is_sale boolean"
)
RETURNS = (
    "return_id varchar, order_line_id varchar, known_on date, requested_at timestamp, updated_at timestamp, "
    "row_hash varchar, comment varchar"
)
REPORTS = (
    "sku_id varchar, sender_key varchar, is_from_chat boolean, report_id varchar, known_on date, reported_on date, "
    "is_enough boolean"
)
OVERRIDES = (
    "sku_id varchar, action varchar, starts_on date, ends_on date, author varchar, approved_by varchar, "
    "created_at timestamp"
)
DANGER = {"is_danger": True, "satisfaction": 0.0, "is_complaint": True}
OWN = {"order_line_id": "L1", "attribution": "own_order", "attribution_confidence": 0.9}
OLD = [("C1", 9, 9)]
"""C1 ordered nine days ago."""
EARLIER = said("C1", ago=20, number=9, kind="other", satisfaction=None)


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    return warehouse


def reports(engine: Engine, *rows: Any, returns: Sequence[Any] = (), **more: Any) -> list[Any]:
    """Weigh these mentions and returns of lines C1-line (of C1, SKU S1); (SKU, sender, whether it is enough alone)."""
    weigh(engine, *rows, **more)
    line = {"order_line_id": "C1-line", "customer_id": "C1", "sku_id": "S1", "valid_from": DAY, "valid_to": OPEN}
    put_table(engine, "history.order_line_timeline", LINES, line, line | {"sku_id": "S0", "valid_to": DAY})
    common = {"known_on": DAY, "requested_at": NOON, "updated_at": NOON, "row_hash": "h", "order_line_id": "C1-line"}
    put_table(engine, "source.returns", RETURNS, *returns, **common)
    chosen = Settings().feedback.model_dump()
    engine.materialise(
        "int_danger_reports", as_of_date=DAY, danger_pattern="冒烟|过敏", harmless_pattern="不冒烟", **chosen
    )
    return rows_of(engine, "night.int_danger_reports", "sku_id, sender_key, is_enough")


@pytest.mark.parametrize(
    ("mention", "orders", "earlier", "expected"),
    [
        pytest.param(OWN, [], [], [("S1", "C1", True)], id="a buyer on the day of her first word"),
        pytest.param(
            OWN | {"attribution_confidence": 0.59}, OLD, [EARLIER], [("S1", "C1", False)], id="which of hers?"
        ),
        pytest.param({}, OLD, [EARLIER], [("S1", "C1", True)], id="an earlier customer with a card"),
        pytest.param({"attribution": "reply"}, OLD, [EARLIER], [("S1", "C1", True)], id="or a reply"),
        pytest.param({"attribution": "title"}, OLD, [EARLIER], [("S1", "C1", False)], id="a title is a guess"),
        pytest.param({}, OLD, [], [("S1", "C1", False)], id="her first word ever"),
        pytest.param({}, [("C1", 0, 0)], [EARLIER], [("S1", "C1", False)], id="her first order ever"),
        pytest.param({}, [], [EARLIER], [], id="who never bought is not heard"),
        pytest.param({"attribution": "title"}, [], [], [], id="nor on the first day"),
        pytest.param(
            {"sku_id": None, "attribution": "none"}, OLD, [EARLIER], [(None, "C1", False)], id="of no known SKU"
        ),
        pytest.param(OWN | {"is_danger": False}, OLD, [], [], id="no danger"),
        pytest.param(OWN | {"is_danger": None}, OLD, [], [], id="read by an earlier release"),
    ],
)
def test_int_danger_reports_hears_buyers_and_customers_of_some_standing(
    engine: Engine, mention: dict[str, Any], orders: Any, earlier: list[Any], expected: list[Any]
) -> None:
    assert reports(engine, *earlier, said("C1", **(DANGER | mention)), orders=orders) == expected


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        pytest.param({"comment": "冒烟了"}, [("S1", "C1", True)], id="a buyer's comment"),
        pytest.param({"comment": "不冒烟"}, [], id="a denial"),
        pytest.param({"comment": "不冒烟，过敏"}, [("S1", "C1", True)], id="another danger"),
        pytest.param({"comment": None}, [], id="no comment"),
        pytest.param({"comment": "冒烟", "known_on": DAY + timedelta(days=1)}, [], id="not known yet"),
        pytest.param({"comment": "冒烟", "order_line_id": "X"}, [], id="a line that is not there"),
        pytest.param({"comment": "冒烟", "requested_at": NOON - timedelta(days=60)}, [], id="before the window"),
        pytest.param({"comment": "冒烟", "requested_at": NOON - timedelta(days=59)}, [("S1", "C1", True)], id="in it"),
    ],
)
def test_int_danger_reports_reads_what_buyers_wrote_of_their_returns(
    engine: Engine, returned: dict[str, Any], expected: list[Any]
) -> None:
    assert reports(engine, returns=[{"return_id": "R1"} | returned]) == expected


def test_int_danger_reports_a_comment_that_was_taken_back_is_none(engine: Engine) -> None:
    later = {"return_id": "R1", "comment": "没事", "updated_at": NOON + timedelta(hours=1)}
    assert reports(engine, returns=[{"return_id": "R1", "comment": "冒烟"}, later]) == []


def held(engine: Engine, *rows: Any, cleared: Sequence[Any] = ()) -> list[Any]:
    """SKUs on hold for the day after DAY, with since when, how many reports and accounts."""
    common = {"sku_id": "S1", "is_from_chat": True, "known_on": DAY, "reported_on": DAY, "is_enough": False}
    put_table(engine, "night.int_danger_reports", REPORTS, *rows, **common)
    plain: dict[str, Any] = {
        "sku_id": "S1", "action": "clear", "starts_on": DAY + timedelta(days=1), "ends_on": None, "author": "陈",
        "approved_by": "李", "created_at": NOON,
    }  # fmt: skip
    put_table(engine, "night.stg_overrides", OVERRIDES, *cleared, **plain)
    engine.materialise("int_danger_holds", list_date=DAY + timedelta(days=1), danger_accounts=2)
    return rows_of(engine, "night.int_danger_holds", "sku_id, since_on, reports, accounts")


def report(key: str, sender: str, ago: int = 0, **more: Any) -> dict[str, Any]:
    on = DAY - timedelta(days=ago)
    return {"report_id": key, "sender_key": sender, "known_on": on, "reported_on": on} | more


SURE = {"is_enough": True}
YESTERDAY = DAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([report("M1", "C1", **SURE)], [("S1", DAY, 1, 1)], id="one that is enough"),
        pytest.param([report("M1", "C1")], [], id="one that is not"),
        pytest.param([report("M1", "C1"), report("M2", "C1")], [], id="two of one account"),
        pytest.param([report("M1", "C1", 1), report("M2", "C2")], [("S1", YESTERDAY, 2, 2)], id="two that agree"),
        pytest.param([report("M1", "C1"), report("M2", "C2", sku_id="S2")], [], id="on different SKUs"),
        pytest.param(
            [report("M1", "C1", **SURE), report("M1", "C1"), report("M1", "C1", is_from_chat=False)],
            [("S1", DAY, 2, 1)],
            id="a message in two parts, and a return of the same number",
        ),
    ],
)
def test_int_danger_holds_one_sure_report_or_two_that_agree(engine: Engine, rows: Any, expected: Any) -> None:
    assert held(engine, *rows) == expected


def test_what_holds_nothing_is_told_for_a_week_beside_the_skus_that_are_held(engine: Engine) -> None:
    unknown = [report("M1", "C1", 6, sku_id=None), report("M1", "C1", 6, sku_id="S3"), report("M2", "C2", 7)]
    held(engine, *unknown, report("M3", "C3", sku_id="S2", **SURE), report("M4", "C4", sku_id="S2"))
    engine.materialise("int_danger_doubts", first_on=DAY - timedelta(days=DOUBT_DAYS - 1))
    alarms = engine.select("int_danger_alarms").to_pylist()
    assert [(row["level"], row["entity_id"], row["since_on"], row["evidence"]) for row in alarms] == [
        ("sku", "S2", DAY, "reports=2,accounts=2"),
        ("source", "chat_messages", DAY - timedelta(days=6), "reports=1"),
    ]


HOLDS = [("S1", YESTERDAY, 1, 1)]


@pytest.mark.parametrize(
    ("cleared", "expected"),
    [
        pytest.param({}, [], id="cleared on the day after it became known"),
        pytest.param({"created_at": NOON - timedelta(days=1)}, HOLDS, id="before it could be read"),
        pytest.param({"approved_by": "陈"}, HOLDS, id="by one person twice"),
        pytest.param({"approved_by": ""}, HOLDS, id="by one person"),
        pytest.param({"approved_by": None}, HOLDS, id="by one person alone"),
        pytest.param({"action": "pin"}, HOLDS, id="a pin clears nothing"),
        pytest.param({"sku_id": "S2"}, HOLDS, id="another SKU"),
        pytest.param({"starts_on": DAY + timedelta(days=2)}, HOLDS, id="from a later list on"),
        pytest.param({"ends_on": DAY}, HOLDS, id="taken back"),
        pytest.param({"ends_on": DAY + timedelta(days=1)}, [], id="to the last day"),
    ],
)
def test_int_danger_holds_until_two_people_have_looked(engine: Engine, cleared: Any, expected: Any) -> None:
    assert held(engine, report("M1", "C1", 1, **SURE), cleared=[cleared]) == expected


def test_int_danger_holds_again_on_a_report_that_became_known_later(engine: Engine) -> None:
    late = report("M2", "C2", reported_on=DAY - timedelta(days=9), **SURE)
    found = held(engine, report("M1", "C1", 1, **SURE), late, cleared=[{}, {"created_at": datetime(2026, 11, 1)}])
    assert found == [("S1", date(2026, 11, 11), 1, 1)]
