"""Leaves a night's selection problem beside its run and opens it again, without the warehouse.

The problem is what selection reads of the night, table by table, so that the same code solves it anew. It names nobody:
of overrides it says that a second person approved, not who.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xuanpin.pipelines import run_store
from xuanpin.pipelines.context import BEIJING, Home, Night
from xuanpin.pipelines.engine import open_memory
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.identity import NOT_DECISIVE
from xuanpin.pipelines.selection.own_picks import OwnPicks, read_own_picks
from xuanpin.pipelines.settings import Settings
from xuanpin.pipelines.typed.phrase import phrase

PROBLEM = "problem"
"""Sub-folder of a run with its selection problem."""
FACTS = "problem.json"
"""File of the problem with what is no table: the date, the settings and the certificate of the list."""
SCORED = (
    "sku_id", "spu_id", "title", "category", "supplier_id", "list_price", "season_start", "season_end", "is_clearance",
    "is_cold_chain", "sellable_units", "return_rate", "regret_rate", "landmine_probability", "landmine_if_steady",
    "landmine_if_changed", "changed_alone", "changed_with_supplier", "sku_change_count", "supplier_change_count",
    "satisfaction", "demand_per_post", "unit_value", "score", "evidence_orders", "witnesses", "agents", "prior_only",
    "is_gated", "score_reasons", "offer_until", "offer_code", "offer_reason",
    "shelf_hours", "agents_share",
)  # fmt: skip
"""Columns of night.sku_scores that decide the list or are stated of it."""
KIN = ("sku_id", "kin_sku_id", "kin_by", "nearness", "lines")

PROPOSED = "proposals.parquet"
"""File of the problem with how many agents propose each SKU that the night's gate admits for them; names none."""
PROPOSALS = pa.schema([("sku_id", pa.string()), ("agents", pa.int64())])


@dataclass(frozen=True)
class ProblemTable:
    """A table of the problem: its `name` in the warehouse, its `columns` (all where empty) and what orders its rows
    (`order_by`); or the `stem` of the SELECT that gives its rows."""

    name: str
    columns: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    stem: str | None = None

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.name.partition('.')[2]}.parquet"

    def rows(self, night: Night) -> pa.Table:
        """Return its rows as the night has them."""
        if self.stem is not None:
            return night.engine.select(self.stem, list_date=night.list_date)
        return night.engine.read(self.name, columns=self.columns, order_by=self.order_by)


TABLES = (
    ProblemTable("night.sku_scores", SCORED, ("sku_id",)),
    ProblemTable("night.stg_overrides", stem="plan_overrides"),
    ProblemTable("night.int_kin", KIN, KIN),
    ProblemTable("night.int_danger_holds", ("sku_id", "since_on", "reports"), ("sku_id",)),
    ProblemTable("night.int_suited_skus", ("sku_id",), ("sku_id",)),
    ProblemTable(
        "night.segment_demand", ("segment_id", "sku_id", "expected_units"), ("segment_id", "sku_id", "expected_units")
    ),
    ProblemTable("night.int_segment_slots", ("segment_id", "agents", "slots"), ("segment_id",)),
    ProblemTable("night.int_promise_audit", ("tightened_promise",)),
    ProblemTable("night.int_promise_grounds"),
    ProblemTable("history.listed", stem="plan_listed"),
)
"""All that selection reads, in the order in which it is written."""


@dataclass(frozen=True)
class ProblemFacts:
    """The list date of a problem, the settings of its night as stored, and the certificate of the night's list."""

    list_date: date
    settings: Mapping[str, Any]
    certificate: Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """The problem that the run in `folder` left, read once: its facts, its tables by name, and what agents proposed to
    its night, how many for each SKU and nobody's name (`proposed`). Nothing changes it, so threads may share it."""

    folder: Path
    facts: ProblemFacts
    tables: Mapping[str, pa.Table]
    proposed: OwnPicks


def write_problem(night: Night, folder: Path) -> None:
    """Write the selection problem of a night into its run `folder`; reads the tables of TABLES, what
    agents propose, and the certificate."""
    place = folder / PROBLEM
    place.mkdir()
    for table in TABLES:
        pq.write_table(table.rows(night), place / table.file, compression="zstd")
    asked = sorted(read_own_picks(night).asked.items())
    proposals = pa.table({"sku_id": [sku for sku, _ in asked], "agents": [n for _, n in asked]}, schema=PROPOSALS)
    pq.write_table(proposals, place / PROPOSED, compression="zstd")
    (certificate,) = night.engine.read("night.assortment_certificate").to_pylist()
    facts = {
        "list_date": night.list_date.isoformat(),
        "settings": night.settings.model_dump(mode="json", exclude=NOT_DECISIVE),
        "certificate": certificate,
    }
    run_store.replace_json(place / FACTS, facts)


def has_problem(folder: Path) -> bool:
    """Return whether the run in `folder` left its selection problem."""
    return (folder / PROBLEM / FACTS).is_file()


def read_facts(folder: Path) -> ProblemFacts:
    """Return what the problem of the run in `folder` says beside its tables.

    Raises UsageError where there is none: an earlier release wrote the run, or the list was kept from another night.
    """
    if not has_problem(folder):
        raise UsageError(
            phrase(
                "run {run} of {list_date} has no {folder}/, which a list is planned from: an earlier release "
                "wrote it; run the night of that list date again, or plan from the next night on",
                run=folder.name,
                list_date=folder.parent.name.replace("=", " "),
                folder=PROBLEM,
            )
        )
    content = json.loads((folder / PROBLEM / FACTS).read_text(encoding="utf-8"))
    return ProblemFacts(date.fromisoformat(content["list_date"]), content["settings"], content["certificate"])


def read_problem(folder: Path) -> Problem:
    """Return the problem of the run in `folder`; raises UsageError where there is none."""
    facts, place = read_facts(folder), folder / PROBLEM
    asked = {row["sku_id"]: row["agents"] for row in _read(place / PROPOSED).to_pylist()}
    return Problem(folder, facts, {table.name: _read(place / table.file) for table in TABLES}, OwnPicks([], asked))


@contextmanager
def open_problem(problem: Problem, settings: Settings) -> Iterator[Night]:
    """Open a problem as a night in memory that selection can read, under other `settings`.

    The gate follows the settings, nothing else that scoring has decided does. Nothing is written anywhere.
    """
    engine, scores = open_memory(), problem.tables["night.sku_scores"]
    tables = {**problem.tables, "night.sku_scores": _gated(scores, settings.scoring.landmine_cap)}
    try:
        for name, rows in tables.items():
            engine.store(name, rows)
        as_of = problem.facts.list_date - timedelta(days=1)
        now = datetime.combine(problem.facts.list_date, time(), BEIJING)
        yield Night(engine, settings, Home(problem.folder), as_of, None, now)
    finally:
        engine.close()


def _read(path: Path) -> pa.Table:
    # Not by pq.read_table, which loads pandas first.
    with pq.ParquetFile(path) as file:
        return file.read()


def _gated(scores: pa.Table, cap: float) -> pa.Table:
    place = scores.column_names.index("is_gated")
    return scores.set_column(place, "is_gated", pc.greater(scores["landmine_probability"], cap))
