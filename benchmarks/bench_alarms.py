"""How many alarms are false, and how late are the true ones? 50,000 SKUs over 90 days with planted turns.

Run: python -m benchmarks.bench_alarms [SKUs] [seeds]

Each night the alarms of the last 28 days are read down to the stated share of false ones, as the changes step does. An
alarm is false where its SKU had not turned by then; SKUs with more than three lines a day are counted. The odds of
turned SKUs are 4, 8 or 32 times what they were, those of the house's own prior.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.alarm_share import false_shares, false_starts, strongest
from xuanpin.models.risk.cusum import cusum, expected_arrivals, mature_exposure

DAYS, READ_DAYS, THRESHOLD, STRENGTH = 90, 28, 6.0, 25.0
STATED, TURNED, BUSY = 0.2, 0.02, 3.0
MEAN_DELAY = 6.0
BLOCK = 4_096
NEVER = 10**6
WAIT_DAYS = 10
"""A turn of the last days can hardly be found yet: it is left out of the delay of all."""


@dataclass(frozen=True)
class Shop:
    """Hold what each SKU and day brings: lines delivered, outcomes that arrive; the day of its turn and its mean."""

    lines: Ints
    arrived: Floats
    turned_on: Ints
    mean: Floats
    sold: Floats


def draw_shop(rng: np.random.Generator, skus: int) -> Shop:
    """Draw rates by category and SKU, turns, and outcomes that come days after their delivery."""
    sold = rng.lognormal(0.5, 1.2, skus)
    mean = rng.gamma(8.0, 0.06 / 8.0, 40)[rng.integers(0, 40, skus)]
    rate = rng.beta(mean * STRENGTH, (1.0 - mean) * STRENGTH)
    turned_on = np.where(rng.random(skus) < TURNED, rng.integers(20, DAYS - WAIT_DAYS, skus), NEVER)
    odds = rng.choice([4.0, 8.0, 32.0], skus) * rate / (1.0 - rate)
    lines = rng.poisson(sold[:, None], (skus, DAYS))
    is_turned = np.arange(DAYS) >= turned_on[:, None]
    outcomes = rng.binomial(lines, np.where(is_turned, (odds / (1.0 + odds))[:, None], rate[:, None]))
    sku, day = np.nonzero(outcomes)
    sku, day = (np.repeat(place, outcomes[outcomes > 0]) for place in (sku, day))
    day = day + rng.geometric(1.0 / MEAN_DELAY, len(day))
    arrived = np.zeros((skus, DAYS))
    np.add.at(arrived, (sku[day < DAYS], day[day < DAYS]), 1.0)
    return Shop(lines, arrived, turned_on, mean, sold)


def expected(shop: Shop) -> Floats:
    """Return the outcomes due of each SKU and day, a block of SKUs at a time as the changes step does."""
    shown: Floats = 1.0 - np.power(1.0 - 1.0 / MEAN_DELAY, np.arange(DAYS, dtype=np.float64))
    due = np.empty_like(shop.arrived)
    for at in range(0, len(due), BLOCK):
        rows = slice(at, at + BLOCK)
        exposure = mature_exposure(shop.lines[rows].astype(np.float64), shown)
        due[rows] = expected_arrivals(exposure, shop.arrived[rows], shop.mean[rows], STRENGTH)
    return due


def first_alarms(shop: Shop, due: Floats) -> tuple[Ints, Ints]:
    """Return the first night on which each SKU's CUSUM raised an alarm, and on which it was read; NEVER for none."""
    raised, read = (np.full(len(due), NEVER) for _ in range(2))
    for night in range(WAIT_DAYS, DAYS):
        until = slice(0, night + 1)
        found = strongest(shop.arrived[:, until], due[:, until], READ_DAYS)
        share = false_shares(found, false_starts(due[:, until], READ_DAYS), night + 1 - READ_DAYS)
        read[(read == NEVER) & (share <= STATED)] = night
        raised[(raised == NEVER) & (cusum(shop.arrived[:, until], due[:, until], THRESHOLD).day == night)] = night
    return raised, read


def one_night(shop: Shop) -> float:
    """Return the CPU seconds of the alarms of one night, from counts to shares."""
    started = time.process_time()
    due = expected(shop)
    cusum(shop.arrived, due, THRESHOLD)
    false_shares(strongest(shop.arrived, due, READ_DAYS), false_starts(due, READ_DAYS), DAYS - READ_DAYS)
    return time.process_time() - started


def describe(name: str, shop: Shop, first: Ints) -> None:
    """Print how many alarms there were, the share of false ones, and the delay of the true ones."""
    busy = shop.sold > BUSY
    alarm, late = busy & (first < NEVER), first - shop.turned_on
    true = alarm & (late >= 0)
    turned = busy & (shop.turned_on < NEVER)
    wait = np.where(true, late, NEVER)[turned]
    print(
        f"{name}: {alarm.sum()} alarms, false {1.0 - true.sum() / alarm.sum():.1%}; of {turned.sum()} turned "
        f"{(wait < NEVER).mean():.0%} found, median delay {np.median(late[true]):g} days "
        f"(all that turned, found or not: {np.median(wait):g})"
    )


def main() -> None:
    """Print the figures for each seed."""
    skus, seeds = (int(text) for text in (sys.argv[1:] + ["50000", "3"][len(sys.argv) - 1 :])[:2])
    for seed in range(seeds):
        shop = draw_shop(np.random.default_rng(400 + seed), skus)
        print(f"seed {seed}: {skus:,} SKUs, {DAYS} days; alarms of one night: {one_night(shop):.1f} CPU s")
        raised, read = first_alarms(shop, expected(shop))
        describe("  as the CUSUM raised them", shop, raised)
        describe(f"  read at a stated share of {STATED:.0%}", shop, read)


if __name__ == "__main__":
    main()
