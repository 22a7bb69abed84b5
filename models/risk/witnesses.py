"""How much a line is worth as evidence: bursts of new buyers, and agents whose buyers contradict all others.

Who opens accounts to praise or to sink a SKU cannot hide that they are new, or that few agents sell to them. Both are
judged against what is usual on the platform itself, so that one on which everybody is new, or that has one agent, keeps
its evidence. Source of the spread between SKUs: the Beta-Binomial, Skellam, J. R. Stat. Soc. B 10 (1948).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betaln, gammaln

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.beta_binomial import fit_strength

FAKE_SHARE = 0.02
"""Share of a platform's lines, 0-1, that may be bought to mislead: one in fifty. All of them would be new buyers'."""
FALSE_ALARMS = 0.05
"""Bursts found a night where there are none: one in twenty nights."""
FEWEST_NEW = 3
"""Lines of new buyers below which nothing is a burst."""
SHARE_PRIOR = 20.0
"""Regretted lines that count half: without them new buyers are taken to regret as often as others."""
FEWEST_AGENTS = 3
"""Agents of a SKU and period below which none stands alone against a majority."""
FEWEST_LINES = 3
"""Lines of one agent below which her buyers cannot differ much from others."""
DISAGREEMENT = 3.0
"""Log-likelihood (nats) by which agents that differ must fit better than agents that do not: e^3 = 20 times.

Of a thousand honest SKUs with a dozen agents five get there by chance, and lose little: their agents have few lines."""
CORRELATIONS = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
"""Correlations (0-1) of lines of one agent among which the likeliest is taken."""
SMALLEST_SHARE = 1e-6
"""Distance of a share from 0 and 1 that keeps its Beta-Binomial proper."""
COUNTS = ["lines", "regrets", "new_lines", "new_regrets"]
"""Columns of counts by SKU and period: lines and regrets of all buyers, and of new ones."""
CELL_COUNTS = ["lines", "regrets", "agents", "group_lines", "group_regrets", "single_regrets"]
"""Columns of counts by SKU, period and agent: her own lines and regrets, and those of all agents there."""
_PAIRS = (("new_lines", "lines"), ("new_regrets", "regrets"))


def new_buyer_weight(counts: pd.DataFrame) -> float:
    """Return the weight (0-1) of a new buyer's line: the chance that it is honest.

    `counts` has COUNTS by SKU and period. Where everybody is new, being new is no sign of anything.
    """
    honest = (1.0 - FAKE_SHARE) * float(counts["new_lines"].sum()) / max(float(counts["lines"].sum()), 1.0)
    return honest / (honest + FAKE_SHARE)


def find_bursts(counts: pd.DataFrame) -> pd.DataFrame:
    """Find the SKUs to which new buyers came far more often than to others, in two adjacent periods or in all.

    `counts` has one row a SKU and period: sku, period (both numbers) and COUNTS. All lines and the regretted ones are
    looked at: five new buyers among many drown, five of five complaints do not. Returns sku, first and last period,
    observed, expected and lines; a burst exceeds the tail of the Beta-Binomial that SKUs of the platform follow, at
    FALSE_ALARMS a night.
    """
    tested = pd.concat([_tested(window) for window in (_adjacent(counts), _whole(counts))])
    found = tested[tested["chance"] <= FALSE_ALARMS / max(len(tested), 1)]
    return found.drop(columns="chance").drop_duplicates(["sku", "first", "last"]).reset_index(drop=True)


def lone_agents(cells: pd.DataFrame) -> pd.Series[float]:
    """Find agents whose buyers of a SKU say what those of most agents contradict; returns the weight of each line.

    `cells` has one row a SKU, period and agent with several lines there: sku_number, period, lines, regrets; how many
    `agents` have lines there, all their `group_lines` and `group_regrets`, and how many have one line alone that is
    regretted (`single_regrets`). The weights (0-1) have the index of the cells that they are of. Lines of one agent are
    then correlated witnesses, worth n / (1 + (n - 1) r) of n; r is the likeliest of CORRELATIONS.
    """
    rate = cells["group_regrets"] / cells["group_lines"]
    cells = cells.assign(rate=rate)[(cells["agents"] >= FEWEST_AGENTS) & (rate > 0.0) & (rate < 1.0)]
    cells = cells.assign(correlation=_correlations(cells))
    is_high = cells["regrets"] > cells["rate"] * cells["lines"]
    high = is_high.groupby([cells["sku_number"], cells["period"]]).transform("sum") + cells["single_regrets"]
    is_lone = np.where(is_high, 2 * high < cells["agents"], 2 * high > cells["agents"])
    lone = cells[is_lone & (cells["correlation"] > 0.0)]
    return 1.0 / (1.0 + (lone["lines"] - 1.0) * lone["correlation"])


def _adjacent(by_period: pd.DataFrame) -> pd.DataFrame:
    """Counts of each period and the one before it, with the platform's share of new buyers in both together."""
    before = by_period.assign(period=by_period["period"] + 1)
    both = pd.concat([by_period, before]).groupby(["sku", "period"], sort=True)[COUNTS].sum().reset_index()
    platform = both.groupby("period")[COUNTS].transform("sum")
    return _with_shares(both.assign(first=both["period"] - 1, last=both["period"]), platform)


