"""Attribution of regrets: crossed random effects of SKU, supplier, carrier, agent and customer on single lines.

A line is regretted with intensity (share shown) x (category rate) x the product of one multiplier per factor;
multipliers are Gamma distributed around 1 and fitted in turn. A SKU has one supplier and a week one carrier: such a
pair is settled on sums by SKU or week, without the lines; fitted in turn, the two would hardly move. Source:
Gamma-Poisson shrinkage as in DuMouchel, Am. Stat. 53 (1999), here crossed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from xuanpin.models.arrays import Array, Codes, Flags, Floats

FACTORS = ("sku", "carrier_week", "agent", "customer")
"""Order in which the multipliers are fitted: what SKUs explain is not attributed to others."""
OWNERS = {"sku": "supplier", "carrier_week": "carrier"}
"""Factors whose every level belongs to one level of another factor, its owner; both are fitted together."""
EXTERNAL_FACTORS = ("carrier", "carrier_week", "agent", "customer")
"""Factors outside the SKU; their levels may be outlier sources, whose lines do not judge SKUs."""
HER_OWN = ("carrier", "carrier_week", "agent")
"""Factors that an agent brings to whatever she sells: who delivers for her, and what she promises."""
ROUNDS = 2
"""Rounds over all lines; of ten million lines the multipliers are then within .2 % of where they settle."""
MOST_STEPS = 100
"""Steps in which a factor and its owners settle, at most; 15 are usual."""
SETTLED = 1e-4
"""Largest change of an owner's multiplier, as a share of it, after which a factor and its owners have settled: each
step squares what is left."""
GRID = 2.0**30
"""Steps of a regret in which lines and buyers are added up: sums below 2^23 regrets are then exact, and the same in
whatever order lines come."""
LINES_AT_A_TIME = 65_536
"""Lines or levels looked at a time: small enough for a core's cache, and nothing of all lines is copied."""
SHAPE_RANGE = (0.2, 20.0)
"""Lowest and highest shape of a factor's Gamma, in expected regrets.

The spread of ordinary levels does not predict an outlier source: even where those hardly differ, twenty expected
regrets count as much as the prior."""
OUTLIER_RATIO = 1.25
"""Least multiplier of an outlier source, which it exceeds with probability 1 - OUTLIER_DOUBT."""
OUTLIER_DOUBT = 0.05
"""Posterior probability, 0-1, that the multiplier of an outlier source lies under OUTLIER_RATIO after all."""


@dataclass(frozen=True)
class Effect:
    """Hold one factor's levels, arrays of shape (levels,), and the `shape` of its Gamma, in expected regrets.

    `multiplier` is the posterior mean factor on the regret rate; `observed` and `expected` are the regrets behind it.
    """

    multiplier: Floats
    observed: Floats
    expected: Floats
    shape: float

    @property
    def is_outlier(self) -> Flags:
        """Return the levels that are proven to raise regret beyond OUTLIER_RATIO, shape (levels,)."""
        proven = self.multiplier > OUTLIER_RATIO  # the 5 % quantile of a Gamma lies below its mean
        seen, due = self.observed[proven], self.expected[proven]
        proven[proven] = gammaincinv(seen + self.shape, OUTLIER_DOUBT) / (due + self.shape) > OUTLIER_RATIO
        return proven


@dataclass(frozen=True)
class AttributedLines:
    """Hold the lines whose regrets are attributed; arrays have shape (lines,).

    `sku` are codes, `external` the codes by factor of EXTERNAL_FACTORS (-1 unknown). `regretted` and `damaged` are
    flags; `damage_due` is the damage expected by the line's category and age, on the grid. `supplier` are codes by SKU,
    shape (skus,), -1 unknown.
    """

    sku: Codes
    supplier: Codes
    external: Mapping[str, Codes]
    regretted: Flags
    damaged: Flags
    damage_due: Floats


def on_grid(values: Floats) -> Floats:
    """Return `values` rounded to the steps of GRID."""
    steps = values * GRID
    np.rint(steps, out=steps)
    steps /= GRID
    return np.asarray(steps)


@dataclass(frozen=True)
class LineKinds:
    """Hold what lines of one category and age have in common; few kinds stand for many lines.

    `kind` is each line's code, shape (lines,). By kind, shape (kinds,): `category` is its code, `shown_share` the delay
    curve at its age (0-1, on the grid).
    """

    kind: Codes
    category: Codes
    shown_share: Floats

    def expected(self, outcome: Flags) -> Floats:
        """Return the outcomes expected of each line by tonight, from its category and age, shape (lines,).

        `outcome` are flags of shape (lines,). The result is on the grid.
        """
        kinds, categories = len(self.category), int(self.category.max(initial=-1)) + 1
        lines, seen = (_added(self.kind, values, kinds) for values in (np.broadcast_to(1.0, self.kind.shape), outcome))
        due = np.bincount(self.category, lines * self.shown_share, categories)
        rate = np.bincount(self.category, seen, categories) / np.maximum(due, 1e-12)
        return np.asarray(on_grid(rate[self.category] * self.shown_share)[self.kind])


