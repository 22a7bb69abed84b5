"""SKUs on trial come first among what chance gives, each once, and every chance is the one that is logged."""

from typing import Any

import numpy as np
import pytest

from xuanpin.models.matching.exploration import agent_seeds, draw_trials, with_even_draws


def _seeds(count: int) -> Any:
    return agent_seeds(np.array([f"A{number}" for number in range(count)], dtype=object), "2026-11-22")


def test_skus_on_trial_are_tried_first_and_each_by_one_agent() -> None:
    wanted = np.tile(np.arange(20) < 6, (40, 1))
    row, column, _ = draw_trials(_seeds(40), ~wanted, wanted)
    tried = column[column < 6]
    assert sorted(tried) == list(range(6)), "each once, and then no further turn"
    assert (np.diff(row) > 0).all() and row[-1] < 20


def test_an_agent_who_may_not_sell_what_is_on_trial_takes_no_turn() -> None:
    wanted = np.zeros((5, 4), bool)
    wanted[3, 2] = True
    row, _, chances = draw_trials(_seeds(5), np.ones((5, 4), bool), wanted)
    assert row.tolist() == [3]
    assert chances.tolist() == [[0.25 * 0.25, 0.25 * 0.25, 0.75 + 0.25 * 0.25, 0.25 * 0.25]]
    assert draw_trials(_seeds(5), np.zeros((5, 4), bool), wanted)[2].tolist() == [[0.0, 0.0, 1.0, 0.0]]


def test_every_sku_is_drawn_in_a_turn_as_often_as_its_chance_says() -> None:
    rounds, even, wanted = 20_000, np.array([[True, True, False, True]]), np.array([[False, True, True, False]])
    seeds = _seeds(rounds)
    turns = [draw_trials(seeds[nth : nth + 1], even, wanted) for nth in range(rounds)]
    shares = np.bincount([column[0] for _, column, _ in turns], minlength=4) / rounds
    assert shares == pytest.approx(turns[0][2][0], abs=0.015)


def test_chances_of_several_draws_add_up_to_their_number() -> None:
    """A turn for SKU 0, which is not drawn evenly, or 1; then two draws of what is left of 1, 2 and 3."""
    even = np.array([[False, True, True, True]])
    turn = np.array([[0.6, 0.2, 0.1, 0.1]])
    whole = with_even_draws(turn, even, np.array([2]))
    assert whole.sum() == pytest.approx(3.0)
    # SKU 1: first, or 0 first and two of three, or 2 or 3 first and both that are left.
    assert whole[0].tolist() == pytest.approx([0.6, 0.2 + 0.6 * 2 / 3 + 0.2, *([0.1 + 0.6 * 2 / 3 + 0.3] * 2)])
    assert with_even_draws(turn, even, np.array([0])).tolist() == turn.tolist()
