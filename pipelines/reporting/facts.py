"""Reads all that the report shows from the night's tables; joins are SQL, this module only names and orders them."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.figures import RunFigures, run_figures
from xuanpin.pipelines.reporting.alarms import TOGETHER, alarmed_group, rolled_up
from xuanpin.pipelines.reporting.excerpts import Quote, danger_excerpts, redacted_excerpts
from xuanpin.pipelines.reporting.history import SHOWN_NIGHTS, store_earlier_nights
from xuanpin.pipelines.reporting.left_behind import LEFT_BEHIND_NIGHTS
from xuanpin.pipelines.republishing.holds import BRAKES
from xuanpin.pipelines.run_store.sealing import partial_folder
from xuanpin.pipelines.settings.outbox import is_web

ReportRows = list[dict[str, Any]]

# As many as a reader with ten minutes takes in.
SHOWN_LANDMINES = 9
SHOWN_DOUBTS = 9
SHOWN_NEAR_MISSES = 15
SHOWN_SHORTFALLS = 20
SHOWN_LIMITS = 20
SHOWN_PICKS = 20
SHOWN_LEFT_BEHIND = 10
EXCERPTS_PER_SKU = 2
# The listed SKUs and their nearest neighbours, and the agents who lack SKUs: rows of the workbook that a person still
# scrolls through. The published tables have all.
SCORED_SKUS = 1_000
SUMMED_AGENTS = 1_000
MATCHES_IN_SHEET = 2_000
# Up to this many matches the page carries every reason (25 bytes a match); beyond, `xuanpin card` shows an agent's.
MOST_REASONED_MATCHES = 100_000
# Up to this many the page looks up any agent's SKUs (5 bytes a match); beyond, it opens too slowly on a phone.
MOST_FOUND_MATCHES = 2_000_000
AGENT_COLUMNS = ("agent_id", "slots_asked", "matches_given", "shortfall_code", "nights_short")
STATES = ("in_force", "to_come", "ended")
# Four weeks of outcomes judge an override: most regrets show within them.
JUDGED_DAYS = 28

REPORTED = (
    "report_skus",
    "report_sales",
    "report_nights",
    "report_moves",
    "report_override_windows",
    "report_override_sales",
    "report_overrides",
)
"""Sets that the report adds to the night, in the order in which they rest on each other."""


@dataclass(frozen=True)
class ReportContent:
    """Hold the report's content as plain rows; every list is in the order in which it is shown.

    `list_date` and `as_of_date` are ISO dates, `settings` those of the night, `manifest` that of its run and `former`
    that of the run before, None on the first night. `figures` are those
    of the run, `headline` has them and what else stands at the head; `listed` and `scorecard`
    are SKUs, `sales` the units of each listed SKU by day, oldest first. `nights` are earlier list dates with their
    outcomes; `moves` SKUs that entered, left or stayed; `landmines` and `near_misses` SKUs kept off the list; `dangers`
    SKUs held for danger, `reported` the reports on them, `doubts` reports of danger of no certain SKU; `excerpts`
    redacted messages by SKU. `overrides` are pins and bans, `rules` those of the list. `agents` has AGENT_COLUMNS of
    every agent, `matches` and `alternates` places on the list by agent,
    `sheet_matches` the first matches as people read them, `frontier` the best lists of other sizes and
    promises, `audit` what the audit of past lists found, `summaries` as published those agents who lack SKUs first,
    `shortfalls` the agents with the most empty slots, `limits` those who set a highest landmine probability, `picks`
    what agents proposed and the answers, `left_behind` those who have got few matches for longest; `sizes` has a row
    for each size class of agents, `certificate` what the matches bring and the floors cost. `alarms`, `calibration`,
    `trial`, `checks`, `brakes` and `quarantine` are as published. `scorecard` and `summaries` end at SCORED_SKUS and
    SUMMED_AGENTS.
    """

    list_date: str
    as_of_date: str
    settings: dict[str, Any]
    manifest: dict[str, Any]
    former: dict[str, Any] | None
    figures: RunFigures
    headline: dict[str, Any]
    listed: ReportRows
    sales: dict[str, list[int]]
    nights: ReportRows
    scorecard: ReportRows
    moves: ReportRows
    dangers: ReportRows
    reported: dict[str, list[Quote]]
    doubts: ReportRows
    landmines: ReportRows
    near_misses: ReportRows
    excerpts: dict[str, list[Quote]]
    overrides: ReportRows
    rules: ReportRows
    agents: pa.Table
    matches: pa.Table
    sheet_matches: ReportRows
    alternates: pa.Table
    frontier: ReportRows
    audit: dict[str, Any]
    summaries: ReportRows
    shortfalls: ReportRows
    limits: ReportRows
    picks: ReportRows
    left_behind: ReportRows
    sizes: ReportRows
    certificate: dict[str, Any]
    alarms: ReportRows
    calibration: ReportRows
    trial: ReportRows
    checks: ReportRows
    brakes: ReportRows
    quarantine: ReportRows


def read_content(night: Night) -> ReportContent:
    """Read the night's tables once, in the order of the report."""
    former = store_earlier_nights(night)
    dates: dict[str, Any] = {"as_of_date": night.as_of_date, "list_date": night.list_date}
    dates |= {"first_on": night.as_of_date - timedelta(days=SHOWN_NIGHTS), "judged_days": JUDGED_DAYS}
    dates |= {"horizon_days": night.settings.scoring.horizon_days}
    for stem in REPORTED:
        night.engine.materialise(stem, **dates)
    dangers = _selected(night, "report_dangers")
    landmines = _selected(night, "report_landmines", shown=SHOWN_LANDMINES)
    agents = night.engine.read("night.agent_summary", columns=AGENT_COLUMNS, order_by=("agent_id",))
    quality = _rows(night, "run_quality", "result", "table_name", "check_name")
    alarms = rolled_up(_selected(night, "report_alarms", together=TOGETHER))
    listed = [marked(row, alarms) for row in _rows(night, "report_skus", "list_rank")]
    figures = run_figures(lambda table, columns: night.engine.read(f"night.{table}", columns=columns), len(alarms))
    return ReportContent(
        list_date=night.list_date.isoformat(),
        as_of_date=night.as_of_date.isoformat(),
        settings=night.settings.model_dump(mode="json"),
        manifest=json.loads((partial_folder(night) / run_store.MANIFEST).read_text(encoding="utf-8")),
        former=former,
        figures=figures,
        headline=_selected(night, "report_headline")[0] | asdict(figures) | _sums(listed, agents),
        listed=listed,
        sales=_sales(night),
        nights=_rows(night, "report_nights", "list_date desc"),
        scorecard=_rows(night, "sku_scorecard", "decision", "score desc", "sku_id", most=SCORED_SKUS),
        moves=_rows(night, "report_moves"),
        dangers=dangers,
        reported=danger_excerpts(night, [row["sku_id"] for row in dangers]),
        doubts=_selected(night, "report_danger_doubts", shown=SHOWN_DOUBTS),
        landmines=landmines,
        near_misses=_selected(night, "report_near_misses", shown=SHOWN_NEAR_MISSES),
        excerpts=redacted_excerpts(night, [row["sku_id"] for row in landmines], per_sku=EXCERPTS_PER_SKU),
        overrides=_overrides(night),
        rules=_rows(night, "assortment_rules", "slack desc", "rule"),
        agents=agents,
        matches=night.engine.select("report_matches", most=MOST_REASONED_MATCHES, shown=MOST_FOUND_MATCHES),
        sheet_matches=_selected(night, "report_sheet_matches", shown=MATCHES_IN_SHEET),
        alternates=night.engine.select("report_alternates", shown=MOST_FOUND_MATCHES),
        frontier=_rows(night, "list_frontier", "list_size", "promise"),
        audit=_rows(night, "int_promise_audit")[0],
        summaries=_rows(night, "agent_summary", "shortfall_code", "agent_id", most=SUMMED_AGENTS),
        shortfalls=_selected(night, "report_shortfalls", shown=SHOWN_SHORTFALLS),
        limits=_selected(night, "report_limits", shown=SHOWN_LIMITS),
        picks=_selected(night, "report_picks", shown=SHOWN_PICKS),
        left_behind=_selected(night, "report_left_behind", shown=SHOWN_LEFT_BEHIND, nights=LEFT_BEHIND_NIGHTS),
        sizes=_selected(night, "report_sizes", nights=LEFT_BEHIND_NIGHTS),
        certificate=_rows(night, "match_certificate")[0],
        alarms=alarms,
        calibration=_rows(night, "calibration", "metric", "bin"),
        trial=_rows(night, "experiment_results", "metric"),
        checks=[row for row in quality if row["table_name"] != BRAKES],
        brakes=[row for row in quality if row["table_name"] == BRAKES],
        quarantine=_selected(night, "report_quarantine"),
    )


