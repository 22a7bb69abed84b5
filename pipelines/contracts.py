"""The data contracts: one place from which DDL, Arrow schemas, casts, checks and documentation derive.

`data_contracts/` holds one file a table in the Open Data Contract Standard. A column that several tables have is described
once, in `columns.yaml`; the table files name it and add only what is their own. Loading merges the two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import pyarrow as pa
import yaml

from pipelines import contract_sql
from pipelines.contract_sql import Column, Rule, TableRule
from pipelines.reasons import reason_sentence as reason_sentence

Layer = Literal["source", "published"]
PACKAGES: Mapping[Layer, str] = {"source": "data_contracts.sources", "published": "data_contracts.published"}
STAMP = ("list_date", "as_of_date", "run_id")
"""The columns that publishing adds to a table of the night."""

TABLES: Mapping[Layer, tuple[str, ...]] = {
    "source": ("products", "inventory", "agents", "groups", "orders", "returns", "chat_messages", "overrides"),
    "published": (
        "sku_list",
        "agent_matches",
        "sku_scorecard",
        "agent_summary",
        "feedback_mentions",
        "alarms",
        "calibration",
        "run_quality",
    ),
}
COLUMN_PROPERTIES = {"descriptionZh", "unit", "codes", "auditOnly", "redactionOnly"}
ROW_RULE = re.compile(r"SELECT count\(\*\) FROM \$\{table\} WHERE (.+)")
TABLE_RULE = re.compile(r"SELECT count\(\*\) FROM \((SELECT .+)\) AS broken")


@dataclass(frozen=True)
class Contract:
    """What a table promises: its columns in order, its key, its rules and what it refers to."""

    name: str
    name_zh: str
    layer: Layer
    description: str
    description_zh: str
    grain: str
    owner: str
    consumers: tuple[str, ...]
    version: str
    freshness_days: int | None
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    declared_rules: tuple[Rule, ...]
    table_rules: tuple[TableRule, ...]
    references: Mapping[str, tuple[str, str]]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every row rule: those derived from the columns, then those that the contract declares."""
        return contract_sql.column_rules(self.name, self.columns) + self.declared_rules

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name; raises KeyError where the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"contract {self.name} has no column {name}; it has {', '.join(self.column_names)}")

    def audit_only_columns(self) -> tuple[str, ...]:
        """Columns that are kept for audits and that no decision may read."""
        return tuple(column.name for column in self.columns if column.audit_only)

    def without(self, *names: str) -> Contract:
        """The same contract with some columns, and the rules and key parts that need them, left out."""
        return replace(
            self,
            columns=tuple(column for column in self.columns if column.name not in names),
            key=tuple(name for name in self.key if name not in names),
            declared_rules=tuple(rule for rule in self.declared_rules if not set(rule.columns) & set(names)),
            references={name: target for name, target in self.references.items() if name not in names},
        )

    def stored(self) -> Contract:
        """The contract of the table as it is kept: without the columns that are read for redaction only."""
        return self.without(*(column.name for column in self.columns if column.redaction_only))

    def unstamped(self) -> Contract:
        """The contract of the night's table, before publishing adds list_date, as_of_date and run_id."""
        return self.without(*STAMP)

    def ddl(self, schema: str, extra: tuple[str, ...] = ()) -> str:
        """The statement that creates the table where it is missing; `extra` are column definitions put at the end."""
        return contract_sql.create_table(f"{schema}.{self.name}", self.columns, extra)

    def arrow_schema(self) -> pa.Schema:
        """Names, inside types and nullability in contract order."""
        return contract_sql.arrow_schema(self.columns)

    def select_cast(self, relation: str) -> str:
        """A select of the contract's columns, in order and cast to their inside types."""
        return contract_sql.select_cast(relation, self.columns)

    def broken_rules(self) -> str:
        """An SQL expression: the sorted names of the critical rules that a row breaks, VARCHAR[]; it may name `$now`."""
        return contract_sql.broken_rules([rule for rule in self.rules if rule.severity == "critical"])

    def violations(self, relation: str) -> str:
        """A select of the rows of `relation` that break a critical rule, with `broken_rules` VARCHAR[] at the end."""
        return (
            f"SELECT * FROM (SELECT *, {self.broken_rules()} AS broken_rules FROM {relation})"
            " WHERE len(broken_rules) > 0"
        )

    def differences(self, actual: Mapping[str, str]) -> tuple[str, ...]:
        """How a table's columns (name → DuckDB type, in order) differ from the contract; empty where they agree."""
        return contract_sql.differences(self.columns, actual)


@cache
def load_contract(name: str) -> Contract:
    """The contract of a source or published table; raises KeyError for an unknown table and ValueError for a bad file."""
    for layer, tables in TABLES.items():
        if name in tables:
            return parse_contract(_read(PACKAGES[layer], name), layer, _shared_columns())
    raise KeyError(f"no contract for table {name}; known are {', '.join(TABLES['source'] + TABLES['published'])}")


def source_contracts() -> tuple[Contract, ...]:
    """Contracts of the source tables, each after those that it refers to."""
    return tuple(load_contract(name) for name in TABLES["source"])


