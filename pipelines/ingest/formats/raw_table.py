"""Writes rows that were read row by row to a Parquet file of text columns, for the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from xuanpin.pipelines.ingest.formats.header import Header, Wanted
from xuanpin.pipelines.ingest.formats.records import BLANKS, Record, is_blank, without_broken
from xuanpin.pipelines.ingest.formats.totals import kind_of_no_row
from xuanpin.pipelines.ingest.statements.drops import FAULT, ROW

_BATCH = 10_000

Told = Counter[str]
"""How many rows were skipped, by kind."""


def write_table(target: Path, names: Sequence[str], rows: Iterable[Record]) -> None:
    """Write records (`rows`), each with the fields `names` or with none, to the Parquet file `target`."""
    types = {name: pa.string() for name in names} | {ROW: pa.int64(), FAULT: pa.string()}
    schema, records = pa.schema(types), iter(rows)
    with pq.ParquetWriter(target, schema) as writer:
        while batch := list(islice(records, _BATCH)):
            writer.write_batch(_as_arrow(batch, schema))


def _as_arrow(batch: list[Record], schema: pa.Schema) -> pa.RecordBatch:
    width = len(schema) - 2
    nothing: list[str | None] = [None] * width
    columns = list(zip(*(record.fields or nothing for record in batch), strict=True)) or [()] * width
    columns += [tuple(record.line for record in batch), tuple(record.fault for record in batch)]
    return pa.record_batch(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema
    )


def table_rows(rows: Iterable[Record], header: Header, wanted: Wanted, told: Told) -> Iterator[Record]:
    """Yield the rows below a header that are rows of the table, each with as many fields as the header has.

    Blank rows, repeated headers, sums and notes below the table are left out; `told` counts all but the first.
    """
    repeated = [name.lower() for name in header.names]
    for record in rows:
        if record.line <= header.line or (not record.fault and is_blank(record.fields)):
            continue
        if not record.fault and [(field or "").strip(BLANKS).lower() for field in record.fields] == repeated:
            told["repeated headers"] += 1
        elif not record.fault and (kind := kind_of_no_row(record.fields, header, wanted)):
            told[kind] += 1
        else:
            yield without_broken(fitted(record, header.width))


def fitted(record: Record, width: int) -> Record:
    """Return the record with `width` fields, empty ones null, or with a fault: it has other than so many.

    Fields beyond the last column are ignored while they are blank.
    """
    if record.fault:
        return record
    if len(record.fields) < width:
        return Record(record.line, [], "too_few_fields")
    if not is_blank(record.fields[width:]):
        return Record(record.line, [], "too_many_fields")
    return Record(record.line, [field or None for field in record.fields[:width]])
