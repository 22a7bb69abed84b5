"""Scores every candidate: how often it is returned or regretted, how content buyers are, what a post is worth."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import logit
from threadpoolctl import threadpool_limits

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.beta_binomial import BetaRates, HierarchicalRate, pooled_rates, posterior
from xuanpin.models.risk.change_point import Turned
from xuanpin.models.risk.cusum import Change
from xuanpin.models.risk.demand import units_per_showing
from xuanpin.models.risk.detection import Seeing
from xuanpin.models.risk.evidence_needed import clean_lines_needed
from xuanpin.models.risk.rate_mixture import MixedRates
from xuanpin.models.risk.satisfaction import as_if_all_spoke, content_rates
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.scoring.calibration import calibrate
from xuanpin.pipelines.scoring.change_points import earlier_turns, read_turned
from xuanpin.pipelines.scoring.detection import read_seeing
from xuanpin.pipelines.scoring.drift import find_changes
from xuanpin.pipelines.scoring.drift_inputs import read_watch
from xuanpin.pipelines.scoring.evidence import read_evidence, read_outcomes
from xuanpin.pipelines.scoring.faults import split_faults
from xuanpin.pipelines.scoring.monitoring import watch_ourselves
from xuanpin.pipelines.scoring.score_reasons import score_reasons
from xuanpin.pipelines.settings.deciding import ScoringSettings

COUNTS = (
    ("returned_lines", "return_exposure"),
    ("plain_returned_lines", "return_exposure"),
    ("regretted_lines", "regret_exposure"),
)
FAULT_SHARES = ("fault_sku", "fault_supplier", "fault_agent", "fault_logistics", "fault_customer")


def score(night: Night) -> StepCount:
    """Score the candidates of tomorrow into night.sku_scores; returns products read and candidates scored.

    Also writes night.alarms, night.calibration and the night.int_* tables that they rest on.
    """
    # Threads of the linear algebra would only wait for each other beside ours.
    with threadpool_limits(1):
        evidence = estimate_all(night)
    calibrate(night)
    watch_ourselves(night)
    return len(evidence), night.engine.materialise("sku_scores")


def estimate_all(night: Night) -> pd.DataFrame:
    """Write night.int_sku_estimates, one row a product, and night.alarms; returns the evidence that they rest on."""
    settings = night.settings.scoring
    read_outcomes(night)
    split_faults(night)
    evidence = read_evidence(night)
    rates = fit_rates(evidence, *read_seeing(night, evidence))
    watch = read_watch(night)
    changes, alarms = find_changes(night, watch, evidence, {"return": rates.returned, "regret": rates.regretted})
    prior = current_prior(rates.regretted, changes["regret"], settings.changed_prior_lines)
    turned = read_turned(night, evidence, *prior, changes["regret"], earlier_turns(watch, alarms))
    estimates = estimate(evidence, rates, changes, turned, settings)
    estimates["score_reasons"] = score_reasons(estimates, changes, watch.first_on, settings)
    night.engine.store("night.int_sku_estimates", estimates)
    return evidence


@dataclass(frozen=True)
class Rates:
    """The fitted hierarchies of one night, in the order of the evidence, and how regrets are seen."""

    returned: HierarchicalRate
    plainly_returned: HierarchicalRate
    regretted: HierarchicalRate
    seeing: Seeing
    happy_odds: float


def fit_rates(evidence: pd.DataFrame, seeing: Seeing, happy_odds: float) -> Rates:
    """Learn how the return and regret rates vary between and within kinds of goods."""

    def fit(counts: tuple[str, str]) -> HierarchicalRate:
        events, exposure = (_floats(evidence, name) for name in counts)
        return HierarchicalRate().fit(evidence, events, exposure, _folds(evidence))

    # The fits share nothing and their sums are long: a core each.
    with ThreadPoolExecutor() as cores:
        returned, plainly_returned, regretted = cores.map(fit, COUNTS)
    return Rates(returned, plainly_returned, regretted, seeing, happy_odds)


def estimate(
    evidence: pd.DataFrame, rates: Rates, changes: dict[str, Change], turned: Turned, settings: ScoringSettings
) -> pd.DataFrame:
    """The measures of each SKU, one row in the order of the evidence; rates are per delivered line, 0-1."""
    weakest = settings.changed_prior_lines
    returns = _floats(evidence, "returned_lines"), _floats(evidence, "return_exposure")
    regrets = _floats(evidence, "regretted_lines"), _floats(evidence, "regret_exposure")
    returned = current_rates(rates.returned, *returns, changes["return"], weakest)
    steady = replace(current_rates(rates.regretted, *regrets, changes["regret"], weakest), seeing=rates.seeing)
    regretted = MixedRates(steady, BetaRates(turned.alpha, turned.beta, rates.seeing), turned.chance)
    plain = rates.plainly_returned.posterior(_floats(evidence, "plain_returned_lines"), returns[1])
    happy = happy_rates(evidence, regretted, rates.happy_odds)
    content = content_rates(happy, regretted, plain)
    ceiling = regret_ceilings(evidence, rates.seeing, settings)
    demand = demand_per_post(evidence, settings)
    unit_value = (1.0 - returned.mean) * happy.mean - settings.regret_cost * regretted.mean
    if_steady, if_turned = steady.probability_above(ceiling), regretted.turned.probability_above(ceiling)
    landmine = (1.0 - turned.chance) * if_steady + turned.chance * if_turned
    return pd.DataFrame(
        {
            "sku_id": evidence["sku_id"],
            "return_rate": returned.mean,
            "regret_rate": regretted.mean,
            "landmine_ceiling": ceiling,
            "landmine_probability": landmine,
            "satisfaction": content.mean,
            "happy_if_kept": happy.mean,
            "demand_per_post": demand,
            "unit_value": unit_value,
            "score": demand * unit_value,
            "evidence_orders": evidence["delivered_lines"],
            "evidence_messages": evidence["evidence_messages"],
            "prior_only": _floats(evidence, "regret_exposure") <= 0.0,
            "is_gated": landmine > settings.landmine_cap,
            "clean_lines_needed": clean_lines_needed(regretted, ceiling, settings.landmine_cap),
            "landmine_if_steady": if_steady,
            "landmine_if_turned": if_turned,
            "turned_alone": turned.alone,
            "turned_with_supplier": turned.with_supplier,
            "known_alone": turned.known_alone,
            "known_suppliers": turned.known_suppliers,
            **interval_ends(returned, regretted, content),
            **{name: evidence[name] for name in FAULT_SHARES},
        }
    )


def interval_ends(returned: BetaRates, regretted: MixedRates, content: BetaRates) -> dict[str, Floats]:
    """The published quantiles by column name; each is a long search of its own, so cores take turns at them."""
    asked = {
        "return_rate_lower": (returned, 0.05),
        "return_rate_upper": (returned, 0.95),
        "regret_rate_lower": (regretted, 0.05),
        "regret_rate_upper": (regretted, 0.95),
        "satisfaction_lower": (content, 0.05),
    }
    with ThreadPoolExecutor() as cores:
        found = cores.map(lambda request: request[0].quantile(request[1]), asked.values())
        return dict(zip(asked, found, strict=True))


def happy_rates(evidence: pd.DataFrame, regretted: MixedRates, odds: float) -> BetaRates:
    """Share of the buyers happy with a SKU among those who neither regret nor return it.

    Few speak, so a SKU's votes are drawn to what its kind and its regret rate foretell: goods that disappoint some
    please the others less. `odds` is how much likelier the happy speak. Where no group ever speaks, what is kept counts
    as liked.
    """
    votes = _floats(evidence, "kept_weight")
    if votes.sum() <= 0.0:
        return BetaRates(np.full(len(votes), 1e9), np.ones(len(votes)))
    happy = _floats(evidence, "happy_weight")
    score = logit(np.clip(regretted.mean, 1e-3, 1.0 - 1e-3))
    model = HierarchicalRate().fit(evidence, happy, votes, _folds(evidence), score)
    return as_if_all_spoke(model.posterior(happy, votes), odds)


def current_rates(
    model: HierarchicalRate, events: Floats, exposure: Floats, change: Change, weakest: float
) -> BetaRates:
    """Posterior rates as of tonight: of a SKU whose rate has changed, only what was delivered since then counts.

    The prior of a changed SKU is worth at most `weakest` lines; goods of a changed supplier start from a lifted mean.
    """
    return posterior(
        *current_prior(model, change, weakest),
        np.where(change.is_changed, change.events, events),
        np.where(change.is_changed, change.exposure, exposure),
    )


def current_prior(model: HierarchicalRate, change: Change, weakest: float) -> tuple[Floats, Floats]:
    """Prior mean and strength of each SKU's rate as of tonight."""
    mean = np.minimum(model.prior_mean_ * change.lift, 0.95)
    return mean, np.where(change.is_changed, min(model.strength_, weakest), model.strength_)


