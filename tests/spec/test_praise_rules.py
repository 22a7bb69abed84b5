"""How far praise is believed: bursts of the same words, strangers, and accounts that speak for one agent alone."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.chat_world import DAY, at, mentions, message, open_world, order

PRAISE = "收到了，这个真的非常好，味道很正宗，全家人都很满意"
OTHER_WORDS = (
    "收到了，包装仔细，吃着新鲜，很满意",
    "收到了，家里老人孩子都说好，很满意",
    "收到了，比超市的好多了，很满意",
)


def praise(key: str, sender: str, text: str = PRAISE, days_ago: int = 0, **more: Any) -> dict[str, Any]:
    return message(key, sender, text, at(12, day=DAY - timedelta(days=days_ago)), **({"sku_id": "S1"} | more))


def trust(folder: Path, *said: dict[str, Any], orders: Sequence[Any] = ()) -> dict[Any, Any]:
    found = mentions(open_world(folder, orders, said))
    assert {row["kind"] for row in found.values()} == {"feedback"}
    return {key: row["trust_weight"] for key, row in found.items()}


def bought(*customers: str, sku: str = "S3") -> tuple[Any, ...]:
    """Each was delivered another good than the one she praises, long before she speaks."""
    long_ago = at(8, day=DAY - timedelta(days=60))
    return tuple(order(f"L{name}", name, sku, long_ago, long_ago.date()) for name in customers)


@pytest.mark.parametrize(("days_ago", "weight"), [((0, 0, 0), 0.0), ((0, 1, 0), 0.0), ((0, 3, 3), 0.5)])
def test_the_same_praise_of_three_people_within_a_day_of_each_other_is_not_believed(
    tmp_path: Path, days_ago: tuple[int, int, int], weight: float
) -> None:
    people = ("C1", "C2", "C3")
    said = [praise(f"M{name}", name, days_ago=days) for name, days in zip(people, days_ago, strict=True)]
    assert set(trust(tmp_path, *said, orders=bought(*people)).values()) == {weight}


def test_two_people_may_use_the_same_words_and_one_may_repeat_herself(tmp_path: Path) -> None:
    said = [praise("M1", "C1"), praise("M2", "C2"), praise("M3", "C2", days_ago=1)]
    assert set(trust(tmp_path, *said, orders=bought("C1", "C2")).values()) == {0.5}


def test_a_stranger_who_praises_is_hardly_believed_and_on_her_first_day_not_at_all(tmp_path: Path) -> None:
    said = [
        praise("M1", "C1", OTHER_WORDS[0], days_ago=9),
        praise("M2", "C1", OTHER_WORDS[1]),
        praise("M3", "C2", OTHER_WORDS[2]),
    ]
    assert trust(tmp_path, *said) == {"M1": 0.0, "M2": 0.1, "M3": 0.0}


@pytest.mark.parametrize(
    ("second", "weight"),
    [({"sku_id": "S2"}, 0.0), ({"sku_id": "S1"}, 0.1), ({"sku_id": "S2", "group_id": "G2"}, 0.1)],
    ids=["two goods of one agent", "one good twice", "goods of two agents"],
)
def test_a_stranger_who_praises_several_goods_of_one_agent_alone_is_tied_to_her(
    tmp_path: Path, second: dict[str, Any], weight: float
) -> None:
    said = [
        praise("M1", "C1", OTHER_WORDS[0], days_ago=9),
        praise("M2", "C1", OTHER_WORDS[1], **second),
        praise("M3", "C1", OTHER_WORDS[2], days_ago=1, **second),
    ]
    assert trust(tmp_path, *said)["M2"] == weight


def test_a_buyer_is_believed_on_her_own_order_and_half_in_a_burst(tmp_path: Path) -> None:
    people = ("C1", "C2", "C3")
    own = tuple(order(f"L{name}", name, "S1", at(8, day=DAY - timedelta(days=2))) for name in people)
    said = [praise(f"M{name}", name) for name in people]
    assert set(trust(tmp_path / "burst", *said, orders=own).values()) == {0.5}
    assert trust(tmp_path / "alone", said[0], orders=own) == {"MC1": 1.0}


def test_a_complaint_that_comes_as_a_question_is_feedback_and_praise_that_asks_is_not(tmp_path: Path) -> None:
    own = (order("L1", "C1", "S1", at(8)),)
    asked = praise("M1", "C1", "收到了，全烂了，太差了，这是怎么样？")
    assert trust(tmp_path, asked, orders=own) == {"M1": 1.0}
    pleased = praise("M1", "C1", "收到了，很甜很满意，还有没有？")
    found = mentions(open_world(tmp_path / "pleased", own, [pleased]))
    assert found["M1"]["kind"] == "question"


def test_complaints_of_strangers_count_a_little_and_of_customers_more(tmp_path: Path) -> None:
    bad = "收到了，都烂了，太差了"
    said = [praise("M1", "C1", bad), praise("M2", "C2", bad)]
    assert trust(tmp_path, *said, orders=bought("C1")) == {"M1": 0.7, "M2": 0.3}
