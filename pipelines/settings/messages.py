"""What is wrong with a settings file, in the words of the file: the key, what stands there and what would be right."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from pydantic import BaseModel

LIKENESS = 0.5
"""Least likeness (0-1, difflib's ratio) of a key that is named as the nearest one."""
_EXPECTED = {
    "int": "write a whole number",
    "float": "write a number",
    "finite": "write a number; inf and nan are none",
    "bool": "write true or false",
    "string": "write a text between quotes",
    "path": "write a path between quotes",
    "tuple": 'write a list, such as ["a", "b"]',
    "dict": 'write a table, such as { "a" = 1 }',
    "model": "write it as a section: its name in brackets on a line of its own, its keys below",
}
"""What would be right, by the first word of the library's name for the fault."""
_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_TOML = (
    (re.compile(r"Cannot overwrite a value"), "a key stands there a second time"),
    (re.compile(r"Cannot declare \((.*?),?\) twice"), r"the section \1 stands there a second time"),
    (re.compile(r"\('(.*?)',?\)"), r"\1"),
)


def value_fault(item: Mapping[str, Any], settings: type[BaseModel]) -> str:
    """Return one sentence for an error of the library: the key, what is wrong and what would be right.

    `item` is a line of ValidationError.errors(), `settings` the class that was read.
    """
    location = [str(part) for part in item["loc"]]
    name = ".".join(location)
    if item["type"] == "extra_forbidden":
        return _unknown_key(location, settings)
    return f"{name} = {as_written(item['input'])}: {_remedy(item)}"


def toml_fault(text: str) -> str:
    """Return what the TOML reader says, `text`, without the marks of the language that it is written in."""
    for pattern, plain in _TOML:
        text = pattern.sub(plain, text)
    return text.replace("'", "")


def as_written(value: Any) -> str:
    """Return a value as it would stand in a settings file, shortened."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:g}"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _remedy(item: Mapping[str, Any]) -> str:
    limits = [f"{_LIMITS[key]} {value:g}" for key, value in item.get("ctx", {}).items() if key in _LIMITS]
    if limits:
        return f"write {' and '.join(limits)}"
    if item["type"] == "literal_error":
        expected = str(item["ctx"]["expected"]).replace("'", '"')
        near = difflib.get_close_matches(str(item["input"]).lower(), re.findall(r'"(.*?)"', expected), n=1)
        return f"write {expected}" + (f"; the nearest is {near[0]}" if near else "")
    if item["type"] == "value_error":
        return str(item["ctx"]["error"])
    return _EXPECTED.get(str(item["type"]).partition("_")[0], str(item["msg"]))


def _unknown_key(location: Sequence[str], settings: type[BaseModel]) -> str:
    name, above = ".".join(location), list(location[:-1])
    nearest = difflib.get_close_matches(location[-1], _known_keys(above, settings), n=1, cutoff=LIKENESS)
    if nearest:
        return f"unknown key {name}; the nearest known key is {'.'.join(above + nearest)}"
    section = next((part for part in settings.model_fields if location[-1] in _known_keys([part], settings)), None)
    if section is not None:
        return f"unknown key {name}; {section}.{location[-1]} is known: write it below the line [{section}]"
    known = ", ".join(_known_keys(above, settings)) or "nothing"
    return f"unknown key {name}; {'.'.join(above) or 'the file'} may have {known}"


def _known_keys(location: Sequence[str], settings: type[BaseModel]) -> list[str]:
    model = settings
    for part in location:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
