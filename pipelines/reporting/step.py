"""Writes what a merchandiser reads at half past eight: a page that opens offline, and a workbook."""

from __future__ import annotations

from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.reporting.facts import read_content
from xuanpin.pipelines.reporting.notes import write_notes
from xuanpin.pipelines.reporting.page import render
from xuanpin.pipelines.reporting.workbook import write_report_workbook
from xuanpin.pipelines.run_store.sealing import partial_folder


def report(night: Night) -> StepCount:
    """Write report.html, report.xlsx and notes.json beside the run's tables; return listed SKUs and agents in them."""
    facts = read_content(night)
    folder = partial_folder(night)
    (folder / "report.html").write_text(render(facts), encoding="utf-8")
    write_report_workbook(facts, folder / "report.xlsx")
    write_notes(facts, folder)
    return len(facts.listed), len(facts.agents)
