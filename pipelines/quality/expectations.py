"""Lets Great Expectations repeat the checks of contracts, and writes its data docs."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import version
from importlib.util import LazyLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from xuanpin.pipelines.context import BEIJING, Night
from xuanpin.pipelines.contracts import Contract, published_contracts, source_contracts
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.identity import code_version
from xuanpin.pipelines.quality.checks import (
    CheckResult,
    ExpectationGroup,
    counted_expectation,
    grouped_expectations,
    single_expectations,
)
from xuanpin.pipelines.quality.counting import CheckedTable, checked_tables, count_checks
from xuanpin.pipelines.quality.judged_apart import Asked, is_started, judged_apart, start

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource

    Judge = Callable[[BatchDefinition[Any], Sequence[Any]], Sequence[Any]]

Known = dict[str, dict[str, Any]]
"""Rows of REPEATED by table."""
REPEATED = "ops.expectations"
"""When Great Expectations last repeated the checks of each table, and as what program."""
REPEATED_SCHEMA = pa.schema([("checked_table", pa.string()), ("program", pa.string()), ("repeated_on", pa.date32())])
COUNTED = "night.counted_checks"
COUNTED_SCHEMA = pa.schema([("check_name", pa.string()), ("broken_rows", pa.int64())])
"""How many rows or keys break each check of a table, while it is judged."""
# Results carry counts and never values: what a row holds may be personal.
COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


def repeat_when_due(
    night: Night, tables: Mapping[str, Contract], names: Mapping[str, str], results: Sequence[CheckResult]
) -> None:
    """Let Great Expectations repeat checks that have been counted, for the tables for which that is due.

    `tables` and `names` are as in `count_tables`, which gave the `results`. It is due after each change of the program
    and every [quality] expectations_days. Raises RuntimeError where a check could not be computed or the two differ.
    """
    known = _known(night)
    fresh = _fresh(night, known)
    due = {relation: contract for relation, contract in tables.items() if contract.name not in fresh}
    if not due:
        return
    checked = checked_tables(due, names, night.now)
    _refuse_differences(failed_checks(night.engine, checked), checked, results)
    _note_repeated(night.engine, known, [contract.name for contract in due.values()], _program(), _today(night))


def _known(night: Night) -> Known:
    return {row["checked_table"]: row for row in night.engine.read(REPEATED).to_pylist()}


def _fresh(night: Night, known: Known) -> set[str]:
    """Return the names of the tables for which it is not due, as their rows (`known`) say."""
    today, program = _today(night), _program()
    oldest = today - timedelta(days=night.settings.quality.expectations_days)
    return {name for name, row in known.items() if row["program"] == program and oldest < row["repeated_on"] <= today}


def _today(night: Night) -> date:
    return night.now.astimezone(BEIJING).date()


def begin_repeating(night: Night) -> Callable[[], object]:
    """Return what starts the process that repeats checks, for a whole night to do beside its first steps.

    Nothing is started where nothing will be due, where what judges is loaded already, or on a cluster.
    """
    known = _known(night)
    named = {contract.name for contract in (*source_contracts(), *published_contracts())}
    is_due = not known or bool(named & known.keys() - _fresh(night, known))
    is_loaded = "great_expectations" in sys.modules
    return start if is_due and not is_loaded and not night.engine.has_workers else lambda: None


def failed_checks(engine: Engine, tables: Sequence[CheckedTable]) -> set[str]:
    """Return the names of the checks that fail on `tables` by Great Expectations; of row rules, a severity's together.

    Raises RuntimeError when a check could not be computed.
    """
    groups = {table.contract.name: grouped_expectations(table.contract, table.checks) for table in tables}
    if is_started() and not engine.has_workers:
        asked = [(table.contract.name, table.relation, _expected(groups[table.contract.name])) for table in tables]
        with engine.dbapi_connection() as connection:
            failed = judged_apart(connection, asked)
        return set().union(*(_failing(of_table, failed) for of_table in groups.values()))
    with _expectations(engine.dbapi_connection()) as (_, warehouse):
        found = [_judge(warehouse, engine, table, groups[table.contract.name], _judged) for table in tables]
    return set().union(*found)


def judged_here(connection: Any, tables: Sequence[Asked]) -> set[str]:
    """Return the names of the checks that fail on `tables`, which a `connection` reads; raises as `failed_checks`."""
    with _expectations(connection) as (_, warehouse):
        return set().union(*(_failed_of(warehouse, _judged, *table) for table in tables))


def write_site(night: Night, tables: Mapping[str, Contract], names: Mapping[str, str], folder: Path) -> None:
    """Check `tables` (contracts by relation) one expectation a check, and write a website of results to `folder`.

    `names` are as in `count_tables`.
    """
    with _expectations(night.engine.dbapi_connection()) as (context, warehouse):
        context.add_data_docs_site(
            "contracts",
            {
                "class_name": "SiteBuilder",
                "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            },
        )
        for table in checked_tables(tables, names, night.now):
            _judge(warehouse, night.engine, table, single_expectations(table.checks), _stored(context))
        context.build_data_docs(site_names=["contracts"])


def _program() -> str:
    parts = (code_version(), version("great_expectations"), version("duckdb"))
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


def _refuse_differences(failed: set[str], checked: Sequence[CheckedTable], results: Sequence[CheckResult]) -> None:
    """Row rules of a severity share an expectation, so they are compared as a group."""
    counted = {result.check_name for result in results if result.rows_failed}
    for table in checked:
        for group in grouped_expectations(table.contract, table.checks):
            own = {check.name for check in group.checks}
            if bool(own & failed) != bool(own & counted):
                raise RuntimeError(
                    f"table {table.contract.name}: Great Expectations and the counted checks differ in "
                    f"{', '.join(sorted(own))[:200]}; nothing was published. Please report it"
                )


def _note_repeated(engine: Engine, known: Known, names: Sequence[str], program: str, today: date) -> None:
    rows = {**known, **{name: {"checked_table": name, "program": program, "repeated_on": today} for name in names}}
    engine.store(REPEATED, pa.Table.from_pylist([dict(rows[name]) for name in sorted(rows)], schema=REPEATED_SCHEMA))


class SparkNotFound(MetaPathFinder):
    """Lets imports in its block find no pyspark but what is loaded already.

    Great Expectations loads the whole of it where it is installed, for .3 CPU-seconds and 27 MB, and its warning on
    pandas 3 would stand on the terminal of a night that has nothing to do with Spark.
    """

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        """Raise ModuleNotFoundError where `fullname` is a part of pyspark that is asked for first.

        `path` and `target` are what Python hands to every finder.
        """
        if fullname in {"pyspark", "pyspark.ml"}:
            raise ModuleNotFoundError(f"{fullname} is left out", name=fullname)

    def __enter__(self) -> None:
        sys.meta_path.insert(0, self)

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self)


class Postponed(MetaPathFinder):
    """Has imports in its block load altair and scipy's statistics only when something of them is used.

    Great Expectations needs them for distributions, which no contract asks about: a quarter of what loading it takes.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the module `fullname` is, to be loaded later, if it is one of them; `path` and `target` as for
        every finder."""
        found = PathFinder.find_spec(fullname, path, target) if fullname in {"altair", "scipy.stats"} else None
        if found is not None and found.loader is not None:
            found.loader = LazyLoader(found.loader)
        return found

    def __enter__(self) -> None:
        sys.meta_path.insert(0, self)

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self)


def load_library() -> ModuleType:
    """Load Great Expectations: seconds and hundreds of megabytes, for which only a night that needs it pays."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with SparkNotFound(), Postponed():
        import great_expectations as gx
    return gx


