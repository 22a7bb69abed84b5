"""Texts of the desk in Chinese and English, and which of the two a reader gets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from fastapi import Request

from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.typed.phrase import Phrase, in_language
from xuanpin.pipelines.typed.plurals import filled

LANGUAGES: tuple[Language, ...] = ("zh", "en")
COOKIE = "lang"


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Return every text by its key, in both languages; ValueError where a key stands in two files."""
    every: dict[str, dict[str, str]] = {}
    folder = files("xuanpin.pipelines.desk").joinpath("texts")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            loaded = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
            if twice := every.keys() & loaded.keys():
                raise ValueError(f"texts of the desk: {sorted(twice)} stand in two files")
            every |= loaded
    return every


def text(key: str, language: Language, **values: Any) -> str:
    """Return the text `key` in one language with `values` filled in, those that are phrases in the same language."""
    said = {
        name: in_language(value, language) if isinstance(value, Phrase) else value for name, value in values.items()
    }
    return filled(texts()[key][language], said)


def known_text(kind: str, words: str, language: Language) -> str:
    """Return the text of `words` among those whose keys begin with `kind`; the words themselves where there is none."""
    key = kind + words.replace(" ", "_")
    return text(key, language) if key in texts() else words


def language_of(request: Request) -> Language:
    """Return the language asked for in the address, chosen before, or preferred by the browser; else Chinese."""
    for asked in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if asked in LANGUAGES:
            return "zh" if asked == "zh" else "en"
    return _preferred(request.headers.get("accept-language", ""))


def _preferred(header: str) -> Language:
    """Return the first of our languages in an Accept-Language header, by its weights."""
    weighted = []
    for place, part in enumerate(header.split(",")[:20]):
        tag, _, quality = part.strip().partition(";q=")
        if tag[:2].lower() in LANGUAGES:
            weighted.append((-_weight(quality), place, tag[:2].lower()))
    return "en" if weighted and min(weighted)[2] == "en" else "zh"


def _weight(quality: str) -> float:
    try:
        return float(quality) if quality else 1.0
    except ValueError:
        return 0.0
