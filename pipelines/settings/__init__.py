"""Everything a deployment may choose, in one frozen, validated object; each default has its unit and reason."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings.deciding import AssortmentSettings, FeedbackSettings, MatchingSettings, ScoringSettings
from xuanpin.pipelines.settings.old_keys import OLD_KEYS, renamed_keys
from xuanpin.pipelines.settings.running import (
    EngineSettings,
    IngestSettings,
    NotifySettings,
    PrivacySettings,
    PublishSettings,
    RetentionSettings,
    ReviewSettings,
    ScheduleSettings,
    SourcesSettings,
)
from xuanpin.pipelines.settings.section import Section


class Settings(Section):
    """All settings of a deployment; the defaults run the demo."""

    ingest: IngestSettings = IngestSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    scoring: ScoringSettings = ScoringSettings()
    assortment: AssortmentSettings = AssortmentSettings()
    matching: MatchingSettings = MatchingSettings()
    review: ReviewSettings = ReviewSettings()
    publish: PublishSettings = PublishSettings()
    retention: RetentionSettings = RetentionSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    notify: NotifySettings = NotifySettings()
    engine: EngineSettings = EngineSettings()
    privacy: PrivacySettings = PrivacySettings()
    sources: SourcesSettings = SourcesSettings()


def load_settings(path: Path | None) -> Settings:
    """Read a TOML file into validated settings; without a path, the defaults.

    Raises UsageError that names the file, the key and its new name, the nearest known key or the accepted range.
    """
    if path is None:
        return Settings()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"settings file {path} cannot be read: {error.strerror}; check the path given to --config"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"settings file {path} is not valid TOML: {error}") from error
    renamed = renamed_keys(content, OLD_KEYS)
    if renamed:
        raise UsageError(f"settings file {path}: {'; '.join(renamed)}")
    try:
        return Settings.model_validate(content, context={"folder": path.parent})
    except ValidationError as error:
        lines = [_explain(dict(item)) for item in error.errors()]
        raise UsageError(f"settings file {path}: " + "; ".join(lines)) from error


def _explain(item: dict[str, Any]) -> str:
    location = [str(part) for part in item["loc"]]
    name = ".".join(location)
    if item["type"] != "extra_forbidden":
        return f"{name}: {item['msg']} (got {item['input']!r})"
    known = _known_keys(location[:-1])
    nearest = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.0)
    return f"unknown key {name}; the nearest known key is {'.'.join(location[:-1] + nearest)}"


def _known_keys(location: list[str]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in location:
        annotation = model.model_fields[part].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
