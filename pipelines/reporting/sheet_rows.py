"""Makes the rows of the workbook's sheets: under the names of its columns, codes in Chinese words."""

from __future__ import annotations

from xuanpin.pipelines.contracts import reason_sentence
from xuanpin.pipelines.reporting.alarms import alarm_sheet
from xuanpin.pipelines.reporting.broken_rules import broken_rules, check_name
from xuanpin.pipelines.reporting.facts import ReportContent, ReportRows
from xuanpin.pipelines.reporting.outcomes import kept_so_far, regret_share
from xuanpin.pipelines.reporting.unmatched import unmatched_key, unmatched_values
from xuanpin.pipelines.reporting.words import metric_name, said, table_name


def listed(facts: ReportContent) -> ReportRows:
    """Return the SKUs of the list in `facts`, and of those without an agent why."""
    return [
        row | {"without_agent": None if row["agents"] else said(unmatched_key(row), "zh", **unmatched_values(row))}
        for row in facts.listed
    ]


def matches(facts: ReportContent) -> ReportRows:
    """Return the first matches in `facts`."""
    return [row | {"match_kept_units": row["expected_kept_units"]} for row in facts.sheet_matches]


def agents(facts: ReportContent) -> ReportRows:
    """Return the agents in `facts`, and of those with too few matches why."""
    return [
        row
        | {
            "shortfall": row["shortfall_code"] and reason_sentence(row["shortfall_code"], "zh"),
            "match_kept_units": row["expected_kept_units"],
            "match_regret_rate": row["expected_regret_rate"],
        }
        for row in facts.summaries
    ]


def sizes(facts: ReportContent) -> ReportRows:
    """Return the size classes of agents in `facts`."""
    return [row | {"size_agents": row["agents"], "kept_each": row["kept_units"]} for row in facts.sizes]


def nights(facts: ReportContent) -> ReportRows:
    """Return the earlier list dates in `facts` with what they promised and what came of it."""
    return [
        row
        | {
            "match_kept_units": row["expected_kept_units"],
            "kept_units": kept_so_far(row),
            "regret_predicted": regret_share(row, "regrets_predicted"),
            "regret_observed": regret_share(row, "regrets_observed"),
        }
        for row in facts.nights
    ]


def alarms(facts: ReportContent) -> ReportRows:
    """Return the subjects of alarms in `facts`."""
    return alarm_sheet(facts.alarms)


def calibration(facts: ReportContent) -> ReportRows:
    """Return the bins of the calibration in `facts`."""
    return [row | {"metric": metric_name(row["metric"], "zh")} for row in facts.calibration]


def checks(facts: ReportContent) -> ReportRows:
    """Return the checks in `facts`, those that did not pass first."""
    return [row | {"check": check_name(row["check_name"])["zh"]} for row in facts.checks]


def quarantine(facts: ReportContent) -> ReportRows:
    """Return the rows that were set aside in `facts`, counted by table, state and rules."""
    return [
        row | {"table_name": table_name(row["table_name"], "zh"), "rules": broken_rules(row["rules"], "zh")}
        for row in facts.quarantine
    ]
