"""A past night is computed again: equal byte for byte, or the input that differs is named; nothing else is touched."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.support.old_home import GOLDEN, SECOND, golden_night, morning, second_day
from xuanpin.models.text.ngram_logit import NgramLogit
from xuanpin.models.text.sentiment import BOOTSTRAPPED, SentimentModel
from xuanpin.models.text.text_encoding import DIMENSIONS
from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.contracts import published_contracts
from xuanpin.pipelines.errors import HomeBusy, UsageError
from xuanpin.pipelines.feedback.model_files import save_model
from xuanpin.pipelines.feedback.word_lists import opinion_scorer
from xuanpin.pipelines.nightly import run_night
from xuanpin.pipelines.replaying.replay import Replay, replay
from xuanpin.pipelines.replaying.words import replay_facts, replay_text
from xuanpin.pipelines.republishing.recall import Recall, recall
from xuanpin.pipelines.run_store.kept import find_run
from xuanpin.pipelines.settings import Settings

LIST_DATE = SECOND + timedelta(days=1)
NOW = morning(SECOND) + timedelta(hours=8)


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory, golden_home: Home) -> Home:
    """The golden night and the one after it; a test that changes it takes a copy."""
    folder = tmp_path_factory.mktemp("two_nights")
    home = Home(Path(shutil.copytree(golden_home.root, folder / "home")))
    return golden_night(home, SECOND, second_day(folder / "sources"))


@pytest.fixture
def home(two_nights: Home, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(two_nights.root, tmp_path / "home")))


def again(home: Home, named: str = "latest", settings: Settings | None = None) -> Replay:
    return replay(home, find_run(home, named), settings or Settings(), NOW)


def picture(home: Home) -> dict[str, str]:
    """The hash of every file of a home."""
    files = sorted(path for path in home.root.rglob("*") if path.is_file() and "replay" not in path.parts)
    return {path.relative_to(home.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_each_night_is_equal_and_the_home_is_as_it_was(home: Home) -> None:
    """The settings of then decide, whatever those of today are, and nothing is seen of what came later."""
    before = picture(home)
    for day, today in ((LIST_DATE, {"scoring": {"landmine_cap": 0.1}}), (SECOND, {})):
        found = again(home, day.isoformat(), Settings.model_validate(today))
        assert found.is_equal and found.is_same_run, replay_text(found, "en")
        assert [table.table for table in found.tables] == [contract.name for contract in published_contracts()]
        assert not (found.settings or found.origins or found.missing or found.lists)
        assert replay_text(found, "en").endswith("all 13 tables have the bytes that were published")
    assert picture(home) == before
    assert [path.name for path in home.replay.iterdir()] == [".lock"]


def test_a_night_that_read_by_learned_models_reads_by_them_again(golden_home: Home, tmp_path: Path) -> None:
    """A model of its day is used and one that was rejected is not tried again; one of a later day is not seen."""
    home = Home(Path(shutil.copytree(golden_home.root, tmp_path / "home")))
    logit, folder = NgramLogit(np.zeros(DIMENSIONS, np.float32), 0.2), home.models / "sentiment"
    model = SentimentModel(opinion_scorer(None), logit, BOOTSTRAPPED, BOOTSTRAPPED)
    name = save_model(folder, SECOND, model, {})
    golden_night(home, SECOND, second_day(tmp_path / "sources"))
    save_model(folder, SECOND + timedelta(days=1), replace(model, calibrated=True), {})
    run = run_store.require_run(home)
    assert run_store.manifest(home, run)["model_versions"] == [f"sentiment/{name}"]
    found = again(home)
    assert found.is_equal and found.is_same_run and not found.origins, replay_text(found, "en")


def test_a_late_row_is_named(home: Home, tmp_path: Path) -> None:
    sources = Path(shutil.copytree(GOLDEN, tmp_path / "sources"))
    shutil.copytree(second_day(tmp_path / "second"), sources, dirs_exist_ok=True)
    with (GOLDEN / "returns" / "golden.csv").open(encoding="utf-8") as first:
        head = first.readline()
    late = "RL900,L900,2026-11-22 19:00:00,1,quality,39.9,,2026-11-22 19:00:00\n"
    (sources / "returns" / "late.csv").write_text(head + late, encoding="utf-8")
    request = RunRequest(
        SECOND + timedelta(days=1), home, sources, Settings(), morning(SECOND) + timedelta(days=1), True
    )
    run_night(request)
    found = again(home, LIST_DATE.isoformat())
    assert not found.is_equal and not found.is_same_run
    assert [difference.key for difference in found.origins] == ["source.returns"]
    before, after = found.origins[0].before, found.origins[0].after
    assert after["row_versions"] == before["row_versions"] + 1
    said = replay_text(found, "en")
    assert "source returns: " in said and "sku_scorecard: " in said
    assert json.loads(json.dumps(replay_facts(found), default=str))["is_equal"] is False


def test_a_recalled_list_is_answered_with_its_night(home: Home) -> None:
    sku = run_store.read_table(home, run_store.require_run(home), "sku_list")["sku_id"][0].as_py()
    night = run_store.require_run(home)
    shown = recall(home, Settings(), Recall(sku, LIST_DATE, "投诉", "王采", NOW))
    found = again(home)
    assert (found.asked.run_id, found.run.run_id) == (shown.run_id, night.run_id)
    assert found.is_equal
    assert "was made from the list of a night" in replay_text(found, "en")
    shutil.rmtree(run_store.run_folder(home, night))
    with pytest.raises(UsageError, match="no night to replay"):
        again(home)


def test_a_recall_of_an_earlier_list_came_after_the_night(home: Home) -> None:
    """The night read the list as it was; the journal knows, the pointers of today do not."""
    sku = run_store.read_table(home, run_store.require_run(home, SECOND), "sku_list")["sku_id"][0].as_py()
    first = run_store.require_run(home, SECOND)
    recall(home, Settings(), Recall(sku, SECOND, "投诉", "王采", NOW, SECOND))
    assert run_store.require_run(home, SECOND) != first
    assert again(home, LIST_DATE.isoformat()).is_equal
    shutil.rmtree(run_store.run_folder(home, first))
    found = again(home, LIST_DATE.isoformat())
    assert [(gone.key, gone.before) for gone in found.lists] == [(SECOND.isoformat(), first.run_id)]
    assert (not found.is_same_run and "no longer kept" in replay_text(found, "zh")) or "不再保留" in replay_text(
        found, "zh"
    )


def test_a_table_that_somebody_has_changed_is_named(home: Home) -> None:
    run = run_store.require_run(home)
    path = run_store.run_folder(home, run) / run_store.MANIFEST
    content = json.loads(path.read_text(encoding="utf-8"))
    content["files"]["alarms.parquet"] = "0" * 64
    run_store.replace_json(path, content)
    found = again(home)
    assert [table.table for table in found.tables if not table.is_equal] == ["alarms"]
    assert "Every input has the fingerprint that it had" in replay_text(found, "en")


def test_a_run_without_settings_and_a_busy_home_are_refused(home: Home) -> None:
    run = run_store.require_run(home)
    path = run_store.run_folder(home, run) / run_store.MANIFEST
    content = json.loads(path.read_text(encoding="utf-8"))
    run_store.replace_json(path, content | {"settings": {"scoring": {"unheard_of": 1}}})
    with pytest.raises(UsageError, match="settings that this release does not know"):
        again(home)
    run_store.replace_json(path, content | {"settings": None})
    with pytest.raises(UsageError, match="does not tell its settings"):
        again(home)
    run_store.replace_json(path, content)
    with pytest.raises(UsageError, match="one file"):
        again(
            home, settings=Settings.model_validate({"engine": {"kind": "spark", "address": "sc://x", "lake": "/lake"}})
        )
    with held(home), pytest.raises(HomeBusy):
        again(home)


@contextmanager
def held(home: Home) -> Iterator[None]:
    """Let another process have the warehouse open, as a night has."""
    script = f"import duckdb; c = duckdb.connect({str(home.warehouse)!r}); print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield
        other.communicate(b"\n")
