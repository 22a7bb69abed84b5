"""Edits of contracts as people make them, each with the change that it is to readers or suppliers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Entry = dict[str, Any]


@dataclass(frozen=True)
class Edit:
    """An edit of one column, or of the table where `is_of_table`: the `kind` of change that it is, and to whom."""

    kind: str
    sides: tuple[str, ...]
    write: Callable[[Entry], bool]
    is_of_table: bool = False


BOTH = ("published", "sources")
NUMBERS = ("INTEGER", "BIGINT", "DOUBLE")


def limits(entry: Entry, **values: Any) -> bool:
    """Set limits of a number; those that are None are removed. Whether the column is one, and they differ."""
    before = entry.get("logicalTypeOptions", {})
    after = {name: value for name, value in (before | values).items() if value is not None}
    entry["logicalTypeOptions"] = after
    return entry["physicalType"] in NUMBERS and bool(before != after)


def custom(entry: Entry, name: str, value: Any) -> bool:
    known = [item for item in entry["customProperties"] if item["property"] != name]
    entry["customProperties"] = [*known, {"property": name, "value": value}]
    return True


def retyped(entry: Entry, before: str, now: str) -> bool:
    is_it = bool(entry["physicalType"] == before)
    entry["physicalType"] = now
    return is_it


def words(entry: Entry, cut: slice, *more: str) -> bool:
    kept = entry.get("enum", [])[cut]
    had = "enum" in entry
    entry["enum"] = [*kept, *({"value": word, "label": word} for word in more)]
    return had and bool(kept)


def without(entry: Entry, name: str) -> bool:
    return entry.pop(name, None) is not None


def required(entry: Entry, value: bool) -> bool:
    is_other = bool(entry.get("required")) != value
    is_one_of_two = any(item["property"] == "instead" for item in entry["customProperties"])
    entry["required"] = value
    return is_other and not is_one_of_two


def without_mark(entry: Entry, mark: str) -> bool:
    kept = [item for item in entry["customProperties"] if item["property"] != mark]
    had = len(kept) < len(entry["customProperties"])
    entry["customProperties"] = kept
    return had


def renamed(element: Entry, text: str) -> bool:
    element[text] = "Another thing."
    return True


def column_gone(table: Entry) -> bool:
    table["properties"].pop()
    return True


def rule_gone(table: Entry) -> bool:
    had = bool(table.get("quality"))
    table["quality"] = table.get("quality", [])[1:]
    return had


def column_added(table: Entry, **facts: Any) -> bool:
    spare = {"name": "spare", "physicalType": "DOUBLE", "description": "A.", "customProperties": []}
    custom(spare, "descriptionZh", "一。")
    table["properties"].append(spare | facts)
    return True


def rule_added(table: Entry, severity: str) -> bool:
    column = table["properties"][0]["name"]
    query = f"SELECT count(*) FROM ${{table}} WHERE {column} IS NULL"
    table.setdefault("quality", []).append({"name": "spare_rule", "severity": severity, "query": query})
    return True


def first_swapped(table: Entry) -> bool:
    properties = table["properties"]
    properties[0], properties[1] = properties[1], properties[0]
    return True


BREAKING = {
    "a column gone": Edit("column", ("published",), column_gone, True),
    "another type": Edit("type", BOTH, lambda e: retyped(e, e["physicalType"], "STRUCT(a INTEGER)")),
    "a narrower type": Edit("type", BOTH, lambda e: retyped(e, "BIGINT", "INTEGER")),
    "a wider type for readers": Edit("type", ("published",), lambda e: retyped(e, "INTEGER", "BIGINT")),
    "newly required": Edit("presence", BOTH, lambda e: required(e, True)),
    "empty for readers": Edit("presence", ("published",), lambda e: required(e, False)),
    "another unit": Edit("unit", BOTH, lambda e: custom(e, "unit", "furlong")),
    "another word's name": Edit("meaning", BOTH, lambda e: "enum" in e and renamed(e["enum"][0], "label")),
    "a higher minimum": Edit("minimum", BOTH, lambda e: limits(e, minimum=9_000)),
    "a lower maximum": Edit("maximum", BOTH, lambda e: limits(e, maximum=-9_000)),
    "no minimum for readers": Edit("minimum", ("published",), lambda e: limits(e, minimum=None)),
    "no maximum for readers": Edit("maximum", ("published",), lambda e: limits(e, maximum=None)),
    "a word gone": Edit("word", BOTH, lambda e: words(e, slice(1, None))),
    "an open enumeration for readers": Edit("enumeration", ("published",), lambda e: without(e, "enum")),
    "no reference for readers": Edit("refers_to", ("published",), lambda e: without(e, "relationships")),
    "another meaning": Edit("meaning", BOTH, lambda e: renamed(e, "description")),
    "another meaning in Chinese": Edit("meaning", BOTH, lambda e: custom(e, "descriptionZh", "别的东西。")),
    "a mark gone": Edit("marks", BOTH, lambda e: any(without_mark(e, mark) for mark in ("lastDay", "codes"))),
    "a required column": Edit("column", BOTH, lambda t: column_added(t, required=True), True),
    "an order for readers": Edit("order", ("published",), first_swapped, True),
    "a rule gone for readers": Edit("rule", ("published",), rule_gone, True),
    "a refusing rule for suppliers": Edit("rule", ("sources",), lambda t: rule_added(t, "critical"), True),
    "another grain": Edit("meaning", BOTH, lambda t: renamed(t, "dataGranularityDescription"), True),
}
ALLOWED = {
    "a column": Edit("column", BOTH, column_added, True),
    "a word": Edit("word", BOTH, lambda e: words(e, slice(None), "spare")),
    "a rule that warns": Edit("rule", BOTH, lambda t: rule_added(t, "warning"), True),
    "a rule for readers": Edit("rule", ("published",), lambda t: rule_added(t, "critical"), True),
    "a wider type": Edit("type", ("sources",), lambda e: retyped(e, "INTEGER", "BIGINT")),
    "may be empty": Edit("presence", ("sources",), lambda e: required(e, False)),
    "no minimum": Edit("minimum", ("sources",), lambda e: limits(e, minimum=None)),
    "a higher maximum": Edit(
        "maximum", ("sources",), lambda e: "maximum" in e.get("logicalTypeOptions", {}) and limits(e, maximum=9_000)
    ),
    "an open enumeration": Edit("enumeration", ("sources",), lambda e: without(e, "enum")),
    "no reference": Edit("refers_to", ("sources",), lambda e: without(e, "relationships")),
}