def regret_ceilings(evidence: pd.DataFrame, seeing: Seeing, settings: ScoringSettings) -> Floats:
    """Regret rate above which a SKU is a landmine: a multiple of its category's mean, unless settings name one."""
    mean = pooled_rates(
        _codes(evidence, "category"),
        _codes(evidence, "department"),
        _floats(evidence, "regretted_lines"),
        _floats(evidence, "regret_exposure"),
        settings.ceiling_pooling_lines,
    )
    ceiling = np.minimum(settings.ceiling_ratio * seeing.true(mean), 1.0)
    for path in sorted(settings.category_ceilings, key=len):
        below = evidence["category"].eq(path) | evidence["category"].str.startswith(f"{path}/")
        ceiling[below.to_numpy()] = settings.category_ceilings[path]
    return ceiling


def demand_per_post(evidence: pd.DataFrame, settings: ScoringSettings) -> Floats:
    """Units that one agent's showing of a SKU is expected to sell, before returns."""
    return units_per_showing(
        _codes(evidence, "category"),
        _codes(evidence, "department"),
        _floats(evidence, "ordered_units"),
        _floats(evidence, "showings"),
        settings.demand_pooling_showings,
    )


def _floats(evidence: pd.DataFrame, name: str) -> Floats:
    return evidence[name].to_numpy(np.float64)


def _folds(evidence: pd.DataFrame) -> Ints:
    return evidence["fold"].to_numpy(np.int64)


def _codes(evidence: pd.DataFrame, name: str) -> Ints:
    return pd.factorize(evidence[name], sort=True)[0].astype(np.int64)
