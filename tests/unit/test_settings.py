"""A settings file is refused with the key, the reason and the nearest key that exists."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from xuanpin.pipelines.context import Home, RunRequest
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.session import open_night
from xuanpin.pipelines.settings import Settings, load_settings
from xuanpin.pipelines.settings.engine import EngineSettings
from xuanpin.pipelines.settings.old_keys import OLD_KEYS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[assortment]\nlist_sise = 10\n", "nearest known key is assortment.list_size"),
        ("[asortment]\nlist_size = 10\n", "nearest known key is assortment"),
        ("[assortment]\nlist_size = 0\n", "assortment.list_size"),
        ('[assortment]\nlist_size = "many"\n', "many"),
        ("[assortment\n", "not valid TOML"),
    ],
)
def test_a_bad_file_is_refused_with_what_to_write_instead(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "xuanpin.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said) as refused:
        load_settings(path)
    assert "xuanpin.toml" in str(refused.value)
    assert refused.value.exit_code == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml"):
        load_settings(tmp_path / "nowhere.toml")


def test_values_are_read_and_cannot_change(tmp_path: Path) -> None:
    path = tmp_path / "xuanpin.toml"
    path.write_text("[assortment]\nlist_size = 10\n", encoding="utf-8")
    settings = load_settings(path)
    assert settings.assortment.list_size == 10
    assert load_settings(None) == Settings()
    unguarded: Any = settings
    with pytest.raises(ValueError, match="frozen"):
        unguarded.assortment = Settings().assortment


def test_an_old_key_is_refused_with_its_new_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "xuanpin.toml"
    path.write_text("[matching]\nsegments = 9\ntaste_days = 5\n[shelf]\ndays = 3\n", encoding="utf-8")
    renamed = {"matching.taste_days": "matching.posts_days", "shelf": "publish"}
    monkeypatch.setattr("xuanpin.pipelines.settings.OLD_KEYS", renamed)
    with pytest.raises(UsageError) as refused:
        load_settings(path)
    assert str(refused.value) == (
        f"settings file {path}: key matching.taste_days is now matching.posts_days; key shelf is now publish"
    )


def test_every_old_key_has_a_new_name_that_exists_and_none_is_in_use() -> None:
    def exists(name: str) -> bool:
        model: Any = Settings
        for part in name.split("."):
            if part not in model.model_fields:
                return False
            model = model.model_fields[part].annotation
        return True

    assert exists("matching.posts_days") and not exists("matching.taste_days")
    assert [name for name in OLD_KEYS.values() if not exists(name)] == []
    assert [name for name in OLD_KEYS if exists(name)] == []


@pytest.mark.parametrize(
    ("limit", "database"), [("8GB", "4.8GB"), ("512MB", "307.2MB"), ("1.5 GiB", "0.9GiB"), ("2gb", "1.2gb")]
)
def test_the_database_gets_three_fifths_of_the_memory(limit: str, database: str) -> None:
    assert EngineSettings(memory_limit=limit).database_memory == database


def test_a_night_opens_its_database_with_that_share(tmp_path: Path) -> None:
    settings = Settings(engine=EngineSettings(memory_limit="1GB"))
    request = RunRequest(date(2026, 11, 21), Home(tmp_path), tmp_path, settings, datetime(2026, 11, 22, tzinfo=UTC))
    with open_night(request) as night:
        assert night.engine.query("select current_setting('memory_limit') as held")["held"].to_pylist() == ["572.2 MiB"]
