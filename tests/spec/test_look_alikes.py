"""Accounts alike that regret a SKU: of one age, or with as many other orders; a SKU they buy anyway is no target."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.support.judged_lines import ids_of_buyers, judge_lines
from tests.support.night_tables import AS_OF, FOR_EVER, ago, facts, rows, table
from xuanpin.models.risk.look_alikes import ALIKE_CORRELATION, KIND, find_alike, suspect_kinds
from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.scoring.look_alikes import SHIFTS, find_look_alikes
from xuanpin.pipelines.settings import Settings

TIMELINE = (
    "order_line_id varchar, sku_id varchar, customer_id varchar, is_sale boolean, ordered_on date, delivered_on date, "
    "valid_from date, valid_to date, fault_requested_on date"
)
EPOCH = date(1970, 1, 1)


class Lines:
    """Collect lines of a platform, each delivered two days after its order."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.complaints: list[tuple[str, date]] = []

    def buy(self, buyer: str, sku: str, days: int, fault: bool = False, complains: bool = False, **own: Any) -> None:
        """Let a `buyer` receive a `sku` so many `days` ago and, it may be, send it back or complain."""
        name = f"L{len(self.rows):04}"
        plain = {"name": name, "sku": sku, "buyer": buyer, "is_sale": True, "ordered": ago(days + 2)}
        rest = {"delivered": ago(days), "known": ago(days), "until": FOR_EVER, "fault": ago(1) if fault else None}
        self.rows.append(tuple((plain | rest | own).values()))
        if complains:
            self.complaints.append((name, ago(1)))

    def account(self, buyer: str, opened: int, others: int) -> None:
        """Let an account have `others` lines of other SKUs, the first delivered `opened` days ago."""
        for number in range(others):
            self.buyer_line(buyer, number, max(opened - 3 * number, 1))

    def buyer_line(self, buyer: str, number: int, days: int) -> None:
        """Let a `buyer` keep one of forty other SKUs."""
        self.buy(buyer, f"O{number % 40}", days)

    def put(self, warehouse: Engine) -> None:
        """Store the lines where the step finds them."""
        table(warehouse, "history.order_line_timeline", TIMELINE, self.rows)
        table(warehouse, "night.int_complaints", "order_line_id varchar, complained_on date", self.complaints)
        judge_lines(warehouse)


def test_a_regretting_buyer_is_described_by_when_she_began_and_by_what_else_she_buys(warehouse: Engine) -> None:
    lines = Lines()
    for buyer, others in (("B1", 0), ("B2", 3), ("B3", 4), ("B4", 16)):
        lines.account(buyer, 40, others)
        lines.buy(buyer, "S1", 20, fault=True)
    lines.buy("B1", "S1", 10, complains=True)
    lines.buy("B5", "S1", 12, complains=True)
    lines.buy("B6", "S1", 12)
    lines.buy("B7", "S1", 12, fault=True, is_sale=False)
    lines.buy("B8", "S1", 12, fault=True, until=AS_OF)
    lines.put(warehouse)
    ids = ids_of_buyers(warehouse)
    found = {ids[number]: row for number, row in facts(warehouse, "int_regretting_buyers", "customer_key").items()}
    assert {buyer: row["account_size"] for buyer, row in found.items()} == {"B1": 0, "B2": 2, "B3": 3, "B4": 5, "B5": 0}
    assert (found["B1"]["delivered_on"], found["B5"]["delivered_on"]) == (ago(20), ago(12))
    assert found["B2"]["first_week"] == (ago(42) - EPOCH).days // 7
    assert found["B5"]["period"] == (ago(12) - EPOCH).days // 28


def test_kinds_overlap_by_week_size_and_period_and_are_counted_beside_all_others(warehouse: Engine) -> None:
    columns = "sku_id varchar, buyer varchar, delivered_on date, period integer, first_week integer"
    columns += ", account_size integer"
    mine = [("S1", f"B{number}", ago(9 - number), 8, 100 + number % 2, 3) for number in range(4)]
    others = [("S2", f"B{number}", ago(5), 8, 101, 3) for number in range(2)]
    table(warehouse, "night.int_regretting_buyers", columns, [*mine, *others, ("S1", "B9", ago(2), 9, 90, 0)])
    found = {row[1:4]: row[4:] for row in rows(warehouse, "int_alike_counts", fewest=4, shifts=SHIFTS)}
    tests = found[8, 101, 3][-1]
    assert found == {
        (period, week, size): (ago(9), 4, buyers, 6, buyers + 2, tests)
        for period, buyers in ((8, 4), (9, 5))
        for week, size in ((-1, 3), (101, 3), (101, 4))
    }


def test_accounts_alike_are_few_witnesses_by_the_largest_kind_they_are_of(warehouse: Engine) -> None:
    columns = "sku_id varchar, customer_key integer, period integer, first_week integer, account_size integer"
    buyers = [("S1", 1, 8, 100, 3), ("S1", 2, 7, 99, 2), ("S1", 3, 8, 102, 3), ("S2", 1, 8, 100, 3)]
    table(warehouse, "night.int_regretting_buyers", columns, buyers)
    kinds = [("S1", 8, 100, 3, 5, True), ("S1", 8, -1, 3, 8, True), ("S1", 8, 103, 3, 20, False)]
    names = "sku_id varchar, period integer, first_week integer, account_size integer, alike bigint, is_found boolean"
    table(warehouse, "night.int_alike_kinds", names, kinds)
    found = facts(warehouse, "int_alike_buyers", "customer_key", correlation=0.5)
    assert {buyer: row["buyer_weight"] for buyer, row in found.items()} == {1: 1 / 4.5, 2: 1 / 3, 3: 1 / 4.5}


