"""Estimate each SKU's measures as of tonight, from all that the models have found."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from xuanpin.models.arrays import Floats
from xuanpin.models.risk.beta_binomial import BetaRates, posterior
from xuanpin.models.risk.change_point import ChangePosterior
from xuanpin.models.risk.cusum import RateChange, current_rates
from xuanpin.models.risk.evidence_needed import clean_lines_needed
from xuanpin.models.risk.inheritance import NO_HERITAGE, Heritage, RatePrior, inherit_share
from xuanpin.models.risk.rate_mixture import RateMixture
from xuanpin.models.risk.satisfaction import content_rates, happy_rates
from xuanpin.models.risk.spoilage import Perished
from xuanpin.pipelines.scoring.detection import DetectionEstimate
from xuanpin.pipelines.scoring.evidence import doubles, folds
from xuanpin.pipelines.scoring.rates import MEASURES
from xuanpin.pipelines.settings.deciding import ScoringSettings

FAULT_SHARES = ("fault_sku", "fault_supplier", "fault_agent", "fault_logistics", "fault_customer")
LOWER, UPPER = 0.05, 0.95
"""Levels of the published quantiles: nine in ten true rates lie between them."""


@dataclass(frozen=True)
class Knowledge:
    """Hold what is known of the SKUs, every part in the order of `evidence`.

    `baselines` are ceilings and demand, `priors` (as of tonight) and `changes` are by rate, `detection` is how regrets
    are observed, `change` the chances of a change without an alarm, `perished` what waiting does and `heritage` whose
    past is in the priors.
    """

    evidence: pd.DataFrame
    baselines: pd.DataFrame
    priors: Mapping[str, RatePrior]
    detection: DetectionEstimate
    changes: Mapping[str, RateChange]
    change: ChangePosterior
    perished: Perished
    heritage: Heritage = NO_HERITAGE

    def counts(self, measure: str) -> tuple[Floats, Floats]:
        """Return events and exposure (lines) of one rate, a key of MEASURES, as `measure`; shape (skus,)."""
        events, exposure = MEASURES[measure]
        return doubles(self.evidence, events), doubles(self.evidence, exposure)

    def current(self, measure: str) -> BetaRates:
        """Return the posterior of the rate `measure`; of a changed SKU only what came since its change counts."""
        prior, counts = self.priors[measure], self.counts(measure)
        if measure not in self.changes:
            return posterior(prior.mean, prior.strength, *counts)
        return current_rates((prior.mean, prior.strength), *counts, self.changes[measure])


@dataclass(frozen=True)
class NightRates:
    """Hold one night's posteriors in the order of the evidence: `returned`, `regretted`, `happy` if kept, `content`."""

    returned: BetaRates
    regretted: RateMixture
    happy: BetaRates
    content: BetaRates


def estimate(known: Knowledge, settings: ScoringSettings) -> pd.DataFrame:
    """Return the measures of each SKU, one row in the order of the evidence; rates are per delivered line, 0-1.

    `known` is the evidence with what models have found in it; `settings` give the regret cost and the landmine cap.
    """
    evidence, change, rates = known.evidence, known.change, estimate_rates(known, settings.kin_lines)
    perished, ceiling = known.perished, doubles(known.baselines, "landmine_ceiling")
    demand = doubles(known.baselines, "demand_per_post") * perished.before
    returned, regretted = (perished.with_added(rate.mean) for rate in (rates.returned, rates.regretted))
    unit_value = (1.0 - returned) * rates.happy.mean - settings.regret_cost * regretted
    if_steady = perished.chance_above(rates.regretted.steady, ceiling)
    if_changed = perished.chance_above(rates.regretted.changed, ceiling)
    landmine = (1.0 - change.chance) * if_steady + change.chance * if_changed
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
            "witnesses": evidence["witnesses"],
            "agents": evidence["agents"],
            "evidence_messages": evidence["evidence_messages"],
            "prior_only": doubles(evidence, "regret_exposure") <= 0.0,
            "is_gated": landmine > settings.landmine_cap,
            "clean_lines_needed": clean_lines_needed(
                rates.regretted, np.clip(ceiling - perished.added, 0.0, 1.0), settings.landmine_cap
            ),
            "landmine_if_steady": if_steady,
            "landmine_if_changed": if_changed,
            "changed_alone": change.alone,
            "changed_with_supplier": change.with_supplier,
            "cluster_chance": change.clusters.chance,
            "cluster_days": change.clusters.days,
            "cluster_regrets": change.clusters.regrets,
            "sku_change_count": change.sku_change_count,
            "supplier_change_count": change.supplier_change_count,
            **interval_ends(rates, known.detection.reader.is_calibrated),
            **{name: evidence[name] for name in FAULT_SHARES},
        }
    )


def estimate_rates(known: Knowledge, kin_lines: float) -> NightRates:
    """Return the rates of `known` as of tonight; the past of kin is worth at most `kin_lines` buyers who wrote."""
    evidence, change, detection = known.evidence, known.change, known.detection.regrets
    steady = replace(known.current("regret"), detection=detection)
    regretted = RateMixture(steady, BetaRates(change.alpha, change.beta, detection), change.chance)
    votes = doubles(evidence, "happy_weight"), doubles(evidence, "kept_weight")
    told = known.detection
    happy = happy_rates(evidence, *votes, regretted.mean, folds(evidence), told.happy_odds, told.reader)
    happy = inherit_share(happy, known.heritage, votes[1], kin_lines)
    plain = known.current("plain_return")
    return NightRates(known.current("return"), regretted, happy, content_rates(happy, regretted, plain))


def interval_ends(rates: NightRates, is_calibrated: bool) -> dict[str, Floats]:
    """Return the published quantiles of `rates` by column name; each is a long search, so they run in parallel.

    The upper end of satisfaction is NaN where `is_calibrated`: there its mean is what people would say.
    """
    asked = {
        "return_rate_lower": (rates.returned, LOWER),
        "return_rate_upper": (rates.returned, UPPER),
        "regret_rate_lower": (rates.regretted, LOWER),
        "regret_rate_upper": (rates.regretted, UPPER),
        "satisfaction_lower": (rates.content, LOWER),
        "satisfaction_upper": (rates.content, UPPER),
    }
    if is_calibrated:
        asked.pop("satisfaction_upper")
    with ThreadPoolExecutor() as cores:
        found = cores.map(lambda request: request[0].quantile(request[1]), asked.values())
        ends = dict(zip(asked, found, strict=True))
    return {"satisfaction_upper": np.full(len(ends["satisfaction_lower"]), np.nan), **ends}
