"""Cells of the workbook: rounded as they are shown, codes in words, and a summary that says what a sheet leaves out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from xuanpin.pipelines.reporting import workbook
from xuanpin.pipelines.reporting.columns import FORMATS, cell, formats, titles
from xuanpin.pipelines.reporting.facts import MATCHES_IN_SHEET, ReportContent

SHEETS = (
    workbook.LIST, workbook.MATCHES, workbook.MOVES, workbook.SCORECARD, workbook.AGENTS, workbook.SIZES,
    workbook.NIGHTS, workbook.ALARMS, workbook.CALIBRATION, workbook.CHECKS, workbook.QUARANTINE, workbook.SUMMARY,
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("regret_rate", 0.06893905506577584, 0.069),
        ("expected_kept_units", 4.666451059440402, 4.7),
        ("score", 1.554146422088666, 1.554),
        ("regret_rate", None, None),
        ("role", "explore", "试新"),
        ("decision", "not_listed", "未上榜"),
        ("action", "pin", "置顶"),
        ("decision_code", "of_a_later_release", "of_a_later_release"),
        ("alarmed_group", None, None),
        ("has_alarm", True, "是"),
        ("has_alarm", False, None),
        ("reasons", ["out_of_stock", "out_of_stock"], "没有可售库存。\n没有可售库存。"),
    ],
)
def test_a_cell_is_what_a_person_reads(name: str, value: Any, shown: Any) -> None:
    assert cell(name, value) == shown


def test_no_two_columns_of_a_sheet_have_one_title_and_all_have_a_format_that_exists() -> None:
    for names in SHEETS:
        for language in ("zh", "en"):
            said = titles(names, language)
            assert len(set(said)) == len(said), said
        assert set(formats(names)) <= {None, *FORMATS.values()}


@pytest.mark.parametrize(("more", "lines"), [(0, 0), (1, 1)])
def test_the_summary_says_what_a_sheet_leaves_out(more: int, lines: int) -> None:
    figures = SimpleNamespace(matches=MATCHES_IN_SHEET + more, agents=2, candidates=1)
    facts = SimpleNamespace(figures=figures, summaries=[{}, {}], scorecard=[{}])
    said = list(workbook._left_out(cast(ReportContent, facts)))
    assert [line[2] for line in said] == [MATCHES_IN_SHEET + 1] * lines
