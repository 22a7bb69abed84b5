"""Steps of many small tables leave those of before where they fail; the others what they have written so far."""

from __future__ import annotations

import pyarrow as pa
import pytest

from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.nightly import STEPS
from xuanpin.pipelines.steps import AT_ONCE, Step, committed


def test_only_steps_of_the_night_are_committed_at_once() -> None:
    assert {step.name for step in STEPS} > AT_ONCE


@pytest.mark.parametrize(("name", "left"), [("select", [1]), ("match", [2])])
def test_a_step_that_fails_leaves_what_was_committed(name: str, left: list[int]) -> None:
    engine = open_memory()
    engine.store("night.sku_list", pa.table({"rank": [1]}))
    with pytest.raises(ArithmeticError), committed(Step(name, "", (), ()), engine):
        engine.store("night.sku_list", pa.table({"rank": [2]}))
        raise ArithmeticError
    assert engine.read("night.sku_list")["rank"].to_pylist() == left
    engine.close()
