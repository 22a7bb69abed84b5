"""Describe in reason codes the score of each SKU and its evidence, with the numbers behind it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from xuanpin.models.risk.cusum import RateChange
from xuanpin.pipelines.settings.deciding import ScoringSettings

REPORTED_FAULT_SHARE = 0.5
"""Attributable share (0-1) above which another cause is named: then most regrets are not the SKU's."""
OUTSIDE_CAUSES = {"fault_agent": "agent", "fault_logistics": "logistics", "fault_customer": "customer"}
REASON_COLUMNS = (
    "is_gated",
    "landmine_probability",
    "regret_rate",
    "regret_rate_lower",
    "regret_rate_upper",
    "landmine_ceiling",
    "clean_lines_needed",
    "evidence_orders",
    "prior_only",
    "kin_sku_id",
    "kin_by",
    "kin_lines",
    "kin_regret_rate",
    "changed_alone",
    "changed_with_supplier",
    "cluster_chance",
    "cluster_days",
    "cluster_regrets",
    "doubt_count",
    "doubts_judged",
    "doubts_right",
    *OUTSIDE_CAUSES,
    "shelf_hours",
    "waited_hours",
    "spoilage_rate",
    "spoilage_upper",
    "spoilage_added",
    "demand_per_post",
    "unit_value",
    "return_rate",
    "happy_if_kept",
)
WATCHED_CLUSTER = 0.8
"""Chance of a cluster of regrets (0-1) above which the agents are asked: two or three buyers more than usual."""
REPORTED_CHANGE = 0.1
"""Chance of a change (0-1) above which it is named: several times that of a SKU without any sign of one."""


def score_reasons(
    estimates: pd.DataFrame, changes: Mapping[str, RateChange], first_on: date, settings: ScoringSettings
) -> list[list[str]]:
    """Return the reasons of each SKU in the order of `estimates`, the landmine verdict first.

    The codes are in reason_codes.yaml. Day numbers in `changes` count from `first_on`; `settings` give the cap.
    """
    values = zip(*(estimates[name].to_numpy().tolist() for name in REASON_COLUMNS), strict=True)
    rows: list[dict[Hashable, Any]] = [dict(zip(REASON_COLUMNS, row, strict=True)) for row in values]
    reasons = [[_verdict(row, settings.landmine_cap)] for row in rows]
    for metric, change in changes.items():
        for row in change.is_changed.nonzero()[0]:
            since = first_on + timedelta(days=int(change.since[row]))
            evidence = f"events={change.events[row]:.0f},lines={change.exposure[row]:.1f}"
            reasons[row].append(f"{metric}_changed:since={since},{evidence}")
    for row in (changes["regret"].lift > 1.0).nonzero()[0]:
        reasons[row].append(f"supplier_regret_up:lift={changes['regret'].lift[row]:.3f}")
    for own, facts in zip(reasons, rows, strict=True):
        own += _background(facts)
    return reasons


def watched(estimates: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `estimates` of which `is_watched` is true."""
    chosen: pd.DataFrame = estimates[(estimates["cluster_chance"] > WATCHED_CLUSTER) & ~estimates["is_gated"]]
    return chosen


def is_watched(row: Mapping[Hashable, Any]) -> bool:
    """Tell whether agents should be asked of a SKU before it is judged: its last regrets are too many for chance.

    `row` has the estimates of the SKU. One that is gated already is judged.
    """
    return bool(row["cluster_chance"] > WATCHED_CLUSTER and not row["is_gated"])


def _verdict(row: dict[Hashable, Any], cap: float) -> str:
    numbers = (
        f"landmine_probability={row['landmine_probability']:.4f},cap={cap:g},regret_rate={row['regret_rate']:.4f},"
        f"regret_rate_lower={row['regret_rate_lower']:.4f},regret_rate_upper={row['regret_rate_upper']:.4f},"
        f"landmine_ceiling={row['landmine_ceiling']:.4f}"
    )
    if row["is_gated"]:
        return f"over_landmine_cap:{numbers},clean_lines={row['clean_lines_needed']}"
    return f"under_landmine_cap:{numbers},lines={row['evidence_orders']}"


def _value(text: str) -> str:
    """Separators of reasons inside a value give way to their full-width forms."""
    return text.replace(",", "，").replace("=", "＝")


def _background(row: dict[Hashable, Any]) -> list[str]:
    reasons = []
    if row["kin_by"]:
        past = f"lines={row['kin_lines']:.0f},regret_rate={row['kin_regret_rate']:.4f}"
        reasons.append(f"history_of:sku={_value(row['kin_sku_id'])},by={row['kin_by']},{past}")
    elif row["prior_only"]:
        reasons.append(f"rests_on_prior:prior={row['regret_rate']:.4f}")
    chance = 1.0 - (1.0 - row["changed_alone"]) * (1.0 - row["changed_with_supplier"])
    if chance > REPORTED_CHANGE:
        reasons.append(f"may_have_turned:chance={chance:.3f},supplier_chance={row['changed_with_supplier']:.3f}")
    if row["doubt_count"]:
        record = f"right={row['doubts_right']},judged={row['doubts_judged']}"
        reasons.append(f"doubted_by:agents={row['doubt_count']},{record}")
    if is_watched(row):
        numbers = f"regrets={row['cluster_regrets']:.1f},days={row['cluster_days']},chance={row['cluster_chance']:.3f}"
        reasons.append(f"ask_agents:{numbers}")
    # A SKU that does not perish has no shelf life (NaN), which nothing exceeds.
    if row["shelf_hours"] > 0:
        reasons.append(
            f"spoilage:hours={row['waited_hours']:.0f},keeps={row['shelf_hours']:.0f},rate={row['spoilage_rate']:.4f},"
            f"upper={row['spoilage_upper']:.4f},added={row['spoilage_added']:.4f}"
        )
    for column, cause in OUTSIDE_CAUSES.items():
        # A SKU without regrets has no shares (NaN), which no comparison exceeds.
        if row[column] > REPORTED_FAULT_SHARE:
            reasons.append(f"fault_elsewhere:cause={cause},share={row[column]:.3f}")
    reasons.append(
        f"post_value:units={row['demand_per_post']:.3f},unit_value={row['unit_value']:.3f},"
        f"kept={1.0 - row['return_rate']:.4f},happy={row['happy_if_kept']:.4f}"
    )
    return reasons
