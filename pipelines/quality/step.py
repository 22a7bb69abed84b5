"""Checks contracts every night on what came in and what goes out; Great Expectations repeats them when due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.contracts import Contract, published_contracts, source_contracts, statements
from xuanpin.pipelines.errors import InputRefused, OutputCheckFailed, UsageError
from xuanpin.pipelines.quality import scope, source_checks
from xuanpin.pipelines.quality.checks import CheckResult
from xuanpin.pipelines.quality.counting import count_tables
from xuanpin.pipelines.quality.expectations import repeat_when_due, write_site
from xuanpin.pipelines.typed.paths import require_room
from xuanpin.pipelines.typed.phrase import phrase


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
    results = _check_rows(night, {arrival.table: today for arrival in visible}, is_repeated=True)
    results = source_checks.with_waiting(night, results, scope.set_aside(night, "waiting"))
    late_rows = scope.late_rows(engine, arrivals, today)
    late = _check_rows(night, late_rows, is_repeated=False)
    found = [source_checks.same_stamps(engine, arrival.table, today) for arrival in visible]
    rejected = scope.set_aside(night, "rejected")
    tables = [arrival.table for arrival in visible if arrival.table in rejected]
    found += [result for table in tables for result in source_checks.superseded(night, table)]
    source_checks.log_warnings([*found, *(source_checks.same_stamps(engine, *rows) for rows in late_rows.items())])
    found += [scope.freshness(night, arrival) for arrival in visible]
    found += source_checks.collapsed_ids(engine, today) if "orders" in arrivals else []
    found += source_checks.cleaned_ids(night)
    found += source_checks.over_stock(night)
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
    return _check_outputs(night, scope.set_aside_files(night.home), is_repeated=True)


def recheck_outputs(night: Night) -> StepCount:
    """Do as `check_outputs`, without Great Expectations: a recall must not wait the seconds that loading it takes."""
    return _check_outputs(night, (), is_repeated=False)


def _check_outputs(night: Night, others: Sequence[CheckResult], *, is_repeated: bool) -> StepCount:
    contracts = [contract for contract in published_contracts() if contract.name != "run_quality"]
    for contract in contracts:
        scope.refuse_other_columns(night.engine, contract.unstamped())
    selects = {contract.name: scope.stamped(night, contract) for contract in contracts}
    results = _check_views(night, selects, contracts, scope.night_names(), is_repeated=is_repeated)
    scope.write_results(night.engine, [*scope.source_results(night.engine), *results, *others])
    scope.refuse_failures(results, OutputCheckFailed)
    return scope.rows_seen(results), len(results)


def write_data_docs(night: Night, folder: Path) -> Path:
    """Check the night's published tables again and write a website of results to `folder`; return its first page.

    Raises UsageError where the folder cannot be made, and where the warehouse holds no tables of a night.
    """
    folder = require_room(phrase("the folder"), folder.absolute(), phrase("name a folder that can be written"))
    if not night.engine.exists("night.sku_list"):
        raise UsageError(
            phrase(
                "{home} has no tables of a night to check, for instance since an upgrade; run `xuanpin nightly` first",
                home=night.home.root,
            )
        )
    contracts = [contract for contract in published_contracts() if contract.name != "run_quality"]
    tables = {f"night.{contract.name}": contract.unstamped() for contract in contracts}
    write_site(night, tables, scope.night_names(), folder)
    return folder / "index.html"


def _check_rows(night: Night, where: Mapping[str, str], *, is_repeated: bool) -> list[CheckResult]:
    contracts = [scope.versioned(contract) for contract in source_contracts() if contract.name in where]
    names = {contract.name: f"source.{contract.name}" for contract in source_contracts()}
    selects = {
        contract.name: statements.rows_where(f"source.{contract.name}", where[contract.name]) for contract in contracts
    }
    return _check_views(night, selects, contracts, names, is_repeated=is_repeated)


def _check_views(
    night: Night,
    selects: Mapping[str, str],
    contracts: Sequence[Contract],
    names: Mapping[str, str],
    *,
    is_repeated: bool,
) -> list[CheckResult]:
    with scope.views(night.engine, selects) as views:
        tables = dict(zip(views, contracts, strict=True))
        results = count_tables(night.engine, tables, names=names, now=night.now)
        if is_repeated:
            repeat_when_due(night, tables, names, results)
    return results
