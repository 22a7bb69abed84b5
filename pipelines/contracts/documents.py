"""Reads the contract files: documents of the Open Data Contract Standard, shared columns filled in.

`table` is the name of the table that a message names; `items` are the rules that a contract declares.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from xuanpin.pipelines.contracts import sql as contract_sql
from xuanpin.pipelines.contracts.sql import Column, Rule, TableRule

Document = dict[str, Any]
INNER = "xuanpin.data_contracts.inner"
"""Package of the contracts of tables that live from night to night."""

COLUMN_PROPERTIES = {
    "descriptionZh", "unit", "codes", "auditOnly", "redactionOnly", "planned", "addedIn", "instead", "wide", "lastDay",
}  # fmt: skip
ROW_RULE = re.compile(r"SELECT count\(\*\) FROM \$\{table\} WHERE (.+)")
FORBIDDEN = re.compile("commission|downline|upline|recruit|referral|佣金|返佣|下线|拉新", re.IGNORECASE)
"""Names of columns that may be kept for audits but that no decision may read."""
TABLE_RULE = re.compile(r"SELECT count\(\*\) FROM \((SELECT .+)\) AS broken")


def read_document(package: str, name: str) -> Document:
    """One contract file of a package, as it stands: that of the table `name`."""
    text = (files(package) / f"{name}.yaml").read_text(encoding="utf-8")
    document: Document = yaml.load(text, Loader=yaml.CSafeLoader)
    return document


@cache
def shared_columns() -> Mapping[str, Document]:
    """Definitions of the columns that several source or published tables have, by name."""
    return _definitions("xuanpin.data_contracts")


@cache
def inner_columns() -> Mapping[str, Document]:
    """Definitions of the columns of inner tables, by name: their own first, then those of the other tables."""
    return {**shared_columns(), **_definitions(INNER)}


def _definitions(package: str) -> dict[str, Document]:
    return {entry["name"]: entry for entry in read_document(package, "columns")["schema"][0]["properties"]}


def merged(table: str, entry: Document, shared: Mapping[str, Document]) -> Document:
    """A column entry with its shared definition; raises ValueError where it defines again what is shared."""
    definition = shared.get(entry["name"])
    if definition is None:
        return entry
    twice = sorted((entry.keys() & definition.keys()) - {"name", "logicalType"})
    if twice:
        raise ValueError(f"{table}.{entry['name']}: {', '.join(twice)} belongs to columns.yaml; remove it here")
    if entry["logicalType"] != definition["logicalType"]:
        kind = definition["logicalType"]
        raise ValueError(f"{table}.{entry['name']}: logicalType differs from columns.yaml; write {kind}")
    return definition | entry


def column(table: str, entry: Document) -> Column:
    """The column that a complete entry describes; raises ValueError for unknown properties, a missing type or title."""
    custom = custom_properties(entry)
    unknown = sorted(custom.keys() - COLUMN_PROPERTIES)
    missing = [name for name in ("physicalType", "businessName") if name not in entry]
    if unknown or missing:
        named = f"unknown custom properties {', '.join(unknown)}"
        fault = named if unknown else f"no {missing[0]} here or in columns.yaml"
        raise ValueError(f"{table}.{entry['name']}: {fault}")
    if FORBIDDEN.search(entry["name"]) and not custom.get("auditOnly"):
        raise ValueError(f"{table}.{entry['name']}: no decision may read such a column; mark it auditOnly or remove it")
    limits = entry.get("logicalTypeOptions", {})
    return Column(
        name=entry["name"],
        type=entry["physicalType"],
        required=entry.get("required", False),
        description=entry["description"],
        description_zh=custom["descriptionZh"],
        unit=custom.get("unit"),
        allowed=tuple(item["value"] for item in entry.get("enum", ())),
        labels_zh=tuple(item["label"] for item in entry.get("enum", ())),
        minimum=limits.get("minimum"),
        maximum=limits.get("maximum"),
        min_length=limits.get("minLength"),
        coded=custom.get("codes", False),
        audit_only=custom.get("auditOnly", False),
        redaction_only=custom.get("redactionOnly", False),
        planned=custom.get("planned", False),
        added_in=custom.get("addedIn"),
        wide=custom.get("wide", False),
        last_day=custom.get("lastDay", False),
        instead=custom.get("instead"),
        title_zh=entry["businessName"],
    )


def row_rules(items: list[Document], columns: tuple[Column, ...]) -> tuple[Rule, ...]:
    """The declared rules that look at one row at a time."""
    rules = []
    for item in items:
        if match := ROW_RULE.fullmatch(item["query"]):
            named = tuple(column.name for column in columns if contract_sql.names_column(match[1], column.name))
            rules.append(Rule(item["name"], named, match[1], item["severity"], item["description"]))
    return tuple(rules)


def table_rules(items: list[Document]) -> tuple[TableRule, ...]:
    """The declared rules that look at whole tables."""
    matches = [(item, TABLE_RULE.fullmatch(item["query"])) for item in items]
    return tuple(
        TableRule(item["name"], match[1], item["severity"], item["description"]) for item, match in matches if match
    )


def refuse_other_rules(table: str, items: list[Document]) -> None:
    """Raise ValueError for a declared rule of neither form; nothing is checked silently less than it says."""
    for item in items:
        known = ROW_RULE.fullmatch(item["query"]) or TABLE_RULE.fullmatch(item["query"])
        if not known or item["mustBe"] != 0:
            raise ValueError(
                f"{table}, rule {item['name']}: count rows that must be 0, as SELECT count(*) FROM ${{table}} WHERE … "
                "or as SELECT count(*) FROM (SELECT …) AS broken"
            )


def references(entries: list[Document]) -> Mapping[str, tuple[str, str]]:
    """Column → (table, column) that its values must be found in, from the column `entries` of a contract."""
    targets = {entry["name"]: entry["relationships"][0]["to"] for entry in entries if "relationships" in entry}
    return {name: (target.split(".")[0], target.split(".")[1]) for name, target in targets.items()}


def custom_properties(entry: Document) -> Document:
    """The custom properties by name of an ODCS element (`entry`)."""
    return {item["property"]: item["value"] for item in entry.get("customProperties", ())}