def _whole(by_period: pd.DataFrame) -> pd.DataFrame:
    grouped = by_period.groupby("sku", sort=True)
    whole = grouped[COUNTS].sum().assign(first=grouped["period"].min(), last=grouped["period"].max()).reset_index()
    return _with_shares(whole, whole.assign(all=0).groupby("all")[COUNTS].transform("sum"))


def _with_shares(window: pd.DataFrame, platform: pd.DataFrame) -> pd.DataFrame:
    share = (platform["new_lines"] / platform["lines"]).clip(SMALLEST_SHARE, 1.0 - SMALLEST_SHARE)
    among_regrets = (platform["new_regrets"] + SHARE_PRIOR * share) / (platform["regrets"] + SHARE_PRIOR)
    return window.assign(new_lines_share=share, new_regrets_share=among_regrets)


def _tested(window: pd.DataFrame) -> pd.DataFrame:
    """One row a test that could find anything, with the chance of at least as many new buyers."""
    strength = fit_strength(
        window["new_lines_share"].to_numpy(np.float64),
        window["new_lines"].to_numpy(np.float64),
        window["lines"].to_numpy(np.float64),
    )
    parts = []
    for seen, total in _PAIRS:
        own = window[window[total] >= FEWEST_NEW]
        share = own[f"{seen}_share"]
        described = own[["sku", "first", "last"]].assign(
            observed=own[seen], expected=share * own[total], lines=own[total]
        )
        parts.append(described.assign(chance=_tails(described, share.to_numpy(np.float64), strength)))
    return pd.concat(parts, ignore_index=True)


def _tails(tested: pd.DataFrame, share: Floats, strength: float) -> Floats:
    """P(at least as many as observed) of Beta-Binomial counts; 1 where they are few, or surely no burst."""
    chance = np.ones(len(tested))
    observed, lines = tested["observed"].to_numpy(np.int64), tested["lines"].to_numpy(np.int64)
    more = (observed >= FEWEST_NEW) & (observed > tested["expected"].to_numpy(np.float64)) & (share > 0.0)
    rows = np.flatnonzero(more)
    # A tail is no less than its first term: few are added up.
    first = _chances(observed[rows], lines[rows], share[rows], strength)
    for row in rows[first <= FALSE_ALARMS / max(len(tested), 1)]:
        count = np.arange(observed[row], lines[row] + 1)
        chance[row] = _chances(count, lines[row], share[row], strength).sum()
    return chance


def _chances(count: Ints, lines: Ints, share: Floats, strength: float) -> Floats:
    alpha, beta = share * strength, (1.0 - share) * strength
    ways = gammaln(lines + 1) - gammaln(count + 1) - gammaln(lines - count + 1)
    log_chance = ways + betaln(alpha + count, beta + lines - count) - betaln(alpha, beta)
    return np.asarray(np.exp(log_chance), dtype=np.float64)


def _correlations(cells: pd.DataFrame) -> Floats:
    """The likeliest correlation of an agent's lines, by SKU; 0 where agents that do not differ fit as well."""
    codes, skus = pd.factorize(cells["sku_number"])
    if not len(skus):
        return np.empty(0)
    # One line alone would be as likely whether lines of one agent are correlated or not.
    rate, hits = cells["rate"].to_numpy(np.float64), cells["regrets"].to_numpy(np.float64)
    misses = cells["lines"].to_numpy(np.float64) - hits
    alike = np.bincount(codes, hits * np.log(rate) + misses * np.log1p(-rate), len(skus))
    fits = np.empty((len(CORRELATIONS), len(skus)))
    for row, correlation in enumerate(CORRELATIONS):
        strength = 1.0 / correlation - 1.0
        alpha, beta = rate * strength, (1.0 - rate) * strength
        fits[row] = np.bincount(codes, betaln(alpha + hits, beta + misses) - betaln(alpha, beta), len(skus))
    best = np.where(fits.max(axis=0) - alike > DISAGREEMENT, CORRELATIONS[fits.argmax(axis=0)], 0.0)
    return np.asarray(best[codes], dtype=np.float64)
