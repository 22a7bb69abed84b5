"""Reads what the report shows from a run's published tables alone, by the statements that the night's report uses."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts import load_contract
from xuanpin.pipelines.engine import Engine, open_memory
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.figures import RunFigures, published_reader, run_figures
from xuanpin.pipelines.planning.home import problem_folder
from xuanpin.pipelines.planning.problem import PROBLEM
from xuanpin.pipelines.reporting import facts
from xuanpin.pipelines.reporting.alarms import TOGETHER, rolled_up
from xuanpin.pipelines.reporting.facts import ReportRows
from xuanpin.pipelines.reporting.history import SCORES
from xuanpin.pipelines.reporting.left_behind import LEFT_BEHIND_NIGHTS
from xuanpin.pipelines.reporting.notes import NightNotes, read_notes
from xuanpin.pipelines.republishing.dangers import METRIC
from xuanpin.pipelines.republishing.holds import BRAKES
from xuanpin.pipelines.run_store.columns import read_columns
from xuanpin.pipelines.run_store.sealing import RESERVES

WHOLE = ("sku_list", "sku_scorecard", "alarms", "pick_answers")
"""Published tables that are read with all their columns."""
MATCHED = ("agent_id", "sku_id", "match_rank", "propensity")
SUMMED = (
    "agent_id", "slots_asked", "matches_given", "shortfall_code", "nights_short", "max_landmine_probability",
    "suited_skus", "suited_skus_at_any_risk", "landmine_share", "any_landmine_probability",
)  # fmt: skip
CHECKED = ("table_name", "check_name", "result", "rows_seen", "rows_failed", "severity")
NO_PAGES = pa.schema([("sku_id", pa.string()), ("page_url", pa.string())])
PRODUCTS = ("sku_id", "title", "category", "supplier_id")


@dataclass(frozen=True)
class PublishedContent:
    """Hold what a `run` shows, as plain rows in the order in which they are shown.

    `manifest` is the run's; `former` the run of the list date before, None for the first list; `notes` are what its
    night left beside it. `figures` are those of the run, `titles` those of all candidates by SKU. The rest are
    rows of the report's own statements: SKUs `listed`, `moves` since the former list, `landmines`, SKUs held for
    `dangers` and `near_misses` kept off the list, `alarms` rolled up, agents with few matches (`shortfalls`), with
    `limits` of their own and `left_behind`, what agents proposed (`picks`), the `checks`, and the
    results of a `trial`.
    """

    run: run_store.CurrentRun
    manifest: dict[str, Any]
    former: run_store.CurrentRun | None
    notes: NightNotes | None
    figures: RunFigures
    titles: dict[str, str]
    listed: ReportRows
    moves: ReportRows
    landmines: ReportRows
    dangers: ReportRows
    near_misses: ReportRows
    alarms: ReportRows
    shortfalls: ReportRows
    limits: ReportRows
    left_behind: ReportRows
    picks: ReportRows
    checks: ReportRows
    trial: ReportRows


def read_published(home: Home, run: run_store.CurrentRun) -> PublishedContent:
    """Return what `run` of the `home` shows, from run folders alone; a night may run meanwhile."""
    former = run_store.earlier_run(home, date.fromisoformat(run.list_date))
    with closing(open_memory()) as engine:
        _load(engine, home, run, former)
        return _content(engine, home, run, former)


def night_folder_notes(home: Home, run: run_store.CurrentRun) -> NightNotes | None:
    """Return the notes of the night that `run` is or was made from on its list date; None where they are gone."""
    own = read_notes(run_store.run_folder(home, run))
    base = None if own else run_store.manifest(home, run).get("derived_from")
    if base is None or base["list_date"] != run.list_date:
        return own
    return read_notes(home.list_dir(date.fromisoformat(run.list_date)) / base["run_dir"])


def _load(engine: Engine, home: Home, run: run_store.CurrentRun, former: run_store.CurrentRun | None) -> None:
    for table in WHOLE:
        engine.store(f"night.{table}", _whole(home, run, table))
    engine.store("night.agent_matches", read_columns(home, run, "agent_matches", MATCHED))
    engine.store("night.agent_alternates", read_columns(home, run, "agent_alternates", MATCHED[:2]))
    engine.store("night.agent_summary", read_columns(home, run, "agent_summary", SUMMED))
    known = engine.read("night.sku_scorecard", columns=PRODUCTS)
    unknown = pa.nulls(known.num_rows, pa.bool_())
    engine.store("night.stg_products", _products(home, run, known).append_column("is_clearance", unknown))
    engine.store("night.int_selection_candidates", known.select(["sku_id"]).append_column("is_new", unknown))
    engine.store("night.int_suited_skus", _suited(home, run, known.select(["sku_id"])))
    engine.store("night.int_danger_holds", _held(engine))
    engine.store("history.listed", _former_list(home, former))
    schema = pa.schema([load_contract("sku_scorecard").arrow_schema().field(name) for name in SCORES])
    scores = read_columns(home, former, "sku_scorecard", SCORES) if former else schema.empty_table()
    engine.store("night.report_last_scores", scores)
    for stem in ("report_skus", "report_moves"):
        engine.materialise(stem)


def _whole(home: Home, run: run_store.CurrentRun, table: str) -> pa.Table:
    return run_store.with_columns(run_store.read_table(home, run, table), load_contract(table).arrow_schema())


def _products(home: Home, run: run_store.CurrentRun, known: pa.Table) -> pa.Table:
    """Return `known` with the pages of listed SKUs, as the night left them for those who look at matches."""
    path = run_store.run_folder(home, run) / RESERVES / "reserve_skus.parquet"
    has_pages = path.is_file() and "page_url" in pq.read_schema(path).names
    kept = _columns_of(path, ["sku_id", "page_url"]) if has_pages else NO_PAGES.empty_table()
    pages = dict(zip(kept["sku_id"].to_pylist(), kept["page_url"].to_pylist(), strict=True))
    found = pa.array([pages.get(sku_id) for sku_id in known["sku_id"].to_pylist()], pa.string())
    return known.append_column("page_url", found).append_column("image_url", pa.nulls(known.num_rows, pa.string()))


def _suited(home: Home, run: run_store.CurrentRun, known: pa.Table) -> pa.Table:
    """Return the SKUs that some agent's requirements permit; all `known` where the night left no word of it."""
    try:
        path = problem_folder(home, run) / PROBLEM / "int_suited_skus.parquet"
    except UsageError:
        return known
    return _columns_of(path, ["sku_id"]) if path.is_file() else known


