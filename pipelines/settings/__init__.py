"""Everything a deployment may choose, in one frozen, validated object; each default has its unit and reason."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.settings.assumptions import AssumptionSettings
from xuanpin.pipelines.settings.deciding import AssortmentSettings, FeedbackSettings, MatchingSettings, ScoringSettings
from xuanpin.pipelines.settings.desk import DeskSettings
from xuanpin.pipelines.settings.engine import EngineSettings
from xuanpin.pipelines.settings.experiment import ExperimentSettings
from xuanpin.pipelines.settings.lineage import LineageSettings
from xuanpin.pipelines.settings.messages import toml_fault, value_fault
from xuanpin.pipelines.settings.notify import NotifySettings
from xuanpin.pipelines.settings.old_keys import OLD_KEYS, renamed_keys
from xuanpin.pipelines.settings.outbox import OutboxSettings
from xuanpin.pipelines.settings.perishables import PerishablesSettings
from xuanpin.pipelines.settings.running import (
    BrakesSettings,
    IngestSettings,
    PrivacySettings,
    PublishSettings,
    QualitySettings,
    RetentionSettings,
    ReviewSettings,
    ScheduleSettings,
    SourcesSettings,
)
from xuanpin.pipelines.settings.section import Section
from xuanpin.pipelines.typed.phrase import joined, phrase
from xuanpin.pipelines.typed.texts import decoded, read_bytes

_WHAT = phrase("settings file")


class Settings(Section):
    """All settings of a deployment; the defaults run the demo. `assumptions` are for what a platform does not have."""

    ingest: IngestSettings = IngestSettings()
    assumptions: AssumptionSettings = AssumptionSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    scoring: ScoringSettings = ScoringSettings()
    assortment: AssortmentSettings = AssortmentSettings()
    matching: MatchingSettings = MatchingSettings()
    perishables: PerishablesSettings = PerishablesSettings()
    experiment: ExperimentSettings = ExperimentSettings()
    review: ReviewSettings = ReviewSettings()
    brakes: BrakesSettings = BrakesSettings()
    publish: PublishSettings = PublishSettings()
    retention: RetentionSettings = RetentionSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    notify: NotifySettings = NotifySettings()
    outbox: OutboxSettings = OutboxSettings()
    desk: DeskSettings = DeskSettings()
    quality: QualitySettings = QualitySettings()
    engine: EngineSettings = EngineSettings()
    lineage: LineageSettings = LineageSettings()
    privacy: PrivacySettings = PrivacySettings()
    sources: SourcesSettings = SourcesSettings()


def load_settings(path: Path | None) -> Settings:
    """Read a TOML file into validated settings; without a path, the defaults.

    The file may be UTF-8 or UTF-16, with or without a byte-order mark, or GB18030.
    Raises UsageError that names the file, the key and its new name, the nearest known key or the accepted range.
    """
    if path is None:
        return Settings()
    path = path.expanduser()
    content = _parsed(path)
    renamed = renamed_keys(content, OLD_KEYS)
    if renamed:
        raise UsageError(phrase("settings file {path}: {faults}", path=path, faults=joined(renamed, "; ")))
    try:
        return Settings.model_validate(content, context={"folder": path.parent})
    except ValidationError as error:
        lines = [value_fault(dict(item), Settings) for item in error.errors()]
        raise UsageError(phrase("settings file {path}: {faults}", path=path, faults=joined(lines, "; "))) from None


def _parsed(path: Path) -> dict[str, Any]:
    text = decoded(
        _WHAT, path, read_bytes(_WHAT, path, phrase("check the path given to --config or in XUANPIN_CONFIG"))
    )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            phrase(
                "{what} {path} is not valid TOML: {fault}",
                what=_WHAT,
                path=path,
                fault=toml_fault(str(error), text),
            )
        ) from error
