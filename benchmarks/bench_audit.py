"""Does the audit of the promise hold? Platforms with turns, drift and immature lines, whose landmines are known.

Run: python -m benchmarks.bench_audit [worlds] [nights]

Prints how often the bound lay below the true share of the lists judged and below that of the night's own list, how
tight it is, how often a kept promise was contradicted, and after how many nights a platform that states 2 % and has 8 %
is noticed.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc

from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.evaluation.promise_audit import ListedNights, ShareAudit, audit_share, needed_units, night_weights

SKUS, PLACES = 1_200, 120
WINDOW, HALF_LIFE, LAG = 56, 28.0, 7
WARM_UP = 40
"""Nights of deliveries before the first list."""
LISTED_NIGHTS = 30
CONFIDENCE, PROMISE, STATED, REALLY = 0.95, 0.05, 0.02, 0.08


@dataclass(frozen=True)
class Platform:
    """A platform by SKU and day: lines, true rate and ceiling, and regrets with the days that they take to show."""

    lines: Ints
    rate: Floats
    ceiling: Floats
    shown: Floats
    arrivals: list[tuple[Ints, Ints]]


def draw_platform(rng: np.random.Generator, days: int) -> Platform:
    """Draw rates around half of each ceiling, turns for the worse that last, a drift of all rates, and delays."""
    ceiling = rng.uniform(0.08, 0.2, SKUS)
    ratio = rng.gamma(6.0, 0.5 / 6.0, SKUS)[:, None]
    turned_on = rng.geometric(rng.uniform(0.0005, 0.003), SKUS)[:, None]
    back_on = turned_on + rng.geometric(1 / 40, SKUS)[:, None]
    day = np.arange(days)
    turned = (day >= turned_on) & (day < back_on)
    drift = np.exp(np.cumsum(rng.normal(0.0, 0.01, days)))
    rate = np.minimum(ceiling[:, None] * ratio * drift * np.where(turned, rng.uniform(1.5, 5.0, (SKUS, 1)), 1.0), 0.9)
    lines = rng.poisson(rng.lognormal(1.2, 0.9, (SKUS, 1)), (SKUS, days))
    return with_regrets(rng, lines, rate, ceiling)


def with_regrets(rng: np.random.Generator, lines: Ints, rate: Floats, ceiling: Floats) -> Platform:
    """Draw what comes of the `lines`, SKUs by days, at these rates, and when it shows."""
    days, delay = lines.shape[1], rng.uniform(4.0, 12.0)
    regrets = rng.binomial(lines, rate)
    sku, delivered = np.nonzero(regrets)
    sku, delivered = (np.repeat(place, regrets[regrets > 0]) for place in (sku, delivered))
    arrived = delivered + rng.exponential(delay, len(sku)).astype(np.int64)
    arrivals = [(sku[arrived == at], delivered[arrived == at]) for at in range(days)]
    return Platform(lines, rate, ceiling, 1.0 - np.exp(-(np.arange(days) + 1.0) / delay), arrivals)


def choose(platform: Platform, known: Floats, today: int, strictness: float) -> Flags:
    """List the best sellers whose posterior chance of lying over the ceiling is low, as a platform's model would."""
    days = np.arange(max(today - 60, 0), today)
    mature = (platform.lines[:, days] * platform.shown[today - days]).sum(axis=1)
    shape = 4.0 + known[:, days].sum(axis=1)
    chance = gammaincc(shape, (8.0 / platform.ceiling + mature) * platform.ceiling)
    sales = platform.lines[:, days[-14:]].sum(axis=1)
    order = np.argsort(-np.where(chance <= strictness, sales, -1), kind="stable")
    listed = np.zeros(SKUS, dtype=bool)
    listed[order[:PLACES]] = True
    return listed


def audit(platform: Platform, known: Floats, lists: Flags, today: int) -> tuple[ShareAudit, float]:
    """Audit the lists of the last nights as of `today`; return it with the true share of the same nights."""
    nights = np.arange(max(WARM_UP, today - WINDOW), today - LAG)
    weights = night_weights(nights[::-1] - nights[0], HALF_LIFE) / PLACES
    weights /= weights.sum() * PLACES
    sku, at = np.nonzero(lists[:, nights])
    day = nights[at]
    due = platform.lines[sku, day] * platform.shown[today - day] * platform.ceiling[sku]
    before = platform.lines[:, :WARM_UP].sum(axis=1)
    rows = ListedNights(
        sku.astype(np.int64),
        (nights[-1] - day).astype(np.int64),
        due,
        known[sku, day],
        weights[at],
        np.searchsorted(np.quantile(before, [1 / 3, 2 / 3]), before)[sku].astype(np.int64),
    )
    is_landmine = platform.rate[sku, day] > platform.ceiling[sku]
    return audit_share(rows, CONFIDENCE), float(weights[at] @ is_landmine)


