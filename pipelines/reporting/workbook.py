"""Writes the report as a workbook for people: a summary first, then sheets that sort, filter and print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from xuanpin.pipelines.figures import figure_name, figure_text, figure_value, figures_shown
from xuanpin.pipelines.missing.prices import in_languages
from xuanpin.pipelines.overrides.sheet import COLUMNS, SHEET
from xuanpin.pipelines.reporting import sheet_rows
from xuanpin.pipelines.reporting.columns import FORMATS, cells, formats, titles, width
from xuanpin.pipelines.reporting.facts import MATCHES_IN_SHEET, ReportContent, ReportRows
from xuanpin.pipelines.reporting.findings import findings, verdict_key
from xuanpin.pipelines.reporting.words import LANGUAGES, said
from xuanpin.pipelines.typed.workbooks import Formatted, Sheet, write_workbook

MOST_ROWS = 5_000
"""Rows of a sheet that a person still scrolls through; what is longer belongs in the published tables."""
ROW_HEIGHT = 16.0
"""Points of a row whose last column holds several lines: the first is seen, and a double click opens the row."""
WRAPPED = ("alarm", "skus", "rules", "check", "figure_zh", "figure_en", "without_agent", "shortfall")
"""Columns whose texts go over several lines."""
LIST = (
    "list_rank", "rank_before", "sku_id", "title", "category", "supplier_id", "list_price", "role", "agents",
    "expected_kept_units", "return_rate", "regret_rate", "landmine_probability", "satisfaction", "sellable_units",
    "cover_days", "has_alarm", "alarmed_group", "doubt_count", "without_agent", "score", "return_rate_lower",
    "return_rate_upper", "regret_rate_lower", "regret_rate_upper", "landmine_ceiling", "satisfaction_lower",
    "satisfaction_upper", "evidence_orders", "evidence_messages", "days_on_list", "is_new", "is_clearance",
    "offer_until", "prior_only", "page_url", "image_url", "reasons",
)  # fmt: skip
MATCHES = (
    "agent_id", "match_rank", "sku_id", "title", "category", "list_price", "list_rank", "fit", "acceptance",
    "match_kept_units", "units_reserved", "is_trial", "reasons",
)  # fmt: skip
MOVES = (
    "move", "sku_id", "title", "category", "list_rank", "rank_before", "decision_code", "score", "score_before",
    "demand_per_post", "demand_before", "regret_rate", "regret_before", "reasons",
)  # fmt: skip
SCORECARD = (
    "sku_id", "title", "category", "supplier_id", "list_price", "decision", "decision_code", "expected_kept_units",
    "return_rate", "regret_rate", "landmine_probability", "satisfaction", "sellable_units", "score",
    "return_rate_lower", "return_rate_upper", "regret_rate_lower", "regret_rate_upper", "landmine_ceiling",
    "satisfaction_lower", "satisfaction_upper", "demand_per_post", "happy_if_kept", "evidence_orders",
    "evidence_messages", "days_on_list", "doubt_count", "offer_until", "prior_only", "fault_sku", "fault_supplier",
    "fault_agent", "fault_logistics", "fault_customer", "reasons",
)  # fmt: skip
AGENTS = (
    "agent_id", "members", "slots_asked", "matches_given", "shortfall", "match_kept_units", "match_regret_rate",
    "landmine_share", "any_landmine_probability", "acceptance", "accepted_last", "mean_fit", "nights_short",
    "max_landmine_probability", "suited_skus", "suited_skus_at_any_risk", "size_class", "weakest_kept_units",
    "recommended_lines", "kept_lines", "returned_lines", "feedback_voices", "happy_voices", "declined_skus",
    "declined_right", "declined_fine",
)  # fmt: skip
SIZES = (
    "size_class", "least_members", "most_members", "size_agents", "kept_each", "weakest_kept_units", "kept_per_100",
    "left_behind",
)  # fmt: skip
NIGHTS = (
    "list_date", "listed", "match_kept_units", "matches", "posted", "units", "expected_by_now", "kept_units",
    "regret_predicted", "regret_observed", "lines",
)  # fmt: skip
ALARMS = ("severity", "level", "entity_id", "title", "since_on", "alarm", "on_list", "skus", "false_share")
CALIBRATION = ("metric", "bin", "predicted", "observed", "n")
CHECKS = ("check", "result", "severity", "rows_seen", "rows_failed", "check_name")
QUARANTINE = ("table_name", "state", "rules", "rows")
SUMMARY = ("figure_zh", "figure_en", "value")


def write_report_workbook(facts: ReportContent, path: Path) -> None:
    """Write the workbook; the same facts give the same bytes."""
    sheets = [
        Sheet(
            "摘要 summary", titles(SUMMARY, "en"), _summary(facts), _widths(SUMMARY), titles(SUMMARY, "zh"),
            wrapped=titles(WRAPPED, "en"),
        ),
        _sheet("今日清单 list", LIST, sheet_rows.listed(facts), printed=20, height=ROW_HEIGHT),
        _sheet("团长匹配 matches", MATCHES, sheet_rows.matches(facts), printed=12, height=ROW_HEIGHT),
        _sheet("变化 moves", MOVES, facts.moves, printed=13, height=ROW_HEIGHT),
        _overrides(facts.overrides),
        _sheet("打分卡 scorecard", SCORECARD, facts.scorecard, printed=14, height=ROW_HEIGHT),
        _sheet("团长 agents", AGENTS, sheet_rows.agents(facts), printed=15),
        _sheet("群规模 sizes", SIZES, sheet_rows.sizes(facts)),
        _sheet("前几晚 nights", NIGHTS, sheet_rows.nights(facts)),
        _sheet("警报 alarms", ALARMS, sheet_rows.alarms(facts)),
        _sheet("校准 calibration", CALIBRATION, sheet_rows.calibration(facts)),
        _sheet("检查 checks", CHECKS, sheet_rows.checks(facts), printed=5),
        _sheet("隔离区 quarantine", QUARANTINE, sheet_rows.quarantine(facts)),
    ]  # fmt: skip
    with path.open("wb") as out:
        write_workbook(out, sheets, date.fromisoformat(facts.list_date), is_held=True)


def _sheet(
    title: str, names: Sequence[str], rows: ReportRows, *, printed: int | None = None, height: float | None = None
) -> Sheet:
    """Return a sheet of `rows` under the columns with these `names`, at most MOST_ROWS of them."""
    body = (cells(row, names) for row in rows[:MOST_ROWS])
    wrapped = titles([name for name in (*WRAPPED, "reasons") if name in names], "en")
    return Sheet(
        title, titles(names, "en"), body, _widths(names), titles(names, "zh"), formats(names), wrapped, height, printed
    )


def _overrides(rows: ReportRows) -> Sheet:
    """Return the sheet that can be edited and imported: the names of its columns are those that the import reads."""
    widths = {name: width(name) for name in COLUMNS}
    return Sheet(SHEET, COLUMNS, (cells(row, COLUMNS) for row in rows), widths, titles(COLUMNS, "zh"))


def _widths(names: Sequence[str]) -> dict[str, int]:
    return dict(zip(titles(names, "en"), map(width, names), strict=True))


def _summary(facts: ReportContent) -> Iterator[list[Any]]:
    """Yield what the top of the report says: dates, verdict, findings, figures, and what the sheets leave out."""
    found = findings(facts)
    for key, day in (("list_date", facts.list_date), ("as_of", facts.as_of_date)):
        yield [*_in_both(key), date.fromisoformat(day)]
    yield [*_in_both(verdict_key(found), n=len(found)), None]
    yield from ([said[code] for code in LANGUAGES] + [None] for said in in_languages(facts.manifest))
    yield from ([*_in_both(finding.key, **finding.values), None] for finding in found)
    for key in figures_shown():
        value, form = figure_value(facts.figures, key)
        names = [figure_name(key, code) for code in LANGUAGES]
        yield [*names, figure_text(facts.figures, key) if value is None else Formatted(value, FORMATS[form])]
    yield from _left_out(facts)


def _left_out(facts: ReportContent) -> Iterator[list[Any]]:
    if facts.figures.matches > MATCHES_IN_SHEET:
        yield [*_in_both("sheet_matches_cut", shown=f"{MATCHES_IN_SHEET:,}"), facts.figures.matches]
    if facts.figures.agents > len(facts.summaries):
        yield [*_in_both("sheet_agents_cut", shown=f"{len(facts.summaries):,}"), facts.figures.agents]
    if facts.figures.candidates > len(facts.scorecard):
        yield [*_in_both("sheet_scorecard_cut", shown=f"{len(facts.scorecard):,}"), facts.figures.candidates]


def _in_both(key: str, **values: Any) -> list[str]:
    return [said(key, code, **values) for code in LANGUAGES]
