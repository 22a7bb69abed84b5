"""Reads the drops of one source table into a temporary table of typed contract columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine import Engine, EngineError
from xuanpin.pipelines.engine.names import literal
from xuanpin.pipelines.errors import InputRefused, UsageError
from xuanpin.pipelines.ingest.casts import typed_columns
from xuanpin.pipelines.ingest.damaged_files import ReadAborted, damage_told
from xuanpin.pipelines.ingest.drop_formats import Columns, Opening, RawFile, open_drop, scan
from xuanpin.pipelines.ingest.drops import Drop, refuse_changed, refused
from xuanpin.pipelines.ingest.faults import unfit_column
from xuanpin.pipelines.ingest.formats.header import Wanted
from xuanpin.pipelines.ingest.formats.workspace import Workspace
from xuanpin.pipelines.ingest.mapping import TableMapping, Translation, translate
from xuanpin.pipelines.ingest.missing_columns import plausible, refuse_columns, suggestions
from xuanpin.pipelines.ingest.notes import Notes, Stage
from xuanpin.pipelines.ingest.snapshots import STATE_TIMES
from xuanpin.pipelines.ingest.statements import drops as statements
from xuanpin.pipelines.ingest.views import add_view_functions, named_in
from xuanpin.pipelines.typed.phrase import joined, phrase

SMALL_BYTES = 1 << 24
"""Size of files, together, up to which it is looked for how their values are written before they are read."""


@dataclass(frozen=True)
class Reading:
    """How one table's drops are read: the engine, their translation, and the notes."""

    opening: Opening
    mapping: TableMapping
    notes: Notes

    @property
    def engine(self) -> Engine:
        """The engine that reads."""
        return self.opening.engine


def begin_reading(engine: Engine, mapping: TableMapping, work: Workspace, notes: Notes) -> Reading:
    """Return what reads a table's drops through a mapping; copies of files go to `work`."""
    if mapping.view is not None:
        add_view_functions(engine)
    return Reading(Opening(engine, work, wanted_headers(mapping)), mapping, notes)


def wanted_headers(mapping: TableMapping) -> Wanted:
    """Return the headers that a drop of a table may have, as its mapping names them; a view may want any."""
    contract, given = mapping.contract, mapping.constants
    names = {
        column.name: frozenset(name.lower() for name in (*mapping.raw_names(column.name), column.name))
        for column in contract.columns
        if column.name not in given
    }
    filled = STATE_TIMES if mapping.is_snapshot else ()
    required = [
        names[column.name]
        for column in contract.columns
        if column.required and column.name in names and column.name not in filled
    ]
    return Wanted(
        contract.name,
        required=tuple(required) if mapping.view is None else named_in(mapping.view),
        known=frozenset[str]() if mapping.view is not None else frozenset[str]().union(*names.values()),
        key=frozenset[str]().union(*(names.get(name, frozenset()) for name in contract.key)),
        may_have_title="title_lines" in mapping.accepts,
        may_be_document="json_documents" in mapping.accepts,
        sheet=mapping.sheet,
        fill_down=mapping.fill_down,
        chats=mapping.chats,
    )


def create_incoming(engine: Engine, contract: Contract) -> None:
    """Make the empty temporary table temp.incoming of a source table's new rows.

    Contract columns with inside types; `drop_path`, `drop_row` and `drop_fault`: the file, the line or row in it, and
    the rule that the row breaks as a whole; `raw`: per typed column the raw value that did not fit.
    """
    engine.execute(statements.incoming_table(contract))
    engine.execute(statements.first_rows_table())


def open_drops(reading: Reading, drops: Iterable[Drop], *, with_care: bool = False) -> list[RawFile]:
    """Open drops, `with_care` row by row, and return those that can be read; the reading's notes name the others."""
    opened = []
    for drop in drops:
        try:
            opened.append(open_drop(reading.opening, drop, with_care=with_care))
        except InputRefused as error:
            reading.notes.refuse(error)
    for raw in opened:
        reading.notes.told.update(raw.told)
        reading.notes.archives += [raw.drop.path] if raw.is_archive else []
        reading.notes.other_sheets.extend(f"{sheet} of {raw.drop.path}" for sheet in raw.other_sheets)
    return opened


