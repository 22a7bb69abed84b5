"""Let SKUs with little evidence inherit the past of their kin, as night.int_kin names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.beta_binomial import BetaRates
from xuanpin.models.risk.inheritance import NO_HERITAGE, Heritage, KinLinks, RatePrior, choose_kin, inherit
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.estimates import Knowledge
from xuanpin.pipelines.scoring.evidence import doubles

ROUNDS = 3
"""Rounds of inheriting: a SKU renamed twice inherits through the name between, though that one has hardly a line."""
FAMILIES = ("title", "image", "spu")
"""What kin share, the plainest first."""


@dataclass(frozen=True)
class Origin:
    """Hold whose past each SKU shows: the row of its main `kin`, -1 without, and the `family` of what they share."""

    kin: Ints
    family: list[str]

    def described(self, estimates: pd.DataFrame) -> pd.DataFrame:
        """Return `estimates`, one row a SKU, with each one's main kin, its lines and regret, and what they share."""
        own, heirs = estimates[["sku_id", "evidence_orders", "regret_rate"]], self.kin >= 0
        past = own.iloc[self.kin].reset_index(drop=True)
        return estimates.assign(
            kin_by=self.family,
            kin_sku_id=np.where(heirs, past["sku_id"], ""),
            kin_lines=np.where(heirs, past["evidence_orders"], 0),
            kin_regret_rate=np.where(heirs, past["regret_rate"], 0.0),
        )


def with_heritage(night: Night, known: Knowledge) -> tuple[Knowledge, Origin]:
    """Return `known` with the past of kin put into the priors of SKUs with little evidence, and whose past that is.

    Reads night.int_kin. A SKU whose own change an alarm has found is judged by what came since and inherits nothing.
    """
    links = _read_links(night, known)
    most, heirs, heritage = night.settings.scoring.kin_lines, known, NO_HERITAGE
    for _ in range(ROUNDS if len(links.heir) else 0):
        pasts = _pasts(heirs)
        heritage = choose_kin(links, pasts["regret"].mean, _lines(heirs), most)
        heirs = replace(known, priors=_inherited(known, heritage, pasts, most), heritage=heritage)
    return heirs, _origin(links, heritage, _pasts(heirs)["regret"].mean)


def _read_links(night: Night, known: Knowledge) -> KinLinks:
    found = night.engine.read("night.int_kin", order_by=["sku_id", "kin_by", "kin_sku_id"]).to_pandas()
    found = found[found["kin_lines"] > found["lines"]]
    rows = pd.Index(known.evidence["sku_id"])
    heir, kin = (rows.get_indexer(found[name]).astype(np.int64) for name in ("sku_id", "kin_sku_id"))
    family = pd.Index(FAMILIES).get_indexer(found["kin_by"]).astype(np.int64)
    may_inherit = ~known.changes["regret"].is_changed[heir]
    links = KinLinks(heir, kin, family, found["nearness"].to_numpy(np.float64), family == FAMILIES.index("title"))
    return KinLinks(*(getattr(links, name)[may_inherit] for name in ("heir", "kin", "family", "nearness", "is_one")))


def _lines(known: Knowledge) -> Floats:
    return doubles(known.evidence, "regret_exposure")


def _pasts(known: Knowledge) -> dict[str, RatePrior]:
    """Return each rate of all SKUs as it stands tonight, with the lines that it rests on."""
    rates = {measure: known.current(measure) for measure in known.priors}
    pasts = {measure: RatePrior(_mean(rate), rate.alpha + rate.beta) for measure, rate in rates.items()}
    change = known.change
    changed = change.alpha / (change.alpha + change.beta)
    mean = (1.0 - change.chance) * pasts["regret"].mean + change.chance * changed
    return pasts | {"regret": RatePrior(mean, pasts["regret"].strength)}


def _mean(rate: BetaRates) -> Floats:
    """The mean of a rate as it is observed; priors are of observed rates."""
    return rate.alpha / (rate.alpha + rate.beta)


def _inherited(
    known: Knowledge, heritage: Heritage, pasts: Mapping[str, RatePrior], most: float
) -> dict[str, RatePrior]:
    lines = _lines(known)
    return {measure: inherit(prior, heritage, pasts[measure], lines, most) for measure, prior in known.priors.items()}


def _origin(links: KinLinks, heritage: Heritage, regret: Floats) -> Origin:
    main = heritage.main_kin(regret)
    shared = dict(zip(zip(links.heir.tolist(), links.kin.tolist(), strict=True), links.family.tolist(), strict=True))
    return Origin(main, [FAMILIES[shared[row, kin]] if kin >= 0 else "" for row, kin in enumerate(main.tolist())])
