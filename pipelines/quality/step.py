"""Checks contracts with Great Expectations, every night, on what came in and on what goes out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Literal

from xuanpin.pipelines.context import BEIJING, Night, StepCount
from xuanpin.pipelines.contracts import Contract, published_contracts, source_contracts, statements
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.errors import InputRefused, OutputCheckFailed, UsageError
from xuanpin.pipelines.quality import scope, source_checks
from xuanpin.pipelines.quality.checks import (
    Check,
    CheckResult,
    ExpectationGroup,
    checks_of,
    grouped_expectations,
    single_expectations,
)
from xuanpin.pipelines.quality.dialect import shared_connection
from xuanpin.pipelines.typed.paths import require_room

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource

SHOWN_IDS = 3
# Results carry counts and never values: what a row holds may be personal.
COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


@dataclass(frozen=True)
class CheckedTable:
    """Hold a table to check: its contract, the relation that holds its rows and the checks of the contract."""

    contract: Contract
    relation: str
    checks: tuple[Check, ...]

    def broken(self, check: Check) -> str:
        """Return the select of what breaks `check`, over this table's rows."""
        return Template(check.broken).substitute(table=self.relation)


def check_tables(
    engine: Engine, tables: Mapping[str, Contract], *, names: Mapping[str, str], now: datetime
) -> list[CheckResult]:
    """Check contracts on relations; return one result a check, in contract order.

    `tables` maps relations (`schema.table`) to contracts; `names` maps the tables that references and cross-table
    rules name to the relations that stand for them; `now` is time-zone aware. Raises RuntimeError when a check could
    not be computed.
    """
    checked = _checked_tables(tables, names, now)
    with _expectations(engine) as (context, warehouse):
        failed = [
            _run_expectations(context, warehouse, table, grouped_expectations(table.contract, table.checks))
            for table in checked
        ]
    return [
        result
        for table, failed_names in zip(checked, failed, strict=True)
        for result in _results(engine, table, failed_names)
    ]


def check_sources(night: Night) -> StepCount:
    """Check the source contracts on the rows known on the as-of date, and on late rows of batches not yet checked.

    Writes night.run_quality with the figures of the as-of date alone, so that a re-run after later drops gives the
    same rows. Returns rows and checks of the as-of date. Raises InputRefused when an admitted row breaks a critical
    rule.
    """
    engine = night.engine
    arrivals = scope.arrivals(night)
    today = statements.known_on(night.as_of_date)
    visible = [arrival for arrival in arrivals.values() if arrival.newest is not None]
    results = _check_rows(night, {arrival.table: today for arrival in visible})
    results = source_checks.with_waiting(night, results)
    late_rows = scope.late_rows(engine, arrivals, today)
    late = _check_rows(night, late_rows)
    found = [source_checks.same_stamps(engine, arrival.table, today) for arrival in visible]
    found += [result for arrival in visible for result in source_checks.superseded(night, arrival.table)]
    source_checks.log_warnings([*found, *(source_checks.same_stamps(engine, *rows) for rows in late_rows.items())])
    found += [scope.freshness(night, arrival) for arrival in visible]
    found += source_checks.collapsed_ids(engine, today) if "orders" in arrivals else []
    found += source_checks.cleaned_ids(night)
    scope.write_results(engine, [*results, *found])
    scope.refuse_failures([*results, *late], InputRefused)
    scope.mark_checked(engine, arrivals)
    return scope.rows_seen(results), len(results)


def check_outputs(night: Night) -> StepCount:
    """Check the published contracts, with the rules across tables, on the night's tables.

    Appends to night.run_quality, also how many files of the home are set aside, where there are any. Returns rows and
    checks. Raises OutputCheckFailed, naming check, table, count and up to three ids, when a table lacks a column of its
    contract or a critical check fails.
    """
    return _check_outputs(night, check_tables, scope.set_aside_files(night.home))


def recheck_outputs(night: Night) -> StepCount:
    """Do as `check_outputs`, with each rule counted by its own query.

    A recall must not wait the seconds that loading Great Expectations takes.
    """
    return _check_outputs(night, count_tables)


def count_tables(
    engine: Engine, tables: Mapping[str, Contract], *, names: Mapping[str, str], now: datetime
) -> list[CheckResult]:
    """Return what `check_tables` does for these `tables`, `names` and `now`, each check counted by its own query."""
    return [
        result
        for table in _checked_tables(tables, names, now)
        for result in _results(engine, table, {check.name for check in table.checks})
    ]


