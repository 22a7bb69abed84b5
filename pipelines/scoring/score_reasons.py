"""Puts into reason codes what the score of each SKU is and what it rests on, with the numbers behind it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from xuanpin.models.risk.cusum import Change
from xuanpin.pipelines.settings.deciding import ScoringSettings

# Blame below this share is not worth a sentence.
TELLING_SHARE = 0.5
OUTSIDE_CAUSES = {"fault_agent": "agent", "fault_logistics": "logistics", "fault_customer": "customer"}
TOLD = (
    "is_gated",
    "landmine_probability",
    "regret_rate",
    "regret_rate_lower",
    "regret_rate_upper",
    "landmine_ceiling",
    "clean_lines_needed",
    "evidence_orders",
    "prior_only",
    "turned_alone",
    "turned_with_supplier",
    *OUTSIDE_CAUSES,
    "demand_per_post",
    "unit_value",
    "return_rate",
    "happy_if_kept",
)
TELLING_TURN = 0.1  # several times the chance of goods of which nothing special is seen


def score_reasons(
    estimates: pd.DataFrame, changes: Mapping[str, Change], first_on: date, settings: ScoringSettings
) -> list[list[str]]:
    """Reasons of each SKU in the order of `estimates`, the landmine verdict first; codes are in reason_codes.yaml.

    Day numbers in `changes` count from `first_on`.
    """
    rows: list[dict[Hashable, Any]] = estimates[list(TOLD)].to_dict("records")
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


def _verdict(row: dict[Hashable, Any], cap: float) -> str:
    numbers = (
        f"landmine_probability={row['landmine_probability']:.4f},cap={cap:g},regret_rate={row['regret_rate']:.4f},"
        f"regret_rate_lower={row['regret_rate_lower']:.4f},regret_rate_upper={row['regret_rate_upper']:.4f},"
        f"landmine_ceiling={row['landmine_ceiling']:.4f}"
    )
    if row["is_gated"]:
        return f"over_landmine_cap:{numbers},clean_lines={row['clean_lines_needed']}"
    return f"under_landmine_cap:{numbers},lines={row['evidence_orders']}"


def _background(row: dict[Hashable, Any]) -> list[str]:
    reasons = []
    if row["prior_only"]:
        reasons.append(f"rests_on_prior:prior={row['regret_rate']:.4f}")
    chance = 1.0 - (1.0 - row["turned_alone"]) * (1.0 - row["turned_with_supplier"])
    if chance > TELLING_TURN:
        reasons.append(f"may_have_turned:chance={chance:.3f},supplier_chance={row['turned_with_supplier']:.3f}")
    for column, cause in OUTSIDE_CAUSES.items():
        # A SKU without regrets has no shares (NaN), which no comparison exceeds.
        if row[column] > TELLING_SHARE:
            reasons.append(f"fault_elsewhere:cause={cause},share={row[column]:.3f}")
    reasons.append(
        f"post_value:units={row['demand_per_post']:.3f},unit_value={row['unit_value']:.3f},"
        f"kept={1.0 - row['return_rate']:.4f},happy={row['happy_if_kept']:.4f}"
    )
    return reasons
