"""Tables of the copy: made from their contracts, partitioned by list date, their field ids stable when columns come."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import STAMP, Contract
from xuanpin.pipelines.delivery.iceberg.catalogue import Place
from xuanpin.pipelines.delivery.iceberg.versions import Version
from xuanpin.pipelines.errors import DeliveryFailed
from xuanpin.pipelines.typed.phrase import phrase

COPY, SHOWN, STAMPED = "xuanpin.copy", "xuanpin.shown.", "xuanpin.stamp"
"""Properties of a table: the copy that it belongs to; and which rows a list date (its end) shows. Property of a tagged
snapshot: which rows it has."""
ERASING = "xuanpin.erasing"
"""Property of a table that has snapshots with rows that a run does not have any more: an erased customer's."""
PROPERTIES = {
    "format-version": "2",
    # The library gives up staged tags when it tries a commit again; the next delivery does that.
    "commit.retry.num-retries": "0",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}


def copied_table(place: Place, contract: Contract) -> Table:
    """Return the copy's table of a `contract`, made where it is missing and given columns that are new.

    Raises DeliveryFailed where a table of that name is not this copy's.
    """
    name = (place.namespace, contract.name)
    try:
        table = place.catalog.load_table(name)
    except NoSuchTableError:
        return _made(place, contract)
    if table.properties.get(COPY) != place.note.copy:
        raise DeliveryFailed(
            phrase(
                "table {table} in the catalogue of the Iceberg copy is not this home's; name another namespace in "
                "[publish.iceberg], or drop the table",
                table=".".join(name),
            )
        )
    schema = described_schema(contract)
    held = {field.name: field.doc for field in table.schema().fields}
    if any(held.get(field.name) != field.metadata[b"doc"].decode() for field in schema):
        with table.update_schema() as update:
            update.union_by_name(schema)
    return table


def described_schema(contract: Contract) -> pa.Schema:
    """Return the columns of a `contract` with what they mean.

    Only keys are required: a column that comes later has no value in rows of earlier releases.
    """
    required = {*STAMP, *contract.key}
    return pa.schema(
        pa.field(
            field.name,
            field.type,
            nullable=field.nullable or field.name not in required,
            metadata={b"doc": f"{column.description} {column.description_zh}".encode()},
        )
        for field, column in zip(contract.arrow_schema(), contract.columns, strict=True)
    )


def rows_of(home: Home, version: Version, contract: Contract) -> pa.Table:
    """Return the rows of a run in the columns of the copy's table, nulls where its release did not know a column."""
    schema = described_schema(contract)
    rows = run_store.read_table(home, version.run, contract.name)
    return run_store.with_columns(rows, schema).select(schema.names).cast(schema)


def tags(table: Table) -> dict[str, str]:
    """Return which rows each tagged snapshot has, by tag."""
    held: dict[str, str] = {}
    for name, reference in table.refs().items():
        snapshot = table.snapshot_by_id(reference.snapshot_id)
        if name.startswith("run-") and snapshot is not None and snapshot.summary is not None:
            held[name] = snapshot.summary.get(STAMPED) or ""
    return held


def shown(table: Table) -> Mapping[str, str]:
    """Return which rows each list date shows on `main`, by ISO date."""
    return {key.removeprefix(SHOWN): stamp for key, stamp in table.properties.items() if key.startswith(SHOWN)}


def _made(place: Place, contract: Contract) -> Table:
    schema, name = described_schema(contract), (place.namespace, contract.name)
    comment = f"{contract.description} {contract.description_zh}"
    own = {"comment": comment, COPY: place.note.copy}
    with place.catalog.create_table_transaction(name, schema, properties=PROPERTIES | own) as table:
        with table.update_spec() as spec:
            spec.add_identity("list_date")
        # A table without a snapshot takes none but those of `main`.
        table.append(schema.empty_table())
    return place.catalog.load_table(name)