def published_contracts() -> tuple[Contract, ...]:
    """Contracts of the published tables."""
    return tuple(load_contract(name) for name in TABLES["published"])


def schema_version() -> str:
    """The version that all published contracts share; raises ValueError where they do not."""
    versions = {contract.version for contract in published_contracts()}
    if len(versions) != 1:
        raise ValueError(f"published contracts carry several versions: {', '.join(sorted(versions))}; give them one")
    return versions.pop()


def complete_document(name: str) -> dict[str, Any]:
    """The contract as one self-contained ODCS document, shared columns filled in, for tools that read a single file."""
    layer: Layer = "source" if name in TABLES["source"] else "published"
    document = _read(PACKAGES[layer], name)
    table = document["schema"][0]
    table["properties"] = [_merged(name, entry, _shared_columns()) for entry in table["properties"]]
    return document


def parse_contract(document: dict[str, Any], layer: Layer, shared: Mapping[str, dict[str, Any]]) -> Contract:
    """Build a contract from an ODCS document; raises ValueError naming table and column where it cannot be understood."""
    table = document["schema"][0]
    name = table["name"]
    entries = [_merged(name, entry, shared) for entry in table["properties"]]
    columns = tuple(_column(name, entry) for entry in entries)
    key = sorted((entry["primaryKeyPosition"], entry["name"]) for entry in entries if entry.get("primaryKey"))
    quality = table.get("quality", [])
    _refuse_other_rules(name, quality)
    freshness = [int(item["value"]) for item in document.get("slaProperties", ()) if item["property"] == "freshness"]
    return Contract(
        name=name,
        name_zh=table["businessName"],
        layer=layer,
        description=table["description"],
        description_zh=_custom(table)["descriptionZh"],
        grain=table["dataGranularityDescription"],
        owner=document["team"]["name"],
        consumers=tuple(_custom(document)["consumers"]),
        version=document["version"],
        freshness_days=freshness[0] if freshness else None,
        columns=columns,
        key=tuple(column for _, column in key),
        declared_rules=_row_rules(quality, columns),
        table_rules=_table_rules(quality),
        references=_references(entries),
    )


def _read(package: str, name: str) -> dict[str, Any]:
    text = (files(package) / f"{name}.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return document


@cache
def _shared_columns() -> Mapping[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in _read("data_contracts", "columns")["schema"][0]["properties"]}


def _merged(table: str, entry: dict[str, Any], shared: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    definition = shared.get(entry["name"])
    if definition is None:
        return entry
    twice = sorted((entry.keys() & definition.keys()) - {"name", "logicalType"})
    if twice:
        raise ValueError(f"{table}.{entry['name']}: {', '.join(twice)} belongs to columns.yaml; remove it here")
    if entry["logicalType"] != definition["logicalType"]:
        raise ValueError(f"{table}.{entry['name']}: logicalType differs from columns.yaml; write {definition['logicalType']}")
    return definition | entry


def _column(table: str, entry: dict[str, Any]) -> Column:
    custom = _custom(entry)
    unknown = sorted(custom.keys() - COLUMN_PROPERTIES)
    if unknown or "physicalType" not in entry:
        fault = f"unknown custom properties {', '.join(unknown)}" if unknown else "no physicalType here or in columns.yaml"
        raise ValueError(f"{table}.{entry['name']}: {fault}")
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
    )


def _row_rules(items: list[dict[str, Any]], columns: tuple[Column, ...]) -> tuple[Rule, ...]:
    rules = []
    for item in items:
        if match := ROW_RULE.fullmatch(item["query"]):
            named = tuple(column.name for column in columns if contract_sql.names_column(match[1], column.name))
            rules.append(Rule(item["name"], named, match[1], item["severity"], item["description"]))
    return tuple(rules)


def _table_rules(items: list[dict[str, Any]]) -> tuple[TableRule, ...]:
    matches = [(item, TABLE_RULE.fullmatch(item["query"])) for item in items]
    return tuple(
        TableRule(item["name"], match[1], item["severity"], item["description"]) for item, match in matches if match
    )


def _refuse_other_rules(table: str, items: list[dict[str, Any]]) -> None:
    for item in items:
        known = ROW_RULE.fullmatch(item["query"]) or TABLE_RULE.fullmatch(item["query"])
        if not known or item["mustBe"] != 0:
            raise ValueError(
                f"{table}, rule {item['name']}: count rows that must be 0, as SELECT count(*) FROM ${{table}} WHERE … "
                "or as SELECT count(*) FROM (SELECT …) AS broken"
            )


def _references(entries: list[dict[str, Any]]) -> Mapping[str, tuple[str, str]]:
    targets = {entry["name"]: entry["relationships"][0]["to"] for entry in entries if "relationships" in entry}
    return {name: (target.split(".")[0], target.split(".")[1]) for name, target in targets.items()}


def _custom(entry: dict[str, Any]) -> dict[str, Any]:
    return {item["property"]: item["value"] for item in entry.get("customProperties", ())}
