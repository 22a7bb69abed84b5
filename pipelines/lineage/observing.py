"""Looks at the tables of a step once it is done: their columns, rows and checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from xuanpin.pipelines import identity, run_store
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts import TABLES, statements
from xuanpin.pipelines.engine.names import quoted_table
from xuanpin.pipelines.lineage.datasets import Check, Seen, columns_by_contract
from xuanpin.pipelines.lineage.events import Engine
from xuanpin.pipelines.lineage.facts import TableFact, step_facts
from xuanpin.pipelines.lineage.places import drop_places, published_places
from xuanpin.pipelines.run_store import sealing
from xuanpin.pipelines.steps import Step

OUTSIDE = ("drops", "run", "published")
"""Schemas of tables that are not in the warehouse."""
WRITTEN: Mapping[str, str] = {"write": "run", "publish": "published"}
"""Steps that write tables outside the warehouse, and of which schema."""
READ: Mapping[str, str] = {"publish": "run"}
"""Steps that read tables outside the warehouse whatever they write."""
CHECKING = ("check_sources", "check_outputs")
RESULTS = "night.run_quality"
_SEVERITIES = {"critical": "error", "warning": "warn"}
"""The standard's words for ours."""


def inputs_of(step: Step) -> list[str]:
    """Return the tables that a step reads, those outside the warehouse included, in order."""
    facts = (step_facts(step.name).get(table, TableFact()) for table in step.writes)
    origins = {table for fact in facts for made in fact.columns.values() for table, _ in made.origins}
    outside = {table for table in origins if table.partition(".")[0] in OUTSIDE} | _of_schema(READ.get(step.name))
    return sorted({*step.reads, *outside})


def outputs_of(step: Step) -> list[str]:
    """Return the tables that a step writes, those outside the warehouse included, in order."""
    return sorted({*step.writes, *_of_schema(WRITTEN.get(step.name))})


def seen_of(step: Step, night: Night, environment: Mapping[str, str]) -> dict[str, Seen]:
    """Return what is known of the tables of a step that is done; without those that are not there.

    A run that waits for people is not published: its step has written nothing that readers see. `environment` holds the
    variables that settings name.
    """
    tables = {*inputs_of(step), *outputs_of(step)}
    inside = {table: night.engine.columns(table) for table in tables if not _is_outside(table)}
    rows = _row_counts(night, [table for table, columns in inside.items() if columns])
    seen = {table: Seen(columns, rows.get(table)) for table, columns in inside.items() if columns}
    return seen | _drops(tables, night, environment) | _run_tables(tables, night)


def engine_of(night: Night) -> Engine:
    """Return what does the work of a night."""
    if night.settings.engine.kind == "spark":
        return Engine("Spark", version("pyspark-client"))
    return Engine("DuckDB", version("duckdb"))


def step_checks(step: Step, night: Night) -> dict[str, tuple[Check, ...]]:
    """Return the results of the checks that a step has made, by the table that it checked."""
    if step.name not in CHECKING:
        return {}
    checks: dict[str, list[Check]] = {}
    places = {table.partition(".")[2]: table for table in step.reads if table.startswith(("source.", "night."))}
    columns = ("check_name", "table_name", "result", "severity", "rows_failed")
    for row in night.engine.read(RESULTS, columns=columns).to_pylist():
        if row["table_name"] in places:
            checks.setdefault(places[row["table_name"]], []).append(_check(row))
    return {table: tuple(own) for table, own in checks.items()}


def _check(row: Mapping[str, Any]) -> Check:
    name = row["check_name"]
    return Check(
        assertion=name.rpartition(".")[2],
        success=row["result"] == "pass",
        name=name,
        severity=_SEVERITIES.get(row["severity"], row["severity"]),
        expected="0",
        actual=str(row["rows_failed"]),
    )


def _is_outside(table: str) -> bool:
    return table.partition(".")[0] in OUTSIDE


def _of_schema(schema: str | None) -> set[str]:
    return {f"{schema}.{name}" for name in TABLES["published"]} if schema else set()


def _row_counts(night: Night, tables: Iterable[str]) -> dict[str, int]:
    """How many rows tables have, those left out that are not at hand: elsewhere counting would cost."""
    rows = {table: statements.all_rows(quoted_table(table)) for table in tables}
    near = {table: select for table, select in rows.items() if night.engine.is_at_hand(select)}
    return {table: night.engine.query(statements.count_of(select))["n"][0].as_py() for table, select in near.items()}


def _drops(tables: Iterable[str], night: Night, environment: Mapping[str, str]) -> dict[str, Seen]:
    names = [table for table in tables if table.startswith("drops.")]
    return {
        table: Seen(
            columns_by_contract(table),
            places=drop_places(table.partition(".")[2], night.sources, night.settings.sources, environment),
        )
        for table in names
    }


def _run_tables(tables: Iterable[str], night: Night) -> dict[str, Seen]:
    """What is known of the tables of the run folder, and of what readers see where it is the current run."""
    wanted = [table for table in tables if table.startswith(("run.", "published."))]
    folder = _finished_folder(night) if wanted else None
    if folder is None:
        return {}
    manifest = run_store.read_manifest(folder)
    run = run_store.current_run(night.home, night.list_date)
    is_current = run is not None and run_store.manifest(night.home, run)["origin_run_id"] == manifest["run_id"]
    return {
        table: Seen(
            columns_by_contract(table),
            manifest["row_counts"].get(table.partition(".")[2]),
            places=published_places(table, night.home),
            version=manifest["run_id"],
        )
        for table in wanted
        if is_current or table.startswith("run.")
    }


def _finished_folder(night: Night) -> Path | None:
    """The folder of this night's run, as it was put together or as it was sealed; None where it is neither."""
    sealed = night.home.list_dir(night.list_date) / sealing.run_dir_name(identity.run_identity(night))
    folders = (sealing.partial_folder(night), sealed)
    return next((folder for folder in folders if (folder / run_store.MANIFEST).exists()), None)
