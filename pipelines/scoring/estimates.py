"""Puts together what each SKU's measures are as of tonight, from all that the models have found."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pandas as pd

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.beta_binomial import BetaRates, posterior
from xuanpin.models.risk.change_point import Turned
from xuanpin.models.risk.cusum import Change, current_prior, current_rates
from xuanpin.models.risk.evidence_needed import clean_lines_needed
from xuanpin.models.risk.rate_mixture import MixedRates
from xuanpin.models.risk.satisfaction import content_rates, happy_rates
from xuanpin.pipelines.scoring.detection import Heard
from xuanpin.pipelines.scoring.evidence import doubles, folds
from xuanpin.pipelines.scoring.rates import MEASURES, Prior
from xuanpin.pipelines.settings.deciding import ScoringSettings

FAULT_SHARES = ("fault_sku", "fault_supplier", "fault_agent", "fault_logistics", "fault_customer")
LOWER, UPPER = 0.05, 0.95
"""Levels of the published quantiles: nine in ten true rates lie between them."""


@dataclass(frozen=True)
class Knowledge:
    """What is known of the products, every part in the order of `evidence`; `baselines` are ceilings and demand."""

    evidence: pd.DataFrame
    baselines: pd.DataFrame
    priors: Mapping[str, Prior]
    heard: Heard
    changes: Mapping[str, Change]
    turned: Turned

    def counts(self, measure: str) -> tuple[Floats, Floats]:
        """Events and exposure (lines) of one rate, shape (skus,)."""
        events, exposure = MEASURES[measure]
        return doubles(self.evidence, events), doubles(self.evidence, exposure)

    def current(self, measure: str, weakest: float) -> BetaRates:
        """Posterior of one rate as of tonight; a changed SKU's prior is worth at most `weakest` lines."""
        prior, change = self.priors[measure], self.changes[measure]
        return current_rates(current_prior(prior.mean, prior.strength, change, weakest), *self.counts(measure), change)


@dataclass(frozen=True)
class Rates:
    """The rates (0-1) of one night, in the order of the evidence."""

    returned: BetaRates
    regretted: MixedRates
    happy: BetaRates
    content: BetaRates


def estimate(known: Knowledge, settings: ScoringSettings) -> pd.DataFrame:
    """Return the measures of each SKU, one row in the order of the evidence; rates are per delivered line, 0-1."""
    evidence, turned, rates = known.evidence, known.turned, estimate_rates(known, settings.changed_prior_lines)
    ceiling, demand = doubles(known.baselines, "landmine_ceiling"), doubles(known.baselines, "demand_per_post")
    unit_value = (1.0 - rates.returned.mean) * rates.happy.mean - settings.regret_cost * rates.regretted.mean
    if_steady = rates.regretted.steady.probability_above(ceiling)
    if_turned = rates.regretted.turned.probability_above(ceiling)
    landmine = (1.0 - turned.chance) * if_steady + turned.chance * if_turned
    return pd.DataFrame(
        {
            "sku_id": evidence["sku_id"],
            "return_rate": rates.returned.mean,
            "regret_rate": rates.regretted.mean,
            "landmine_ceiling": ceiling,
            "landmine_probability": landmine,
            "satisfaction": rates.content.mean,
            "happy_if_kept": rates.happy.mean,
            "demand_per_post": demand,
            "unit_value": unit_value,
            "score": demand * unit_value,
            "evidence_orders": evidence["delivered_lines"],
            "evidence_messages": evidence["evidence_messages"],
            "prior_only": doubles(evidence, "regret_exposure") <= 0.0,
            "is_gated": landmine > settings.landmine_cap,
            "clean_lines_needed": clean_lines_needed(rates.regretted, ceiling, settings.landmine_cap),
            "landmine_if_steady": if_steady,
            "landmine_if_turned": if_turned,
            "turned_alone": turned.alone,
            "turned_with_supplier": turned.with_supplier,
            "known_alone": turned.known_alone,
            "known_suppliers": turned.known_suppliers,
            **interval_ends(rates),
            **{name: evidence[name] for name in FAULT_SHARES},
        }
    )


def estimate_rates(known: Knowledge, weakest: float) -> Rates:
    """Return the rates as of tonight; the prior of a changed SKU is worth at most `weakest` lines."""
    evidence, turned, seeing = known.evidence, known.turned, known.heard.seeing
    steady = replace(known.current("regret", weakest), seeing=seeing)
    regretted = MixedRates(steady, BetaRates(turned.alpha, turned.beta, seeing), turned.chance)
    votes = doubles(evidence, "happy_weight"), doubles(evidence, "kept_weight")
    happy = happy_rates(evidence, *votes, regretted.mean, folds(evidence), known.heard.happy_odds)
    prior = known.priors["plain_return"]
    plain = posterior(prior.mean, prior.strength, *known.counts("plain_return"))
    return Rates(known.current("return", weakest), regretted, happy, content_rates(happy, regretted, plain))


def interval_ends(rates: Rates) -> dict[str, Floats]:
    """Return the published quantiles by column name; each is a long search of its own, so cores take turns at them."""
    asked = {
        "return_rate_lower": (rates.returned, LOWER),
        "return_rate_upper": (rates.returned, UPPER),
        "regret_rate_lower": (rates.regretted, LOWER),
        "regret_rate_upper": (rates.regretted, UPPER),
        "satisfaction_lower": (rates.content, LOWER),
    }
    with ThreadPoolExecutor() as cores:
        found = cores.map(lambda request: request[0].quantile(request[1]), asked.values())
        return dict(zip(asked, found, strict=True))
