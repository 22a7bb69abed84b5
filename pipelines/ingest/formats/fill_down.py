"""Repeats what an export writes once for several rows: merged cells, order columns on an order's first line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.formats.header import Wanted
from xuanpin.pipelines.ingest.formats.records import BLANKS, Record
from xuanpin.pipelines.typed.phrase import joined, phrase

Block = list[str | None]
"""What the filled columns hold in the first row of an order."""


def filled_down(drop: Drop, wanted: Wanted, names: Sequence[str], rows: Iterable[Record]) -> Iterable[Record]:
    """Return the rows of a table of columns `names`, empty cells of the `wanted.fill_down` columns filled from above.

    A row goes on with the order above it while those cells that it does hold are the same; another value begins an
    order of its own, whose empty cells stay empty, and after a row that cannot be read nothing is known of an order.
    Raises InputRefused where the table lacks one of the columns.
    """
    if not wanted.fill_down:
        return rows
    places = {name.lower(): place for place, name in enumerate(names)}
    if lacking := [name for name in wanted.fill_down if name.lower() not in places]:
        raise refused(
            drop,
            phrase("has no column {columns}, which fill_down names", columns=joined(lacking)),
            phrase("send it, or take it out of [sources.tables.{table}] fill_down", table=wanted.table),
        )
    return _filled(rows, [places[name.lower()] for name in wanted.fill_down])


def _filled(rows: Iterable[Record], places: Sequence[int]) -> Iterator[Record]:
    nothing: Block = [None] * len(places)
    block = nothing
    for record in rows:
        if not record.fields:
            block = nothing
            yield record
            continue
        own = [_given(record.fields[place]) for place in places]
        block = block if _goes_on(own, block) else own
        above = dict(zip(places, block, strict=True))
        fields = [field if _given(field) else above.get(place, field) for place, field in enumerate(record.fields)]
        yield replace(record, fields=fields)


def _goes_on(own: Block, block: Block) -> bool:
    """Tell whether a row says nothing else than the order above it."""
    return all(value is None or value == above for value, above in zip(own, block, strict=True))


def _given(field: str | None) -> str | None:
    return (field or "").strip(BLANKS) or None
