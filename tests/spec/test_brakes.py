"""Brakes: a night far from the platform's usual ones is held; rhythm, slow change and ordinary chance are not."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tests.support.brake_nights import ORDINARY, Came, Decided, found, holding, ordinary_nights
from xuanpin.pipelines.engine.protocol import Engine

FAR: dict[str, tuple[Decided, Came]] = {
    "matches_per_agent": (Decided(matches=4), Came()),
    "agents_without": (Decided(without=60, matches=14), Came()),
    "list_turnover": (Decided(stayed=10, left=70), Came()),
    "satisfaction": (Decided(satisfaction=0.55), Came()),
    "return_rate": (Decided(return_rate=0.3), Came()),
    "unmatched_skus": (Decided(unmatched=72), Came()),
    "mentions_per_message": (Decided(), Came(mentions=4)),
    "orders_per_day": (Decided(), Came(orders=30)),
    "rows_of_orders": (Decided(), Came(rows=60)),
    "rows_of_chat_messages": (Decided(), Came(messages=40, mentions=8)),
}
"""A night that each brake has to hold, alone, after ordinary ones."""
FAR_UP: dict[str, tuple[Decided, Came]] = {
    "satisfaction": (Decided(satisfaction=0.99), Came()),
    "return_rate": (Decided(return_rate=0.02), Came()),
    "mentions_per_message": (Decided(), Came(messages=5_000, mentions=40_000)),
    "orders_per_day": (Decided(), Came(orders=9_000)),
    "rows_of_orders": (Decided(), Came(rows=50_000)),
}
"""The same on the other side of the usual."""
SETTING = {"rows_of_orders": "rows_per_source", "rows_of_chat_messages": "rows_per_source"}


@pytest.mark.parametrize("nights", [0, 1, 2, 7, 30])
def test_ordinary_nights_pass_from_the_first_one_on(warehouse: Engine, nights: int) -> None:
    rows = found(warehouse, nights=ordinary_nights(nights))
    assert holding(rows) == set()
    assert set(rows) == set(FAR)


@pytest.mark.parametrize("name", FAR)
def test_each_brake_holds_what_is_far_from_the_usual(warehouse: Engine, name: str) -> None:
    decided, today = FAR[name]
    row = found(warehouse, decided, nights=ordinary_nights(10), today=today)
    assert holding(row) == {name}
    assert (row[name]["severity"], row[name]["rows_failed"]) == ("critical", 1)
    assert row[name]["usual"] is not None


@pytest.mark.parametrize("name", FAR_UP)
def test_each_brake_with_two_sides_holds_on_the_other_too(warehouse: Engine, name: str) -> None:
    decided, today = FAR_UP[name]
    assert name in holding(found(warehouse, decided, nights=ordinary_nights(10), today=today))


@pytest.mark.parametrize("name", FAR)
def test_each_brake_can_be_switched_off(warehouse: Engine, name: str) -> None:
    decided, today = FAR[name]
    off = {SETTING.get(name, name): 0}
    row = found(warehouse, decided, nights=ordinary_nights(10), today=today, brakes=off)[name]
    assert (row["result"], row["lower_limit"], row["upper_limit"]) == ("pass", None, None)


@pytest.mark.parametrize(
    ("name", "decided", "today"),
    [
        ("matches_per_agent", Decided(matches=3), Came()),
        ("agents_without", Decided(without=100, matches=20, slots=20), Came()),
        ("list_turnover", Decided(stayed=2, left=78), Came()),
        ("satisfaction", Decided(satisfaction=0.25), Came()),
        ("return_rate", Decided(return_rate=0.6), Came()),
        ("unmatched_skus", Decided(unmatched=75), Came()),
        ("mentions_per_message", Decided(), Came(messages=9_000, mentions=10)),
    ],
)
def test_a_first_night_knows_absolute_limits(warehouse: Engine, name: str, decided: Decided, today: Came) -> None:
    rows = found(warehouse, decided, today=today, usual=lambda days: today)
    assert holding(rows) == {name}
    assert (rows[name]["usual"] is None) == (name != "mentions_per_message")


def test_places_that_stock_or_the_list_cannot_fill_hold_no_first_night(warehouse: Engine) -> None:
    scarce = Decided(listed=80, units=10, matches=4, without=20, shortfall="stock_shared_out")
    assert holding(found(warehouse, scarce)) == set()
    assert "agents_without" in holding(found(warehouse, Decided(units=10, matches=14, without=100)))
    short = Decided(listed=3, unmatched=0, matches=3, stayed=3, left=0)
    assert "matches_per_agent" not in holding(found(warehouse, short))


def test_three_agents_are_too_few_for_a_limit(warehouse: Engine) -> None:
    few = Decided(agents=3, without=2, matches=4, listed=5, unmatched=1, stayed=3, left=2)
    assert holding(found(warehouse, few, days=0, today=Came(3, 9, 4, 0))) == set()


def test_a_weekday_is_compared_with_its_like(warehouse: Engine) -> None:
    """Every seventh day, today's weekday, brings six times as much as the others."""

    def weekly(days: int) -> Came:
        return Came(1_800, 5_400, 3_000, 600) if days % 7 == 0 else Came()

    assert holding(found(warehouse, today=weekly(0), usual=weekly, days=28)) == set()
    quiet = found(warehouse, today=weekly(0), days=28)
    assert holding(quiet) == set(), "a promotion multiplies sales"
    assert quiet["orders_per_day"]["usual"] == pytest.approx(300)


