"""Matching reads the arms of tonight: the policy on trial holds for the treatment arm, the settings for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.support.match_worlds import AS_OF, world_night
from xuanpin.pipelines.affinity.step import affinity
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.experiment.step import ASSIGNMENTS
from xuanpin.pipelines.matching.inputs import read_match_problem
from xuanpin.pipelines.settings import Settings


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    world = world_night(tmp_path, 4, agents=6, skus=12, most_stock=80)
    world.engine.execute("update night.stg_agents set status = 'active'")
    affinity(world)
    yield world
    world.engine.close()


def with_trial(night: Night, kind: str, treatment: dict[str, dict[str, float]], treated: list[str]) -> Night:
    """The night with a trial that treats some units; the others are control."""
    table, name = ("stg_agents", "agent_id") if kind == "holdout" else ("sku_list", "sku_id")
    units = night.engine.read(f"night.{table}")[name].to_pylist()
    rows: list[dict[str, Any]] = [
        {
            "experiment": "x",
            "unit_kind": "agent" if kind == "holdout" else "sku",
            "unit_id": unit,
            "arm": "treatment" if unit in treated else "control",
            "arm_propensity": 0.5,
            "block": None,
            "is_withdrawn": False,
        }
        for unit in units
    ]
    night.engine.store("night.experiment_assignments", pa.Table.from_pylist(rows, schema=ASSIGNMENTS))
    trial = {"name": "x", "kind": kind, "starts_on": AS_OF, "ends_on": AS_OF + timedelta(days=9)}
    return replace(night, settings=Settings.model_validate({"experiment": trial | {"treatment": treatment}}))


def test_treated_agents_are_matched_by_the_policy_on_trial(night: Night) -> None:
    tried = {"matching": {"category_share": 1.0, "floor_slots": 0.0, "exploration_share": 0.05}}
    problem = read_match_problem(with_trial(night, "holdout", tried, ["A0001", "A0004"]))
    treated = np.isin(problem.lineup.agent_ids.to_pylist(), ["A0001", "A0004"])
    policy = problem.policy
    assert treated.sum() == 2
    assert policy.category_share.tolist() == np.where(treated, 1.0, 0.5).tolist()
    assert policy.floor_slots.tolist() == np.where(treated, 0, 2).tolist()
    assert policy.exploration_share.tolist() == np.where(treated, 0.05, 0.03).tolist()
    assert set(policy.repeat_share.tolist()) == {0.8} and set(policy.stock_margin.tolist()) == {0.5}


def test_treated_skus_are_worth_and_keep_back_what_the_policy_on_trial_says(night: Night) -> None:
    tried = {"scoring": {"regret_cost": 9.0}, "matching": {"stock_margin": 2.0}}
    skus = night.engine.read("night.sku_list")["sku_id"].to_pylist()
    usual, problem = read_match_problem(night), read_match_problem(with_trial(night, "switchback", tried, skus[:3]))
    treated = np.isin(problem.lineup.sku_ids.to_pylist(), skus[:3])
    assert problem.policy.stock_margin.tolist() == np.where(treated, 2.0, 0.5).tolist()
    everyone = np.arange(len(problem.lineup.agent_ids))
    worth, before = problem.block(everyone).unit_value, usual.block(everyone).unit_value
    assert (worth[:, treated] < before[:, treated]).all() and (worth[:, ~treated] == before[:, ~treated]).all()


def test_what_an_agents_couriers_and_promises_add_to_regrets_counts_where_settings_say_so(night: Night) -> None:
    rows = pa.table({"agent_id": ["A0001", "A9999"], "added_regret": [0.2, 0.3]})
    counting = replace(night, settings=Settings.model_validate({"matching": {"agent_regrets": True}}))
    usual = read_match_problem(night)
    night.engine.store("night.int_agent_regret", rows)
    uncounted, counted = read_match_problem(night), read_match_problem(counting)
    everyone, hers = np.arange(len(usual.lineup.agent_ids)), usual.lineup.agent_ids.to_pylist().index("A0001")
    before, after = usual.block(everyone).unit_value, counted.block(everyone).unit_value
    assert np.array_equal(uncounted.block(everyone).unit_value, before)
    assert np.array_equal(np.delete(after, hers, axis=0), np.delete(before, hers, axis=0))
    # One unit in five more comes back and is regretted.
    skus = usual.scores.skus
    assert after[hers] == pytest.approx(before[hers] - 0.2 * (skus.happy_if_kept + 2.25), abs=1e-5)
