"""Derives the checks of a contract: each with the SQL that finds its breaches and the expectation that tests it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any, Literal

from xuanpin.pipelines.contracts import Contract, statements
from xuanpin.pipelines.contracts.sql import Column, Rule, Severity
from xuanpin.pipelines.engine.names import literals

Expectation = dict[str, Any]


@dataclass(frozen=True)
class Check:
    """Describe one check of a table.

    `name`: table and rule; `severity`: critical or warning; `broken`: the select of the rows that break it, with
    `${table}` unfilled; `expectation`: the same for Great Expectations; `breaks`: the predicate, of a check on single
    rows only.
    """

    name: str
    severity: Severity
    broken: str
    expectation: Expectation
    breaks: str | None = None


@dataclass(frozen=True)
class ExpectationGroup:
    """Group several checks under one expectation; only where it fails is each of `checks` counted."""

    checks: tuple[Check, ...]
    expectation: Expectation


@dataclass(frozen=True)
class CheckResult:
    """Hold the outcome of one check, in the shape of run_quality.

    `check_name` and `table_name`: which check; `result`: pass, warn or fail; `severity`: critical or warning;
    `rows_seen` and `rows_failed`: counts of rows, or of keys where keys are checked; `ids`: up to three identities of
    what failed, for the message to the user and not published.
    """

    check_name: str
    table_name: str
    result: Literal["pass", "warn", "fail"]
    rows_seen: int
    rows_failed: int
    severity: str
    ids: tuple[str, ...] = ()


def checks_of(contract: Contract, names: Mapping[str, str], now: str) -> tuple[Check, ...]:
    """Return every check of a contract: row rules, unique key, references and rules over whole tables.

    `names` maps other tables to the relations that stand for them; `now` is an SQL literal for the naive Beijing time.
    The selects show key columns only, so that no finding carries a text or a customer.
    """
    filled = {"now": now, **names}
    row_checks = [_row_check(contract, rule, filled) for rule in contract.rules]
    selects: list[tuple[str, Severity, str]] = [
        ("unique_key", "critical", statements.repeated_keys(contract.key)),
        *((f"{column}_unknown", "critical", _unknown(contract, column, names)) for column in contract.references),
        *((rule.name, rule.severity, rule.broken) for rule in contract.table_rules),
    ]
    return (*row_checks, *(_select_check(contract, *select, filled) for select in selects))


def grouped_expectations(contract: Contract, checks: Sequence[Check]) -> tuple[ExpectationGroup, ...]:
    """Group all row rules of a severity under one expectation and leave every other one of `checks` by itself.

    An expectation costs about a hundredth of a second whatever the table's size, so a night cannot afford one a rule.
    """
    groups = [ExpectationGroup((check,), check.expectation) for check in checks if check.breaks is None]
    for severity in ("critical", "warning"):
        row_checks = tuple(check for check in checks if check.breaks is not None and check.severity == severity)
        if row_checks:
            broken = statements.broken_rows(contract.key, [check.breaks for check in row_checks if check.breaks])
            groups.append(ExpectationGroup(row_checks, _no_rows(f"{contract.name}.{severity}_rules", severity, broken)))
    return tuple(groups)


def single_expectations(checks: Sequence[Check]) -> tuple[ExpectationGroup, ...]:
    """Return one group for each of `checks`, for readers of the data docs."""
    return tuple(ExpectationGroup((check,), check.expectation) for check in checks)


def counted_expectation(group: ExpectationGroup) -> Expectation:
    """Return the expectation of a group over a table of counts: no check of it is broken by any row."""
    names = literals(check.name for check in group.checks)
    query = f"select check_name from {{batch}} where check_name in ({names}) and broken_rows > 0"
    meant = group.expectation
    return _unexpected_rows(meant["meta"]["check_name"], meant["severity"], query)


def _row_check(contract: Contract, rule: Rule, filled: Mapping[str, str]) -> Check:
    name = f"{contract.name}.{rule.name}"
    breaks = Template(rule.breaks).substitute(filled)
    broken = statements.broken_rows(contract.key, [breaks])
    expectation = _no_rows(name, rule.severity, broken)
    column = contract.column(rule.columns[0])
    fault = rule.name.removeprefix(f"{column.name}_")
    if rule not in contract.declared_rules and fault in NATIVE:
        expectation |= NATIVE[fault](column)
    return Check(name, rule.severity, broken, expectation, breaks)


def _select_check(contract: Contract, rule: str, severity: Severity, broken: str, filled: Mapping[str, str]) -> Check:
    name = f"{contract.name}.{rule}"
    query = Template(broken).substitute(filled, table=statements.ANY_TABLE)
    return Check(name, severity, query, _no_rows(name, severity, query))


def _no_rows(name: str, severity: str, broken: str) -> Expectation:
    return _unexpected_rows(name, severity, Template(broken).substitute(table="{batch}"))


def _unexpected_rows(name: str, severity: str, query: str) -> Expectation:
    return {
        "type": "unexpected_rows_expectation",
        "kwargs": {"unexpected_rows_query": query},
        "meta": {"check_name": name},
        "severity": severity,
    }


def _unknown(contract: Contract, column: str, names: Mapping[str, str]) -> str:
    table, target = contract.references[column]
    return statements.unknown_values(contract.key, column, names[table], target)


def _not_null(column: Column) -> Expectation:
    return {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": column.name}}


def _in_set(column: Column) -> Expectation:
    kwargs = {"column": column.name, "value_set": list(column.allowed)}
    return {"type": "expect_column_values_to_be_in_set", "kwargs": kwargs}


def _at_least(column: Column) -> Expectation:
    kwargs = {"column": column.name, "min_value": column.minimum}
    return {"type": "expect_column_values_to_be_between", "kwargs": kwargs}


def _at_most(column: Column) -> Expectation:
    kwargs = {"column": column.name, "max_value": column.maximum}
    return {"type": "expect_column_values_to_be_between", "kwargs": kwargs}


NATIVE: Mapping[str, Callable[[Column], Expectation]] = {
    "missing": _not_null,
    "not_allowed": _in_set,
    "below_minimum": _at_least,
    "above_maximum": _at_most,
}
"""Expectations that Great Expectations answers in one shared query; the others are a select each."""
