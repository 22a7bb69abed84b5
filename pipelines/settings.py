"""Everything a deployment may choose, in one frozen and validated object; each default carries its unit and its reason."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.errors import UsageError


class Section(BaseModel):
    """A group of settings; unknown keys are refused and values cannot change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IngestSettings(Section):
    """How drops are read and how many bad rows a night accepts."""


class FeedbackSettings(Section):
    """How group chat becomes evidence."""

    window_days: int = Field(60, ge=1, description="days of mentions kept as evidence and published")


class ScoringSettings(Section):
    """How outcomes and feedback become calibrated numbers, and what counts as safe."""

    regret_cost: float = Field(1.0, ge=0, description="cost of one regretted unit, in kept and happy units")
    ceiling_ratio: float = Field(2.0, gt=1, description="regret ceiling as a multiple of the category's mean regret rate")
    landmine_cap: float = Field(0.30, gt=0, le=1, description="highest landmine probability of a listed SKU")
    landmine_promise: float = Field(0.05, gt=0, le=1, description="highest expected share of landmines on a list")


class AssortmentSettings(Section):
    """Which rules tomorrow's list obeys."""

    list_size: int = Field(120, ge=1, description="SKUs on the list")


class MatchingSettings(Section):
    """How listed SKUs are given to agents."""

    history_days: int = Field(180, ge=14, description="days of order history that shape an agent's matches")


class PublishSettings(Section):
    """What readers get and how long it stays."""

    database_days: int = Field(30, ge=1, description="list dates kept in published.duckdb")


class EngineSettings(Section):
    """What the engine may use of the machine."""

    memory_limit: str = Field("8GB", description="DuckDB memory limit")
    threads: int = Field(2, ge=1, description="threads of the engine")


class PrivacySettings(Section):
    """How identities are protected."""

    key_variable: str = Field(
        "XUANPIN_CUSTOMER_KEY", description="environment variable that holds the key for hashing customer ids"
    )


class Settings(Section):
    """All settings of a deployment; the defaults run the demo."""

    ingest: IngestSettings = IngestSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    scoring: ScoringSettings = ScoringSettings()
    assortment: AssortmentSettings = AssortmentSettings()
    matching: MatchingSettings = MatchingSettings()
    publish: PublishSettings = PublishSettings()
    engine: EngineSettings = EngineSettings()
    privacy: PrivacySettings = PrivacySettings()


def load_settings(path: Path | None) -> Settings:
    """Read a TOML file into validated settings; without a path, the defaults.

    Raises UsageError that names the file, the key and the nearest known key or the accepted range.
    """
    if path is None:
        return Settings()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"settings file {path} cannot be read: {error.strerror}; check the path given to --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"settings file {path} is not valid TOML: {error}") from error
    try:
        return Settings.model_validate(content)
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
