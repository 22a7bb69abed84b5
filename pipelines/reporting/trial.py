"""What a trial shows, as people read it: where it stands, and each metric of both arms with its effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.reporting import words

COUNTS = ("kept_units",)
"""Metrics that are quantities a day; the others are shares."""

Row = Mapping[str, Any]


def trial_state(results: Sequence[Row]) -> dict[Language, str]:
    """Say in every language where the trial stands whose `results` are rows of experiment_results, at least one."""
    row = results[0]
    values = {"name": row["experiment"], "n": row["days_counted"]}
    return {
        code: words.said(f"trial_{row['trial_state']}", code, **values, metric=_metric(row["stopped_by"] or "", code))
        for code in words.LANGUAGES
    }


def trial_metric(row: Row) -> dict[Language, str]:
    """Name the metric of a `row` of experiment_results in every language."""
    return {code: _metric(row["metric"], code) for code in words.LANGUAGES}


def trial_value(row: Row, name: str) -> str:
    """Format the column `name` of a `row` of experiment_results: a quantity a day or a share; a dash where unknown."""
    value, is_change = row[name], name.startswith("effect")
    if row["metric"] in COUNTS:
        return "–" if value is None else f"{value:+,.2f}" if is_change else f"{value:,.2f}"
    return "–" if value is None else f"{100 * value:+.2f} %" if is_change else words.percent(value, 2)


def _metric(name: str, code: Language) -> str:
    return words.texts().get(f"tried_{name}", {}).get(code, name)
