"""Matching in workers gives what matching on one machine gives, to the last bit."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from tests.support.block_work import alternates_here, blocks_of, in_workers, with_neighbours
from tests.support.match_worlds import world_night
from xuanpin.models.affinity import segments
from xuanpin.pipelines.affinity.grouping import group_agents
from xuanpin.pipelines.affinity.step import affinity
from xuanpin.pipelines.engine.duck import DuckEngine
from xuanpin.pipelines.matching.inputs import read_match_problem
from xuanpin.pipelines.matching.results import agent_needs, match_rows
from xuanpin.pipelines.matching.step import match, solve_market


def in_order(table: pa.Table, *columns: str) -> Any:
    return table.sort_by([(column, "ascending") for column in columns]).to_pylist()


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 1000),
    block=st.sampled_from([3, 7, 64]),
    answered=st.sampled_from([0.0, 0.4]),
    shared=st.sampled_from([0.0, 0.1, 0.9]),
    together=st.sampled_from([1, 3, 512]),
)
def test_blocks_in_workers_match_as_one_machine_does(
    seed: int, block: int, answered: float, shared: float, together: int
) -> None:
    with TemporaryDirectory() as folder, threadpool_limits(1), blocks_of(block, together):
        night = world_night(Path(folder), seed, agents=20, skus=24, answered=answered)
        affinity(night)
        problem = with_neighbours(read_match_problem(night), shared, seed)
        whole, *figures = solve_market(problem, problem.market())
        found, *same = in_workers(night.engine, problem)
        assert found.sku.tolist() == whole.sku.tolist()
        assert found.taken.tolist() == whole.taken.tolist()
        assert same == figures
        matches, slates = match_rows(problem, whole)
        for table, expected, keys in (
            ("night.matches", matches, ("agent_id", "match_rank")),
            ("night.slates", slates, ("agent_id",)),
            ("night.needs", agent_needs(problem), ("agent_id",)),
            ("night.alternates", alternates_here(problem, whole), ("agent_id", "alternate_rank")),
        ):
            assert in_order(night.engine.read(table), *keys) == in_order(expected, *keys)
        assert np.isfinite(found.bound)
        assert not [name for name in ("temp.spread_agents_0", "temp.spread_found") if night.engine.exists(name)]
        night.engine.close()


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000), block=st.sampled_from([3, 64]), wanted=st.integers(1, 30))
def test_agents_are_grouped_in_workers_as_on_one_machine(seed: int, block: int, wanted: int) -> None:
    with TemporaryDirectory() as folder, threadpool_limits(1), pytest.MonkeyPatch.context() as changed:
        changed.setattr(segments, "BLOCK_AGENTS", block)
        night = world_night(Path(folder), seed, agents=20, skus=24)
        affinity(night)
        scores = read_match_problem(night).scores
        here = group_agents(night.engine, scores, wanted)
        changed.setattr(DuckEngine, "has_workers", True)
        there = group_agents(night.engine, scores, wanted)
        assert [part.tolist() for part in there] == [part.tolist() for part in here]
        night.engine.close()


WRITTEN = ("agent_matches", "agent_summary", "agent_alternates", "int_match_needs", "match_certificate")


def test_the_step_stores_in_workers_what_it_stores_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    night = world_night(tmp_path, 3, agents=20, skus=24, answered=0.4)
    with blocks_of(7):
        affinity(night)
        counts = match(night)
        here = [night.engine.read(f"night.{table}") for table in WRITTEN]
        monkeypatch.setattr(DuckEngine, "has_workers", True)
        affinity(night)
        assert match(night) == counts
    there = [night.engine.read(f"night.{table}") for table in WRITTEN]
    for table, rows, expected in zip(WRITTEN, there, here, strict=True):
        assert rows.schema == expected.schema, table
        assert sorted(map(repr, rows.to_pylist())) == sorted(map(repr, expected.to_pylist())), table
    night.engine.close()


def test_nobody_is_matched_in_workers_with_an_empty_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    night = world_night(tmp_path, 3, agents=5, skus=8)
    affinity(night)
    night.engine.execute("delete from night.sku_list")
    monkeypatch.setattr(DuckEngine, "has_workers", True)
    assert match(night)[1] == 0
    night.engine.close()
