"""Translates a platform's export into contract columns: other headers, other words, or a SQL view over the raw drop."""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from xuanpin.pipelines.contracts import Contract
from xuanpin.pipelines.engine.names import literal
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.ingest.casts import PLAIN, dated, worded
from xuanpin.pipelines.ingest.formats.chats.messages import Rules
from xuanpin.pipelines.ingest.known_words import usual_words
from xuanpin.pipelines.ingest.refused_headers import refuse_headers, refuse_in_view
from xuanpin.pipelines.ingest.snapshots import STATE_TIMES, filling
from xuanpin.pipelines.ingest.statements.drops import Found, Place, translated
from xuanpin.pipelines.ingest.times import is_serial
from xuanpin.pipelines.ingest.views import read_view
from xuanpin.pipelines.settings.running import ChatTable, SourceTable
from xuanpin.pipelines.typed.phrase import Phrase, phrase

Shape = tuple[tuple[str, str], ...]
"""Raw columns as (name, engine type)."""
LAYOUT_MARKS = frozenset("YymbBdHIMSfpzaA%")
"""The strptime marks that a time may be written with."""


@dataclass(frozen=True)
class TableMapping:
    """How the raw rows of one source table become contract columns.

    `names` maps a raw header to its contract column, `values` the words of a contract column to ours, and `constants` a
    column to what the export does not hold. `formats` maps a column of times to its layout; `view` is a SELECT over
    the raw drop, and `view_name` its file; `accepts` names the optional file layouts that settings allow, and `sheet`
    the one of a workbook. `fill_down`: raw headers whose empty cells repeat the value above. `chats` says how archives
    of chats are read, None where none are. Columns in `unread` are taken as not there;
    `is_snapshot` says that each file is a whole state, whose times follow from its date where it has none.
    """

    contract: Contract
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    view: str | None = None
    view_name: str = ""
    accepts: tuple[str, ...] = ()
    sheet: str | None = None
    fill_down: tuple[str, ...] = ()
    chats: Rules | None = None
    unread: frozenset[str] = frozenset()
    is_snapshot: bool = False

    def raw_names(self, column: str) -> tuple[str, ...]:
        """The raw headers that this source may use for a contract column."""
        return tuple(raw for raw, name in self.names.items() if name == column) or (column,)


def load_mapping(contract: Contract, settings: SourceTable, unread: frozenset[str] = frozenset()) -> TableMapping:
    """Read a table's mapping from the settings; columns in `unread` are not read.

    Raises UsageError for a name that the contract does not know, and for a header that no decision may read.
    """
    section = f"[sources.tables.{contract.name}]"
    for part, named in (
        ("columns", settings.columns.values()),
        ("values", settings.values),
        ("usual_words", settings.usual_words),
        ("constants", settings.constants),
        ("formats", settings.formats),
    ):
        _known(f"{section} {part}", phrase("column"), named, contract.column_names)
    for column, layout in settings.formats.items():
        _check_layout(f"{section} formats.{column}", layout)
    for column, words in settings.values.items():
        if allowed := contract.column(column).allowed:
            _known(f"{section} values.{column}", phrase("value"), words.values(), allowed)
    if contract.name == "orders" and "customer_id" in settings.constants:
        raise UsageError(_one_customer(section))
    refuse_headers(section, settings.columns)
    view = None if settings.view is None else read_view(section, settings.view)
    name = settings.view.name if settings.view else ""
    if view is not None:
        refuse_in_view(section, view, name, contract.column_names)
    mapped = (settings.columns, _words(contract, settings), settings.constants, settings.formats)
    layouts = (settings.accepts, settings.sheet, settings.fill_down)
    return TableMapping(contract, *mapped, view, name, *layouts, _chat_rules(settings), unread, settings.snapshot)


def _words(contract: Contract, settings: SourceTable) -> Mapping[str, Mapping[str, str]]:
    """Return the words of each column: those of the settings, and the usual ones where settings ask for them.

    The settings' own come first, as words are compared in order and most rows have one of them.
    """
    usual = {column: usual_words(contract.name, column) for column in settings.usual_words}
    return {
        column: {**settings.values.get(column, {}), **usual.get(column, {}), **settings.values.get(column, {})}
        for column in dict.fromkeys([*settings.values, *usual])
    }