def platform() -> Lines:
    """Forty established buyers, opened over half a year, who keep S1, and regret other SKUs now and then."""
    lines = Lines()
    for number in range(40):
        lines.account(f"H{number}", 190 - 4 * number, 2 + 7 * number % 20)
        lines.buy(f"H{number}", "S1", 30 - number % 26)
        lines.buy(f"H{number}", f"S{2 + number % 5}", 20 - number % 15, fault=True)
    return lines


def found_alike(folder: Path, warehouse: Engine, lines: Lines) -> list[tuple[Any, ...]]:
    lines.put(warehouse)
    noon = datetime.combine(AS_OF, datetime.min.time())
    night = Night(warehouse, Settings(), Home(folder), AS_OF, None, noon)
    found, ids = find_look_alikes(night), ids_of_buyers(warehouse)
    made = rows(warehouse, "int_alike_buyers", correlation=ALIKE_CORRELATION)
    assert set(found["sku_id"]) <= {"S1"}
    return sorted((ids[number], weight) for _, number, weight in made)


@pytest.mark.parametrize(
    ("opened", "others", "is_found"),
    [
        pytest.param((60, 58, 56, 55, 54, 53, 52, 51), (4, 5, 6, 4, 5, 6, 4, 5), True, id="opened in the same weeks"),
        pytest.param((180, 160, 140, 120, 90, 70, 40, 30), (4,) * 8, True, id="with as many other orders"),
        pytest.param((180, 160, 140, 120, 90, 70, 40, 30), (1, 12, 3, 8, 0, 5, 16, 2), False, id="as mixed as others"),
    ],
)
def test_accounts_of_one_kind_that_alone_regret_a_sku_are_few_witnesses(
    tmp_path: Path, warehouse: Engine, opened: tuple[int, ...], others: tuple[int, ...], is_found: bool
) -> None:
    lines = platform()
    for number, (days, count) in enumerate(zip(opened, others, strict=True)):
        lines.account(f"R{number}", days, count)
        lines.buy(f"R{number}", "S1", 12 - number % 4, complains=True)
    weight = 1.0 / (1.0 + 7.0 * ALIKE_CORRELATION)
    expected = [(f"R{number}", pytest.approx(weight)) for number in range(8)] if is_found else []
    assert found_alike(tmp_path, warehouse, lines) == expected


@pytest.mark.parametrize("others", [pytest.param(4, id="and four others"), pytest.param(0, id="and nothing else")])
@pytest.mark.parametrize(("content", "is_found"), [(12, False), (0, True)])
def test_where_such_accounts_buy_the_sku_anyway_their_regrets_count_whole(
    tmp_path: Path, warehouse: Engine, others: int, content: int, is_found: bool
) -> None:
    """A new agent's customers all began in one week and buy S1: of twenty, eight regret a bad batch."""
    lines = platform()
    for number in range(8 + content):
        lines.account(f"R{number}", 58, others)
        lines.buy(f"R{number}", "S1", 12 - number % 4, complains=number < 8)
    assert bool(found_alike(tmp_path, warehouse, lines)) == is_found


def kinds(**changes: float) -> pd.DataFrame:
    row = {"sku_id": "S1", "period": 8, "first_week": -1, "account_size": 3, "alike": 8.0, "buyers": 9.0}
    platform_counts = {"platform_alike": 40.0, "platform_buyers": 400.0, "tests": 1_000.0}
    return pd.DataFrame([row | platform_counts | changes])


@pytest.mark.parametrize(
    ("changes", "is_suspect"),
    [
        pytest.param({}, True, id="eight of nine, where one in twelve is usual"),
        pytest.param({"alike": 4.0}, False, id="four of nine"),
        pytest.param({"platform_alike": 200.0}, False, id="half of all who regret are alike"),
        pytest.param({"buyers": 60.0}, False, id="eight of sixty"),
        pytest.param(
            {"platform_alike": 8.0, "platform_buyers": 9.0, "tests": 20.0}, False, id="nobody else regrets anything"
        ),
        pytest.param({"tests": 1e9}, False, id="among so many tests one comes by chance"),
    ],
)
def test_a_kind_is_suspect_that_regrets_one_sku_far_more_often_than_others(
    changes: dict[str, float], is_suspect: bool
) -> None:
    assert len(suspect_kinds(kinds(**changes))) == is_suspect


@pytest.mark.parametrize(
    ("alike", "content", "is_found"), [(0, 0, True), (0, 30, True), (3, 30, True), (20, 30, False)]
)
def test_what_content_buyers_are_too_is_no_sign(alike: float, content: float, is_found: bool) -> None:
    suspects = suspect_kinds(kinds()).assign(content_alike=alike, content_buyers=content)
    assert find_alike(suspects).tolist() == [is_found]
    assert suspects[KIND].to_numpy().tolist() == [["S1", 8, -1, 3]]
