"""Agents are grouped and matched on a cluster as on one machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from tests.support.block_work import alternates_here, blocks_of, in_workers, with_neighbours
from tests.support.cluster import sail_address
from tests.support.match_worlds import world_night
from xuanpin.pipelines.affinity.grouping import group_agents
from xuanpin.pipelines.affinity.step import affinity
from xuanpin.pipelines.engine.cluster.placed import on_cluster
from xuanpin.pipelines.matching.inputs import read_match_problem
from xuanpin.pipelines.matching.results import agent_needs, match_rows
from xuanpin.pipelines.matching.step import match, solve_market


@pytest.mark.parametrize(("shared", "together"), [(0.0, 1), (0.2, 9)])
def test_blocks_match_as_one_machine_does(tmp_path: Path, shared: float, together: int) -> None:
    with threadpool_limits(1), blocks_of(6, together, together):
        night = world_night(tmp_path, 5, skus=24, answered=0.4)
        affinity(night)
        problem = with_neighbours(read_match_problem(night), shared, 5)
        whole, *figures = solve_market(problem, problem.market())
        segments = group_agents(night.engine, problem.scores, 4)
        lake = str(tmp_path / "lake")
        cluster = on_cluster(night.engine, night.home.warehouse, address=sail_address(), lake=lake, driver_rows=0)
        found, *same = in_workers(cluster, problem)
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
            order = [(key, "ascending") for key in keys]
            assert cluster.read(table, order_by=keys).to_pylist() == expected.sort_by(order).to_pylist()
        grouped = group_agents(cluster, problem.scores, 4)
        assert [part.tolist() for part in grouped] == [part.tolist() for part in segments]
        cluster.close()


WRITTEN = ("agent_matches", "agent_summary", "agent_alternates", "int_match_needs", "agent_segments", "segment_demand")


def test_the_steps_store_on_a_cluster_what_they_store_on_one_machine(tmp_path: Path) -> None:
    with blocks_of(7, 9, 9):
        night = world_night(tmp_path, 3, skus=24, answered=0.4)
        counts = affinity(night), match(night)
        here = {table: night.engine.read(f"night.{table}").to_pylist() for table in WRITTEN}
        lake = str(tmp_path / "lake")
        cluster = on_cluster(night.engine, night.home.warehouse, address=sail_address(), lake=lake, driver_rows=0)
        there = replace(night, engine=cluster)
        assert (affinity(there), match(there)) == counts
        for table, rows in here.items():
            assert in_order(cluster.read(f"night.{table}").to_pylist()) == in_order(rows), table
        cluster.close()


def in_order(rows: list[dict[str, object]]) -> list[str]:
    return sorted(map(repr, rows))
