"""How satisfied those are who kept what they got: one vote a buyer, and none of others or whoever sent it back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.night_tables import selected, table
from xuanpin.pipelines.engine.protocol import Engine

MENTIONS = (
    "sku_id varchar, sender_key varchar, kind varchar, satisfaction double, trust_weight double, "
    "attribution_confidence double, order_line_id varchar"
)
Rows = tuple[tuple[Any, ...], ...]
KEYS = "sku_key integer, period integer, agent_key integer, customer_key integer"
LINES = f"order_line_id varchar, return_days integer, is_unpaid boolean, is_new boolean, {KEYS}"
BUYERS = {"L1": 1, "L2": 2, "L-C1": 3, "L-C2": 4, "L-C4": 5}


def said(sender: str, satisfaction: float | None, **own: Any) -> tuple[Any, ...]:
    """A message of S1 that is certain, trusted and of a line of its writer, but for what is named."""
    plain = {"sku_id": "S1", "sender_key": sender, "kind": "feedback", "satisfaction": satisfaction}
    return tuple((plain | {"trust_weight": 1.0, "confidence": 1.0, "line": f"L-{sender}"} | own).values())


def votes(
    warehouse: Engine,
    *mentions: tuple[Any, ...],
    lines: Rows = (),
    complaints: tuple[str, ...] = (),
    doubted: dict[str, float] | None = None,
) -> dict[str, tuple[float, float]]:
    """SKU → weight of the happy and of all who kept it; satisfaction from 0.6 on is happy.

    `lines` are (line, days until sent back or None, is unpaid, is a new buyer's), `doubted` is line → credibility.
    """
    table(warehouse, "night.int_window_mentions", MENTIONS, mentions)
    keyed = [(*line, 0, 0, 0, BUYERS[line[0]]) for line in lines]
    table(warehouse, "night.int_sale_lines", LINES, keyed)
    keys = [(0, 0, 0, BUYERS[line], credibility) for line, credibility in (doubted or {}).items()]
    table(warehouse, "night.int_doubted_lines", f"{KEYS}, credibility double", keys)
    table(warehouse, "night.int_complaints", "order_line_id varchar", [(line,) for line in complaints])
    found = selected(warehouse, "int_kept_votes", happy_from=0.6, new_weight=0.75)
    return {sku: (happy, kept) for sku, happy, kept in found}


def test_votes_weigh_by_trust_and_by_how_sure_it_is_what_they_are_of(warehouse: Engine) -> None:
    mentions = said("C1", 0.9, trust_weight=0.5, confidence=0.8), said("C2", 0.1, trust_weight=0.5), said("C3", 0.9)
    assert votes(warehouse, *mentions)["S1"] == pytest.approx((1.4, 1.9))


@pytest.mark.parametrize(("satisfaction", "happy"), [(0.6, 1.0), (0.599, 0.0)])
def test_satisfaction_from_the_limit_on_is_happy(warehouse: Engine, satisfaction: float, happy: float) -> None:
    assert votes(warehouse, said("C1", satisfaction)) == {"S1": (happy, 1.0)}


def test_a_writer_has_one_vote_at_the_mean_of_her_words(warehouse: Engine) -> None:
    mixed = said("C1", 1.0), said("C1", 0.1, trust_weight=0.5), said("C1", 0.4)
    assert votes(warehouse, *mixed) == {"S1": (0.0, 1.0)}
    assert votes(warehouse, *mixed, said("C1", 1.0)) == {"S1": (1.0, 1.0)}


@pytest.mark.parametrize(
    ("return_days", "complaints", "kept"),
    [
        pytest.param(None, (), True, id="kept"),
        pytest.param(0, (), False, id="sent back"),
        pytest.param(None, ("L1",), False, id="complained of"),
    ],
)
def test_regrets_are_counted_among_regrets_and_not_here(
    warehouse: Engine, return_days: int | None, complaints: tuple[str, ...], kept: bool
) -> None:
    lines = (("L1", return_days, False, False),)
    found = votes(warehouse, said("C1", 0.9, line="L1"), lines=lines, complaints=complaints)
    assert found == ({"S1": (1.0, 1.0)} if kept else {})


def test_who_regretted_one_line_has_no_vote_on_the_sku_at_all(warehouse: Engine) -> None:
    mentions = said("C1", 0.9, line="L1"), said("C1", 0.9, line="L2"), said("C2", 0.9)
    lines = ("L1", 9, False, False), ("L2", None, False, False)
    assert votes(warehouse, *mentions, lines=lines) == {"S1": (1.0, 1.0)}


def test_who_sent_a_gift_back_still_says_how_it_pleased(warehouse: Engine) -> None:
    """A gift is no line that is judged."""
    assert votes(warehouse, said("C1", 0.1, line="L1")) == {"S1": (0.0, 1.0)}


@pytest.mark.parametrize("own", [{"kind": "question"}, {"sku_id": None}, {"trust_weight": 0.0}, {"line": None}])
def test_only_trusted_opinions_of_a_sku_that_the_writer_bought_count(warehouse: Engine, own: dict[str, Any]) -> None:
    assert votes(warehouse, said("C1", 0.9, **own), said("C2", None)) == {}


def test_strangers_who_never_bought_it_change_nothing(warehouse: Engine) -> None:
    strangers = (said(f"X{number}", 0.0, line=None, trust_weight=0.3) for number in range(100))
    assert votes(warehouse, said("C1", 0.9), *strangers) == {"S1": (1.0, 1.0)}


def test_a_vote_is_as_credible_as_the_line_that_it_is_of(warehouse: Engine) -> None:
    """One is doubted, one was next to nothing's worth, one a new buyer's."""
    lines = ("L-C1", None, False, True), ("L-C2", None, True, True), ("L-C4", None, False, True)
    mentions = said("C1", 0.9), said("C2", 0.9), said("C3", 0.1), said("C4", 0.1)
    assert votes(warehouse, *mentions, lines=lines, doubted={"L-C1": 0.25}) == {"S1": (0.25, 2.0)}
