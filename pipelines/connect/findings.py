"""What was found in a folder of exports, and what each table and column was recognised as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from xuanpin.pipelines.typed.phrase import Phrase

Certainty = Literal["sure", "likely", "open"]
"""`sure` is written without asking; `likely` is a question with a proposal; `open` is a question without one."""


@dataclass(frozen=True)
class Export:
    """One table found in a folder.

    `place` is its path below the folder, a zip archive being a folder; `sheet` the sheet of a workbook, else empty.
    `rows` is a sample of texts, as wide as `headers`, None for an empty cell; `row_count` counts all rows.
    """

    place: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    row_count: int
    sheet: str = ""


@dataclass(frozen=True)
class ColumnFinding:
    """What one header means: `column` of the source contract, or None where it stays out.

    `others` are further columns that it may be, best first; `why` is the evidence in words. `words` translates values
    found in it to the contract's (a word of unknown meaning is in `unknown_words` with its count); `layout` is the
    strptime layout that its values prove where ISO reading does not do. `near_words` proposes values for unknown
    words, which are never written without asking. What `is_personal` is masked wherever values are shown.
    `holds` is "goods" where each cell has all goods of an order with their numbers.
    """

    header: str
    column: str | None
    certainty: Certainty
    why: Phrase
    others: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    unknown_words: Mapping[str, int] = field(default_factory=dict)
    layout: str = ""
    near_words: Mapping[str, str] = field(default_factory=dict)
    is_personal: bool = False
    holds: str = ""


@dataclass(frozen=True)
class TableFinding:
    """What one export means: source `table`, or None, and `why`; `columns` has an entry for each header, in order.

    `why` is the evidence in words, `others` are further tables that it may be. `refused` are headers that no decision
    may read (commission, downline, recruiting), with the reason.
    """

    export: Export
    table: str | None
    certainty: Certainty
    why: Phrase
    columns: tuple[ColumnFinding, ...] = ()
    others: tuple[str, ...] = ()
    refused: Mapping[str, Phrase] = field(default_factory=dict)
