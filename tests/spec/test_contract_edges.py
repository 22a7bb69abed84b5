"""Rules that follow from a column alone, at the edge of what it permits."""

from collections.abc import Iterator
from typing import Any

import pytest

from xuanpin.pipelines.contracts.sql import Column, column_rules
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.engine.protocol import Engine


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = open_memory()
    yield engine
    engine.close()


def broken(engine: Engine, value: float | str | bool | None, kind: str, **limits: Any) -> list[str]:
    """Names of the rules that a value of one optional column breaks."""
    column = Column("v", kind, False, "a value", "值", **limits)
    found = []
    for rule in column_rules("orders", [column]):
        rows = engine.query(f"select 1 from (select cast($value as {kind}) as v) where {rule.breaks}", value=value)
        found += [rule.name] * rows.num_rows
    return found


@pytest.mark.parametrize(
    ("value", "names"),
    [(0, []), (1, []), (0.5, []), (-0.001, ["v_below_minimum"]), (1.001, ["v_above_maximum"]), (None, [])],
)
def test_the_least_and_the_greatest_value_are_permitted(
    engine: Engine, value: float | None, names: list[Any] | list[str]
) -> None:
    assert broken(engine, value, "DOUBLE", minimum=0, maximum=1) == names


@pytest.mark.parametrize(("value", "names"), [("好", []), (" 好 ", []), ("  ", ["v_blank"]), ("", ["v_blank"])])
def test_blanks_are_no_text(engine: Engine, value: str, names: list[Any] | list[str]) -> None:
    assert broken(engine, value, "VARCHAR", min_length=1) == names


def test_only_allowed_words_are_permitted(engine: Engine) -> None:
    assert broken(engine, "a", "VARCHAR", allowed=("a", "b'c")) == []
    assert broken(engine, "b'c", "VARCHAR", allowed=("a", "b'c")) == []
    assert broken(engine, "c", "VARCHAR", allowed=("a", "b'c")) == ["v_not_allowed"]


def test_an_endless_figure_is_refused(engine: Engine) -> None:
    assert broken(engine, float("inf"), "DOUBLE") == ["v_not_finite"]
    assert broken(engine, float("nan"), "DOUBLE") == ["v_not_finite"]
