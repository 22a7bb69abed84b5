"""Tells people why a brake holds a night: what it measured, what is usual, where its limit lies, and where to look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import source_contracts
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.engine import file_rows
from xuanpin.pipelines.typed.bilingual import in_both
from xuanpin.pipelines.typed.phrase import Phrase, joined, phrase

HELD = "held"
"""State of a run that a brake holds."""
BRAKES = "brakes"
"""What stands for a table's name where run_quality tells of a brake."""
COLUMNS = ("check_name", "value", "usual", "lower_limit", "upper_limit")
_SOURCE = "rows_of"
BrakeRow = Mapping[str, Any]


def holding_brakes(folder: Path) -> list[BrakeRow]:
    """Return the rows of run_quality of the run in `folder` that tell of a brake that holds it, in order of name.

    A run of a release without brakes has none.
    """
    path = folder / "run_quality.parquet"
    if not set(COLUMNS) <= set(pq.read_schema(path).names):
        return []
    found: list[BrakeRow] = file_rows(path, COLUMNS, {"table_name": BRAKES, "result": "fail"}).to_pylist()
    return sorted(found, key=lambda row: str(row["check_name"]))


def brake_name(row: BrakeRow, language: Language) -> str:
    """Return what the brake of a run_quality `row` measures, in words."""
    _, text, table = _texts_of(row)
    named = {contract.name: contract.name_zh for contract in source_contracts()} if language == "zh" else {}
    return str(text["name"][language]).format(table=named.get(table, table))


def brake_value(row: BrakeRow, column: str) -> str:
    """Return the figure in a `column` of a run_quality `row` as people read it; a dash where it is empty."""
    form, value = _texts_of(row)[0], row[column]
    if value is None:
        return "–"
    return f"{value:.1%}" if form == "share" else f"{value:,.0f}" if form == "count" else f"{value:,.2f}"


def brake_sentence(row: BrakeRow, language: Language) -> str:
    """Return what the brake of a run_quality `row` found, against what is usual, and where to look."""
    is_low = row["lower_limit"] is not None and row["value"] < row["lower_limit"]
    texts = _texts()
    usual = texts["first" if row["usual"] is None else "usual"][language].format(usual=brake_value(row, "usual"))
    return str(texts["low" if is_low else "high"][language]).format(
        name=brake_name(row, language),
        value=brake_value(row, "value"),
        usual=usual,
        limit=brake_value(row, "lower_limit" if is_low else "upper_limit"),
        look=_texts_of(row)[1]["look"][language],
    )


def held_sentence(list_date: str, language: Language) -> str:
    """Return that the list for `list_date` (ISO) is held, and what readers see meanwhile."""
    return str(_texts()["held"][language]).format(list_date=list_date)


def hold_reason(rows: list[BrakeRow]) -> Phrase | None:
    """Return why `rows` hold a night; None where there are none."""
    return joined([in_both(brake_sentence, row) for row in rows], " ") if rows else None


def held_reason(home: Home, run: run_store.CurrentRun) -> Phrase | None:
    """Return why a brake holds `run`; None for a run that none holds."""
    return hold_reason(holding_brakes(run_store.run_folder(home, run))) if run.state == HELD else None


def hold_notice(home: Home, list_date: date) -> tuple[Phrase, Phrase] | None:
    """Return subject and text of the notice for the list of `list_date`, None where no brake holds it."""
    run = run_store.pending_run(home, list_date)
    reason = None if run is None else held_reason(home, run)
    if run is None or reason is None:
        return None
    subject = phrase(
        "Xuanpin: a brake holds the list for {list_date}; agents see the last one until somebody approves",
        list_date=run.list_date,
    )
    return subject, phrase(
        "{reason} Report: {report}", reason=reason, report=run_store.run_folder(home, run) / "report.html"
    )


def _texts_of(row: BrakeRow) -> tuple[str, Any, str]:
    """Return how figures of a brake are written, its texts, and the source table that it is about, if any."""
    name = str(row["check_name"]).removeprefix(f"{BRAKES}.")
    known = _texts()["brakes"]
    table = "" if name in known else name.removeprefix(f"{_SOURCE}_")
    text = known[name if name in known else _SOURCE]
    return str(text["form"]), text, table


@cache
def _texts() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(
        files("xuanpin.pipelines.republishing").joinpath("holds.yaml").read_text(encoding="utf-8"),
        Loader=yaml.CSafeLoader,
    )
    return loaded