def fit_effects(
    factors: Mapping[str, Codes], owners: Mapping[str, Codes], regretted: Flags, expected: Floats
) -> dict[str, Effect]:
    """Fit one multiplier a level of each factor, in the order given, and one of each owner (OWNERS).

    `factors` are level codes of shape (lines,), -1 where a line has no such level; `owners` are codes of the owners of
    a factor's levels, shape (levels,), -1 unknown; `regretted` are flags, `expected` the intensity from the line's
    category and age, on the grid.
    """
    levels = {name: int(codes.max(initial=-1)) + 1 for name, codes in factors.items()}
    known = {name: codes for name, codes in factors.items() if levels[name]}
    observed = {name: _added(codes, regretted, levels[name]) for name, codes in known.items()}
    # The code -1 finds the last one, that of an unknown level, which stays 1.
    multipliers = {name: np.ones(levels[name] + 1) for name in known}
    effects = {name: _shrink(np.empty(0), np.empty(0)) for name in (*factors, *(OWNERS[name] for name in owners))}
    intensity = expected.copy()
    for _ in range(ROUNDS):
        for name, codes in known.items():
            # All lines of a level have its multiplier: it leaves their sum, instead of each of them.
            former = multipliers[name]
            due = _added(codes, intensity, levels[name]) / former[:-1]
            if name in owners:
                own = owners[name][: levels[name]]
                effects[name], above = _settled(observed[name], due, own)
                effects[OWNERS[name]] = above
                found = effects[name].multiplier * np.append(above.multiplier, 1.0)[own]
            else:
                effects[name] = _shrink(observed[name], due)
                found = effects[name].multiplier
            multipliers[name] = np.append(found, 1.0)
            _multiply(intensity, multipliers[name] / former, codes)
    return effects


def _settled(seen: Floats, due: Floats, owner: Codes) -> tuple[Effect, Effect]:
    """Fit the levels of a factor together with their owners, by Newton's method; the levels follow their owner."""
    owners = int(owner.max(initial=-1)) + 1
    seen_above, factor, own = _added(owner, seen, owners), np.ones(owners + 1), _shrink(seen, due)
    for _ in range(MOST_STEPS):
        part = due * own.multiplier
        above = _shrink(seen_above, _added(owner, part, owners))
        over = factor[:-1] * (above.expected + above.shape) - seen_above - above.shape
        slope = above.shape + _added(owner, part * own.shape / (due * factor[owner] + own.shape), owners)
        former, factor = factor, np.append(np.maximum(factor[:-1] - over / slope, factor[:-1] / 2.0), 1.0)
        own = _shrink(seen, due * factor[owner])
        if np.max(np.abs(factor / former - 1.0)) < SETTLED:
            break
    return own, _shrink(seen_above, _added(owner, due * own.multiplier, owners))


def _added(codes: Codes, values: Floats | Flags, levels: int) -> Floats:
    """The sum of `values` by level, without those of an unknown one."""
    total = np.zeros(levels + 1)
    for part in _parts(codes):
        np.add.at(total, codes[part], values[part].astype(np.float64, copy=False))
    return total[:-1]


def _multiply(intensity: Floats, change: Floats, codes: Codes) -> None:
    """Multiply each line's intensity with the change of its level."""
    for part in _parts(codes):
        intensity[part] = on_grid(intensity[part] * change[codes[part]])


def _parts(values: Array) -> Iterator[slice]:
    return (slice(first, first + LINES_AT_A_TIME) for first in range(0, len(values), LINES_AT_A_TIME))


def _shrink(seen: Floats, due: Floats) -> Effect:
    # Moments: a level's squared error exceeds its Poisson noise by the spread of the multipliers times due squared.
    error = seen - due
    error *= error
    spread = (_total(error) - _total(due)) / max(_total(np.square(due, out=error)), 1e-12)
    shape = float(np.clip(1.0 / max(spread, 1e-12), *SHAPE_RANGE))
    return Effect((seen + shape) / (due + shape), seen, due, shape)


