"""What suppliers offer of end-of-line stock: when it holds, what is left of it, and why nothing is."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.source_rows import put
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.history.stage import stage
from xuanpin.pipelines.migration import open_home
from xuanpin.pipelines.settings import Settings

Row = dict[str, Any]
AS_OF, LIST_DATE = date(2026, 3, 10), date(2026, 3, 11)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    engine = open_home(Home(tmp_path), threads=1)
    yield Night(engine, Settings(), Home(tmp_path), AS_OF, None, datetime(2026, 3, 11, tzinfo=UTC))
    engine.close()


def march(day: int) -> date:
    return date(2026, 3, day)


def lot(offer_id: str, units: int, first: int, last: int, **own: Any) -> Row:
    """A lot of S1 that holds from one day of March to another."""
    days = {"valid_from": march(first), "valid_until": march(last)}
    return {"offer_id": offer_id, "offered_units": units, "updated_at": datetime(2026, 2, 1)} | days | own


def ordered(day: int, quantity: int, **own: Any) -> Row:
    at = datetime(2026, 3, day, 20)
    line = {"order_line_id": f"L{day}-{quantity}", "quantity": quantity, "ordered_at": at, "updated_at": at}
    return line | own


def staged(night: Night, offers: Sequence[Row], orders: Sequence[Row] = (), stock: int = 1000, **product: Any) -> Row:
    """The candidate S1 of a night that knows these rows."""
    put(night.engine, "products", [{"sku_id": "S1", "is_clearance": True} | product])
    put(night.engine, "inventory", [{"sku_id": "S1", "as_of_date": AS_OF, "sellable_units": stock}])
    put(night.engine, "supplier_offers", offers)
    put(night.engine, "orders", orders)
    stage(night)
    (row,) = night.engine.read("night.int_candidates").to_pylist()
    return {name: row[name] for name in ("sellable_units", "offer_until", "offer_code", "offer_reason")}


def held(units: int, until: date | None) -> Row:
    return {"sellable_units": units, "offer_until": until, "offer_code": None, "offer_reason": None}


def refused(reason: str) -> Row:
    code = reason.partition(":")[0]
    return {"sellable_units": 0, "offer_until": None, "offer_code": code, "offer_reason": reason}


@pytest.mark.parametrize(
    ("offers", "told"),
    [
        pytest.param([], held(1000, None), id="without offers it is as before"),
        pytest.param([lot("O1", 20, 1, 31)], held(20, march(31)), id="one that holds"),
        pytest.param([lot("O1", 20, 1, 11)], held(20, march(11)), id="its last day is the list date"),
        pytest.param([lot("O1", 20, 11, 31)], held(20, march(31)), id="its first day is the list date"),
        pytest.param([lot("O1", 20, 1, 10)], refused("offer_ended:until=2026-03-10"), id="it ended the day before"),
        pytest.param(
            [lot("O1", 20, 12, 31)], refused("offer_to_come:begins_on=2026-03-12"), id="it begins the day after"
        ),
        pytest.param([lot("O1", 20, 1, 31), lot("O2", 5, 5, 15)], held(25, march(31)), id="lots add up"),
        pytest.param(
            [lot("O1", 20, 1, 9), lot("O2", 9, 1, 5)], refused("offer_ended:until=2026-03-09"), id="all ended"
        ),
        pytest.param(
            [lot("O1", 20, 1, 9), lot("O2", 9, 20, 25)], refused("offer_to_come:begins_on=2026-03-20"), id="between two"
        ),
        pytest.param(
            [lot("O1", 20, 1, 31), lot("O2", 9, 20, 25)], held(20, march(31)), id="a later lot does not count yet"
        ),
        pytest.param([lot("O1", 0, 1, 31)], refused("offer_withdrawn"), id="taken back"),
        pytest.param([lot("O1", 0, 1, 31), lot("O2", 7, 1, 20)], held(7, march(20)), id="one of two taken back"),
    ],
)
def test_a_sku_has_what_the_lots_of_its_list_date_offer(night: Night, offers: Sequence[Row], told: Row) -> None:
    assert staged(night, offers) == told


def test_the_newest_version_known_on_the_day_holds(night: Night) -> None:
    versions = [
        lot("O1", 20, 1, 9, updated_at=datetime(2026, 3, 1)),
        lot("O1", 30, 1, 15, updated_at=datetime(2026, 3, 10, 23)),
        lot("O1", 0, 1, 15, updated_at=datetime(2026, 3, 11)),
    ]
    assert staged(night, versions) == held(30, march(15))


def test_there_is_no_more_than_the_stock(night: Night) -> None:
    assert staged(night, [lot("O1", 20, 1, 31)], stock=3) == held(3, march(31))


def test_offers_bind_end_of_line_stock_alone(night: Night) -> None:
    assert staged(night, [lot("O1", 20, 1, 9)], is_clearance=False) == held(1000, None)


@pytest.mark.parametrize(
    ("offers", "orders", "told"),
    [
        pytest.param(
            [lot("O1", 20, 5, 31)], [ordered(5, 3), ordered(10, 4)], held(13, march(31)), id="since its first day"
        ),
        pytest.param(
            [lot("O1", 20, 5, 31)], [ordered(4, 9)], held(20, march(31)), id="what came before counts for nothing"
        ),
        pytest.param(
            [lot("O1", 20, 5, 31)],
            [ordered(6, 9, status="cancelled")],
            held(20, march(31)),
            id="a cancelled order gives back",
        ),
        pytest.param(
            [lot("O1", 20, 5, 31)],
            [ordered(6, 20)],
            refused("offer_sold_out:offered_units=20,until=2026-03-31"),
            id="the last unit",
        ),
        pytest.param(
            [lot("O1", 20, 5, 31)],
            [ordered(6, 99)],
            refused("offer_sold_out:offered_units=20,until=2026-03-31"),
            id="more than it offered",
        ),
        pytest.param(
            [lot("O1", 20, 1, 31), lot("O2", 10, 5, 12)], [ordered(6, 8)], held(22, march(31)), id="from all of them"
        ),
        pytest.param(
            [lot("O1", 20, 1, 31), lot("O2", 10, 5, 12)],
            [ordered(6, 10)],
            held(20, march(31)),
            id="the first to end first",
        ),
        pytest.param(
            [lot("O1", 20, 1, 12), lot("O2", 10, 5, 31)], [ordered(2, 20)], held(10, march(31)), id="one used up early"
        ),
        pytest.param(
            [lot("O1", 20, 1, 9), lot("O2", 10, 8, 31)],
            [ordered(8, 15)],
            held(10, march(31)),
            id="an ended lot took its part",
        ),
        pytest.param(
            [lot("O1", 20, 1, 9), lot("O2", 10, 8, 31)],
            [ordered(2, 15), ordered(8, 8)],
            held(7, march(31)),
            id="and no more than it had",
        ),
        pytest.param(
            [lot("O1", 20, 1, 9), lot("O2", 10, 8, 31)],
            [ordered(8, 15), ordered(10, 4)],
            held(6, march(31)),
            id="then the next",
        ),
        pytest.param(
            [lot("O1", 10, 1, 31), lot("O2", 10, 10, 31)], [ordered(5, 15)], held(10, march(31)), id="beyond any lot"
        ),
    ],
)
def test_what_was_ordered_is_taken_off_the_lot_that_ends_first(
    night: Night, offers: Sequence[Row], orders: Sequence[Row], told: Row
) -> None:
    assert staged(night, offers, orders) == told


def test_each_sku_has_its_own_lots(night: Night) -> None:
    others = [{"sku_id": sku, "is_clearance": True} for sku in ("S0", "S2", "S3")]
    put(night.engine, "products", others)
    counts = [{"sku_id": sku, "as_of_date": AS_OF, "sellable_units": 50} for sku in ("S0", "S2", "S3")]
    put(night.engine, "inventory", counts)
    lots = [
        lot("O0", 9, 1, 31, sku_id="S0"),
        lot("O1", 20, 1, 31),
        lot("O2", 30, 1, 31),
        lot("O3", 40, 1, 31, sku_id="S2"),
    ]
    put(night.engine, "supplier_offers", lots)
    lines = [ordered(9, 5, sku_id="S0"), ordered(9, 25), ordered(9, 7, sku_id="S2"), ordered(9, 8, sku_id="S3")]
    put(night.engine, "orders", lines)
    put(night.engine, "products", [{"sku_id": "S1", "is_clearance": True}])
    put(night.engine, "inventory", [{"sku_id": "S1", "as_of_date": AS_OF, "sellable_units": 50}])
    stage(night)
    found = night.engine.read("night.int_candidates", order_by=["sku_id"]).to_pylist()
    assert [(row["sku_id"], row["sellable_units"]) for row in found] == [("S0", 4), ("S1", 25), ("S2", 33), ("S3", 50)]
