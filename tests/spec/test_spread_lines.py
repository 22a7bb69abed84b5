"""A return of an order or of several lines, and an order of a bundle, count on the lines that they mean."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.drop_folder import Platform, row
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.settings.running import IngestSettings

STAMP, LATER = "2026-11-21T10:00:00+08:00", "2026-11-21T20:00:00+08:00"


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """Order O2 has three lines: two units for 100.00, one for 30.00, one given away."""
    platform = Platform(tmp_path).begun()
    lines = [("L21", 2, "100.00"), ("L22", 1, "30.00"), ("L23", 1, "0.00")]
    platform.drop("orders", "o.jsonl", *(line(name, units, paid) for name, units, paid in lines))
    return platform


def line(name: str, units: int, paid: str, **more: Any) -> dict[str, Any]:
    more = {"unit_price": "50.00", **more}
    return row("orders", order_line_id=name, order_id="O2", quantity=units, paid_amount=paid, **more)


def sent(**more: Any) -> dict[str, Any]:
    """A return of order O2 that names no line."""
    return row("returns", **{"return_id": "R2", "order_line_id": ..., "order_id": "O2", "updated_at": STAMP, **more})


def stored(platform: Platform) -> list[tuple[Any, ...]]:
    sql = (
        "select return_id, order_line_id, order_id, quantity, refund_amount from source.returns "
        "where return_id <> 'R1' order by 1, 2, updated_at"
    )
    return [(*list(found.values())[:4], f"{found['refund_amount']}") for found in platform.query(sql)]


@pytest.mark.parametrize(
    ("said", "spread"),
    [
        pytest.param(
            {"quantity": 4, "refund_amount": "130.00"},
            [("L21", 2, "100.00"), ("L22", 1, "30.00"), ("L23", 1, "0.00")],
            id="all of it",
        ),
        pytest.param(
            {"quantity": 9, "refund_amount": "131.00"},
            [("L21", 2, "100.77"), ("L22", 1, "30.23"), ("L23", 1, "0.00")],
            id="more than was bought",
        ),
        pytest.param(
            {"quantity": ..., "refund_amount": "130.00"},
            [("L21", 2, "100.00"), ("L22", 1, "30.00"), ("L23", 1, "0.00")],
            id="the whole sum, and no number of units",
        ),
        pytest.param({"quantity": 1, "refund_amount": "50.00"}, [("L21", 1, "50.00")], id="the price of one unit"),
        pytest.param({"quantity": 1, "refund_amount": "30.00"}, [("L22", 1, "30.00")], id="the price of one line"),
        pytest.param(
            {"quantity": 0, "refund_amount": "30.00"}, [("L22", 1, "30.00")], id="the price of a line, no units"
        ),
        pytest.param({"quantity": 2, "refund_amount": "100.00"}, [("L21", 2, "100.00")], id="both units of a line"),
    ],
)
def test_a_return_that_names_its_order_alone_is_spread_over_the_lines(
    platform: Platform, said: dict[str, Any], spread: list[tuple[str, int, str]]
) -> None:
    platform.drop("returns", "r.jsonl", sent(**said))
    platform.night()
    assert stored(platform) == [(f"R2#{name}", name, "O2", units, paid) for name, units, paid in spread]


def test_units_that_nothing_tells_are_drawn_evenly_and_none_is_lost(platform: Platform) -> None:
    returns = [sent(return_id=f"T{number}", quantity=2, refund_amount="7.00") for number in range(400)]
    platform.drop("returns", "r.jsonl", *returns)
    platform.night()
    rows = platform.query(
        "select order_line_id, sum(quantity) as units, sum(refund_amount) as refund from source.returns "
        "where order_id = 'O2' group by 1 order by 1"
    )
    assert sum(found["units"] for found in rows) == 800 and sum(found["refund"] for found in rows) == 2800
    shares = [float(found["units"]) / 800 for found in rows]
    assert shares == pytest.approx([0.5, 0.25, 0.25], abs=0.04)


def test_a_return_waits_for_its_order_and_is_spread_when_it_comes(platform: Platform) -> None:
    platform.drop("returns", "r.jsonl", sent(order_id="O3", quantity=2, refund_amount="20.00"))
    platform.night()
    assert stored(platform) == []
    platform.drop("orders", "late.jsonl", line("L31", 2, "20.00") | {"order_id": "O3"})
    platform.night()
    assert stored(platform) == [("R2#L31", "L31", "O3", 2, "20.00")]


def test_a_later_row_of_a_spread_return_replaces_the_same_rows(platform: Platform) -> None:
    platform.drop("returns", "r.jsonl", sent(quantity=4, refund_amount="130.00"))
    platform.night()
    later = sent(quantity=4, refund_amount="130.00", state="withdrawn", updated_at="2026-11-21T20:00:00+08:00")
    platform.drop("returns", "later.jsonl", later, sent(quantity=4, refund_amount="130.00"))
    platform.night()
    found = platform.query("select return_id, max_by(state, updated_at) as state, count(*) as n from source.returns "
                           "where order_id = 'O2' group by 1 order by 1")  # fmt: skip
    assert [tuple(entry.values()) for entry in found] == [
        ("R2#L21", "withdrawn", 2),
        ("R2#L22", "withdrawn", 2),
        ("R2#L23", "withdrawn", 2),
    ]


def test_one_return_of_several_lines_keeps_them_all_and_one_that_moves_moves(platform: Platform) -> None:
    both = [row("returns", return_id="R2", order_line_id=name, updated_at=STAMP) for name in ("L21", "L22")]
    moved = [
        row("returns", return_id="R3", order_line_id=name, updated_at=f"2026-11-21T1{hour}:00:00+08:00")
        for hour, name in enumerate(("L21", "L22"))
    ]
    platform.drop("returns", "r.jsonl", *both, *moved)
    platform.night()
    names = [(found[0], found[1], found[2]) for found in stored(platform)]
    assert names == [("R2#L21", "L21", None), ("R2#L22", "L22", None), ("R3", "L21", None), ("R3", "L22", None)]
    platform.drop("returns", "one.jsonl", both[1] | {"state": "refused", "updated_at": "2026-11-21T21:00:00+08:00"})
    platform.night()
    assert [found[0] for found in stored(platform)].count("R2#L22") == 2


@pytest.mark.parametrize(
    ("said", "units"),
    [
        pytest.param({"quantity": 0, "refund_amount": "50.00"}, 1, id="what one unit cost"),
        pytest.param({"quantity": ..., "refund_amount": "100.00"}, 2, id="what all of them cost"),
        pytest.param({"quantity": ..., "refund_amount": "96.00"}, 2, id="what all of them cost, less a fee"),
        pytest.param({"quantity": ..., "refund_amount": "3.00", "kind": "refund_only"}, 1, id="a part of the price"),
        pytest.param({"quantity": 0, "refund_amount": "0.00"}, 2, id="nothing yet"),
        pytest.param({"quantity": 5, "refund_amount": "50.00"}, 5, id="the number that it says"),
    ],
)
def test_a_return_without_a_number_of_units_is_of_as_many_as_its_refund_pays_for(
    platform: Platform, said: dict[str, Any], units: int
) -> None:
    platform.drop("returns", "r.jsonl", row("returns", return_id="R2", order_line_id="L21", updated_at=STAMP, **said))
    platform.night()
    assert [(found[0], found[3]) for found in stored(platform)] == [("R2", units)]


def test_a_return_that_names_neither_line_nor_order_is_refused(platform: Platform) -> None:
    platform.drop("returns", "r.jsonl", sent(order_id=...))
    with pytest.raises(InputRefused, match="has no column order_line_id"):
        platform.night()
    platform.drop("returns", "r.jsonl", sent(order_id=None), *(sent(return_id=f"T{n}") for n in range(200)))
    platform.night()
    assert platform.values("select rules from ops.quarantine where key = 'R2'") == [["names_no_line"]]


BUNDLE = row("products", sku_id="B1", bundle_parts=["S1*2", "S2"], list_price="60.00")


def test_a_line_of_a_bundle_counts_on_its_parts(platform: Platform) -> None:
    platform.drop("products", "p.jsonl", BUNDLE, row("products", sku_id="S2", list_price="101.99"))
    platform.drop("orders", "b.jsonl", line("LB", 3, "100.00", sku_id="B1"))
    platform.night()
    found = platform.query("select order_line_id, sku_id, quantity, unit_price, paid_amount from source.orders "
                           "where order_line_id like 'LB%' order by 1")  # fmt: skip
    assert [tuple(map(str, entry.values())) for entry in found] == [
        ("LB#S1", "S1", "6", "13.27", "79.60"),
        ("LB#S2", "S2", "3", "6.80", "20.40"),
    ]


def test_a_return_of_a_bundle_comes_back_on_its_parts(platform: Platform) -> None:
    platform.drop("products", "p.jsonl", BUNDLE, row("products", sku_id="S2", list_price="101.99"))
    platform.drop("orders", "b.jsonl", line("LB", 1, "100.00", sku_id="B1"))
    platform.drop("returns", "r.jsonl", row("returns", return_id="R2", order_line_id="LB", refund_amount="100.00",
                                            quantity=3, updated_at=STAMP))  # fmt: skip
    platform.night()
    assert stored(platform) == [
        ("R2#LB#S1", "LB#S1", None, 2, "79.60"),
        ("R2#LB#S2", "LB#S2", None, 1, "20.40"),
    ]


def test_parts_that_cannot_be_read_are_set_aside(platform: Platform) -> None:
    wrong = [BUNDLE | {"sku_id": f"B{n}", "bundle_parts": [part]} for n, part in enumerate(("S1*0", "S1*x", "*2", ""))]
    platform.settings = Settings(ingest=IngestSettings(bad_share=1))
    platform.drop("products", "p.jsonl", *wrong)
    platform.night()
    assert set(map(tuple, platform.values("select rules from ops.quarantine"))) == {("bundle_parts_unreadable",)}


def test_an_order_that_a_return_with_a_line_names_beside_it_says_nothing(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    beside = row("returns", return_id="R2", order_line_id="L21", order_id='="O2"', updated_at=STAMP)
    platform.drop("returns", "r.csv", beside)
    platform.night()
    assert stored(platform) == [("R2", "L21", None, 1, "199.00")]
    assert "order_id" not in caplog.text


def test_a_later_row_that_means_fewer_lines_takes_the_others_back(platform: Platform) -> None:
    platform.drop("returns", "r.jsonl", sent(quantity=..., refund_amount="0.00"))
    platform.night()
    platform.drop("returns", "later.jsonl", sent(quantity=..., refund_amount="30.00", updated_at=LATER))
    platform.night()
    newest = (
        "select order_line_id, max_by(coalesce(state, 'requested'), updated_at) as state from source.returns "
        "where order_id = 'O2' group by 1 order by 1"
    )
    states = [tuple(found.values()) for found in platform.query(newest)]
    assert states == [("L21", "withdrawn"), ("L22", "requested"), ("L23", "withdrawn")]


def test_rows_of_one_batch_take_back_as_rows_of_two_do(platform: Platform) -> None:
    rows = [sent(quantity=..., refund_amount="0.00"), sent(quantity=..., refund_amount="30.00", updated_at=LATER)]
    platform.drop("returns", "r.jsonl", *rows)
    platform.night()
    counted = "select count(*) filter (where state = 'withdrawn') as n from source.returns where order_id = 'O2'"
    assert platform.values(counted) == [2]
