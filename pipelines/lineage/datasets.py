"""Describes tables as datasets of OpenLineage: columns, what they are made of, rows, checks; never a value of a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    InputDatasetFacet,
    OutputDatasetFacet,
    column_lineage_dataset,
    data_quality_assertions_dataset,
    dataset_version_dataset,
    documentation_dataset,
    input_statistics_input_dataset,
    output_statistics_output_dataset,
    schema_dataset,
    symlinks_dataset,
    tags_dataset,
)

from xuanpin.pipelines.contracts import STAMP, Contract, load_contract, table_names
from xuanpin.pipelines.lineage.facts import ColumnFact, Kind, Origin, TableFact
from xuanpin.pipelines.lineage.places import Place
from xuanpin.pipelines.lineage.producer import PRODUCER

Check = data_quality_assertions_dataset.Assertion
_SUBTYPES: Mapping[Kind, str] = {
    "identity": "IDENTITY",
    "masked": "TRANSFORMATION",
    "computed": "TRANSFORMATION",
    "aggregated": "AGGREGATION",
}
"""The standard's word for how a column is made."""


@dataclass(frozen=True)
class Seen:
    """What is known of a table once its step is done.

    `columns`: name → type as DuckDB writes it; `rows`: how many, None where counting would cost; `places`: by what
    other names the world knows it; `version`: the run that wrote it.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None
    places: tuple[Place, ...] = ()
    version: str | None = None


def input_dataset(namespace: str, table: str, seen: Seen | None = None, checks: Sequence[Check] = ()) -> InputDataset:
    """Describe a `table` (`schema.table`) that a step reads, by what was `seen` of it and the results of `checks`.

    `namespace` is that of the deployment's tables. Nothing is seen of a table while its step works.
    """
    if seen is None:
        return InputDataset(namespace, table)
    facets: dict[str, InputDatasetFacet] = {}
    if seen.rows is not None:
        facets["inputStatistics"] = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
            rowCount=seen.rows, producer=PRODUCER
        )
    if checks:
        facets["dataQualityAssertions"] = data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
            assertions=list(checks), producer=PRODUCER
        )
    return InputDataset(namespace, table, facets, facets=_facets(table, seen))


def output_dataset(
    namespace: str, table: str, seen: Seen | None = None, fact: TableFact | None = None
) -> OutputDataset:
    """Describe a `table` (`schema.table`) that a step writes; `fact` says what the step makes its columns of.

    `namespace` and `seen` are as in input_dataset.
    """
    if seen is None:
        return OutputDataset(namespace, table)
    facets: dict[str, OutputDatasetFacet] = {}
    if seen.rows is not None:
        facets["outputStatistics"] = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=seen.rows, producer=PRODUCER
        )
    made = _column_lineage(namespace, fact or TableFact(), seen.columns)
    return OutputDataset(namespace, table, facets, facets=_facets(table, seen) | made)


def columns_by_contract(table: str) -> Mapping[str, str]:
    """Return the columns that a table outside the warehouse has, by its contract: name → type as DuckDB writes it."""
    return {column.name: column.type for column in load_contract(table.partition(".")[2]).columns}


def _facets(table: str, seen: Seen) -> dict[str, DatasetFacet]:
    contract = _contract(table)
    facets: dict[str, DatasetFacet] = {}
    if seen.columns:
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=_fields(contract, seen.columns), producer=PRODUCER)
    if contract is not None:
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(
            description=contract.description, producer=PRODUCER
        )
        facets |= _tags(contract, seen.columns)
    if seen.places:
        identifiers = [symlinks_dataset.Identifier(place.namespace, place.name, "LOCATION") for place in seen.places]
        facets["symlinks"] = symlinks_dataset.SymlinksDatasetFacet(identifiers=identifiers, producer=PRODUCER)
    if seen.version is not None:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(seen.version, producer=PRODUCER)
    return facets


def _fields(contract: Contract | None, columns: Mapping[str, str]) -> list[schema_dataset.SchemaDatasetFacetFields]:
    told = {column.name: column.description for column in contract.columns} if contract else {}
    return [
        schema_dataset.SchemaDatasetFacetFields(name, kind, told.get(name), ordinal_position=place)
        for place, (name, kind) in enumerate(columns.items(), 1)
    ]


def _tags(contract: Contract, columns: Iterable[str]) -> dict[str, DatasetFacet]:
    """Mark the columns that no decision may read."""
    marked = [name for name in contract.audit_only_columns() if name in columns]
    tags = [tags_dataset.TagsDatasetFacetFields("audit_only", "true", "XUANPIN", name) for name in marked]
    return {"tags": tags_dataset.TagsDatasetFacet(tags=tags, producer=PRODUCER)} if tags else {}


@cache
def _contract(table: str) -> Contract | None:
    """The contract of a table, as it is where the table stands; None for one of the night alone."""
    schema, _, name = table.partition(".")
    if name not in table_names():
        return None
    contract = load_contract(name)
    if schema == "night":
        return contract.without(*STAMP)
    return contract if schema == "drops" else contract.stored()


def _column_lineage(namespace: str, fact: TableFact, columns: Iterable[str]) -> dict[str, DatasetFacet]:
    """What each of the columns is made of, and what decides the rows; nothing where nothing is known."""
    known = {name: fact.columns[name] for name in columns if name in fact.columns}
    fields = {name: _made(namespace, made, fact.how) for name, made in known.items() if made.origins}
    rows = [_field(namespace, origin, "INDIRECT") for origin in fact.deciding]
    if not fields and not rows:
        return {}
    return {
        "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(
            fields=fields, dataset=rows, producer=PRODUCER
        )
    }


def _made(namespace: str, made: ColumnFact, how: str) -> column_lineage_dataset.Fields:
    subtype = _SUBTYPES[made.kind]
    is_told = bool(how) and made.kind == "computed"
    inputs = [_field(namespace, origin, "DIRECT", subtype, made.kind == "masked") for origin in made.origins]
    return column_lineage_dataset.Fields(inputs, transformationDescription=how if is_told else None)


def _field(
    namespace: str, origin: Origin, kind: str, subtype: str | None = None, is_masked: bool = False
) -> column_lineage_dataset.InputField:
    table, column = origin
    how = column_lineage_dataset.Transformation(kind, subtype, masking=is_masked or None)
    return column_lineage_dataset.InputField(namespace, table, column, [how])
