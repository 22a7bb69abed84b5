"""What `explain agent` says of what she takes, where it is known."""

from typing import Any

import pytest

from xuanpin.pipelines.explain import agent_text


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (
            {"acceptance": 0.8, "accepted_last": 0.5},
            "She is expected to take 80.0 % of her matches; she took 50",
        ),
        ({"acceptance": None, "accepted_last": 0.5}, "She took 50.0 % of those of her last list date"),
        ({"acceptance": 0.8, "accepted_last": None}, "She is expected to take 80.0 % of her matches"),
        ({}, None),
    ],
)
def test_what_she_takes_is_told_as_far_as_it_is_known(known: dict[str, Any], told: str | None) -> None:
    head = {"agent_id": "A1", "list_date": "2026-11-22", "matches_given": 0, "slots_asked": 4, "shortfall_code": None}
    _, *lines = agent_text(head | known | {"matches": [], "alternates": [], "picks": []}).splitlines()
    assert (lines == []) if told is None else lines[0].startswith(told)
