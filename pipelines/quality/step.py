"""Great Expectations over the warehouse: the contracts are proven on what came in and on what goes out, every night."""

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
from xuanpin.pipelines.errors import InputRefused, OutputCheckFailed
from xuanpin.pipelines.quality import scope
from xuanpin.pipelines.quality.checks import Check, CheckResult, Proof, checks_of, nightly_proofs, single_proofs
from xuanpin.pipelines.quality.dialect import lent

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource

SHOWN_IDS = 3
# Results carry counts and never values: what a row holds may be personal.
COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


@dataclass(frozen=True)
class Subject:
    """A table to check: its contract, the relation that holds its rows and the checks that its contract calls for."""

    contract: Contract
    relation: str
    checks: tuple[Check, ...]

    def broken(self, check: Check) -> str:
        """The select of what breaks a check, over this subject's rows."""
        return Template(check.broken).substitute(table=self.relation)


def check_tables(
    engine: Engine, tables: Mapping[str, Contract], *, names: Mapping[str, str], now: datetime
) -> list[CheckResult]:
    """Prove contracts on relations (`schema.table` → contract); one result a check, in contract order.

    `names` maps the tables that references and cross-table rules speak of to the relations that stand for them; `now`
    is time-zone aware. Raises RuntimeError when a check could not be computed at all.
    """
    subjects = _subjects(tables, names, now)
    with _expectations(engine) as (context, warehouse):
        failed = [
            _prove(context, warehouse, subject, nightly_proofs(subject.contract, subject.checks))
            for subject in subjects
        ]
    return [
        result
        for subject, suspects in zip(subjects, failed, strict=True)
        for result in _results(engine, subject, suspects)
    ]


def check_sources(night: Night) -> StepCount:
    """Prove the source contracts on the rows known on the as-of date, and on late rows of batches not yet proven.

    Writes night.run_quality with the figures of the as-of date alone, so that a re-run after later drops gives the same
    rows. Returns rows and checks of the as-of date. Raises InputRefused when an admitted row breaks a critical rule.
    """
    engine = night.engine
    arrivals = scope.arrivals(night)
    today = statements.known_on(night.as_of_date)
    visible = [arrival for arrival in arrivals.values() if arrival.newest is not None]
    results = _check_rows(night, {arrival.table: today for arrival in visible})
    late = _check_rows(night, scope.late_rows(engine, arrivals, today))
    scope.write_results(engine, [*results, *(scope.freshness(night, arrival) for arrival in visible)])
    scope.refuse_failures([*results, *late], InputRefused)
    scope.remember_proven(engine, arrivals)
    return scope.rows_seen(results), len(results)


def check_outputs(night: Night) -> StepCount:
    """Prove the published contracts, with the rules across tables, on the night's tables.

    Appends to night.run_quality. Returns rows and checks. Raises OutputCheckFailed, naming check, table, count and up
    to three ids, when a table lacks a column of its contract or a critical check fails.
    """
    return _check_outputs(night, check_tables)


def recheck_outputs(night: Night) -> StepCount:
    """As `check_outputs`, with the same rules counted one by one: nobody waits seconds for a library during the day."""
    return _check_outputs(night, count_tables)


def count_tables(
    engine: Engine, tables: Mapping[str, Contract], *, names: Mapping[str, str], now: datetime
) -> list[CheckResult]:
    """The results of `check_tables`, each check counted by its own query."""
    return [
        result
        for subject in _subjects(tables, names, now)
        for result in _results(engine, subject, {check.name for check in subject.checks})
    ]


def _check_outputs(night: Night, check: Callable[..., list[CheckResult]]) -> StepCount:
    contracts = [contract for contract in published_contracts() if contract.name != "run_quality"]
    for contract in contracts:
        scope.refuse_other_columns(night.engine, contract.unstamped())
    selects = {contract.name: scope.stamped(night, contract) for contract in contracts}
    with scope.views(night.engine, selects) as views:
        tables = dict(zip(views, contracts, strict=True))
        results = check(night.engine, tables, names=scope.night_names(), now=night.now)
    scope.write_results(night.engine, [*scope.source_results(night.engine), *results])
    scope.refuse_failures(results, OutputCheckFailed)
    return scope.rows_seen(results), len(results)


