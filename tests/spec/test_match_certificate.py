"""What the chosen slots bring, beside what none could exceed."""

from typing import Any

import pytest

from tests.support.night_tables import selected, table
from xuanpin.pipelines.engine.protocol import Engine


def certified(engine: Engine, *choices: tuple[float, float | None], bound: float) -> Any:
    """Choices are (expected net units, propensity); negative units are those of an agent's own pick."""
    rows = [(abs(units), propensity, units < 0) for units, propensity in choices]
    table(engine, "night.int_matches", "expected_net_units double, propensity double, is_own_pick boolean", rows)
    (found,) = selected(engine, "match_certificate", "objective", "bound", "gap", bound=bound, floor_cost=0.0)
    return found


def test_the_gap_is_what_chosen_slots_lack_of_the_bound(warehouse: Engine) -> None:
    assert certified(warehouse, (3.0, None), (5.0, None), bound=10.0) == (8.0, 10.0, pytest.approx(0.2))


def test_slots_that_chance_filled_are_not_chosen(warehouse: Engine) -> None:
    assert certified(warehouse, (3.0, None), (5.0, 0.1), bound=4.0) == (3.0, 4.0, pytest.approx(0.25))


def test_slots_that_agents_filled_themselves_are_not_chosen(warehouse: Engine) -> None:
    assert certified(warehouse, (3.0, None), (-5.0, None), bound=4.0) == (3.0, 4.0, pytest.approx(0.25))


def test_without_a_choice_nothing_is_brought_and_without_a_bound_there_is_no_gap(warehouse: Engine) -> None:
    assert certified(warehouse, bound=2.0) == (0.0, 2.0, 1.0)
    assert certified(warehouse, bound=0.0) == (0.0, 0.0, None)
