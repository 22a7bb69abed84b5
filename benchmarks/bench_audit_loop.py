"""Does the audit bring a promise back? Lists that hold FACTOR times the landmines that they state, night after night.

Run: python -m benchmarks.bench_audit_loop [worlds] [nights]

A list states exactly the share that is asked of it. Printed are the true share of tomorrow's list and the share asked,
on average and in the worst tenth of the worlds, against a promise of 5 %.
"""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.bench_audit import (
    CONFIDENCE,
    HALF_LIFE,
    LAG,
    LISTED_NIGHTS,
    PLACES,
    PROMISE,
    SKUS,
    WARM_UP,
    WINDOW,
    Platform,
    audit,
    with_regrets,
)
from xuanpin.models.arrays import Flags, Floats
from xuanpin.models.evaluation.promise_audit import needed_units, night_weights
from xuanpin.pipelines.scoring.promise_audit import tightened

FACTORS = (4.0, 1.5, 1.0)
LINES = 20.0
"""Mean lines a SKU and day."""
SHOWN = (20, 40, 60, 90, 120, 160, 199)
"""Nights that are printed, from the first list on."""


def one_world(seed: int, nights: int, factor: float) -> Floats:
    """Return one row a night: the true share of landmines of its list, and the share that was asked of it."""
    rng, days = np.random.default_rng(11_000 + seed), WARM_UP + nights
    ceiling, sold = rng.uniform(0.08, 0.2, SKUS), rng.poisson(rng.gamma(2.0, LINES / 2.0, (SKUS, 1)), (SKUS, days))
    kinds = [
        with_regrets(rng, sold, np.repeat((ceiling * rng.uniform(*ratio, SKUS))[:, None], days, axis=1), ceiling)
        for ratio in ((0.2, 0.7), (1.2, 3.0))
    ]
    known = [np.zeros((SKUS, days)) for _ in kinds]
    lists, stated = np.zeros((SKUS, days), dtype=bool), np.full(SKUS, np.nan)
    is_bad, turn, asked, found = np.zeros(SKUS, dtype=bool), rng.permutation(SKUS), PROMISE, []
    for today in range(WARM_UP, days):
        lists[:, today] = (turn - today * PLACES // LISTED_NIGHTS) % SKUS < PLACES
        fresh = lists[:, today] & np.isnan(stated)
        stated[fresh], is_bad[fresh] = asked, rng.random(int(fresh.sum())) < factor * asked
        found.append([float(is_bad[lists[:, today]].mean()), asked])
        if today > WARM_UP + LAG:
            asked = _asked(_mixed(kinds, is_bad), np.where(is_bad[:, None], *known[::-1]), lists, stated, today)
        for seen, kind in zip(known, kinds, strict=True):
            np.add.at(seen, kind.arrivals[today], 1.0)
    return np.array(found)


def _mixed(kinds: list[Platform], is_bad: Flags) -> Platform:
    good, bad = kinds
    rate = np.where(is_bad[:, None], bad.rate, good.rate)
    return Platform(good.lines, rate, good.ceiling, good.shown, [])


def _asked(platform: Platform, known: Floats, lists: Flags, stated: Floats, today: int) -> float:
    """Return what the next list may state, as the calibrate step decides it."""
    audited, _ = audit(platform, known, lists, today)
    nights = np.arange(max(WARM_UP, today - WINDOW), today - LAG)
    weight = night_weights(nights[::-1] - nights[0], HALF_LIFE)
    said = [float(stated[lists[:, night]].mean()) for night in nights]
    if audited.effective < needed_units(PROMISE, CONFIDENCE):
        return PROMISE
    return tightened(PROMISE, float(np.average(said, weights=weight)), audited)


def main() -> None:
    """Print the course of the true and the asked share for each factor."""
    worlds, nights = (int(text) for text in (sys.argv[1:] + ["20", "200"][len(sys.argv) - 1 :])[:2])
    for factor in FACTORS:
        rows = np.array([one_world(seed, nights, factor) for seed in range(worlds)])
        print(f"lists hold {factor:g} times the landmines that they state; {worlds} worlds")
        for night in (night for night in SHOWN if night < nights):
            true, asked = rows[:, night].T
            worst = np.quantile(true, 0.9)
            print(f"  night {night:3}: true {true.mean():.1%} (one in ten {worst:.1%}), asked {asked.mean():.2%}")


if __name__ == "__main__":
    main()
