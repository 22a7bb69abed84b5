"""What the list promises: the share of landmines that it will turn out to hold, expected, bounded, and its interval."""

from __future__ import annotations

from dataclasses import dataclass

from xuanpin.models.assortment.list_risk import LEVELS, share_quantiles
from xuanpin.models.assortment.solve import SolvedList
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.selection.inputs import Inputs, list_risk
from xuanpin.pipelines.settings.deciding import ScoringSettings


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
