"""Chooses which rows a night's checks look at, and writes their results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa

from xuanpin.pipelines.context import Home, Night
from xuanpin.pipelines.contracts import Contract, load_contract, published_contracts, source_contracts, statements
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import OutputCheckFailed, XuanpinError
from xuanpin.pipelines.home_files import noted_set_aside
from xuanpin.pipelines.missing.tonight import holds_for_all_days, stood_in
from xuanpin.pipelines.quality.checks import CheckResult
from xuanpin.pipelines.typed.phrase import NOTHING, joined, phrase

RESULTS = "night.run_quality"
PROVEN = "ops.proven"
OWN_COLUMNS = ("check_name", "table_name", "result", "rows_seen", "rows_failed", "severity")
"""Columns of run_quality that a check fills; the others are those of brakes."""


@dataclass(frozen=True)
class Arrival:
    """Hold what has arrived of one source table.

    `last_batch`: its newest batch; `rows` and `newest`: the visible rows as of a date and their newest day, None
    without.
    """

    table: str
    last_batch: int
    newest: date | None
    rows: int


def arrivals(night: Night) -> dict[str, Arrival]:
    """Return what has arrived of each source table, by table; cheap, because it reads the ledger alone."""
    ledger = night.engine.select("seen_arrivals", as_of_date=night.as_of_date)
    found = {
        row["table_name"]: Arrival(row["table_name"], row["last_batch"], row["newest"], row["rows"])
        for row in ledger.to_pylist()
    }
    return {contract.name: found[contract.name] for contract in source_contracts() if contract.name in found}


def set_aside(night: Night, state: str) -> set[str]:
    """Return the source tables of which rows are set aside in a `state`, or may have been on the as-of date."""
    found = night.engine.select("set_aside_tables", as_of_date=night.as_of_date).to_pylist()
    return {row["table_name"] for row in found if row["state"] == state}


def late_rows(engine: Engine, arrived: Mapping[str, Arrival], today: str) -> dict[str, str]:
    """Return an SQL condition for the late rows of batches not yet checked, by table; tables without any are left out.

    `arrived`: what has arrived, by table; `today`: the condition for the rows that the as-of date sees.
    """
    proven = _proven(engine)
    where = {table: statements.came_late(proven.get(table, -1), today) for table in arrived}
    return {
        table: condition
        for table, condition in where.items()
        if engine.row(statements.count_of(statements.rows_where(f"source.{table}", condition))) != (0,)
    }


def mark_checked(engine: Engine, arrived: Mapping[str, Arrival]) -> None:
    """Note the last batch of each table in `arrived` as checked."""
    marks = _proven(engine) | {arrival.table: arrival.last_batch for arrival in arrived.values()}
    schema = pa.schema([("table_name", pa.string()), ("drop_seq", pa.int64())])
    engine.store(PROVEN, pa.table([list(marks), list(marks.values())], schema=schema))


def _proven(engine: Engine) -> dict[str, int]:
    return {row["table_name"]: row["drop_seq"] for row in engine.read(PROVEN).to_pylist()}


def freshness(night: Night, arrival: Arrival) -> CheckResult:
    """Return a warning where the newest visible row of a source table is older than its contract promises.

    What is derived from orders is as fresh as they are, and the first file of snapshots holds for every day.
    """
    is_derived = stood_in(night.settings.sources, arrival.table)
    is_always_fresh = is_derived or holds_for_all_days(night, arrival.table)
    allowed = None if is_always_fresh else load_contract(arrival.table).freshness_days
    late = allowed is not None and (arrival.newest is None or (night.as_of_date - arrival.newest).days > allowed)
    return CheckResult(f"{arrival.table}.fresh", arrival.table, "warn" if late else "pass", arrival.rows, 0, "warning")


def set_aside_files(home: Home) -> list[CheckResult]:
    """Return a warning where files of the home cannot be used and are set aside; nothing where all are sound."""
    count = len(noted_set_aside(home))
    return [CheckResult("home.files_set_aside", "home", "warn", count, count, "warning")] if count else []


def versioned(contract: Contract) -> Contract:
    """Return the contract of a source table as stored, where every version of a key is kept."""
    stored = contract.stored()
    return replace(stored, key=(*stored.key, "row_hash"))


def stamped(night: Night, contract: Contract) -> str:
    """Return a select of a night's table with the columns that publishing adds, for checks of all its rules."""
    own = contract.unstamped().column_names
    return statements.stamped_rows(f"night.{contract.name}", own, night.list_date, night.as_of_date)


def night_names() -> dict[str, str]:
    """Return the relations that, within a night, stand for the tables that published contracts name."""
    published = {contract.name: f"night.{contract.name}" for contract in published_contracts()}
    return published | {"agents": "night.stg_agents"}


@contextmanager
def views(engine: Engine, selects: Mapping[str, str]) -> Iterator[list[str]]:
    """Show each of `selects` (SQL by name) as view night.check_<name> in the block; yield the views' names in order."""
    names = [f"night.check_{name}" for name in selects]
    with engine.transaction():
        for view, select in zip(names, selects.values(), strict=True):
            engine.create_view(view, select)
    try:
        yield names
    finally:
        with engine.transaction():
            for view in names:
                engine.drop_view(view)


def refuse_other_columns(engine: Engine, contract: Contract) -> None:
    """Raise OutputCheckFailed where a night's table lacks a column of its contract or has it in another type."""
    types = engine.columns(f"night.{contract.name}")
    differences = contract.differences({name: types[name] for name in contract.column_names if name in types})
    if differences:
        raise OutputCheckFailed(
            phrase(
                "output check failed: night.{table} differs from its contract in {count} columns: {differences}; "
                "nothing was published. Correct the step that writes the table",
                table=contract.name,
                count=len(differences),
                differences=joined(differences[:3], "; "),
            )
        )


def write_results(engine: Engine, results: Sequence[CheckResult]) -> None:
    """Replace night.run_quality by these results."""
    schema = load_contract("run_quality").unstamped().arrow_schema()
    rows = [{name: getattr(result, name) for name in OWN_COLUMNS} for result in results]
    engine.store(RESULTS, pa.Table.from_pylist(rows, schema))


def source_results(engine: Engine) -> list[CheckResult]:
    """Return the recorded results for the source tables of the night; none before they were checked."""
    if not engine.exists(RESULTS):
        return []
    sources = {contract.name for contract in source_contracts()}
    recorded = engine.read(RESULTS, columns=OWN_COLUMNS).to_pylist()
    return [CheckResult(**row) for row in recorded if row["table_name"] in sources]


def refuse_failures(results: Sequence[CheckResult], error: type[XuanpinError]) -> None:
    """Raise `error`, naming check, table, count and up to three ids, where a critical check of `results` failed."""
    failed = [result for result in results if result.result == "fail"]
    if not failed:
        return
    first = failed[0]
    others = phrase(" {count} more checks failed;", count=len(failed) - 1) if len(failed) > 1 else NOTHING
    raise error(
        phrase(
            "check {check} failed on table {table}: {bad} of {rows} rows ({ids});{others} nothing was published. All "
            "results are in {results} of the warehouse",
            check=first.check_name,
            table=first.table_name,
            bad=first.rows_failed,
            rows=first.rows_seen,
            ids=joined(first.ids),
            others=others,
            results=RESULTS,
        )
    )


def rows_seen(results: Sequence[CheckResult]) -> int:
    """Return how many rows the tables in `results` have, each table once."""
    return sum({result.table_name: result.rows_seen for result in results}.values())
