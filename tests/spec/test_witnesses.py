"""What a line is worth as evidence: a buyer is one witness; new ones in a burst are none, for a SKU or against it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pandas as pd
import pytest

from tests.support.judged_lines import ids_of_buyers, judge_lines
from tests.support.night_tables import AS_OF, FOR_EVER, ago, rows, rows_of, table
from xuanpin.models.risk.witnesses import COUNTS, find_bursts, lone_agents, new_buyer_weight
from xuanpin.pipelines.engine.protocol import Engine

TIMELINE = (
    "order_line_id varchar, sku_id varchar, customer_id varchar, agent_id varchar, is_sale boolean, "
    "ordered_at timestamp, ordered_on date, delivered_on date, valid_from date, valid_to date, "
    "unit_price decimal(12, 2), return_requested_on date, fault_requested_on date"
)
NEW_WEIGHT = 0.75
SKUS = {"S1": 0, "S2": 1}
AGENTS = {"A1": 0, "A2": 1}


def line(name: str, buyer: str, delivered: int, sku: str = "S1", agent: str = "A1", **own: Any) -> tuple[Any, ...]:
    """A line of 30 yuan that was ordered two days before it was delivered, so many days ago."""
    ordered = ago(delivered + 2)
    plain = {"name": name, "sku": sku, "buyer": buyer, "agent": agent, "is_sale": True}
    days: dict[str, Any] = {"at": datetime.combine(ordered, time(9)), "ordered": ordered, "delivered": ago(delivered)}
    rest = {"known": ago(delivered), "until": FOR_EVER, "price": 30, "returned": None, "fault": None}
    return tuple((plain | days | rest | own).values())


def put(warehouse: Engine, *lines: tuple[Any, ...], complaints: tuple[tuple[str, date], ...] = ()) -> None:
    table(warehouse, "history.order_line_timeline", TIMELINE, lines)
    table(warehouse, "night.int_complaints", "order_line_id varchar, complained_on date", complaints)
    table(warehouse, "night.stg_products", "sku_id varchar, list_price decimal(12, 2)", [("S1", 30), ("S2", 30)])
    numbers = [(sku, number, 0) for sku, number in SKUS.items()]
    table(warehouse, "night.int_sku_numbers", "sku_id varchar, sku_number integer, category_number integer", numbers)


def all_are_new(warehouse: Engine, *lines: tuple[Any, ...]) -> bool:
    """Tell whether whoever bought S1 is new."""
    put(warehouse, *lines)
    judge_lines(warehouse)
    counted = [row for row in warehouse.select("int_new_buyer_counts").to_pylist() if row["sku"] == SKUS["S1"]]
    assert {row["new_lines"] for row in counted} in ({0}, {row["lines"] for row in counted})
    return bool(counted[0]["new_lines"])


@pytest.mark.parametrize(
    ("second", "is_new"),
    [
        pytest.param(line("L2", "B1", 13, "S2"), False, id="another SKU, a week later"),
        pytest.param(line("L2", "B1", 14, "S2"), True, id="another SKU, six days later"),
        pytest.param(line("L2", "B1", 13), True, id="the same SKU again"),
        pytest.param(line("L2", "B1", 13, "S2", price=2.99), True, id="another SKU for next to nothing"),
        pytest.param(line("L2", "B1", 13, "S2", is_sale=False), True, id="another SKU as a gift"),
        pytest.param(line("L2", "B1", -1, "S2"), True, id="another SKU, not delivered yet"),
        pytest.param(line("L2", "B1", 13, "S2", until=AS_OF), True, id="another SKU, by a state that has ended"),
        pytest.param(line("L2", "B2", 13, "S2"), True, id="somebody else's"),
    ],
)
def test_a_buyer_is_new_until_she_has_bought_another_sku_a_week_apart(
    warehouse: Engine, second: tuple[Any, ...], is_new: bool
) -> None:
    assert all_are_new(warehouse, line("L1", "B1", 20), second) == is_new


Bursts = tuple[tuple[str, int], ...]
Lone = tuple[tuple[str, int, str, float], ...]
Alike = tuple[tuple[str, str, float], ...]


def weigh_by(
    warehouse: Engine, new: tuple[str, ...] = (), bursts: Bursts = (), lone: Lone = (), alike: Alike = ()
) -> None:
    judge_lines(warehouse, new=new)
    found = [(SKUS[sku], period) for sku, period in bursts]
    table(warehouse, "night.int_first_time_bursts", "sku_number integer, period integer", found)
    agents = [(SKUS[sku], period, AGENTS[agent], weight) for sku, period, agent, weight in lone]
    names = "sku_number integer, period integer, agent_number integer, agent_weight double"
    table(warehouse, "night.int_lone_agents", names, agents)
    keys = {buyer: key for key, buyer in ids_of_buyers(warehouse).items()}
    buyers = [(sku, keys[buyer], weight) for sku, buyer, weight in alike]
    table(warehouse, "night.int_alike_buyers", "sku_id varchar, customer_key integer, buyer_weight double", buyers)


def weights(
    warehouse: Engine,
    *lines: tuple[Any, ...],
    new: tuple[str, ...] = (),
    bursts: Bursts = (),
    lone: Lone = (),
    alike: Alike = (),
) -> list[tuple[int, float]]:
    """Days since delivery and weight of the lines that weigh less than a witness, by day."""
    put(warehouse, *lines)
    weigh_by(warehouse, new, bursts, lone, alike)
    warehouse.materialise("int_doubted_lines", new_weight=NEW_WEIGHT)
    asked = {"as_of_date": AS_OF, "first_on": ago(90), "new_weight": NEW_WEIGHT}
    weighed = warehouse.select("int_attributed_lines", **asked).to_pylist()
    return sorted((row["age_days"], row["thousandths"] / 1000) for row in weighed if row["thousandths"] < 1000)


PERIOD = (ago(20) - date(1970, 1, 1)).days // 28


def test_lines_of_one_buyer_add_up_to_one_witness_and_the_latest_weighs_most(warehouse: Engine) -> None:
    hers = line("L1", "B1", 30), line("L2", "B1", 20), line("L3", "B1", 10)
    found = weights(warehouse, *hers, line("L4", "B2", 10), line("L5", "B1", 5, "S2"))
    assert found == [(10, 0.571), (20, 0.286), (30, 0.143)]


def test_twenty_orders_of_one_account_are_one_witness(warehouse: Engine) -> None:
    found = weights(warehouse, *(line(f"L{number:02}", "B1", 10) for number in range(20)))
    assert len(found) == 20 and sum(weight for _, weight in found) == pytest.approx(1.0, abs=0.002)


@pytest.mark.parametrize(
    ("own", "known", "weight"),
    [
        pytest.param({}, {}, None, id="an established buyer"),
        pytest.param({}, {"new": ("B1",)}, 0.75, id="a new buyer"),
        pytest.param({}, {"new": ("B1",), "bursts": (("S1", PERIOD),)}, 0.0, id="a new buyer in a burst"),
        pytest.param({}, {"bursts": (("S1", PERIOD),)}, None, id="an established buyer in a burst"),
        pytest.param({}, {"new": ("B1",), "bursts": (("S2", PERIOD),)}, 0.75, id="a burst of another SKU"),
        pytest.param({}, {"new": ("B1",), "bursts": (("S1", PERIOD - 1),)}, 0.75, id="a burst of another time"),
        pytest.param({}, {"lone": (("S1", PERIOD, "A1", 0.4),)}, 0.4, id="an agent who stands alone"),
        pytest.param({}, {"lone": (("S1", PERIOD, "A2", 0.4),)}, None, id="another agent stands alone"),
        pytest.param({}, {"alike": (("S1", "B1", 0.2),)}, 0.2, id="one of five accounts alike"),
        pytest.param({}, {"alike": (("S2", "B1", 0.2),)}, None, id="one of five accounts alike, of another SKU"),
        pytest.param({"price": 2.99}, {}, 0.0, id="paid less than a tenth of the price"),
        pytest.param({"price": 3}, {}, None, id="paid a tenth of the price"),
        pytest.param({"price": 0, "sku": "S9"}, {}, None, id="a SKU without a price"),
        pytest.param({"is_sale": False}, {"new": ("B1",)}, None, id="a gift is no line of its SKU"),
        pytest.param({"until": AS_OF}, {"new": ("B1",)}, None, id="a state that has ended"),
    ],
)
def test_a_line_weighs_what_its_buyer_its_agent_and_its_price_say(
    warehouse: Engine, own: dict[str, Any], known: dict[str, Any], weight: float | None
) -> None:
    assert weights(warehouse, line("L1", "B1", 20, **own), **known) == ([] if weight is None else [(20, weight)])


def test_a_line_that_counts_half_counts_half_in_all_that_came_of_it(warehouse: Engine) -> None:
    """Three lines of one day: one sent back for a fault and complained of first, one for its size, one kept."""
    put(warehouse)
    daily = (
        "sku_id varchar, delivered_on date, delay_days integer, delivered_lines bigint, returned_lines bigint, "
        "fault_lines bigint"
    )
    days = [("S1", ago(20), None, 3, 0, 0), ("S1", ago(20), 4, 0, 1, 1), ("S1", ago(20), 5, 0, 1, 0)]
    table(warehouse, "night.int_sku_daily", daily, days)
    outcomes = "metric varchar, sku_id varchar, delivered_on date, delay_days integer, lines bigint"
    shown = [("return", 4), ("return", 5), ("regret", 2), ("complaint", 2)]
    table(warehouse, "night.int_sku_outcomes", outcomes, [(metric, "S1", ago(20), day, 1) for metric, day in shown])
    lines = (
        "sku_key integer, delivered_on date, buyer_share double, return_days integer, fault_days integer, "
        "complaint_days integer, period integer, agent_key integer, customer_key integer, is_new boolean"
    )
    keys = "kind varchar, entity_id varchar, name_key integer, source_number integer"
    table(warehouse, "night.int_source_numbers", keys, [("sku", "S1", 5, 0)])
    weighed = [(5, ago(20), 0.5, 4, 4, 2), (5, ago(20), 0, 5, None, None), (5, ago(20), 1, None, None, None)]
    table(warehouse, "night.int_sale_lines", lines, [(*row, PERIOD, 7, 8, False) for row in weighed])
    keys = "sku_key integer, period integer, agent_key integer, customer_key integer, credibility double"
    table(warehouse, "night.int_doubted_lines", keys)
    counted = {
        (row["metric"], row["delay_days"]): float(row["lines"])
        for row in warehouse.select("int_witnessed_outcomes", new_weight=NEW_WEIGHT).to_pylist()
    }
    (day,) = warehouse.select("int_delivery_days", as_of_date=AS_OF, new_weight=NEW_WEIGHT).to_pylist()
    assert (day["age_days"], float(day["delivered_lines"])) == (20, 1.5)
    assert counted == {
        ("return", 4): 0.5,
        ("fault", 4): 0.5,
        ("regret", 2): 0.5,
        ("complaint", 2): 0.5,
    }


def test_requests_before_the_noted_delivery_are_taken_back_where_they_were_counted(warehouse: Engine) -> None:
    put(warehouse, line("L1", "B1", 20, returned=ago(22), fault=ago(22)), complaints=(("L1", ago(25)),))
    judge_lines(warehouse)
    assert rows_of(warehouse, "night.int_sale_lines", "return_days, fault_days, complaint_days") == [(0, 0, 0)]


def put_regrets(warehouse: Engine) -> None:
    put(
        warehouse,
        line("L1", "B1", 20),
        line("L2", "B2", 20, fault=ago(15), returned=ago(15)),
        line("L3", "B3", 20, returned=ago(15)),
        line("L4", "B4", 20, agent="A2"),
        line("L5", "B5", 48),
        line("L6", "B5", 20, is_sale=False),
        line("L7", "B5", 20, until=AS_OF),
        complaints=(("L3", ago(18)),),
    )
    weigh_by(warehouse, new=("B2", "B4"))


def test_lines_and_regrets_of_all_and_of_new_buyers_are_counted_by_period(warehouse: Engine) -> None:
    put_regrets(warehouse)
    assert rows(warehouse, "int_new_buyer_counts") == [(0, PERIOD - 1, 1, 0, 0, 0), (0, PERIOD, 4, 2, 2, 1)]


@pytest.mark.parametrize(
    ("bursts", "fewest", "cells"),
    [
        pytest.param((), 3, [(0, PERIOD, 0, 3, 2, 2, 4, 2, 0)], id="by agent"),
        pytest.param((), 4, [], id="no agent has so many lines"),
        pytest.param(
            (("S1", PERIOD),), 2, [(0, PERIOD, 0, 2, 1, 1, 2, 1, 0)], id="new buyers in a burst speak for nobody"
        ),
        pytest.param((("S1", PERIOD),), 3, [], id="too few lines without those of a burst"),
    ],
)
def test_agents_are_compared_where_one_has_several_lines(
    warehouse: Engine, bursts: Bursts, fewest: int, cells: list[Any]
) -> None:
    put_regrets(warehouse)
    weigh_by(warehouse, new=("B2", "B4"), bursts=bursts)
    warehouse.materialise("int_large_cells", fewest_lines=fewest)
    assert rows(warehouse, "int_agent_cells", fewest_lines=fewest) == cells


def counts(*cells: tuple[int, ...]) -> pd.DataFrame:
    """Rows by sku, period, lines, regrets, new lines and new regrets."""
    frame = pd.DataFrame(cells, columns=["sku", "period", *COUNTS])
    return frame.astype(dict.fromkeys(COUNTS, "float64"))


PLATFORM = [(sku, period, 20, 1, 1 + sku % 2, 0) for sku in range(100) for period in (7, 8)]
"""A hundred SKUs, of whose buyers 7.5 in a hundred are new."""


@pytest.mark.parametrize(
    ("cell", "is_burst"),
    [
        pytest.param((100, 8, 10, 0, 10, 0), True, id="ten new buyers and nobody else"),
        pytest.param((100, 8, 30, 1, 10, 0), True, id="ten new buyers among thirty"),
        pytest.param((100, 8, 30, 5, 5, 5), True, id="all five who regret it are new"),
        pytest.param((100, 8, 30, 5, 5, 1), False, id="five new buyers who keep it"),
        pytest.param((100, 8, 2, 2, 2, 2), False, id="two are no burst"),
        pytest.param((100, 8, 200, 9, 16, 1), False, id="many buyers, as new as anywhere"),
    ],
)
def test_a_burst_is_more_new_buyers_than_the_platform_explains(cell: tuple[int, ...], is_burst: bool) -> None:
    found = find_bursts(counts(*PLATFORM, cell))
    assert found["sku"].tolist() == [100] * len(found)
    assert (len(found) > 0) == is_burst


def test_a_burst_on_both_sides_of_a_period_s_end_is_one() -> None:
    found = find_bursts(counts(*PLATFORM, (100, 7, 8, 0, 4, 0), (100, 8, 8, 0, 4, 0)))
    assert found[["first", "last", "observed", "lines"]].to_numpy().tolist() == [[7, 8, 8, 16]]


@pytest.mark.parametrize(("new", "weight"), [(0, 0.0), (2, 0.495), (50, 0.961), (100, 0.98)])
def test_being_new_says_little_where_everybody_is(new: int, weight: float) -> None:
    assert new_buyer_weight(counts((0, 0, 100, 0, new, 0))) == pytest.approx(weight, abs=1e-3)
    assert find_bursts(counts((0, 0, 100, 0, 100, 0), (1, 0, 10, 0, 10, 0))).empty


HONEST = [(0, 8, 2, 0)] * 20
"""Twenty agents whose buyers keep a SKU."""


@pytest.mark.parametrize(
    ("cells", "lone"),
    [
        pytest.param([*HONEST, *[(0, 8, 10, 10)] * 3], [20, 21, 22], id="all buyers of three agents regret it"),
        pytest.param([(0, 8, 2, 2)] * 20 + [(0, 8, 10, 0)] * 3, [20, 21, 22], id="three agents praise it"),
        pytest.param(
            [*[(0, 8, 1, 0)] * 6, *[(0, 8, 2, 0)] * 2, *[(0, 8, 3, 3)] * 3],
            [8, 9, 10],
            id="nine buyers of three agents",
        ),
        pytest.param([*HONEST, *[(0, 8, 1, 1)] * 12], [], id="one buyer each of twelve agents: a bad batch"),
        pytest.param([(0, 8, 10, 10)], [], id="there is but one agent"),
        pytest.param([(0, 8, 10, 0), (0, 8, 10, 10)], [], id="one against one is no majority"),
        pytest.param([(0, 8, 30, 1), *[(0, 8, 30, 18)] * 2], [0], id="two of three agents know better"),
        pytest.param([*HONEST, *[(0, 9, 10, 10)] * 3], [], id="later all agents agree"),
    ],
)
def test_agents_whose_buyers_contradict_those_of_most_count_as_few_witnesses(
    cells: list[tuple[int, ...]], lone: list[int]
) -> None:
    frame = pd.DataFrame(cells, columns=["sku_number", "period", "lines", "regrets"], dtype="float64")
    groups = frame.groupby(["sku_number", "period"])
    frame = frame.assign(
        agents=groups["lines"].transform("size"),
        group_lines=groups["lines"].transform("sum"),
        group_regrets=groups["regrets"].transform("sum"),
        single_regrets=frame["regrets"].where(frame["lines"] == 1, 0.0).groupby(groups.ngroup()).transform("sum"),
    )
    found = lone_agents(frame[frame["lines"] > 1])
    assert found.index.tolist() == lone
    assert (found < 0.5).all()
