"""Next-day lists: share of a day's lines covered by 500 SKUs chosen the evening before."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.affinity_sets import Purchases, read_purchases

SIZE, DAYS, TAUGHT = 500, 28, 21
HALF_LIVES = (1.0, 3.0, 7.0, 14.0, 28.0, 60.0, 180.0)
WEEKDAY = 7


def nextday(data: Path, seed: int) -> list[dict[str, str | float]]:
    """Mean coverage over the last 28 days of best-seller lists and of the forecast of each SKU's lines."""
    purchases = read_purchases(data)
    counts = _daily(purchases)
    end = counts.shape[0]
    known = {day: _features(counts, day) for day in range(end - DAYS - TAUGHT, end)}
    lists = [*(f"best sellers, {days} d" for days in (1, 7, 28)), "forecast"]
    covered: dict[str, list[float]] = {name: [] for name in lists}
    for day in range(end - DAYS, end):
        truth = counts[day]
        for days in (1, 7, 28):
            covered[f"best sellers, {days} d"].append(_coverage(counts[day - days : day].sum(axis=0), truth))
        covered["forecast"].append(_coverage(_forecast(counts, known, day), truth))
    return [{"list": name, "share of next-day lines": float(np.mean(shares))} for name, shares in covered.items()]


def _daily(purchases: Purchases) -> np.ndarray:
    days = int(purchases.day.max()) + 1
    counts = np.zeros((days, len(purchases.sku_price)))
    np.add.at(counts, (purchases.day, purchases.sku), 1.0)
    return counts


def _coverage(score: np.ndarray, truth: np.ndarray) -> float:
    best = np.argsort(-score, kind="stable")[:SIZE]
    return float(truth[best].sum() / max(truth.sum(), 1))


def _forecast(counts: np.ndarray, known: dict[int, np.ndarray], day: int) -> np.ndarray:
    """Expected lines of each SKU: ridge regression of the last days' lines on what was known before each."""
    normal, moment = np.eye(known[day].shape[1]), np.zeros(known[day].shape[1])
    for past in range(day - TAUGHT, day):
        design = known[past]
        # Lines are counts: rows are weighted by the inverse of their expected size.
        weighted = design / (design[:, -1:] + 0.05)
        normal += weighted.T @ design
        moment += weighted.T @ counts[past]
    return np.asarray(known[day] @ np.linalg.solve(normal, moment))


def _features(counts: np.ndarray, day: int) -> np.ndarray:
    """Decayed daily means per half-life, the mean of the same weekday, and the mean of the last 60 days."""
    ages = np.arange(1, day + 1)
    weights = 0.5 ** ((ages[None, :] - 1) / np.array(HALF_LIVES)[:, None])
    decayed = (weights / weights.sum(axis=1, keepdims=True)) @ counts[day - ages]
    same_weekday = counts[[day - WEEKDAY * back for back in (1, 2, 3, 4)]].mean(axis=0)
    return np.vstack([decayed, same_weekday, counts[day - 60 : day].mean(axis=0)]).T
