"""A platform's own embeddings: how they are written, which are set aside, and where SKUs lie in their space."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.drop_folder import Platform, row
from tests.support.match_worlds import AS_OF, sku, world_night
from tests.support.source_rows import put
from xuanpin.models.arrays import Floats
from xuanpin.pipelines.affinity import learning, looks, step
from xuanpin.pipelines.choice_model.columns import vectors
from xuanpin.pipelines.choice_model.store import ChoiceModel, load_choice_model, save_choice_model
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import Engine, open_memory
from xuanpin.pipelines.errors import InputRefused
from xuanpin.pipelines.ingest.casts import cast_column, is_given
from xuanpin.pipelines.settings import Settings

VECTOR = load_contract("products").column("style_vector")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = open_memory()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("value", "kind", "read"),
    [
        pytest.param("'[0.5, -2e-1]'", "VARCHAR", [0.5, -0.2], id="JSON"),
        pytest.param("'0.5|-2'", "VARCHAR", [0.5, -2.0], id="bars"),
        pytest.param("'[0.5 -2\n 3]'", "VARCHAR", [0.5, -2.0, 3.0], id="as an array is printed"),
        pytest.param("[0.5, 2]::double[]", "DOUBLE[]", [0.5, 2.0], id="a list"),
        pytest.param("[0.5, 2]::float[2]", "FLOAT[2]", [0.5, 2.0], id="a list of one length"),
    ],
)
def test_an_embedding_is_read_however_it_is_written(engine: Engine, value: str, kind: str, read: list[float]) -> None:
    assert found(engine, value, kind) == (pytest.approx(read), True)


@pytest.mark.parametrize("value", ["''", "'[]'", "null::varchar"])
def test_a_cell_without_numbers_is_no_embedding(engine: Engine, value: str) -> None:
    assert found(engine, value, "VARCHAR") in ((None, False), (None, None))


@pytest.mark.parametrize("value", ["'0.5|x'", "'[1, null]'", "'red'"])
def test_a_word_among_numbers_is_a_fault_and_not_left_out(engine: Engine, value: str) -> None:
    assert found(engine, value, "VARCHAR") == (None, True)


def found(engine: Engine, value: str, kind: str) -> tuple[Any, Any]:
    """What a cell is read as, and whether it holds anything."""
    columns = f"{cast_column('v', kind, VECTOR)} as read, {is_given('v', kind, VECTOR)} as is_given"
    (answer,) = engine.query(f"select {columns} from (select {value} as v)").to_pylist()
    return answer["read"], answer["is_given"]


LOOSE = Settings.model_validate({"ingest": {"bad_share": 1.0}})


def goods(vectors: dict[str, Any], **own: Any) -> list[dict[str, Any]]:
    return [row("products", sku_id=name, style_vector=vector, **own) for name, vector in vectors.items()]


def rules_of(platform: Platform) -> dict[str, Any]:
    rows = platform.query("select key, rules from ops.quarantine where table_name = 'products'")
    return {row["key"]: row["rules"] for row in rows}


def test_an_embedding_that_is_none_is_set_aside_by_its_rule(tmp_path: Path) -> None:
    platform = Platform(tmp_path, LOOSE).begun()
    vectors: dict[str, Any] = {"S2": [1.0, 2.0], "S3": [0.5, 0.5], "S4": None, "S5": [], "S51": "NULL"}
    broken: dict[str, Any] = {"S6": [0.0, 0.0], "S7": ["nan", 1], "S8": [1.0, 2.0, 3.0], "S9": [1.0, "x"]}
    platform.drop("products", "new.jsonl", *goods(vectors | broken))
    platform.night()
    stored = platform.query("select sku_id, style_vector from source.products where sku_id > 'S1' order by sku_id")
    assert {found["sku_id"]: found["style_vector"] for found in stored} == vectors | {"S5": None, "S51": None}
    assert rules_of(platform) == {
        "S6": ["style_vector_zero"],
        "S7": ["style_vector_not_finite"],
        "S8": ["style_vector_length"],
        "S9": ["style_vector_type"],
    }


def test_a_platform_has_one_length_until_most_of_its_catalogue_comes_with_another(tmp_path: Path) -> None:
    platform = Platform(tmp_path, LOOSE).begun()
    platform.drop("products", "a.jsonl", *goods({f"S{n}": [1.0, n] for n in range(2, 7)}))
    platform.night()
    later = "2026-11-21T10:00:00+08:00"
    platform.drop("products", "b.jsonl", *goods({"S2": [1.0, 2, 3], "S3": [1.0, 2, 3]}, updated_at=later))
    platform.night()
    assert rules_of(platform) == {"S2": ["style_vector_length"], "S3": ["style_vector_length"]}
    renewed = goods({f"S{n}": [1.0, n, 3] for n in range(2, 6)}, title="新款", updated_at=later)
    platform.drop("products", "c.jsonl", *renewed)
    platform.night()
    lengths = platform.values("select len(style_vector) from source.products where title = '新款'")
    assert lengths == [3, 3, 3, 3]


def test_a_refusal_says_what_the_length_should_be_and_what_a_new_model_asks_for(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    platform.drop("products", "a.jsonl", *goods({"S2": [1.0, 2], "S3": [1.0, 3], "S4": [1.0]}))
    with pytest.raises(
        InputRefused,
        match=r"style_vector_length: 1 of 3 rows of .* right is 2 numbers, .* send those of all SKUs together",
    ):
        platform.night()


def test_a_row_sent_again_without_an_embedding_is_the_row_that_was_stored(tmp_path: Path) -> None:
    platform = Platform(tmp_path).begun()
    platform.drop("products", "again.jsonl", row("products", style_vector=[]))
    assert platform.night() == (1, 0)


DRAWN = np.random.default_rng(5).normal(size=(24, 6)) @ np.random.default_rng(6).normal(size=(6, 12))
"""Embeddings of 12 numbers that differ in six ways."""


def embedded(night: Night, vectors: Floats = DRAWN, numbers: Sequence[int] = range(24)) -> None:
    """Let the platform send the embeddings of some SKUs."""
    rows = [
        {"sku_id": sku(number), "style_vector": vectors[number].tolist(), "updated_at": datetime(2026, 11, 1)}
        for number in numbers
    ]
    put(night.engine, "products", rows)


def test_skus_lie_the_same_way_however_many_parts_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    night = world_night(tmp_path, 3, agents=4, skus=24)
    embedded(night, numbers=[n for n in range(24) if n % 5])
    rows = np.arange(24)
    whole = looks.looks_of(night, rows)
    monkeypatch.setattr(looks, "PART_NUMBERS", 40)
    assert np.array_equal(looks.looks_of(night, rows), whole)
    assert whole.shape == (24, 6) and not whole[::5].any()
    assert np.array_equal(looks.looks_of(night, rows[3:]), whole[3:])
    night.engine.close()


def test_only_what_is_known_counts_and_a_later_version_without_one_takes_none_away(tmp_path: Path) -> None:
    night = world_night(tmp_path, 3, agents=4, skus=24)
    embedded(night)
    before = looks.looks_of(night, np.arange(24))
    tomorrow = datetime.combine(AS_OF, datetime.min.time()) + timedelta(days=1)
    put(night.engine, "products", [{"sku_id": sku(3), "style_vector": [9.0] * 12, "updated_at": tomorrow}])
    put(night.engine, "products", [{"sku_id": sku(4), "style_vector": None, "updated_at": datetime(2026, 11, 2)}])
    put(night.engine, "products", [{"sku_id": sku(5), "style_vector": [1.0, 2.0], "updated_at": datetime(2026, 10, 2)}])
    assert np.array_equal(looks.looks_of(night, np.arange(24)), before)
    night.engine.close()


def test_a_platform_without_embeddings_has_no_directions(tmp_path: Path) -> None:
    night = world_night(tmp_path, 3, agents=4, skus=24)
    assert looks.looks_of(night, np.arange(24)).shape == (24, 0)
    night.engine.close()


def test_the_match_step_scores_by_the_look_that_was_learnt_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = world_night(tmp_path, 3, agents=10, skus=24)
    embedded(night)
    monkeypatch.setattr(learning, "_best_look", lambda learnt_with, look: learnt_with(look))
    held: list[ChoiceModel] = []
    monkeypatch.setattr(step, "save_choice_model", lambda night, model: held.append(model))
    step.affinity(night)
    save_choice_model(night, held[0])
    loaded = load_choice_model(night)
    assert loaded.vocabulary == held[0].vocabulary and loaded.vocabulary.looks == 6
    assert vectors(loaded.skus["look"], 6).any()
    assert any(name.startswith("look:") for name in loaded.vocabulary.attributes)
    night.engine.close()


def test_a_look_that_predicts_no_better_is_left_out(tmp_path: Path) -> None:
    night = world_night(tmp_path, 3, agents=10, skus=24)
    embedded(night, np.random.default_rng(9).normal(size=(24, 12)))
    step.affinity(night)
    assert load_choice_model(night).vocabulary.looks == 0
    night.engine.close()
