"""Agents are found by what people remember of an id."""

import pytest

from xuanpin.pipelines.desk.agent_search import MOST, find_agents

KNOWN = [f"A{number:05d}" for number in range(1, 200)] + ["KOL-7", "kol_007"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("A00012", "A00012"),
        ("a00012", "A00012"),
        ("Ａ００012", "A00012"),
        ("A12", "A00012"),
        ("12", "A00012"),
        (" 0012 ", "A00012"),
        ("A0001", "A00001"),
        ("KOL", "KOL-7"),
        ("kol7", "KOL-7"),
        ("kol_7", "kol_007"),
    ],
)
def test_the_agent_who_is_meant_comes_first(typed: str, first: str) -> None:
    assert find_agents(typed, KNOWN)[0] == first


def test_no_more_are_shown_than_can_be_read() -> None:
    assert len(find_agents("1", KNOWN)) == MOST
    assert find_agents("  ", KNOWN) == []
    assert find_agents("zzzzzz", KNOWN) == []
