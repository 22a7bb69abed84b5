"""The Chinese names and meanings of settings, from `chinese.yaml`; the English ones stand in the settings' classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True)
class Told:
    """What people read of a section or key: a short `title` and the `meaning`, a phrase for a key."""

    title: str
    meaning: str


@dataclass(frozen=True)
class ToldSection(Told):
    """The same of a section, and of its `keys` by their name."""

    keys: Mapping[str, Told]


@cache
def chinese_settings() -> Mapping[str, ToldSection]:
    """Every section under its heading in the settings file, in the order of `chinese.yaml`."""
    text = (files("xuanpin.pipelines.settings") / "chinese.yaml").read_text(encoding="utf-8")
    return {name: _section(**entry) for name, entry in yaml.load(text, Loader=yaml.CSafeLoader).items()}


def _section(title: str, meaning: str, keys: Mapping[str, Mapping[str, str]]) -> ToldSection:
    return ToldSection(title, meaning, {key: Told(**told) for key, told in keys.items()})