def test_slow_change_is_no_alarm(warehouse: Engine) -> None:
    """Sales double every week, satisfaction falls by one point and matches by three per cent a night."""
    nights = [
        ORDINARY | {"brakes.satisfaction": 0.6 + 0.01 * place, "brakes.matches_per_agent": 6 * 1.03**place}
        for place in range(1, 21)
    ]

    def growing(days: int) -> Came:
        share = 0.9**days
        return Came(int(3_000 * share), int(9_000 * share), int(5_000 * share), int(1_000 * share))

    decided = Decided(satisfaction=0.6, matches=6)
    assert holding(found(warehouse, decided, nights=nights, today=growing(0), usual=growing, days=40)) == set()


def test_a_wide_platform_is_allowed_more_and_a_steady_one_less(warehouse: Engine) -> None:
    wild = [ORDINARY | {"brakes.return_rate": 0.1 * (2.2 if place % 2 else 0.6)} for place in range(30)]
    steady = ordinary_nights(30)
    decided = Decided(return_rate=0.2)
    assert holding(found(warehouse, decided, nights=wild)) == set()
    assert holding(found(warehouse, decided, nights=steady)) == {"return_rate"}
    assert holding(found(warehouse, Decided(return_rate=0.18), nights=steady[:1])) == set(), "one night tells little"


def drawn_days(rng: np.random.Generator) -> list[Came]:
    """Draw a hundred days of a platform that varies by a quarter from day to day and is busy at weekends."""
    days = []
    for day in range(100):
        volume = rng.lognormal(0.0, 0.25) * (1.8 if day % 7 < 2 else 1.0)
        messages = int(rng.poisson(500 * volume * rng.lognormal(0.0, 0.15)))
        mentions = int(rng.binomial(messages, 0.2 * min(rng.lognormal(0.0, 0.1), 2.0)))
        days.append(Came(int(rng.poisson(300 * volume)), int(rng.poisson(900 * volume)), messages, mentions))
    return days


def drawn_decisions(rng: np.random.Generator) -> list[Decided]:
    """Draw as many nights: satisfaction moves by .015, returns by a tenth, and a sixth of the list changes."""
    lists = []
    for _ in range(100):
        left, without = int(rng.binomial(80, rng.uniform(0.08, 0.25))), int(rng.binomial(200, 0.02))
        lists.append(
            Decided(
                without=without,
                matches=int(rng.integers(9, 11)),
                unmatched=int(rng.binomial(80, 0.2)),
                stayed=80 - left,
                left=left,
                satisfaction=float(rng.normal(0.8, 0.015)),
                return_rate=float(0.1 * rng.lognormal(0.0, 0.1)),
            )
        )
    return lists