def _check_outputs(
    night: Night, check: Callable[..., list[CheckResult]], others: Sequence[CheckResult] = ()
) -> StepCount:
    contracts = [contract for contract in published_contracts() if contract.name != "run_quality"]
    for contract in contracts:
        scope.refuse_other_columns(night.engine, contract.unstamped())
    selects = {contract.name: scope.stamped(night, contract) for contract in contracts}
    with scope.views(night.engine, selects) as views:
        tables = dict(zip(views, contracts, strict=True))
        results = check(night.engine, tables, names=scope.night_names(), now=night.now)
    scope.write_results(night.engine, [*scope.source_results(night.engine), *results, *others])
    scope.refuse_failures(results, OutputCheckFailed)
    return scope.rows_seen(results), len(results)


def write_data_docs(night: Night, folder: Path) -> Path:
    """Check the night's published tables again and write a website of results to `folder`; return its first page.

    Raises UsageError where the folder cannot be made, and where the warehouse holds no tables of a night.
    """
    folder = require_room("the folder", folder.absolute(), "name a folder that can be written")
    if not night.engine.exists("night.sku_list"):
        raise UsageError(
            f"{night.home.root} has no tables of a night to check, for instance since an upgrade; run "
            "`xuanpin nightly` first"
        )
    contracts = [contract for contract in published_contracts() if contract.name != "run_quality"]
    tables = {f"night.{contract.name}": contract.unstamped() for contract in contracts}
    with _expectations(night.engine) as (context, warehouse):
        context.add_data_docs_site(
            "contracts",
            {
                "class_name": "SiteBuilder",
                "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            },
        )
        for table in _checked_tables(tables, scope.night_names(), night.now):
            _run_expectations(context, warehouse, table, single_expectations(table.checks))
        context.build_data_docs(site_names=["contracts"])
    return folder / "index.html"


def _checked_tables(tables: Mapping[str, Contract], names: Mapping[str, str], now: datetime) -> list[CheckedTable]:
    moment = statements.moment(now.astimezone(BEIJING).replace(tzinfo=None))
    return [
        CheckedTable(contract, relation, checks_of(contract, names, moment)) for relation, contract in tables.items()
    ]


@contextmanager
def _expectations(engine: Engine) -> Iterator[tuple[EphemeralDataContext, SQLDatasource]]:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # Importing takes seconds and hundreds of megabytes: only a step that checks pays for it.
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    with shared_connection(engine.dbapi_connection()) as url:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        yield context, context.data_sources.add_sql("warehouse", connection_string=url, create_temp_table=False)


def _run_expectations(
    context: EphemeralDataContext, warehouse: SQLDatasource, table: CheckedTable, groups: Sequence[ExpectationGroup]
) -> set[str]:
    """Return the names of the checks whose group failed."""
    from great_expectations import ExpectationSuite, ValidationDefinition

    schema, relation = table.relation.split(".")
    name = table.contract.name
    asset = warehouse.add_table_asset(name, table_name=relation, schema_name=schema)
    suite = context.suites.add(ExpectationSuite(name=name, expectations=[group.expectation for group in groups]))
    definition = context.validation_definitions.add(
        ValidationDefinition(name=name, data=asset.add_batch_definition_whole_table("all"), suite=suite)
    )
    failed = {_failed(result) for result in definition.run(result_format=COUNTS_ONLY).results}
    return {
        check.name for group in groups if group.expectation["meta"]["check_name"] in failed for check in group.checks
    }


def _failed(result: Any) -> str | None:
    name = str(result.expectation_config.meta["check_name"])
    if result.success:
        return None
    if not result.result:
        raise RuntimeError(f"check {name} could not be computed: {result.exception_info}")
    return name


def _results(engine: Engine, table: CheckedTable, failed_names: set[str]) -> Iterator[CheckResult]:
    rows = _count(engine, statements.all_rows(table.relation))
    for check in table.checks:
        count = _count(engine, table.broken(check)) if check.name in failed_names else 0
        outcome: Literal["pass", "warn", "fail"] = "pass"
        if count:
            outcome = "fail" if check.severity == "critical" else "warn"
        ids = _failing_ids(engine, table, check) if count else ()
        yield CheckResult(check.name, table.contract.name, outcome, rows, count, check.severity, ids)


def _count(engine: Engine, select: str) -> int:
    return int(engine.query(statements.count_of(select))["n"][0].as_py())


def _failing_ids(engine: Engine, table: CheckedTable, check: Check) -> tuple[str, ...]:
    rows = engine.query(statements.first_of(table.broken(check), SHOWN_IDS)).to_pylist()
    return tuple("/".join(str(value) for value in row.values()) for row in rows)


def _check_rows(night: Night, where: Mapping[str, str]) -> list[CheckResult]:
    contracts = [scope.versioned(contract) for contract in source_contracts() if contract.name in where]
    names = {contract.name: f"source.{contract.name}" for contract in source_contracts()}
    selects = {
        contract.name: statements.rows_where(f"source.{contract.name}", where[contract.name]) for contract in contracts
    }
    with scope.views(night.engine, selects) as views:
        return check_tables(night.engine, dict(zip(views, contracts, strict=True)), names=names, now=night.now)