def read_drops(reading: Reading, drops: Iterable[Drop]) -> list[RawFile]:
    """Add the rows of these drops to the table's incoming rows; return the files that could be opened.

    The notes name each file that is unreadable, lacks a required column, has a required column of which no
    value fits its type, or changes while it is read. Raises ReadAborted where the engine fails in the middle of a file.
    """
    notes = reading.notes
    notes.stage = Stage.OPEN
    opened = open_drops(reading, drops)
    if not opened:
        return []
    notes.stage = Stage.READ
    _read_files(reading, opened)
    odd = _rejecting(reading, opened)
    if odd:
        notes.stage = Stage.OPEN_WITH_CARE
        again = open_drops(reading, [raw.drop for raw in odd], with_care=True)
        notes.stage = Stage.READ_WITH_CARE
        _read_files(reading, again)
        opened = [raw for raw in opened if raw not in odd] + again
    _number_rows(reading, opened)
    notes.stage = Stage.COMPARE
    for raw in opened:
        _note_changed(notes, raw.drop)
    notes.stage = Stage.JUDGE
    _check_types(reading, {raw.drop.path: raw.drop for raw in opened})
    return opened


def _note_changed(notes: Notes, drop: Drop) -> None:
    try:
        refuse_changed(drop)
    except InputRefused as error:
        notes.refuse(error)


def _read_files(reading: Reading, opened: list[RawFile]) -> None:
    for files in _batches(opened, one_by_one=is_read_singly(reading.mapping)):
        try:
            _read_batch(reading, files)
        except ReadAborted:
            raise
        except InputRefused as error:
            reading.notes.refuse(error)


def _read_batch(reading: Reading, files: list[RawFile]) -> None:
    relation = _relation(reading.mapping, files)
    shape = _shape(reading.engine, reading.mapping, relation, files)
    drops = [raw.drop for raw in files]
    translation = translated(reading.mapping, shape, drops, [name for name, _ in files[0].columns], reading.notes)
    _insert(reading.engine, translation, relation, files)


def translated(
    mapping: TableMapping, shape: Columns, drops: Sequence[Drop], headers: Sequence[str], notes: Notes
) -> Translation:
    """Return how files of one `shape`, those of `drops`, become rows; the notes learn which of their headers nothing
    reads. Raises InputRefused where they lack a required column."""
    translation = translate(mapping, shape, drops[0].shown_on)
    refuse_columns(translation, drops, headers)
    if mapping.view is None:
        notes.ignored.update(dict.fromkeys(plausible(translation.ignored), drops[0].path))
        notes.suggested.update(suggestions(translation))
    return translation


def _rejecting(reading: Reading, opened: list[RawFile]) -> list[RawFile]:
    """Return the plain files of which the engine left out lines, and take back what it read of them."""
    if not any(raw.kind == "csv" for raw in opened):
        return []
    engine = reading.engine
    if not engine.query(statements.has_rejects()).num_rows:
        return []
    found = set(engine.query(statements.rejecting_files())["file_path"].to_pylist())
    engine.drop(f"temp.{statements.REJECTS}", f"temp.{statements.SCANS}")
    odd = [raw for raw in opened if str(raw.file) in found]
    if odd:
        engine.execute(statements.rows_of_drops(), paths=[raw.drop.path for raw in odd])
    return odd


def is_read_singly(mapping: TableMapping) -> bool:
    """Tell whether each file is read by itself whatever its shape: a view or a state is of one file."""
    return mapping.view is not None or mapping.is_snapshot


def _batches(files: list[RawFile], one_by_one: bool) -> Iterator[list[RawFile]]:
    """Files of one shape together: one statement reads many drops. A view or a state is one drop."""
    if one_by_one:
        yield from ([raw] for raw in files)
        return
    ordered = sorted(files, key=lambda raw: (repr(raw.shape), raw.drop.path))
    yield from (list(group) for _, group in groupby(ordered, key=lambda raw: raw.shape))


def _relation(mapping: TableMapping, files: list[RawFile]) -> str:
    if mapping.view is None:
        return scan(files)
    return statements.viewed(mapping.view, scan(files), _beside(files[0]))