def _rows(night: Night, table: str, *order_by: str, most: int | None = None) -> ReportRows:
    rows: ReportRows = night.engine.read(f"night.{table}", order_by=order_by, most=most).to_pylist()
    return rows


def _selected(night: Night, stem: str, **parameters: Any) -> ReportRows:
    rows: ReportRows = night.engine.select(stem, **parameters).to_pylist()
    return rows


def marked(row: dict[str, Any], alarms: ReportRows) -> dict[str, Any]:
    """Return a listed SKU (`row`) with the group of it that one of `alarms` is about, and without addresses that are no
    page's."""
    links = {name: row[name] if row[name] and is_web(row[name]) else None for name in ("page_url", "image_url")}
    return row | links | {"alarmed_group": alarmed_group(row, alarms)}


def _overrides(night: Night) -> ReportRows:
    """Return overrides in force first, then those to come, then those that have ended; the newest first in each."""
    rows = _rows(night, "report_overrides", "starts_on desc", "override_id")
    return sorted(rows, key=lambda row: STATES.index(row["state"]))


def _sums(listed: ReportRows, agents: pa.Table) -> dict[str, Any]:
    """Return what the head says of satisfaction that was not tested, and of agents who lack SKUs, by reason."""
    uppers = [row["satisfaction_upper"] for row in listed if row["satisfaction_upper"] is not None]
    return {
        "satisfaction_upper": math.fsum(uppers) / len(uppers) if uppers else None,
        "shortfalls": Counter(code for code in agents["shortfall_code"].to_pylist() if code),
        "left_behind": Counter(
            agents.filter(pc.field("nights_short") >= LEFT_BEHIND_NIGHTS)["shortfall_code"].to_pylist()
        ),
    }


def _sales(night: Night) -> dict[str, list[int]]:
    """Return units sold of each listed SKU on each of the last days, oldest first."""
    sales: dict[str, list[int]] = defaultdict(lambda: [0] * SHOWN_NIGHTS)
    for row in _rows(night, "report_sales", "sku_id", "ordered_on"):
        sales[row["sku_id"]][SHOWN_NIGHTS - 1 - (night.as_of_date - row["ordered_on"]).days] = row["units"]
    return dict(sales)
