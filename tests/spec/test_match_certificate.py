"""What the chosen slots bring, beside what none could exceed."""

from typing import Any

import pytest

from tests.support.match_problem import problem, slates
from tests.support.night_tables import selected, table
from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.matching.results import match_rows


def certified(engine: Engine, *chosen: float, bound: float) -> Any:
    """`chosen` are the net units of each agent's slate."""
    slates = [(units,) for units in chosen]
    table(engine, "night.int_agent_slates", "chosen_net_units double", slates)
    (found,) = selected(engine, "match_certificate", "objective", "bound", "gap", bound=bound, floor_cost=0.0)
    return found


def test_the_gap_is_what_chosen_slots_lack_of_the_bound(warehouse: Engine) -> None:
    assert certified(warehouse, 3.0, 5.0, bound=10.0) == (8.0, 10.0, pytest.approx(0.2))


def test_slots_that_chance_or_agents_filled_are_not_chosen() -> None:
    drawn, picked = slates([(0, 2.6), (-1, 0.0)], [(-1, 0.0)] * 2), slates([(0, 2.6)], [(-1, 0.0)])
    alone = match_rows(problem([9, 9]), drawn).slates
    for more in (
        match_rows(problem([9, 9], drawn={(0, 1): 0.25}), drawn),
        match_rows(problem([9, 9], picked={(0, 1): 2}), picked),
    ):
        (slate,) = more.slates.to_pylist()
        assert slate["matches_given"] == 2
        # Beside a second SKU the first sells a quarter less.
        assert slate["chosen_net_units"] == pytest.approx(0.9 * 2.0)
    assert alone["chosen_net_units"].to_pylist() == [pytest.approx(0.9 * 2.6)]


def test_without_a_choice_nothing_is_brought_and_without_a_bound_there_is_no_gap(warehouse: Engine) -> None:
    assert certified(warehouse, bound=2.0) == (0.0, 2.0, 1.0)
    assert certified(warehouse, bound=0.0) == (0.0, 0.0, None)