def _beside(raw: RawFile) -> tuple[str, ...]:
    """The columns of a scanned file that are not its own."""
    return ("drop_file", statements.ROW, statements.FAULT) if raw.kind == "careful" else ("drop_file",)


def _shape(engine: Engine, mapping: TableMapping, relation: str, files: list[RawFile]) -> Columns:
    if mapping.view is None:
        return files[0].columns
    try:
        rows = engine.query(statements.file_columns(relation)).to_pylist()
    except EngineError as error:
        raise UsageError(
            phrase(
                "[sources.tables.{table}] view {view_name} does not run over {path}: {problem}; the drop has "
                "the columns {columns}",
                table=mapping.contract.name,
                view_name=mapping.view_name,
                path=files[0].drop.path,
                problem=str(error).splitlines()[0],
                columns=joined(plausible([name for name, _ in files[0].columns])),
            )
        ) from None
    return tuple((row["column_name"], row["column_type"]) for row in rows)


def _insert(engine: Engine, translation: Translation, relation: str, files: list[RawFile]) -> None:
    place, plain = _place_columns(translation, files[0]), _plain_columns(engine, translation, relation, files)
    selects = [translation.plain(plain).select(relation, place, blank_is_null=files[0].has_blanks)]
    if translation.mapping.view is not None and files[0].kind == "careful":
        selects.append(statements.faulty_rows(scan(files)))
    for select in selects:
        _run_insert(engine, statements.incoming_rows(select), files)


def _plain_columns(engine: Engine, translation: Translation, relation: str, files: list[RawFile]) -> set[str]:
    """Name the columns of small files that need no more than plain ways of reading.

    To plan all that a time or a number may be takes longer than to read such a file twice.
    """
    mapping = translation.mapping
    if mapping.view is not None or sum(raw.drop.size for raw in files) > SMALL_BYTES:
        return set()
    question = statements.plain_columns(mapping.contract, translation.found, relation)
    with damage_told(files):
        answers = {} if question is None else engine.query(question).to_pylist()[0]
    return {name for name, is_plain in answers.items() if is_plain}


def _place_columns(translation: Translation, raw: RawFile) -> statements.Place:
    if translation.mapping.view is not None:
        return statements.Place(file=literal(str(raw.file)))
    if raw.kind == "careful":
        return statements.Place(row=statements.ROW, fault=statements.FAULT)
    return statements.Place()


def _run_insert(engine: Engine, sql: str, files: list[RawFile]) -> None:
    with damage_told(files):
        engine.execute(sql, files=[str(raw.file) for raw in files], paths=[raw.drop.path for raw in files])


def _number_rows(reading: Reading, opened: list[RawFile]) -> None:
    """Note where the rows of files begin that the engine read as they are, so that each has its number in the file.

    A view may leave rows out or make new ones, so that its rows have no number.
    """
    plain = [raw for raw in opened if raw.kind != "careful" and reading.mapping.view is None]
    if plain:
        paths, firsts = [raw.drop.path for raw in plain], [2 if raw.kind == "csv" else 1 for raw in plain]
        reading.engine.execute(statements.first_rows(), paths=paths, first_numbers=firsts)


def _check_types(reading: Reading, drops: dict[str, Drop]) -> None:
    """A column that no row casts is a wrong column; a single value that does not fit is one bad row."""
    mapping = reading.mapping
    required = [column for column in typed_columns(mapping.contract) if column.required]
    for row in reading.engine.query(statements.fitting_counts(required)).to_pylist():
        for column in required:
            fitting, failing = row[column.name]
            if row["drop_path"] in drops and fitting == 0 and failing > 1:
                problem = phrase(
                    "has {failing} values in column {column} and none of them is a {type}: {values}",
                    failing=failing,
                    column=joined(mapping.raw_names(column.name), " or "),
                    type=column.type,
                    values=unfit_column(reading.engine, mapping.contract, column, row["drop_path"]),
                )
                remedy = phrase(
                    "send {column} as {type}, or translate it in a view", column=column.name, type=column.type
                )
                reading.notes.refuse(refused(drops[row["drop_path"]], problem, remedy))