def _chat_rules(settings: SourceTable) -> Rules | None:
    """A view reads what it was written for."""
    if not isinstance(settings, ChatTable) or settings.view is not None:
        return None
    return Rules(
        agents=settings.agents,
        assistants=frozenset(settings.assistants),
        card_sku=settings.card_sku,
        rooms=frozenset(settings.values.get("group_id", {})),
    )


def _one_customer(section: str) -> Phrase:
    return phrase(
        "{section} constants.customer_id makes all orders those of one buyer, who is one witness of a SKU; where "
        "orders name no buyer, write a view that makes each order a customer of its own: "
        'select *, "order_id" as customer_id from "drop"',
        section=section,
    )


def _check_layout(place: str, layout: str) -> None:
    """Raise UsageError for a layout without year, month and day, or with a code that the engine cannot read."""
    if is_serial(layout):
        return
    marks = set(re.findall("%-?(.)", layout))
    unknown = sorted(marks - LAYOUT_MARKS)
    if unknown or not all(marks & said for said in (set("Yy"), set("mbB"), {"d"})):
        raise UsageError(
            phrase(
                "{place} = {layout!r} is no layout of a time; write year (%Y or %y), month (%m, %b or %B), day "
                "(%d) and, where the column has them, %H:%M:%S, %I and %p, %f or %z, such as %d/%m/%Y %H:%M, or "
                "excel for a spreadsheet's day numbers",
                place=place,
                layout=layout,
            )
        )


def _known(place: str, what: Phrase, named: Iterable[str], known: tuple[str, ...]) -> None:
    for name in named:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            raise UsageError(
                phrase(
                    "{place}: there is no {what} {name}; the nearest known one is {nearest}",
                    place=place,
                    what=what,
                    name=name,
                    nearest=nearest[0],
                )
            )


@dataclass(frozen=True)
class Translation:
    """A mapping applied to one shape: where each contract column comes from, and what is left over (`ignored`)."""

    mapping: TableMapping
    found: Found
    ignored: tuple[str, ...]

    def missing(self) -> tuple[str, ...]:
        """Required contract columns that the drop does not have, nor what may be given instead of them."""
        columns = self.mapping.contract.columns
        wanted = [column.name for column in columns if column.required]
        wanted += [column.instead for column in columns if column.instead and column.name not in self.found]
        return tuple(name for name in wanted if name not in self.found)

    def select(self, relation: str, place: Place, blank_is_null: bool) -> str:
        """The SELECT of typed contract columns, where each row comes from, and the values that did not fit a type.

        `relation` holds the raw rows, `place` says where a row came from, `blank_is_null` is as in `translated`.
        """
        contract = self.mapping.contract
        return translated(contract, self.found, relation, place, blank_is_null=blank_is_null)

    def plain(self, columns: Container[str]) -> Translation:
        """The same translation, of rows of which all values in these `columns` are plain texts (see `is_plain`)."""
        found = {name: (raw[0], PLAIN if name in columns else raw[1]) for name, raw in self.found.items()}
        return replace(self, found=found)


def translate(mapping: TableMapping, shape: Shape, shown_on: date | None = None) -> Translation:
    """Find the raw column, word list or constant behind each contract column; headers match whatever their case.

    Times that a state lacks are those of the day `shown_on`, where it is given.
    """
    present = {name.lower(): (name, kind) for name, kind in shape}
    renamed = {target: raw for raw, target in mapping.names.items() if raw.lower() in present}
    taken = {raw.lower() for raw in renamed.values()}
    found = {}
    for column in mapping.contract.columns:
        if column.name in mapping.unread:
            continue
        header = renamed.get(column.name, column.name).lower()
        if column.name in mapping.constants:
            found[column.name] = (literal(mapping.constants[column.name]), "VARCHAR")
        elif header in present and (column.name in renamed or header not in taken):
            taken.add(header)
            raw = worded(*present[header], mapping.values.get(column.name, {}))
            found[column.name] = dated(raw[0], mapping.formats[column.name]) if column.name in mapping.formats else raw
    if shown_on is not None:
        lacking = [column for column in mapping.contract.columns if column.name in STATE_TIMES]
        found = {column.name: (literal(filling(column, shown_on)), "VARCHAR") for column in lacking} | found
    ignored = tuple(name for name, _ in shape if name.lower() not in taken)
    return Translation(mapping, found, ignored)
