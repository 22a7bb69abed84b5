"""Writes what a merchandiser reads at half past eight: a page that opens offline, and a workbook."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.reporting.charts import Draw
from xuanpin.pipelines.reporting.drawn_apart import drawing_apart
from xuanpin.pipelines.reporting.facts import ReportContent, read_content
from xuanpin.pipelines.reporting.notes import write_notes
from xuanpin.pipelines.reporting.page import render
from xuanpin.pipelines.reporting.workbook import write_report_workbook
from xuanpin.pipelines.run_store.sealing import partial_folder
from xuanpin.pipelines.side_by_side import side_by_side


def report(night: Night) -> StepCount:
    """Write report.html, report.xlsx and notes.json beside the run's tables; return listed SKUs and agents in them.

    What `begin_drawing` begins may have been done before.
    """
    folder, threads = partial_folder(night), night.settings.engine.threads
    # Pictures are drawn on another core while the workbook is written.
    with drawing_apart(threads) if night.early is None else nullcontext(night.early()) as draw:
        with night.engine.transaction():
            facts = read_content(night)
        written = [
            partial(write_report_workbook, facts, folder / "report.xlsx"),
            partial(_write_page, facts, draw, folder),
        ]
        # The warehouse is hardly asked any more tonight: what is in its log goes into its file, without Python.
        works: list[Callable[[], Any]] = [night.engine.checkpoint, partial(side_by_side, threads, written)]
        side_by_side(threads, works)
    write_notes(facts, folder)
    return len(facts.listed), len(facts.agents)


def begin_drawing(night: Night) -> Callable[[], AbstractContextManager[Draw]]:
    """Return what starts the process that draws, for a whole night to do beside its matches: it takes half a second."""
    return partial(drawing_apart, night.settings.engine.threads)


def _write_page(facts: ReportContent, draw: Draw, folder: Path) -> None:
    (folder / "report.html").write_text(render(facts, draw), encoding="utf-8")
