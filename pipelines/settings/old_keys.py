"""Keys of settings files that have another name now: an old file is refused with what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xuanpin.pipelines.typed.phrase import Phrase, phrase

OLD_KEYS: Mapping[str, str] = {
    "scoring.demand_pooling_showings": "scoring.demand_pooling_posts",
    "scoring.drift_threshold": "scoring.cusum_threshold",
    "scoring.signs_days": "scoring.detection_days",
    "scoring.watch_days": "scoring.drift_days",
}
"""Old name = new name, both as `section.key`; a section that was renamed stands alone, as `section`."""


def renamed_keys(content: Mapping[str, Any], old_keys: Mapping[str, str]) -> list[Phrase]:
    """Return one sentence for each old key of a settings file, in the order of the file.

    `content` is the parsed file; `old_keys` is OLD_KEYS. A nested table is named by its path.
    """
    return [
        phrase("key {name} is now {new}", name=name, new=old_keys[name]) for name in _names(content) if name in old_keys
    ]


def _names(content: Mapping[str, Any], above: str = "") -> list[str]:
    """Every table and key by its dotted path, a table before its keys."""
    found = []
    for key, value in content.items():
        found.append(above + key)
        if isinstance(value, dict):
            found.extend(_names(value, f"{above}{key}."))
    return found
