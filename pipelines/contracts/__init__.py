"""The data contracts: one place from which DDL, Arrow schemas, casts, checks and documentation derive.

`data_contracts/` holds one file a table in the Open Data Contract Standard. A column that several tables have is
described once, in `columns.yaml`; the table files name it and add only what is their own. Loading merges the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import pyarrow as pa

from xuanpin.pipelines.contracts import documents, statements
from xuanpin.pipelines.contracts import sql as contract_sql
from xuanpin.pipelines.contracts.reason_codes import reason_sentence as reason_sentence
from xuanpin.pipelines.contracts.sql import Column, Rule, TableRule

Layer = Literal["source", "published", "history", "ops"]
"""Which promise a contract is: of what comes in, of what goes out, or of a table that lives from night to night.

The last two are named as the schemas of the warehouse that hold such tables."""

PACKAGES: Mapping[Layer, str] = {
    "source": "xuanpin.data_contracts.sources",
    "published": "xuanpin.data_contracts.published",
    "history": documents.INNER,
    "ops": documents.INNER,
}
STAMP = ("list_date", "as_of_date", "run_id")
"""The columns that publishing adds to a table of the night."""
TABLES: Mapping[Layer, tuple[str, ...]] = {
    "source": (
        "products",
        "inventory",
        "agents",
        "groups",
        "orders",
        "returns",
        "chat_messages",
        "overrides",
        "match_answers",
        "supplier_offers",
    ),
    "published": (
        "sku_list",
        "agent_matches",
        "agent_alternates",
        "sku_scorecard",
        "agent_summary",
        "pick_answers",
        "feedback_mentions",
        "alarms",
        "calibration",
        "run_quality",
        "list_frontier",
        "experiment_assignments",
        "experiment_results",
    ),
    "history": (
        "order_line_timeline",
        "daily_sku_outcomes",
        "daily_agent_outcomes",
        "mention_days",
        "mentions",
        "group_posts",
        "posts",
        "listed",
        "matched",
        "predictions",
        "brakes",
        "short_nights",
        "assigned",
        "trials",
    ),
    "ops": (
        "drops",
        "watermarks",
        "arrivals",
        "quarantine",
        "known_names",
        "privacy",
        "proven",
        "expectations",
        "staged",
        "judged",
        "steps_done",
        "warehouse_version",
        "lake",
    ),
}

OPTIONAL = ("overrides", "match_answers", "supplier_offers")
"""Source tables that may be missing as a whole: nobody has decided, answered or offered anything yet."""
KNOWN_WITH: Mapping[str, tuple[str, ...]] = {
    "products": ("updated_at",),
    "inventory": ("as_of_date",),
    "agents": ("updated_at",),
    "groups": ("updated_at",),
    "orders": ("updated_at", "ordered_at"),
    "returns": ("updated_at", "requested_at"),
    "chat_messages": ("sent_at",),
    "overrides": ("created_at",),
    "match_answers": ("updated_at",),
    "supplier_offers": ("updated_at",),
}
"""Columns whose latest business date is the first day a run may see the row, were all it refers to known."""


@dataclass(frozen=True)
class Contract:
    """What a table promises: its columns in order, its key, its rules and what it refers to.

    `name` and `name_zh`, `description` and `description_zh` are what people read; `grain` says what one row is, `owner`
    and `consumers` who writes and who reads the table, and `version` (major.minor.patch) what it was published as. Rows
    are expected no older than `freshness_days`, None where nothing is promised. `declared_rules` look at a row and are
    beside those that follow from the columns; `references` maps a column to the table and column in which its values
    must be found.
    """

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
    def critical_rules(self) -> tuple[Rule, ...]:
        """The row rules that quarantine a source row and stop a publication."""
        return tuple(rule for rule in self.rules if rule.severity == "critical")

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns in order."""
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
        """The same contract with some columns (`names`), and the rules and key parts that need them, left out."""
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
        """The statement that creates the table in `schema` where it is missing; `extra` are column definitions put
        at the end."""
        return statements.create_table(f"{schema}.{self.name}", self.columns, extra)

    def arrow_schema(self) -> pa.Schema:
        """Names, inside types and nullability in contract order."""
        return contract_sql.arrow_schema(self.columns)

    def select_cast(self, table: str) -> str:
        """A select of the contract's columns of `schema.table`, in order and cast to their inside types."""
        return statements.select_cast(table, self.columns)

    def differences(self, actual: Mapping[str, str]) -> tuple[str, ...]:
        """How a table's `actual` columns (name → DuckDB type, in order) differ from the contract; empty where they
        agree."""
        return contract_sql.differences(self.columns, actual)


@cache
def load_contract(name: str) -> Contract:
    """The contract of the table `name` of any layer; raises KeyError for an unknown table, ValueError for a bad
    file."""
    for layer, tables in TABLES.items():
        if name in tables:
            return parse_contract(documents.read_document(PACKAGES[layer], name), layer, definitions(layer))
    raise KeyError(f"no contract for table {name}; known are {', '.join(table_names())}")


def table_names() -> tuple[str, ...]:
    """Names of all tables that have a contract."""
    return tuple(name for names in TABLES.values() for name in names)


def definitions(layer: Layer) -> Mapping[str, documents.Document]:
    """Shared definitions of the columns of a layer's tables, by name."""
    return documents.inner_columns() if layer in ("history", "ops") else documents.shared_columns()


def source_contracts() -> tuple[Contract, ...]:
    """Contracts of the source tables, each after those that it refers to."""
    return tuple(load_contract(name) for name in TABLES["source"])


def published_contracts() -> tuple[Contract, ...]:
    """Contracts of the published tables."""
    return tuple(load_contract(name) for name in TABLES["published"])


def inner_contracts() -> tuple[Contract, ...]:
    """Contracts of the tables of schemas history and ops, which live from night to night."""
    return tuple(load_contract(name) for name in TABLES["history"] + TABLES["ops"])


def complete_document(name: str) -> documents.Document:
    """The contract of the table `name` as one self-contained ODCS document, shared columns filled in, for tools that
    read a single file."""
    layer = load_contract(name).layer
    document = documents.read_document(PACKAGES[layer], name)
    table = document["schema"][0]
    table["properties"] = [documents.merged(name, entry, definitions(layer)) for entry in table["properties"]]
    return document


def parse_contract(document: documents.Document, layer: Layer, shared: Mapping[str, documents.Document]) -> Contract:
    """Build a contract from an ODCS document and the columns that tables share (`shared`, by name); raises
    ValueError naming table and column where it cannot."""
    table = document["schema"][0]
    name = table["name"]
    entries = [documents.merged(name, entry, shared) for entry in table["properties"]]
    columns = tuple(documents.column(name, entry) for entry in entries)
    key = sorted((entry["primaryKeyPosition"], entry["name"]) for entry in entries if entry.get("primaryKey"))
    quality = table.get("quality", [])
    documents.refuse_other_rules(name, quality)
    freshness = [int(item["value"]) for item in document.get("slaProperties", ()) if item["property"] == "freshness"]
    return Contract(
        name=name,
        name_zh=table["businessName"],
        layer=layer,
        description=table["description"],
        description_zh=documents.custom_properties(table)["descriptionZh"],
        grain=table["dataGranularityDescription"],
        owner=document["team"]["name"],
        consumers=tuple(documents.custom_properties(document)["consumers"]),
        version=document["version"],
        freshness_days=freshness[0] if freshness else None,
        columns=columns,
        key=tuple(column for _, column in key),
        declared_rules=documents.row_rules(quality, columns),
        table_rules=documents.table_rules(quality),
        references=documents.references(entries),
    )
