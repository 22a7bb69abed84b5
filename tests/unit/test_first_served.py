"""First come, first served: in any order of answers no SKU goes over its stock, and nobody is refused without need."""

from hypothesis import given, settings
from hypothesis import strategies as st

from xuanpin.models.matching.first_served import FirstServed, Pair

AGENTS, SKUS = ("A1", "A2", "A3", "A4"), ("S1", "S2")
PAIRS = [(agent, sku) for agent in AGENTS for sku in SKUS]
ANSWERS = st.lists(st.tuples(st.sampled_from([*PAIRS, ("A1", "S9")]), st.booleans()), max_size=40)


@st.composite
def lists(draw: st.DrawFn) -> tuple[dict[str, int], dict[Pair, int], dict[Pair, int]]:
    """Units of each SKU, matches within them, and alternates of agents who are not matched with the SKU."""
    matches = draw(st.dictionaries(st.sampled_from(PAIRS), st.integers(1, 4), max_size=5))
    swaps = draw(st.dictionaries(st.sampled_from(PAIRS), st.integers(1, 5)))
    spare = {sku: draw(st.integers(0, 6)) for sku in SKUS}
    reserved = {sku: sum(units for pair, units in matches.items() if pair[1] == sku) for sku in SKUS}
    units = {sku: reserved[sku] + spare[sku] for sku in SKUS}
    return units, matches, {pair: wanted for pair, wanted in swaps.items() if pair not in matches}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(lists(), ANSWERS)
def test_no_sequence_of_answers_takes_more_than_there_is(
    offered: tuple[dict[str, int], dict[Pair, int], dict[Pair, int]], answers: list[tuple[Pair, bool]]
) -> None:
    units, matches, swaps = offered
    served = FirstServed(units, matches, swaps)
    for pair, is_taken in answers:
        free = served.left(pair[1]) + served.held().get(pair, 0)
        is_served = served.hear(pair, is_taken)
        assert is_served or (is_taken and free == 0 and served.offers(pair))
        assert (pair in served.held()) == (is_taken and is_served and served.offers(pair))
        for sku in SKUS:
            held = sum(taken for (_, other), taken in served.held().items() if other == sku)
            assert 0 <= served.left(sku) == units[sku] - held
        assert all(1 <= taken <= ({**swaps, **matches})[other] for other, taken in served.held().items())


def test_a_declined_match_gives_its_units_back_and_its_agent_takes_what_is_left_when_she_changes_her_mind() -> None:
    served = FirstServed({"S1": 3}, {("A1", "S1"): 3}, {("A2", "S1"): 2, ("A3", "S1"): 1})
    assert not served.hear(("A2", "S1"), is_taken=True)
    assert served.hear(("A1", "S1"), is_taken=False) and served.left("S1") == 3
    assert served.hear(("A2", "S1"), is_taken=True) and served.hear(("A1", "S1"), is_taken=True)
    assert served.held() == {("A2", "S1"): 2, ("A1", "S1"): 1}
    assert not served.hear(("A3", "S1"), is_taken=True)


def test_what_a_list_does_not_offer_takes_nothing() -> None:
    served = FirstServed({"S1": 1}, {}, {("A1", "S1"): 1})
    assert not served.offers(("A2", "S1")) and served.hear(("A2", "S1"), is_taken=True)
    assert (served.left("S1"), served.left("S9")) == (1, 0)
