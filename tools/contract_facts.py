"""What contracts promise, as facts that two releases can be compared by.

A fact is what a reader or a supplier can rely on: a table, its key, a column with its type, unit and bounds, a word of
an enumeration, a rule, a reason code. What is left out is not promised: the owner, titles, the order of rules.
"""

from __future__ import annotations

import string
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml

from xuanpin.pipelines.contracts import documents
from xuanpin.pipelines.contracts.documents import Document

Side = Literal["published", "sources"]
"""Who is promised something: readers of what is published, or suppliers of sources. Also the folder of the files."""
SIDES: tuple[Side, ...] = ("published", "sources")
CODES = "reason_codes"
Facts = dict[str, Any]
MARKS = ("auditOnly", "codes", "lastDay", "planned", "redactionOnly")
"""Custom properties that say what becomes of a value."""


def described(folder: Path, optional: Collection[str]) -> Facts:
    """Return the facts of the contracts in `folder`, by `side.table`.

    `folder` is laid out as data_contracts/ is; the source tables named in `optional` may be missing as a whole.
    """
    shared = {entry["name"]: entry for entry in _read(folder / "columns.yaml")["schema"][0]["properties"]}
    found = {}
    for side in SIDES:
        for file in sorted((folder / side).glob("*.yaml")):
            name = f"{side}.{file.stem}"
            content = _read(file)
            if file.stem == CODES:
                found[name] = code_facts(content)
            else:
                found[name] = table_facts(content, shared, file.stem in optional)
    return found


def _read(file: Path) -> Document:
    document: Document = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return document


def table_facts(document: Document, shared: Mapping[str, Document], is_optional: bool = False) -> Facts:
    """Return the facts of one ODCS `document` with the columns that tables share (`shared`, by name) filled in."""
    table = document["schema"][0]
    entries = [documents.merged(table["name"], entry, shared) for entry in table["properties"]]
    key = sorted((entry["primaryKeyPosition"], entry["name"]) for entry in entries if entry.get("primaryKey"))
    fresh = [item["value"] for item in document.get("slaProperties", ()) if item["property"] == "freshness"]
    presences = dict(_presences(entries))
    return _present(
        version=document["version"],
        optional=is_optional or None,
        key=[name for _, name in key],
        freshness=fresh[0] if fresh else None,
        meaning=[*_meaning(table), table["dataGranularityDescription"]],
        columns={entry["name"]: column_facts(entry, presences[entry["name"]]) for entry in entries},
        rules={rule["name"]: _rule_facts(rule) for rule in table.get("quality", ())},
    )


def _presences(entries: Iterable[Document]) -> Iterator[tuple[str, str]]:
    """By column whether it must have a value; of a column and the one it may be given instead of, one must."""
    instead = {entry["name"]: documents.custom_properties(entry).get("instead") for entry in entries}
    for entry in entries:
        name = entry["name"]
        pair = sorted({one for own, other in instead.items() if other and name in (own, other) for one in (own, other)})
        yield name, "required" if entry.get("required") else f"one of {', '.join(pair)}" if pair else "may be empty"


def column_facts(entry: Document, presence: str) -> Facts:
    """Return the facts of one complete column `entry`, whose values are there as `presence` says."""
    custom = documents.custom_properties(entry)
    limits = entry.get("logicalTypeOptions", {})
    targets = entry.get("relationships", ())
    return _present(
        type=entry["physicalType"],
        presence=presence,
        unit=custom.get("unit"),
        minimum=limits.get("minimum"),
        maximum=limits.get("maximum"),
        min_length=limits.get("minLength"),
        refers_to=targets[0]["to"] if targets else None,
        marks=[mark for mark in MARKS if custom.get(mark)] or None,
        words={item["value"]: item["label"] for item in entry.get("enum", ())} or None,
        meaning=_meaning(entry),
    )


def _meaning(element: Document) -> list[str]:
    return [element["description"], documents.custom_properties(element)["descriptionZh"]]


def _rule_facts(rule: Document) -> Facts:
    return {"severity": rule["severity"], "query": " ".join(rule["query"].split())}


def code_facts(content: Document) -> Facts:
    """Return the facts of the file of reason codes (`content`)."""
    codes = {
        name: {
            "tables": sorted(entry["tables"]),
            "keys": sorted({key for _, key, _, _ in string.Formatter().parse(entry["en"]) if key}),
            "meaning": [entry["en"], entry["zh"]],
        }
        for name, entry in content["codes"].items()
    }
    return {"version": content["version"], "codes": codes}


def _present(**facts: Any) -> Facts:
    return {name: value for name, value in facts.items() if value is not None}
