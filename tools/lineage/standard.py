"""Holds events against the standard's own schemas: `python -m tools.lineage.standard SPEC EVENTS`.

SPEC is the folder `spec` of a copy of the OpenLineage repository, EVENTS a file with an event a line. Prints what is
wrong with each event and ends with 1 if anything is. The tests do the same by the library's classes, which are
generated from these schemas; the schemas themselves are the standard's to publish.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

HOST = "https://openlineage.io/spec/"


def faults(spec: Path, events: Path) -> Iterator[str]:
    """Yield what is wrong with the events of a file by the schemas in the folder `spec`."""
    schemas = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(spec.rglob("*.json"))}
    registry: Registry[Any] = Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in schemas.values() if "$id" in schema]
    )
    whole = _validator(registry, f"{schemas['OpenLineage']['$id']}#/$defs/RunEvent")
    for number, line in enumerate(events.read_text(encoding="utf-8").splitlines(), 1):
        event = json.loads(line)
        yield from (f"event {number}: {error.json_path}: {error.message[:200]}" for error in whole.iter_errors(event))
        for place, facet in _facets(event):
            reference = facet["_schemaURL"]
            if reference.partition("#")[0] not in registry:
                yield f"event {number}: {place}: {reference} is no schema of this version of the standard"
                continue
            found = _validator(registry, reference).iter_errors(facet)
            yield from (f"event {number}: {place}{error.json_path[1:]}: {error.message[:200]}" for error in found)


def _validator(registry: Registry[Any], reference: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": reference}, registry=registry, format_checker=FormatChecker())


def _facets(part: Any, place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every facet of an event, and where it stands."""
    if isinstance(part, dict):
        if "_schemaURL" in part:
            yield place, part
        for key, inner in part.items():
            yield from _facets(inner, f"{place}.{key}")
    if isinstance(part, list):
        for number, inner in enumerate(part):
            yield from _facets(inner, f"{place}[{number}]")


if __name__ == "__main__":
    wrong = list(faults(Path(sys.argv[1]), Path(sys.argv[2])))
    print("\n".join(wrong) or "every event keeps the standard")
    sys.exit(1 if wrong else 0)