def one_world(seed: int, nights: int) -> Floats:
    """Return one row a night: share, lower, bound, true share of the nights judged, of tonight's list, effective."""
    rng = np.random.default_rng(7_000 + seed)
    days = WARM_UP + WINDOW + nights
    platform = draw_platform(rng, days)
    known, lists = np.zeros((SKUS, days)), np.zeros((SKUS, days), dtype=bool)
    strictness, found = rng.uniform(0.02, 0.3), []
    for today in range(days):
        if today >= WARM_UP:
            lists[:, today] = choose(platform, known, today, strictness)
        if today >= WARM_UP + WINDOW:
            audited, true = audit(platform, known, lists, today)
            tonight = (platform.rate[:, today] > platform.ceiling)[lists[:, today]].mean()
            found.append([audited.share, audited.lower, audited.bound, true, tonight, audited.effective])
        np.add.at(known, platform.arrivals[today], 1.0)
    return np.array(found)


def unknown_share(seed: int, nights: int, lines: float, ratios: tuple[float, float]) -> Floats:
    """Audit each of the first `nights` of a platform on whose lists a share REALLY of the places holds landmines.

    `lines` a SKU and day is the mean, `ratios` are the rates of landmines to their ceiling. The model never learns:
    a SKU of whatever kind is listed for LISTED_NIGHTS. Return one row a night, with the columns of `one_world`.
    """
    rng, days = np.random.default_rng(9_000 + seed), WARM_UP + nights
    ceiling, bad = rng.uniform(0.08, 0.2, SKUS), rng.random(SKUS) < REALLY
    ratio = np.where(bad, rng.uniform(*ratios, SKUS), rng.uniform(0.2, 0.7, SKUS))
    sold = rng.poisson(rng.gamma(2.0, lines / 2.0, (SKUS, 1)), (SKUS, days))
    platform = with_regrets(rng, sold, np.repeat((ratio * ceiling)[:, None], days, axis=1), ceiling)
    known, lists, found = np.zeros((SKUS, days)), np.zeros((SKUS, days), dtype=bool), []
    turn = rng.permutation(SKUS)
    for today in range(days):
        if today >= WARM_UP:
            lists[:, today] = (turn - today * PLACES // LISTED_NIGHTS) % SKUS < PLACES
        if today > WARM_UP + LAG:
            audited, true = audit(platform, known, lists, today)
            found.append([audited.share, audited.lower, audited.bound, true, np.nan, audited.effective])
        np.add.at(known, platform.arrivals[today], 1.0)
    return np.array(found)


def main() -> None:
    """Print the figures over all worlds."""
    worlds, nights = (int(text) for text in (sys.argv[1:] + ["20", "200"][len(sys.argv) - 1 :])[:2])
    started = time.process_time()
    every = [one_world(seed, nights) for seed in range(worlds)]
    describe(every)
    for lines, ratios in ((6.0, (1.2, 3.0)), (12.0, (1.2, 3.0)), (40.0, (1.2, 3.0)), (12.0, (1.0, 1.3))):
        found = [unknown_share(seed, 90, lines, ratios) for seed in range(worlds)]
        print(f"\n{lines:g} lines a SKU and day, {REALLY:.0%} landmines of {ratios[0]} to {ratios[1]} ceilings:")
        describe(found)
        for said in (STATED, PROMISE):
            low, middle, high = np.quantile(
                [noticed(rows, said) for rows in found], [0.1, 0.5, 0.9], method="inverted_cdf"
            )
            print(f"nights until more than {said:.0%} is shown: median {middle:g}, one in ten {low:g} and {high:g}")
    print(f"{time.process_time() - started:.0f} CPU s")


def noticed(rows: Floats, said: float) -> float:
    """Return after how many nights the lower limit is above the share `said`, on evidence that is not thin."""
    shown = (rows[:, 1] > said) & (rows[:, 5] >= needed_units(PROMISE, CONFIDENCE))
    return float(np.argmax(shown)) + LAG + 1 if shown.any() else np.inf


def describe(worlds: list[Floats]) -> None:
    """Print what the audits of the `worlds` said, and how often they were wrong."""
    share, lower, bound, true, tonight, effective = np.concatenate(worlds).T
    print(f"{len(worlds)} worlds of {len(worlds[0])} nights; worth {effective.mean():.0f} judged blocks")
    print(f"true {true.mean():.2%}; looks like {share.mean():.2%}, from {lower.mean():.2%} to {bound.mean():.2%}")
    broken = [float((rows[:, 2] < rows[:, 3]).mean()) for rows in worlds]
    print(f"bound below the true share of the nights judged: {np.mean(broken):.2%} (worst world {max(broken):.1%})")
    print(
        f"bound below that of tonight's list: {(bound < tonight).mean():.2%}; lower above: {(lower > true).mean():.2%}"
    )


if __name__ == "__main__":
    main()
