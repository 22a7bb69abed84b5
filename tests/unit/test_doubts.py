"""What a doubt weighs: how right its agent was, how many judges are independent, and what came in since."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.doubts import (
    FADING_LINES,
    LARGEST_RATIO,
    NATS_PER_BATCH,
    PROVEN_RIGHT,
    Judges,
    VoteCounts,
    Votes,
    chance_of_change,
    fit_judges,
    handed_down,
    odds_ratio,
    probability_bad,
)


def judge(*agents: tuple[float, float, float, float]) -> Judges:
    """Agents by bad SKUs doubted and taken, and good SKUs doubted and taken."""
    return fit_judges(VoteCounts(*np.array(agents, dtype=np.float64).T))


def test_who_doubted_the_bad_ones_and_few_others_weighs_most() -> None:
    found = judge((8, 2, 3, 97), (0, 0, 0, 0), (5, 5, 50, 50), (0, 8, 10, 90)).ratio
    assert 8.0 < found[0] <= LARGEST_RATIO
    assert 1.0 <= found[2] < found[1] < found[0]
    assert found[3] < found[1]


def test_a_new_agent_weighs_what_the_platforms_agents_have_earned() -> None:
    others = (0, 0, 0, 0), (40, 10, 10, 290), (2, 40, 60, 40)
    alone, among_good, among_bad = (judge((0, 0, 0, 0), other) for other in others)
    assert alone.ratio[0] == pytest.approx(2.0)
    assert among_good.ratio[0] > 10.0
    assert among_bad.ratio[0] == 1.0


def test_no_agent_weighs_more_than_the_largest_ratio_and_none_less_than_nothing() -> None:
    assert judge((50, 0, 0, 500)).ratio == pytest.approx([LARGEST_RATIO])
    assert judge((0, 50, 50, 0)).ratio == pytest.approx([1.0])


@pytest.mark.parametrize(("right", "ratio", "expected"), [(3, 2.0, True), (2, 20.0, False), (9, 1.99, False)])
def test_proven_is_who_was_right_three_times_and_not_by_doubting_everything(
    right: int, ratio: float, expected: bool
) -> None:
    judges = Judges(np.array([0.04 * ratio]), np.array([0.04]))
    assert judges.proven(np.array([right])).tolist() == [expected]


MANY = 1_000
"""Batches named in time, by a judge whom no limit binds."""


def cast(count: int, **given: Any) -> Votes:
    """So many doubts of SKU 0, each by an agent of its own with a long record, and no deliveries since."""
    plain: dict[str, Any] = {
        "sku": np.zeros(count, dtype=np.int64), "agent": np.arange(count), "is_doubt": np.ones(count, dtype=bool),
        "lines": np.zeros(count), "batches": np.full(count, float(MANY)),
    }  # fmt: skip
    return Votes(**plain | given)


def ratio(votes: Votes, right: int = MANY, sensitivity: float = 0.75) -> float:
    count = len(votes.sku)
    judges = Judges(np.full(count, sensitivity), np.full(count, 0.05))
    return float(odds_ratio(votes, judges, np.full(count, right), 1)[0])


def test_independent_judges_add_up() -> None:
    assert ratio(cast(1)) == pytest.approx(15.0)
    assert ratio(cast(2)) == pytest.approx(225.0)


@pytest.mark.parametrize("right", [3, 4, 8])
def test_judges_who_named_the_same_batches_are_as_good_as_one(right: int) -> None:
    together = ratio(cast(10, batches=np.full(10, right / 10)), right)
    assert together == pytest.approx(ratio(cast(1, batches=np.array([float(right)])), right))
    assert together == pytest.approx(np.exp((right - PROVEN_RIGHT) * NATS_PER_BATCH))


def test_however_many_unproven_agents_doubt_they_delist_nothing() -> None:
    assert ratio(cast(500, batches=np.full(500, 3.0)), right=PROVEN_RIGHT) == 1.0
    assert ratio(cast(500), sensitivity=0.09) == 1.0


def test_who_has_a_stake_is_no_judge() -> None:
    assert ratio(cast(5, batches=np.zeros(5))) == 1.0


def test_proven_judges_who_took_it_speak_against_a_doubt_and_never_for_the_sku() -> None:
    one_of_two = ratio(cast(2, is_doubt=np.array([True, False])))
    assert one_of_two == pytest.approx(15.0 * 0.25 / 0.95)
    assert ratio(cast(4, is_doubt=np.arange(4) == 0)) == 1.0


def test_a_doubt_fades_as_lines_come_in() -> None:
    assert ratio(cast(1, lines=np.array([FADING_LINES]))) == pytest.approx(15.0**0.5)


def test_kin_hand_their_doubts_down_until_the_heir_has_lines_of_its_own() -> None:
    heir, kin = np.array([0, 0, 2]), np.array([1, 2, 1])
    found = handed_down(np.array([1.0, 9.0, 16.0]), heir, kin, np.array([0.0, 0.0, FADING_LINES]))
    assert found == pytest.approx([16.0, 9.0, 16.0])
    late = handed_down(np.array([1.0, 9.0]), heir[:1], kin[:1], np.array([FADING_LINES, 0.0]))
    assert late == pytest.approx([3.0, 9.0])


def test_outcomes_multiply_the_odds_of_what_was_known_before() -> None:
    # Odds 1:9 known; outcomes take the prior's 1:4 to 4:1, sixteen times: 16:9.
    found = probability_bad(np.array([0.1, 0.1]), np.array([0.2, 0.2]), np.array([0.8, 0.2]))
    assert found == pytest.approx([16 / 25, 0.1])


def landmine(alone: Floats, with_supplier: Floats, steady: Floats, changed: Floats) -> Floats:
    chance = with_supplier + (1.0 - with_supplier) * alone
    return (1.0 - chance) * steady + chance * changed


def test_the_odds_of_a_landmine_are_multiplied_up_to_those_of_a_changed_sku() -> None:
    alone, supplier, steady = np.full(3, 0.02), np.array([0.0, 0.1, 0.0]), np.full(3, 0.01)
    changed = np.array([0.8, 0.8, 0.05])
    before = landmine(alone, supplier, steady, changed)
    moved = chance_of_change(alone, supplier, steady, changed, np.full(3, 10.0))
    after = landmine(moved, supplier, steady, changed)
    assert (after / (1 - after))[:2] == pytest.approx(10.0 * (before / (1 - before))[:2])
    assert after[2] == pytest.approx(0.05)


def test_a_sku_whose_change_would_mean_nothing_stays_as_it_is() -> None:
    same = np.array([0.3])
    assert chance_of_change(np.array([0.1]), np.array([0.0]), same, same, np.array([9.0])) == pytest.approx([0.1])