@pytest.mark.parametrize("seed", [1, 2])
def test_fewer_than_one_ordinary_night_in_a_hundred_is_held(warehouse: Engine, seed: int) -> None:
    rng, held, nights = np.random.default_rng(seed), 0, list[Mapping[str, Any]]()
    days, decisions = drawn_days(rng), drawn_decisions(rng)
    for night in range(40):
        coming = days[39 - night :]
        rows = found(warehouse, decisions[night], nights=nights, today=coming[0], usual=coming.__getitem__)
        nights.insert(0, {f"brakes.{name}": row["value"] for name, row in rows.items()})
        held += bool(holding(rows))
    assert held == 0


def level(value: float, held: bool) -> dict[str, Any]:
    return ORDINARY | {"brakes.satisfaction": value, "held": {"brakes.satisfaction"} if held else set()}


def test_two_approved_nights_in_a_row_at_one_level_become_the_usual(warehouse: Engine) -> None:
    low, before = Decided(satisfaction=0.55), ordinary_nights(20)
    once = [level(0.56, held=True), *before]
    assert holding(found(warehouse, low, nights=once)) == {"satisfaction"}
    twice = [level(0.55, held=True), *once]
    rows = found(warehouse, low, nights=twice)
    assert holding(rows) == set()
    assert rows["satisfaction"]["usual"] == pytest.approx(0.555)
    assert holding(found(warehouse, low, nights=[level(0.55, held=False), *twice])) == set(), "and stay it"
    assert holding(found(warehouse, nights=twice)) == {"satisfaction"}, "what was usual is not any more"
    apart = [level(0.30, held=True), *once]
    assert holding(found(warehouse, low, nights=apart)) == {"satisfaction"}, "at another level"
    split = [level(0.55, held=True), level(0.8, held=False), *once]
    assert holding(found(warehouse, low, nights=split)) == {"satisfaction"}, "not in a row"


def test_absolute_limits_end_where_a_person_approved_two_nights_beyond_them(warehouse: Engine) -> None:
    sad = Decided(satisfaction=0.3)
    assert holding(found(warehouse, sad, nights=[level(0.3, held=True)])) == {"satisfaction"}
    assert holding(found(warehouse, sad, nights=[level(0.3, held=True), level(0.31, held=True)])) == set()


def test_what_has_not_come_is_not_measured(warehouse: Engine) -> None:
    """A source that is late is told of by its freshness; a night without it is still published."""
    rows = found(warehouse, today=Came(0, 0, 0, 0), nights=ordinary_nights(10))
    assert holding(rows) == set()
    assert not {"orders_per_day", "mentions_per_message", "rows_of_orders", "rows_of_chat_messages"} & rows.keys()


def test_a_day_of_changes_without_a_single_new_order_is_held(warehouse: Engine) -> None:
    assert holding(found(warehouse, today=Came(orders=0), nights=ordinary_nights(10))) == {"orders_per_day"}


def test_a_source_that_does_not_come_daily_has_no_brake(warehouse: Engine) -> None:
    rows = found(warehouse, usual=lambda days: Came(rows=900 if days % 3 == 0 else 0), today=Came(rows=9))
    assert "rows_of_orders" not in rows


def test_an_empty_list_is_held_where_there_was_one(warehouse: Engine) -> None:
    empty = Decided(listed=0, unmatched=0, stayed=0, left=80, matches=0, without=200)
    held = holding(found(warehouse, empty, nights=ordinary_nights(10)))
    assert {"matches_per_agent", "agents_without", "list_turnover"} <= held


def test_the_step_can_be_done_again(warehouse: Engine) -> None:
    found(warehouse)
    before = warehouse.read("night.run_quality").to_pylist()
    assert len(before) == 1 + len(FAR)
    assert before[0]["table_name"] == "orders"
