"""Which checks a contract calls for: each with the SQL that finds its breaches and the expectation that proves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

from pipelines.contract_sql import Column, Rule, Severity
from pipelines.contracts import Contract

Expectation = dict[str, Any]


@dataclass(frozen=True)
class Check:
    """One check of a table: its name, the select of what breaks it, with `${table}` unfilled, and its expectation."""

    name: str
    severity: Severity
    broken: str
    expectation: Expectation


def checks_of(contract: Contract, names: Mapping[str, str], now: str) -> tuple[Check, ...]:
    """Every check of a contract: row rules, unique key, references and rules over whole tables.

    `names` maps other tables to the relations that stand for them; `now` is an SQL literal for the naive Beijing time.
    The selects show key columns only, so that no finding carries a text or a customer.
    """
    filled = {"now": now, **names}
    row_checks = [_row_check(contract, rule, filled) for rule in contract.rules]
    selects = [
        ("unique_key", "critical", _repeated_keys(contract)),
        *((f"{column}_unknown", "critical", _unknown(contract, column, names)) for column in contract.references),
        *((rule.name, rule.severity, rule.broken) for rule in contract.table_rules),
    ]
    return (*row_checks, *(_select_check(contract, *select, filled) for select in selects))


def _row_check(contract: Contract, rule: Rule, filled: Mapping[str, str]) -> Check:
    broken = f"SELECT {', '.join(contract.key)} FROM ${{table}} WHERE {rule.breaks}"
    check = _select_check(contract, rule.name, rule.severity, broken, filled)
    column = contract.column(rule.columns[0])
    fault = rule.name.removeprefix(f"{column.name}_")
    if rule in contract.declared_rules or fault not in NATIVE:
        return check
    return Check(check.name, check.severity, check.broken, check.expectation | NATIVE[fault](column))


def _select_check(
    contract: Contract, name: str, severity: Severity, broken: str, filled: Mapping[str, str]
) -> Check:
    query = Template(broken).substitute(filled, table="${table}")
    expectation = {
        "type": "unexpected_rows_expectation",
        "kwargs": {"unexpected_rows_query": Template(query).substitute(table="{batch}")},
        "meta": {"check_name": f"{contract.name}.{name}"},
        "severity": severity,
    }
    return Check(f"{contract.name}.{name}", severity, query, expectation)


def _repeated_keys(contract: Contract) -> str:
    key = ", ".join(contract.key)
    return f"SELECT {key} FROM ${{table}} GROUP BY {key} HAVING count(*) > 1"


def _unknown(contract: Contract, column: str, names: Mapping[str, str]) -> str:
    table, target = contract.references[column]
    known = f"SELECT {target} FROM {names[table]}"
    return f"SELECT {', '.join(contract.key)} FROM ${{table}} WHERE {column} NOT IN ({known})"


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