def _total(values: Floats) -> float:
    """The sum on the grid; buyers are as many as half of the lines."""
    return float(sum(np.sum(on_grid(values[part])) for part in _parts(values)))


def line_shares(effects: Mapping[str, Effect], factors: Mapping[str, Codes]) -> dict[str, Floats]:
    """Return the share of each line's regret (0-1) that each factor adds beyond the ordinary, shape (lines,).

    `effects` are those of `fit_effects`; `factors` are level codes of shape (lines,), -1 unknown. A multiplier of 3
    adds two regrets to the one that would have come anyway; the rest is the SKU's.
    """
    excess = {}
    for name, codes in factors.items():
        over = np.append(np.maximum(effects[name].multiplier - 1.0, 0.0), 0.0)
        excess[name] = over[codes]
    total = 1.0 + sum(excess.values(), np.zeros(1))
    return {name: value / total for name, value in excess.items()}


def outlier_lines(effects: Mapping[str, Effect], factors: Mapping[str, Codes]) -> Flags:
    """Return the lines that an outlier source in `effects` touched, shape (lines,): `factors` are codes, -1 unknown."""
    has_outlier = np.zeros(len(next(iter(factors.values()))), dtype=bool)
    for name, codes in factors.items():
        is_outlier = effects[name].is_outlier
        if is_outlier.any():
            has_outlier |= np.append(is_outlier, False)[codes]
    return has_outlier


def regret_of_agents(
    effects: Mapping[str, Effect], factors: Mapping[str, Codes], expected: Floats, kinds: LineKinds
) -> Floats:
    """Return the regrets a line (0-1) that each agent's couriers and promises add to those of the usual agent, shape
    (agents,).

    `effects` are those of `fit_effects`; `factors` are level codes of shape (lines,), -1 unknown. `expected` is the
    intensity from the line's category and age (`kinds`), on the grid.
    """
    agents, caused = len(effects["agent"].multiplier), expected.copy()
    for name in HER_OWN:
        _multiply(caused, np.append(effects[name].multiplier, 1.0), factors[name])
    caused -= expected
    shown = _added(factors["agent"], kinds.shown_share[kinds.kind], agents)
    rate = _added(factors["agent"], caused, agents) / np.maximum(shown, 1e-12)
    return np.asarray(np.maximum(rate - np.median(rate), 0.0)) if agents else rate


def attributable_shares(lines: AttributedLines, effects: Mapping[str, Effect], skus: int) -> dict[str, Floats]:
    """Attribute each SKU's regrets to causes: sku, supplier, agent, logistics and customer, each of shape (skus,).

    The five shares of a SKU sum to 1; a SKU without regrets has NaN. `lines` are those of the window, `effects` are
    those of `fit_effects`.
    """
    regretted = np.flatnonzero(lines.regretted)
    sku = lines.sku[regretted]
    total = np.bincount(sku, minlength=skus).astype(np.float64)
    parts = line_shares(effects, {name: codes[regretted] for name, codes in lines.external.items()})
    outside = {name: np.bincount(sku, on_grid(part), skus).astype(np.float64) for name, part in parts.items()}
    own_regrets = total - sum(outside.values(), np.zeros(skus))
    transit = _damage_in_transit(lines, own_regrets)
    by_supplier = _by_supplier(lines, effects, own_regrets - transit)
    regrets: dict[str, Floats] = {
        "sku": own_regrets - transit - by_supplier,
        "supplier": by_supplier,
        "agent": outside["agent"],
        "logistics": outside["carrier"] + outside["carrier_week"] + transit,
        "customer": outside["customer"],
    }
    return {cause: _ratio(part, total) for cause, part in regrets.items()}


def _damage_in_transit(lines: AttributedLines, own_regrets: Floats) -> Floats:
    """Ordinary damage in transit is the carriers'; what a SKU breaks beyond its category is its own."""
    due, damaged = (_added(lines.sku, values, len(own_regrets)) for values in (lines.damage_due, lines.damaged))
    return np.asarray(np.minimum(own_regrets, np.minimum(due, damaged)), dtype=np.float64)


def _by_supplier(lines: AttributedLines, effects: Mapping[str, Effect], own_regrets: Floats) -> Floats:
    over = np.append(np.maximum(effects["supplier"].multiplier - 1.0, 0.0), 0.0)[lines.supplier]
    own = np.maximum(effects["sku"].multiplier, 1.0)
    return np.asarray(own_regrets * over / (over + own), dtype=np.float64)


def _ratio(part: Floats, total: Floats) -> Floats:
    share = np.full(len(total), np.nan)
    hit = total > 0.0
    share[hit] = part[hit] / total[hit]
    return share
