"""What the list promises: the share of landmines that it will turn out to hold, expected, bounded, and its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xuanpin.models.assortment.list_risk import LEVELS, share_quantiles
from xuanpin.models.assortment.list_task import SolvedList
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.contracts.reason_codes import reason
from xuanpin.pipelines.selection.inputs import Inputs, list_risk
from xuanpin.pipelines.settings.deciding import ScoringSettings

NO_GROUNDS = {
    "no_returns": "no_promise_no_returns",
    "too_few_days": "no_promise_days",
    "too_few_deliveries": "no_promise_deliveries",
    "returns_missing": "no_promise_returns",
    "no_regrets_seen": "no_promise_regrets",
}
"""Published codes of what night.int_promise_grounds lacks."""


@dataclass(frozen=True)
class StatedShare:
    """The share of landmines of a list, 0-1: expected, its 5 % and 95 % quantiles (`lower`, `upper`), and the `bound`
    that it does not exceed with the confidence that the settings ask for."""

    expected: float
    lower: float
    upper: float
    bound: float


def stated_share(inputs: Inputs, solved: SolvedList, settings: ScoringSettings) -> StatedShare:
    """Return the share of landmines as it is stated of the list; all 0 for an empty one."""
    chosen = solved.solution.chosen
    if not chosen.any():
        return StatedShare(0.0, 0.0, 0.0, 0.0)
    quantiles = share_quantiles(list_risk(inputs).at(chosen), (*LEVELS, settings.promise_confidence))
    return StatedShare(float(inputs.column("landmine_probability")[chosen].mean()), *quantiles)


def asked_promise(night: Night) -> float:
    """Return the share of landmines to ask of tomorrow's list, 0-1: the promise, tightened where the audit says so."""
    (audit,) = night.engine.read("night.int_promise_audit", columns=["tightened_promise"]).to_pylist()
    return min(night.settings.scoring.landmine_promise, float(audit["tightened_promise"]))


def promise_reasons(night: Night, bound: float, *, is_kept: bool) -> list[str]:
    """Return why nothing is promised of tomorrow's list, coded, with what would be needed; empty where all is well.

    `bound` is the share of landmines (0-1) that the list does not exceed by what is stated of its SKUs, `is_kept` says
    whether it was found within the promise. Reads night.int_promise_grounds: what is stated may rest on too little.
    """
    promise = night.settings.scoring.landmine_promise
    found = [] if is_kept else [reason("no_promise_safe_skus", bound=bound, promise=promise)]
    (grounds,) = night.engine.read("night.int_promise_grounds").to_pylist()
    return found + ([] if grounds["reason_code"] is None else [_ground(grounds)])


def _ground(grounds: dict[str, Any]) -> str:
    code = NO_GROUNDS[grounds["reason_code"]]
    counted = {"no_promise_days": "days", "no_promise_deliveries": "deliveries"}.get(code)
    if counted is None:
        return code
    return reason(code, seen=grounds[f"{counted}_seen"], needed=grounds[f"{counted}_needed"])
