"""The sheet in which agent operations note what agents say: all that a list date offers them, to be filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from xuanpin.pipelines import run_store
from xuanpin.pipelines.answers import TABLE, Answer
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.days import read_cell_day
from xuanpin.pipelines.typed.names import clean_name, folded
from xuanpin.pipelines.typed.phrase import Phrase, phrase
from xuanpin.pipelines.typed.sheets import Form, Row, faults_told, read_rows, text_of
from xuanpin.pipelines.typed.words import clean_words
from xuanpin.pipelines.typed.writing import write_rows

COLUMNS = ("list_date", "agent_id", "match_rank", "sku_id", "title", "answer", "reason_code", "comment", "offered_as")
OFFERED = (("agent_matches", "match_rank", "匹配 match"), ("agent_alternates", "alternate_rank", "备选 alternate"))
"""Published tables that the sheet lists, the column of their rank, and what the sheet calls such a row."""
FORM = Form(
    phrase("answer sheet"),
    COLUMNS,
    ("list_date", "agent_id", "sku_id", "answer"),
    "团长回应 answers",
    phrase("`xuanpin answers export answers.xlsx` writes such a sheet"),
)


def export_sheet(home: Home, path: Path, list_date: date | None) -> int:
    """Write what a list date (the latest without one) offers each agent to a .csv or .xlsx file; returns the rows.

    Her matches come first, then the alternates that she may accept instead. The columns answer, reason_code and comment
    are empty, to be filled in. Raises UsageError as `write_rows` does, and where nothing is published.
    """
    run = run_store.require_run(home, list_date)
    titles = dict(
        zip(*run_store.read_table(home, run, "sku_list", ["sku_id", "title"]).to_pydict().values(), strict=True)
    )
    found = [
        (agent, place, rank, sku) for place in range(len(OFFERED)) for agent, rank, sku in _offered(home, run, place)
    ]
    rows = [
        [run.list_date, agent, rank, sku, titles.get(sku, ""), "", "", "", OFFERED[place][2]]
        for agent, place, rank, sku in sorted(found)
    ]
    write_rows(path, FORM.sheet, [list(COLUMNS), *rows])
    return len(rows)


def _offered(home: Home, run: run_store.CurrentRun, place: int) -> Iterable[tuple[str, int, str]]:
    table, rank, _ = OFFERED[place]
    rows = run_store.read_table(home, run, table, ["agent_id", rank, "sku_id"])
    return zip(*rows.to_pydict().values(), strict=True)


def read_sheet(path: Path) -> list[Answer]:
    """Read the rows of a filled sheet that hold an answer; answers and reasons in Chinese or as codes.

    Raises UsageError for a file that is not such a sheet and for dates that cannot be read, naming the rows.
    """
    filled = [(number, row) for number, row in read_rows(path, FORM) if text_of(row["answer"])]
    refusal = faults_told(path, FORM, {_NO_DATE: _wrong_days(filled)}, phrase("Nothing was stored"))
    if refusal is not None:
        raise refusal
    return [_answer(phrase("row {number}", number=number), row) for number, row in filled]


_NO_DATE = phrase("a list_date that cannot be read; write it as YYYY-MM-DD")


def _answer(place: str, row: Mapping[str, Any]) -> Answer:
    day = _day(row)
    if day is None:
        raise UsageError(phrase("{place} has no list_date; write it as YYYY-MM-DD. Nothing was stored", place=place))
    return Answer(
        place=place,
        list_date=day,
        agent_id=clean_name(text_of(row["agent_id"])),
        sku_id=clean_name(text_of(row["sku_id"])),
        answer=code_meant("answer", text_of(row["answer"])),
        reason_code=code_meant("reason_code", text_of(row.get("reason_code"))) or None,
        comment=clean_words(text_of(row.get("comment"))) or None,
    )


def code_meant(column: str, text: str) -> str:
    """Return the code of a `column` of match_answers that a `text` means, by code or by label; the text where none."""
    known = load_contract(TABLE).column(column)
    meant = {
        folded(word): code for code, label in zip(known.allowed, known.labels_zh, strict=True) for word in (code, label)
    }
    return meant.get(folded(text), text)


def _day(row: Mapping[str, Any]) -> date | None:
    cell = row.get("list_date")
    return read_cell_day(text_of(cell) if isinstance(cell, str) else cell)


def _wrong_days(rows: Sequence[Row]) -> list[Phrase]:
    wrong = []
    for number, row in rows:
        try:
            _day(row)
        except ValueError as error:
            wrong.append(
                phrase("row {number} ({text} {error})", number=number, text=text_of(row["list_date"])[:20], error=error)
            )
    return wrong