def _columns_of(path: Path, columns: list[str]) -> pa.Table:
    # Not by pq.read_table, which loads pandas first.
    with pq.ParquetFile(path) as file:
        return file.read(columns)


def _held(engine: Engine) -> pa.Table:
    alarms = engine.read("night.alarms").filter(pc.field("metric") == METRIC)
    found = [(row["entity_id"], _reports(row["evidence"])) for row in alarms.to_pylist() if row["level"] == "sku"]
    schema = pa.schema([("sku_id", pa.string()), ("reports", pa.int64())])
    return pa.Table.from_pylist([{"sku_id": sku, "reports": reports} for sku, reports in found], schema=schema)


def _reports(evidence: str) -> int:
    return int(dict(pair.partition("=")[::2] for pair in evidence.split(",")).get("reports", 0))


def _former_list(home: Home, former: run_store.CurrentRun | None) -> pa.Table:
    schema = load_contract("sku_list").arrow_schema()
    columns = ["list_date", "sku_id", "list_rank"]
    if former is None:
        return pa.schema([schema.field(name) for name in columns]).empty_table()
    return run_store.read_table(home, former, "sku_list", columns)


def _content(
    engine: Engine, home: Home, run: run_store.CurrentRun, former: run_store.CurrentRun | None
) -> PublishedContent:
    alarms = rolled_up(engine.select("report_alarms", together=TOGETHER).to_pylist())
    rows = engine.read("night.report_skus", order_by=("list_rank",)).to_pylist()
    moves = engine.read("night.report_moves").to_pylist()
    checks = read_columns(home, run, "run_quality", CHECKED).to_pylist()
    checks = [row for row in checks if row["table_name"] != BRAKES]
    return PublishedContent(
        run=run,
        manifest=run_store.manifest(home, run),
        former=former,
        notes=night_folder_notes(home, run),
        figures=run_figures(published_reader(home, run), len(alarms)),
        titles=_titles(engine),
        listed=[facts.marked(row, alarms) for row in rows],
        moves=moves if former else [],
        landmines=engine.select("report_landmines", shown=facts.SHOWN_LANDMINES).to_pylist(),
        dangers=engine.select("report_dangers").to_pylist(),
        near_misses=engine.select("report_near_misses", shown=facts.SHOWN_NEAR_MISSES).to_pylist(),
        alarms=alarms,
        shortfalls=engine.select("report_shortfalls", shown=facts.SHOWN_SHORTFALLS).to_pylist(),
        limits=engine.select("report_limits", shown=facts.SHOWN_LIMITS).to_pylist(),
        left_behind=engine.select(
            "report_left_behind", shown=facts.SHOWN_LEFT_BEHIND, nights=LEFT_BEHIND_NIGHTS
        ).to_pylist(),
        picks=engine.select("report_picks", shown=facts.SHOWN_PICKS).to_pylist(),
        checks=checks,
        trial=_whole(home, run, "experiment_results").to_pylist(),
    )


def _titles(engine: Engine) -> dict[str, str]:
    named = engine.read("night.stg_products", columns=("sku_id", "title"))
    return dict(zip(named["sku_id"].to_pylist(), named["title"].to_pylist(), strict=True))
