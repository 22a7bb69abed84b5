"""What is wrong with a settings file, in the words of the file: the key, what stands there and what would be right."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import NOTHING, Phrase, as_is, joined, phrase

LIKENESS = 0.5
"""Least likeness (0-1, difflib's ratio) of a key that is named as the nearest one."""
_EXPECTED = {
    "int": phrase("write a whole number"),
    "float": phrase("write a number"),
    "finite": phrase("write a number; inf and nan are none"),
    "bool": phrase("write true or false"),
    "string": phrase("write a text between quotes"),
    "path": phrase("write a path between quotes"),
    "tuple": phrase('write a list, such as ["a", "b"]'),
    "dict": phrase('write a table, such as {{ "a" = 1 }}'),
    "model": phrase("write it as a section: its name in brackets on a line of its own, its keys below"),
}
"""What would be right, by the first word of the library's name for the fault."""
_LIMITS = {"ge": phrase("at least"), "gt": phrase("more than"), "le": phrase("at most"), "lt": phrase("less than")}
_TOML = re.compile(r"Cannot (?:overwrite a value|declare \((?P<section>.*?),?\) twice)(?P<place>.*)")
"""What the TOML reader says where something stands twice, and where."""
_LINE = re.compile(r"line (\d+), column (\d+)")
_NAMED = re.compile(r"\('(.*?)',?\)")
_PROBLEMS: Mapping[str, Phrase] = {
    problem: problem
    for problem in (
        phrase("Invalid statement"),
        phrase("Invalid value"),
        phrase("Invalid date or datetime"),
        phrase("Invalid initial character for a key part"),
        phrase("Expected newline or end of document after a statement"),
        phrase("Expected = after a key in a key/value pair"),
        phrase("Expected ] at the end of a table declaration"),
        phrase("Unclosed array"),
        phrase("Unclosed inline table"),
        phrase("Unterminated string"),
    )
}
"""What else the TOML reader says often, without its quotes."""


def value_fault(item: Mapping[str, Any], settings: type[BaseModel]) -> Phrase:
    """Return one sentence for an error of the library: the key, what is wrong and what would be right.

    `item` is a line of ValidationError.errors(), `settings` the class that was read.
    """
    location = [str(part) for part in item["loc"]]
    name = ".".join(location)
    if item["type"] == "extra_forbidden":
        return _unknown_key(location, settings)
    return phrase("{name} = {value}: {remedy}", name=name, value=as_written(item["input"]), remedy=_remedy(item))


def toml_fault(text: str, content: str) -> Phrase:
    """Return what the TOML reader says (`text`) of a file's `content`, without the marks of the reader's language."""
    found = _TOML.search(text)
    if found is None:
        problem, mark, place = _NAMED.sub(r"\1", text).replace("'", "").partition(" (at ")
        return joined((_PROBLEMS.get(problem, as_is(problem)), _place(place) if mark else NOTHING), "")
    place = _place(found["place"])
    if not found["section"]:
        return phrase("a key stands there a second time{place}", place=place)
    section = found["section"].replace("', '", ".").replace("'", "")
    told = phrase("the section {section} stands there a second time{place}", section=section, place=place)
    first = _first_line(content, int(lines[1])) if (lines := _LINE.search(found["place"])) else 0
    if not first:
        return told
    return phrase(
        "{told}; the first is in line {first}: write the keys of both below one of them", told=told, first=first
    )


def _first_line(content: str, line: int) -> int:
    """Return the number of the line where the section of `line` stands first, 0 where it has no line of its own."""
    headers = [re.sub(r"""[\s"']|#.*""", "", text) for text in content.split("\n")[:line]]
    first = headers.index(headers[-1]) + 1
    return first if first < line else 0


def _place(text: str) -> Phrase:
    """Return where the TOML reader says (`text`) that it found something."""
    found = _LINE.search(text)
    if found is None:
        return phrase(" (at end of document)")
    return phrase(" (at line {line}, column {column})", line=found[1], column=found[2])


def as_written(value: Any) -> str:
    """Return a value as it would stand in a settings file, shortened; a token in it is not repeated."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:g}"
    text = re.sub(r'token=[^;"]*', "token=…", json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= 80 else f"{text[:77]}…"


def _remedy(item: Mapping[str, Any]) -> Phrase:
    limits = [
        phrase("{limit} {value:g}", limit=_LIMITS[key], value=value)
        for key, value in item.get("ctx", {}).items()
        if key in _LIMITS
    ]
    if limits:
        return phrase("write {limits}", limits=joined(limits, " and "))
    if item["type"] == "literal_error":
        expected = str(item["ctx"]["expected"]).replace("'", '"')
        near = difflib.get_close_matches(str(item["input"]).lower(), re.findall(r'"(.*?)"', expected), n=1)
        expected = Bilingual(expected, expected.replace(", ", "、").replace(" or ", " 或 "))
        if near:
            return phrase("write {expected}; the nearest is {near}", expected=expected, near=near[0])
        return phrase("write {expected}", expected=expected)
    if item["type"] == "value_error":
        return phrase("{error}", error=item["ctx"]["error"])
    return _EXPECTED.get(str(item["type"]).partition("_")[0], as_is(item["msg"]))


def _unknown_key(location: Sequence[str], settings: type[BaseModel]) -> Phrase:
    name, above = ".".join(location), list(location[:-1])
    nearest = difflib.get_close_matches(location[-1], _known_keys(above, settings), n=1, cutoff=LIKENESS)
    if nearest:
        return phrase(
            "unknown key {name}; the nearest known key is {nearest}", name=name, nearest=".".join(above + nearest)
        )
    section = next((part for part in settings.model_fields if location[-1] in _known_keys([part], settings)), None)
    if section is not None:
        return phrase(
            "unknown key {name}; {section}.{key} is known: write it below the line [{section}]",
            name=name,
            section=section,
            key=location[-1],
        )
    known = joined(_known_keys(above, settings)) or phrase("nothing")
    return phrase(
        "unknown key {name}; {above} may have {known}",
        name=name,
        above=".".join(above) or phrase("the file"),
        known=known,
    )


def _known_keys(location: Sequence[str], settings: type[BaseModel]) -> list[str]:
    model, parts = settings, iter(location)
    for part in parts:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        if get_origin(annotation) is dict:
            # The name of an entry is the reader's own.
            annotation = get_args(annotation)[1]
            next(parts, None)
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