@contextmanager
def _expectations(connection: Any) -> Iterator[tuple[EphemeralDataContext, SQLDatasource]]:
    gx = load_library()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    from xuanpin.pipelines.quality.dialect import shared_connection

    with shared_connection(connection) as url:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        yield context, context.data_sources.add_sql("warehouse", connection_string=url, create_temp_table=False)


def _judge(
    warehouse: SQLDatasource, engine: Engine, table: CheckedTable, groups: Sequence[ExpectationGroup], judge: Judge
) -> set[str]:
    """Return the names of the checks whose group failed, as `judge` finds."""
    with _at_hand(engine, table, groups) as (relation, asked):
        return _failing(groups, _failed_of(warehouse, judge, table.contract.name, relation, _expected(asked)))


def _expected(groups: Sequence[ExpectationGroup]) -> list[Any]:
    return [group.expectation for group in groups]


def _failing(groups: Sequence[ExpectationGroup], failed: set[str]) -> set[str]:
    """Return the names of the checks of those groups that failed under the name of one."""
    return {
        check.name for group in groups if group.expectation["meta"]["check_name"] in failed for check in group.checks
    }


def _failed_of(
    warehouse: SQLDatasource, judge: Judge, name: str, relation: str, expectations: Sequence[Any]
) -> set[str]:
    schema, _, asset_name = relation.partition(".")
    asset = warehouse.add_table_asset(name, table_name=asset_name, schema_name=schema)
    whole = asset.add_batch_definition_whole_table("all")
    found = (_failed(result) for result in judge(whole, expectations))
    return {check for check in found if check is not None}


def _judged(batch: BatchDefinition[Any], expectations: Sequence[Any]) -> Sequence[Any]:
    """Return the results of expectations on a batch. Nothing is stored, which would take as long as the checks."""
    from great_expectations import ExpectationSuite

    suite = ExpectationSuite(name=batch.data_asset.name, expectations=list(expectations))
    results: Sequence[Any] = batch.get_batch().validate(suite, result_format=COUNTS_ONLY).results
    return results


def _stored(context: EphemeralDataContext) -> Judge:
    """Return what judges as `_judged` does and stores results where a website of them is built from."""
    from great_expectations import ExpectationSuite, ValidationDefinition

    def judge(batch: BatchDefinition[Any], expectations: Sequence[Any]) -> Sequence[Any]:
        name = batch.data_asset.name
        suite = context.suites.add(ExpectationSuite(name=name, expectations=list(expectations)))
        definition = context.validation_definitions.add(ValidationDefinition(name=name, data=batch, suite=suite))
        return definition.run(result_format=COUNTS_ONLY).results

    return judge


@contextmanager
def _at_hand(
    engine: Engine, table: CheckedTable, groups: Sequence[ExpectationGroup]
) -> Iterator[tuple[str, Sequence[ExpectationGroup]]]:
    """Yield the relation that Great Expectations reads and what it is to find there.

    Rows that do not stand where it can read them are counted where they are, and it judges the counts.
    """
    if all(engine.is_at_hand(table.broken(check)) for check in table.checks):
        yield table.relation, groups
        return
    counted = count_checks(engine, table)
    rows = {"check_name": [*counted], "broken_rows": [*counted.values()]}
    engine.store(COUNTED, pa.table(rows, COUNTED_SCHEMA))
    try:
        yield COUNTED, [replace(group, expectation=counted_expectation(group)) for group in groups]
    finally:
        engine.drop(COUNTED)


def _failed(result: Any) -> str | None:
    name = str(result.expectation_config.meta["check_name"])
    if result.success:
        return None
    if not result.result:
        raise RuntimeError(f"check {name} could not be computed: {result.exception_info}")
    return name
