"""Holds events as they are sent against the standard's own classes, which are generated from its schemas.

The schemas themselves come with no package. What the classes say is which properties there are, which must be given and
of what kind each is; `python -m tools.lineage.standard` does the same with a copy of the schemas.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attr
from openlineage.client import facet_v2
from openlineage.client.event_v2 import RunEvent
from openlineage.client.generated.base import BaseFacet, EventType


def faults(event: dict[str, Any]) -> list[str]:
    """Return what is wrong with an event, each with its place; nothing where it keeps the standard."""
    return list(_of_class(RunEvent, event, "event", {"eventType": EventType}))


@cache
def _facets() -> dict[str, type]:
    """Every facet of the standard, by the address of its schema."""
    assert facet_v2.schema_dataset
    found: dict[str, type] = {}
    waiting: list[type[BaseFacet]] = [BaseFacet]
    while waiting:
        own = waiting.pop()
        waiting += own.__subclasses__()
        found[own._get_schema()] = own
    return found


@cache
def _hints(own: type) -> dict[str, Any]:
    return get_type_hints(own)


def _of_class(own: type, value: Any, place: str, known: dict[str, Any] | None = None) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place} is no object"
        return
    fields = {field.name: field for field in attr.fields(own)}
    yield from (f"{place}.{name} is unknown" for name in value.keys() - fields.keys())
    needed = [name for name, field in fields.items() if field.default is attr.NOTHING]
    yield from (f"{place}.{name} is missing" for name in needed if name not in value)
    hints = {**_hints(own), **(known or {})}
    for name in value.keys() & fields.keys():
        yield from _of_kind(hints[name], value[name], f"{place}.{name}")


def _of_kind(kind: Any, value: Any, place: str) -> Iterator[str]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        tried = [list(_of_kind(one, value, place)) for one in inner if one is not type(None)]
        yield from min(tried, key=len)
    elif origin is list:
        if not isinstance(value, list):
            yield f"{place} is no list"
            return
        for number, one in enumerate(value):
            yield from _of_kind(inner[0], one, f"{place}[{number}]")
    elif origin is dict:
        for name, one in value.items():
            yield from _of_kind(inner[1], one, f"{place}.{name}")
    elif isinstance(kind, type) and issubclass(kind, BaseFacet):
        yield from _of_facet(kind, value, place)
    elif isinstance(kind, type) and issubclass(kind, Enum):
        if value not in [one.value for one in kind]:
            yield f"{place} is {value}"
    elif isinstance(kind, type) and attr.has(kind):
        yield from _of_class(kind, value, place)
    elif isinstance(kind, type) and not isinstance(value, kind):
        yield f"{place} is no {kind.__name__}"


def _of_facet(kind: type, value: Any, place: str) -> Iterator[str]:
    own = _facets().get(value.get("_schemaURL", ""))
    if own is None or not issubclass(own, kind):
        yield f"{place} is no {kind.__name__} of the standard"
        return
    yield from _of_class(own, value, place)
