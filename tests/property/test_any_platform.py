"""Over platforms of any shape: a night ends with a list under its rules or with one message that names the cause."""

import hashlib
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.any_world import LAST_DAY, ODDITIES, Shape, write_world
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, RunRequest
from xuanpin.pipelines.errors import XuanpinError
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.settings import Settings

pytestmark = pytest.mark.whole

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=BEIJING)
LIST_DATE = LAST_DAY + timedelta(days=1)
MESSAGES = (
    "candidates may be listed",
    "no SKU",
    "is missing: no drop of it has ever come",
    "keeps its hard rules",
    "the least relaxation is",
)
"""What the message of a platform that cannot have a list says, whichever rule is in its way."""
SHAPES = st.builds(
    Shape,
    seed=st.integers(0, 10_000),
    agents=st.sampled_from([1, 2, 5]),
    skus=st.sampled_from([1, 2, 8, 25]),
    customers=st.sampled_from([1, 12]),
    days=st.sampled_from([1, 15, 40]),
    lines=st.sampled_from([1, 4, 12]),
    messages=st.sampled_from([0, 4]),
    posts=st.sampled_from([0, 5]),
    returned=st.sampled_from([0.0, 0.1, 0.9]),
    odd=st.frozensets(st.sampled_from(ODDITIES), max_size=3),
)
ASKED = st.fixed_dictionaries(
    {
        "assortment": st.fixed_dictionaries(
            {"list_size": st.sampled_from([1, 6, 120]), "allow_relaxed": st.sampled_from([True, False])}
        ),
        "matching": st.fixed_dictionaries(
            {"segments": st.sampled_from([1, 3, 200]), "exploration_share": st.sampled_from([0.0, 0.03, 0.05])}
        ),
    }
)


@settings(
    max_examples=5, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(SHAPES, ASKED)
def test_a_night_on_any_platform_ends_with_a_good_list_or_says_why_not(shape: Shape, asked: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = _night(shape, asked, Path(folder))
        if isinstance(found, str):
            assert any(message in found for message in MESSAGES), found
            return
        _assert_numbers(found)
        _assert_list(found, asked["assortment"]["list_size"], shape)
        _assert_matches(found, Path(folder) / "sources")


def test_a_night_run_twice_publishes_the_same_bytes(tmp_path: Path) -> None:
    """Nobody has posted and slots are without end; a night of plain shape is run twice in test_nightly."""
    shape = Shape(seed=5, odd=frozenset({"no_posts", "huge_slots"}))
    first, second = (_sums(_night(shape, {}, tmp_path / attempt)) for attempt in ("one", "two"))
    assert first == second


def _night(shape: Shape, asked: dict[str, Any], root: Path) -> dict[str, pa.Table] | str:
    """The published tables of a night on the platform, or the message that it ended with."""
    home, sources = Home(root / "home"), write_world(shape, root / "sources")
    try:
        run_night(RunRequest(LAST_DAY, home, sources, Settings.model_validate(asked), NOW))
    except XuanpinError as refused:
        return str(refused)
    folder = run_store.run_folder(home, run_store.require_run(home, LIST_DATE))
    return {path.stem: pq.read_table(path) for path in sorted(folder.glob("*.parquet"))}


def _sums(tables: dict[str, pa.Table] | str) -> dict[str, str]:
    assert isinstance(tables, dict), tables
    return {name: hashlib.sha256(repr(table.to_pylist()).encode()).hexdigest() for name, table in tables.items()}


def _assert_numbers(tables: dict[str, pa.Table]) -> None:
    for name, table in tables.items():
        for field in table.schema:
            if pa.types.is_floating(field.type):
                values = table[field.name].drop_null()
                assert pc.all(pc.is_finite(values), min_count=0).as_py(), f"{name}.{field.name}"


def _assert_list(tables: dict[str, pa.Table], list_size: int, shape: Shape) -> None:
    listed, cards = tables["sku_list"].to_pylist(), tables["sku_scorecard"].to_pylist()
    assert sorted(row["list_rank"] for row in listed) == list(range(1, len(listed) + 1))
    assert 1 <= len(listed) <= list_size
    assert {row["sku_id"] for row in listed} == {row["sku_id"] for row in cards if row["decision"] == "listed"}
    assert all(row["sellable_units"] > 0 and row["reasons"] for row in listed)
    assert all(row["decision_code"] and row["reasons"] for row in cards)
    assert "all_banned" not in shape.odd


def _assert_matches(tables: dict[str, pa.Table], sources: Path) -> None:
    goods = {row["sku_id"]: row for row in tables["sku_list"].to_pylist()}
    people = {row["agent_id"]: row for row in pq.read_table(sources / "agents").to_pylist()}
    held: dict[str, int] = {}
    for row in tables["agent_matches"].to_pylist():
        held[row["sku_id"]] = held.get(row["sku_id"], 0) + row["units_reserved"]
        assert _permits(people[row["agent_id"]], goods[row["sku_id"]])
        assert 0.0 <= row["fit"] <= 1.0 and row["reasons"]
    assert all(units <= goods[sku]["sellable_units"] for sku, units in held.items())
    _assert_places(goods.values(), [row for row in people.values() if row["status"] == "active"])
    for row in tables["agent_summary"].to_pylist():
        given = [match for match in tables["agent_matches"].to_pylist() if match["agent_id"] == row["agent_id"]]
        assert row["matches_given"] == len(given) <= row["slots_asked"]
        assert row["shortfall_code"] or len(given) == row["slots_asked"]


def _permits(agent: dict[str, Any], good: dict[str, Any]) -> bool:
    low, high = agent["price_min"] or 0, good["list_price"] if agent["price_max"] is None else agent["price_max"]
    is_excluded = any(f"{good['category']}/".startswith(f"{path}/") for path in agent["categories_excluded"])
    counted = good["satisfaction"] if good["satisfaction_upper"] is None else good["satisfaction_upper"]
    is_liked = counted >= (agent["min_satisfaction"] or 0.0) - 1e-6
    limit = agent["max_landmine_probability"]
    is_safe = limit is None or good["landmine_probability"] <= limit + 1e-6
    return bool(low <= good["list_price"] <= high and is_liked and is_safe and not is_excluded)


def _assert_places(goods: Iterable[dict[str, Any]], people: list[dict[str, Any]]) -> None:
    """No place is wasted on a SKU that suits nobody, unless it is pinned or nothing suits anybody."""
    plain = [any(_permits(agent, good) for agent in people) for good in goods if good["role"] != "pinned"]
    assert all(plain) or not any(plain)
