"""A set phrase of the platform is no burst: its days and its SKUs are held against how common it is elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.spec.window_world import said, weigh
from tests.support.night_tables import rows_of
from xuanpin.pipelines.engine.protocol import Engine


@pytest.fixture
def engine(warehouse: Engine) -> Engine:
    return warehouse


def phrase(
    days: int = 10, a_day: int = 4, agents: int = 4, skus: int = 4, print_: int = 7, first: int = 0
) -> list[dict[str, Any]]:
    """So many accounts a day say it, each once, of SKUs and in groups of agents in turn."""
    return [
        said(
            f"P{print_}-{day}-{number}",
            ago=first + day,
            fingerprint_a=print_,
            agent_id=f"A{number % agents}",
            sku_id=f"S{number % skus}",
        )
        for day in range(days)
        for number in range(a_day)
    ]


def burst(count: int, ago: int = 5, sku: str = "S9", print_: int = 7) -> list[dict[str, Any]]:
    return [said(f"B{number}", ago=ago, fingerprint_a=print_, sku_id=sku, agent_id="A9") for number in range(count)]


def bought(engine: Engine) -> set[str]:
    return {sku for (sku,) in rows_of(engine, "night.int_praise_bursts", "sku_key")}


def test_int_set_phrases_are_said_on_most_days_for_no_one_agent_or_sku(engine: Engine) -> None:
    weigh(engine, *phrase())
    assert rows_of(engine, "night.int_set_phrases", "fingerprint, days, said") == [(7, 10, 40)]
    assert bought(engine) == set()


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(phrase(days=4), id="on few days"),
        pytest.param(phrase(agents=1), id="for one agent"),
        pytest.param(phrase(skus=1), id="of one SKU"),
        pytest.param(phrase(days=5) + phrase(days=20, print_=8, a_day=2), id="on a quarter of the days"),
    ],
)
def test_int_set_phrases_are_not_what_is_said_so(engine: Engine, rows: list[dict[str, Any]]) -> None:
    weigh(engine, *rows)
    assert 7 not in {print_ for (print_,) in rows_of(engine, "night.int_set_phrases", "fingerprint")}
    assert bought(engine) > set()


def test_int_praise_bursts_of_a_set_phrase_exceed_its_usual_days(engine: Engine) -> None:
    # Other days have 4 accounts that say it: within a day of each other 3 + 2 x 3 x 4 may.
    spread = [said(f"B{number}", ago=5, fingerprint_a=7, sku_id=f"T{number}", agent_id="A9") for number in range(30)]
    weigh(engine, *phrase(), *spread[:14])
    assert bought(engine) == set()
    weigh(engine, *phrase(), *spread[:15])
    assert {row["sku_id"] for row in spread[:15]} < bought(engine)


def test_int_praise_bursts_a_set_phrase_that_one_sku_has_far_more_of_than_others_was_bought(engine: Engine) -> None:
    others = phrase(print_=8, a_day=8)
    weigh(engine, *phrase(), *others, *burst(9))
    assert bought(engine) == {"S9"}
    # A third of all praise is in these words: 3 + 2 x 9 x 1/3 accounts of nine may use them of one SKU.
    mixed = burst(4) + [row | {"sender_key": f"C{number}"} for number, row in enumerate(burst(5, print_=8))]
    weigh(engine, *phrase(), *others, *mixed)
    assert bought(engine) == set()


def test_int_window_mentions_only_the_sku_that_was_praised_for_money_loses_it(engine: Engine) -> None:
    rows = [*phrase(), *phrase(print_=8, a_day=8), *burst(9)]
    weigh(engine, *rows, orders=[(row["sender_key"], 80, 80) for row in rows])
    weights = dict(rows_of(engine, "night.int_window_mentions", "message_id, trust_weight"))
    assert {weights[row["message_id"]] for row in burst(9)} == {0.0}
    assert {weights[row["message_id"]] for row in phrase()} == {0.52}
