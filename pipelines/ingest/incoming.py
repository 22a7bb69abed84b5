"""Reads the drops of one source table into a temporary table of typed contract columns."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from pathlib import Path

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine, EngineError
from xuanpin.pipelines.engine.names import literal
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.casts import typed_columns
from xuanpin.pipelines.ingest.drop_formats import RawFile, open_drop, scan
from xuanpin.pipelines.ingest.drops import Drop, refused
from xuanpin.pipelines.ingest.mapping import TableMapping, Translation, translate
from xuanpin.pipelines.ingest.statements.drops import (
    file_columns,
    fitting_counts,
    incoming_rows,
    incoming_table,
    viewed,
)

log = logging.getLogger("xuanpin.ingest")


def create_incoming(engine: Engine, contract: Contract) -> None:
    """Make the empty temporary table temp.incoming of a source table's new rows.

    Contract columns with inside types, `drop_path`, and `raw`: per typed column the raw value that did not fit.
    """
    engine.execute(incoming_table(contract))


def read_drops(engine: Engine, mapping: TableMapping, drops: Iterable[Drop], scratch: Path) -> None:
    """Add the rows of these drops to the table's incoming rows; copies that a format needs are made in the folder
    `scratch`.

    Raises InputRefused for a file that is unreadable, has not a required column, or has a required column of which no
    value fits its type.
    """
    opened = [open_drop(engine, drop, scratch) for drop in drops]
    for files in _batches(opened, one_by_one=mapping.view is not None):
        relation = _relation(engine, mapping, files)
        translation = translate(mapping, _shape(engine, mapping, relation, files))
        _check_columns(translation, files)
        _insert(engine, translation, relation, files)
    _check_types(engine, mapping, {raw.drop.path: raw.drop for raw in opened})


def _batches(files: list[RawFile], one_by_one: bool) -> Iterator[list[RawFile]]:
    """Files of one shape together: one statement reads many drops. A view sees one drop at a time."""
    if one_by_one:
        yield from ([raw] for raw in files)
        return
    ordered = sorted(files, key=lambda raw: (repr(raw.shape), raw.drop.path))
    yield from (list(group) for _, group in groupby(ordered, key=lambda raw: raw.shape))


def _relation(engine: Engine, mapping: TableMapping, files: list[RawFile]) -> str:
    source = scan(files)
    if mapping.view is None:
        return source
    return viewed(mapping.view, source)


def _shape(engine: Engine, mapping: TableMapping, relation: str, files: list[RawFile]) -> tuple[tuple[str, str], ...]:
    if mapping.view is None:
        return files[0].columns
    try:
        rows = engine.query(file_columns(relation)).to_pylist()
    except EngineError as error:
        raise UsageError(
            f"[sources.tables.{mapping.contract.name}] view {mapping.view_name} does not run over "
            f"{files[0].drop.path}: {str(error).splitlines()[0]}; the drop has the columns "
            f"{', '.join(name for name, _ in files[0].columns)}"
        ) from None
    return tuple((row["column_name"], row["column_type"]) for row in rows)


def _check_columns(translation: Translation, files: list[RawFile]) -> None:
    mapping, drop = translation.mapping, files[0].drop
    missing = [" or ".join(mapping.raw_names(name)) for name in translation.missing()]
    if missing:
        raise refused(
            drop,
            f"has no column {', '.join(missing)} (it has {', '.join(name for name, _ in files[0].columns)})",
            f"send the column, or map it in [sources.tables.{mapping.contract.name}]",
        )
    if translation.ignored and mapping.view is None:
        log.info(
            "%s: columns ignored in %d drops such as %s: %s",
            mapping.contract.name,
            len(files),
            drop.path,
            ", ".join(translation.ignored),
        )


def _insert(engine: Engine, translation: Translation, relation: str, files: list[RawFile]) -> None:
    has_view = translation.mapping.view is not None
    file_column = literal(str(files[0].file)) if has_view else "drop_file"
    rows = translation.select(relation, file_column, blank_is_null=files[0].kind == "csv")
    try:
        engine.execute(
            incoming_rows(rows), files=[str(raw.file) for raw in files], paths=[raw.drop.path for raw in files]
        )
    except EngineError as error:
        # The engine's message quotes the line it could not read: only the file may be named.
        culprit = next((raw.drop for raw in files if f"{raw.file}" in str(error)), None)
        if culprit is None:
            raise
        raise refused(culprit, f"cannot be read to its end{_place(str(error))}", "send the whole file again") from None


def _place(message: str) -> str:
    words = message.replace(":", " ").split()
    for word, following in pairwise(words):
        if word.lower() == "line" and following.rstrip(".").isdigit():
            return f" (at line {following.rstrip('.')})"
    return " (truncated or damaged)"


def _check_types(engine: Engine, mapping: TableMapping, drops: dict[str, Drop]) -> None:
    """A column that no row casts is a wrong column; a single value that does not fit is one bad row."""
    required = [column for column in typed_columns(mapping.contract) if column.required]
    rows = engine.query(fitting_counts(required)).to_pylist()
    for row in rows:
        for column in required:
            fitting, failing = row[column.name]
            if fitting == 0 and failing > 1:
                raise refused(
                    drops[row["drop_path"]],
                    f"has {failing} values in column {' or '.join(mapping.raw_names(column.name))} and none of them is "
                    f"a {column.type}",
                    f"send {column.name} as {column.type}, or translate it in a view",
                )
