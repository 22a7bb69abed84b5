"""Step `affinity` on a platform where something is missing altogether: it runs, and what it writes is finite."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.match_worlds import world_night
from xuanpin.pipelines.affinity.step import affinity
from xuanpin.pipelines.choice_model.store import load_choice_model

CANDIDATES = ("night.int_candidates", "night.sku_scores")
NOTHING = {
    "posts, matches and orders": ("history.posts", "history.matched", "night.int_agent_daily"),
    "orders": ("night.int_agent_daily",),
    "posts and matches": ("history.posts", "history.matched"),
    "agents": ("night.stg_agents",),
    "scored SKUs": CANDIDATES,
    "SKUs": (*CANDIDATES, "night.stg_products"),
    "everything": (*CANDIDATES, "night.stg_agents", "night.stg_products", "history.posts", "history.matched"),
}


@pytest.mark.parametrize("missing", NOTHING)
def test_a_platform_without_some_of_its_tables_has_a_finite_model(tmp_path: Path, missing: str) -> None:
    night = world_night(tmp_path, 3, agents=10, skus=24)
    for table in NOTHING[missing]:
        night.engine.execute(f"delete from {table}")
    affinity(night)
    model = load_choice_model(night)
    for table, columns in ((model.agents, ("visits", "usual_load")), (model.skus, ("appeal", "repeat_weight"))):
        assert all(np.isfinite(table[column].to_numpy()).all() for column in columns)
    assert model.agents.num_rows == len(night.engine.read("night.stg_agents"))
    segments = night.engine.read("night.agent_segments")
    assert len(segments) == sum(
        person["status"] == "active" for person in night.engine.read("night.stg_agents").to_pylist()
    )
    night.engine.close()


def test_the_same_night_learns_the_same_with_any_number_of_threads(tmp_path: Path) -> None:
    seen = []
    for threads in (1, 2):
        night = world_night(tmp_path / str(threads), 7, agents=30, skus=40)
        night.engine.execute(f"set threads = {threads}")
        affinity(night)
        model = load_choice_model(night)
        seen.append(
            (model.agents, model.effects, model.skus, dict(model.weights), night.engine.read("night.segment_demand"))
        )
        night.engine.close()
    assert seen[0] == seen[1]
