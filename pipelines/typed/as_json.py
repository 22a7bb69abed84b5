"""Values and phrases as JSON, and back: what is read makes values and phrases alone, whoever has written it.

None, truth values, numbers and texts stand as they are; every other value as an object of one entry, which names its
kind and lists its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from xuanpin.pipelines.typed.bilingual import Bilingual
from xuanpin.pipelines.typed.phrase import CHINESE_JOINTS, Joined, Phrase, catalogue
from xuanpin.pipelines.typed.plurals import filled

_AS_THEY_ARE = (type(None), bool, int, float, str)


@dataclass(frozen=True)
class _Kind:
    """A kind of values: its parts, and what makes a value of them again; that raises an error for parts of no value."""

    parts: Callable[[Any], Sequence[object]]
    made: Callable[..., object]


def as_json(value: object) -> object:
    """Return `value` as the json module writes it.

    It is None, a truth value, a number, a text, a day, a moment, a Decimal, a phrase of any kind, or a list, tuple or
    dict of such. Raises TypeError for any other type.
    """
    if type(value) in _AS_THEY_ARE:
        return value
    name = _NAMES.get(type(value))
    if name is None:
        raise TypeError(f"a value of type {type(value).__name__} is not written as JSON")
    return {name: [as_json(part) for part in _KINDS[name].parts(value)]}


def from_json(written: object) -> object:
    """Return the value that `as_json` has `written`.

    Raises ValueError, TypeError, LookupError, ArithmeticError or RecursionError where it has not.
    """
    if type(written) in _AS_THEY_ARE:
        return written
    if not isinstance(written, dict) or len(written) != 1:
        raise ValueError("an object of one entry is missing")
    ((name, parts),) = written.items()
    if name not in _KINDS or not isinstance(parts, list):
        raise ValueError("an object is of no known kind")
    return _KINDS[name].made(*map(from_json, parts))


def _phrase(text: object, template: object, values: object) -> Phrase:
    """Make a phrase; its template is one of ours, since a template of others can read what its values belong to."""
    if template is None:
        return Phrase(_text(text))
    if template not in catalogue():
        raise ValueError("a message is none of this program's")
    if not isinstance(values, dict):
        raise TypeError("a message has no values")
    if filled(_text(template), values) != text:
        raise ValueError("a message says something else than its template")
    return Phrase(_text(text), _text(template), values)


def _joined(parts: object, joint: object) -> Joined:
    if joint not in CHINESE_JOINTS or not isinstance(parts, tuple):
        raise ValueError("parts of a message are not joined as ours are")
    return Joined(map(_text, parts), _text(joint))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value


_KINDS = {
    "list": _Kind(list, lambda *parts: list(parts)),
    "tuple": _Kind(list, lambda *parts: parts),
    "dict": _Kind(lambda d: (tuple(d), tuple(d.values())), lambda keys, values: dict(zip(keys, values, strict=True))),
    "day": _Kind(lambda day: (day.isoformat(),), date.fromisoformat),
    "moment": _Kind(lambda moment: (moment.isoformat(),), datetime.fromisoformat),
    "decimal": _Kind(lambda number: (str(number),), lambda text: Decimal(_text(text))),
    "phrase": _Kind(lambda said: (str(said), said.template, dict(said.values)), _phrase),
    "joined": _Kind(lambda said: (said.parts, said.joint), _joined),
    "bilingual": _Kind(lambda said: (str(said), said.chinese), lambda *texts: Bilingual(*map(_text, texts))),
}
_NAMES = {
    list: "list",
    tuple: "tuple",
    dict: "dict",
    date: "day",
    datetime: "moment",
    Decimal: "decimal",
    Phrase: "phrase",
    Joined: "joined",
    Bilingual: "bilingual",
}
