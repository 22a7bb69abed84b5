"""What is saved of the choice model is what was learnt: a step in another process scores as this one would."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.support.match_worlds import world_night
from xuanpin.models.affinity import affinity_model
from xuanpin.pipelines.affinity import step
from xuanpin.pipelines.choice_model.lineup import line_up, repeat_orders
from xuanpin.pipelines.choice_model.store import load_choice_model, save_choice_model
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.matching.inputs import listed_lineup


def learnt(night: Night, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the step and return the model that it held when it saved it."""
    held = []

    def save(night: Night, model: Any) -> None:
        held.append(model)
        save_choice_model(night, model)

    monkeypatch.setattr(step, "save_choice_model", save)
    step.affinity(night)
    return held[0]


def test_a_saved_choice_model_is_loaded_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # So small a world has no larger model that earns its place.
    monkeypatch.setattr(affinity_model, "LEAST_GAIN", -np.inf)
    night = world_night(tmp_path, 3, agents=10, skus=24)
    held, loaded = learnt(night, monkeypatch), load_choice_model(night)
    assert held.effects.num_rows and held.rank
    for name in ("agents", "effects", "skus"):
        assert getattr(loaded, name).equals(getattr(held, name)), name
    assert loaded.vocabulary == held.vocabulary
    assert loaded.weights == dict(held.weights)
    night.engine.close()


def test_skus_that_the_model_does_not_know_are_left_out_and_the_others_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = world_night(tmp_path, 3, agents=10, skus=24)
    model = learnt(night, monkeypatch)
    people = night.engine.select("int_agent_personas").filter(pc.field("is_active"))
    skus = night.engine.query("select * from night.sku_scores order by sku_id desc")
    known = model.skus.slice(0, 10)
    part = line_up(night, replace(model, skus=known), people, skus, repeat_orders(night, "int_listed_orders"))
    assert part.sku_ids.to_pylist() == known["sku_id"].to_pylist()[::-1]
    night.engine.close()


def test_the_match_step_scores_the_list_in_its_order_as_the_affinity_step_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = world_night(tmp_path, 3, agents=10, skus=24)
    model = learnt(night, monkeypatch)
    listed = listed_lineup(night, load_choice_model(night))
    assert (
        listed.sku_ids.to_pylist()
        == night.engine.query("select sku_id from night.sku_list order by list_rank")["sku_id"].to_pylist()
    )
    people = night.engine.select("int_agent_personas").filter(pc.field("is_active"))
    skus = night.engine.query("select * from night.sku_scores order by sku_id")
    held = line_up(night, model, people, skus, repeat_orders(night, "int_listed_orders"))
    rows, columns = np.arange(len(people)), held.sku_rows(pa.chunked_array([listed.sku_ids]))
    assert np.allclose(listed.scores.closeness(rows), held.scores.closeness(rows)[:, columns], atol=1e-6)
    night.engine.close()