def write_data_docs(night: Night, folder: Path) -> Path:
    """Check the night's published tables once more and write the results as a website; returns its first page."""
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
        for subject in _subjects(tables, scope.night_names(), night.now):
            _prove(context, warehouse, subject, single_proofs(subject.checks))
        context.build_data_docs(site_names=["contracts"])
    return folder / "index.html"


def _subjects(tables: Mapping[str, Contract], names: Mapping[str, str], now: datetime) -> list[Subject]:
    moment = statements.moment(now.astimezone(BEIJING).replace(tzinfo=None))
    return [Subject(contract, relation, checks_of(contract, names, moment)) for relation, contract in tables.items()]


@contextmanager
def _expectations(engine: Engine) -> Iterator[tuple[EphemeralDataContext, SQLDatasource]]:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # Importing takes seconds and hundreds of megabytes: only a step that checks pays for it.
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    with lent(engine.dbapi_connection()) as url:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        yield context, context.data_sources.add_sql("warehouse", connection_string=url, create_temp_table=False)


def _prove(
    context: EphemeralDataContext, warehouse: SQLDatasource, subject: Subject, proofs: Sequence[Proof]
) -> set[str]:
    """Names of the checks whose proof failed."""
    from great_expectations import ExpectationSuite, ValidationDefinition

    schema, table = subject.relation.split(".")
    name = subject.contract.name
    asset = warehouse.add_table_asset(name, table_name=table, schema_name=schema)
    suite = context.suites.add(ExpectationSuite(name=name, expectations=[proof.expectation for proof in proofs]))
    definition = context.validation_definitions.add(
        ValidationDefinition(name=name, data=asset.add_batch_definition_whole_table("all"), suite=suite)
    )
    failed = {_failed(result) for result in definition.run(result_format=COUNTS_ONLY).results}
    return {
        check.name for proof in proofs if proof.expectation["meta"]["check_name"] in failed for check in proof.checks
    }


def _failed(result: Any) -> str | None:
    name = str(result.expectation_config.meta["check_name"])
    if result.success:
        return None
    if not result.result:
        raise RuntimeError(f"check {name} could not be computed: {result.exception_info}")
    return name


def _results(engine: Engine, subject: Subject, suspects: set[str]) -> Iterator[CheckResult]:
    rows = _count(engine, statements.all_rows(subject.relation))
    for check in subject.checks:
        count = _count(engine, subject.broken(check)) if check.name in suspects else 0
        outcome: Literal["pass", "warn", "fail"] = "pass"
        if count:
            outcome = "fail" if check.severity == "critical" else "warn"
        ids = _failing_ids(engine, subject, check) if count else ()
        yield CheckResult(check.name, subject.contract.name, outcome, rows, count, check.severity, ids)


def _count(engine: Engine, select: str) -> int:
    return int(engine.query(statements.count_of(select))["n"][0].as_py())


def _failing_ids(engine: Engine, subject: Subject, check: Check) -> tuple[str, ...]:
    rows = engine.query(statements.first_of(subject.broken(check), SHOWN_IDS)).to_pylist()
    return tuple("/".join(str(value) for value in row.values()) for row in rows)


def _check_rows(night: Night, where: Mapping[str, str]) -> list[CheckResult]:
    contracts = [scope.versioned(contract) for contract in source_contracts() if contract.name in where]
    names = {contract.name: f"source.{contract.name}" for contract in source_contracts()}
    selects = {
        contract.name: statements.rows_where(f"source.{contract.name}", where[contract.name]) for contract in contracts
    }
    with scope.views(night.engine, selects) as views:
        return check_tables(night.engine, dict(zip(views, contracts, strict=True)), names=names, now=night.now)
