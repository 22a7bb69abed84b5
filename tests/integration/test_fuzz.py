"""Some of the cases of `make fuzz`: what nobody should send ends in a known failure or in rows that add up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.fuzz.__main__ import Tally, kind_of, run_cases
from tools.fuzz.oracle import Find, judge_error, judge_message
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.typed.phrase import as_is

SEEDS = 200
"""Cases of each kind by its share, but whole nights, which take seconds each."""


@pytest.mark.parametrize("kind", ["drop", "settings", "overrides", "labels", "line"])
def test_no_case_finds_anything(kind: str, tmp_path: Path) -> None:
    tally = Tally()
    seeds = [seed for seed in range(SEEDS) if kind_of(seed) == kind]
    run_cases(seeds, None, tally.note, tmp_path)
    assert tally.cases[kind] == len(seeds) > 10
    assert tally.finds == {}


@pytest.mark.parametrize("text", ["orders: 13987654321", "end None", "x" * 7_000, "Traceback (most recent call last)"])
def test_a_message_that_tells_or_rambles_is_a_find(text: str) -> None:
    with pytest.raises(Find):
        judge_message(text)


def test_a_failure_without_an_exit_code_is_a_find() -> None:
    judge_error(InputRefused(as_is("orders: file a.csv is empty")))
    with pytest.raises(Find, match="KeyError"):
        judge_error(KeyError("sku_id"))
