"""Next-day lists: share of a day's lines covered by 500 SKUs chosen the evening before."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.affinity_sets import read_purchases
from models.reranker import Purchases

SIZE, DAYS, WARM_UP = 500, 28, 90
HALF_LIVES = (1.0, 3.0, 7.0, 14.0, 28.0, 60.0, 180.0)
WEEKDAY = 7


def nextday(data: Path, seed: int) -> list[dict[str, str | float]]:
    """Mean coverage over the last 28 days of best-seller lists and of the forecast of each SKU's lines."""
    purchases = read_purchases(data)
    counts = _daily(purchases)
    end = counts.shape[0]
    covered: dict[str, list[float]] = {f"best sellers, {days} d": [] for days in (1, 7, 28)} | {"forecast": []}
    for day in range(end - DAYS, end):
        truth = counts[day]
        for days in (1, 7, 28):
            covered[f"best sellers, {days} d"].append(_coverage(counts[day - days : day].sum(axis=0), truth))
        covered["forecast"].append(_coverage(_forecast(counts, day), truth))
    return [{"list": name, "share of next-day lines": float(np.mean(shares))} for name, shares in covered.items()]


def _daily(purchases: Purchases) -> np.ndarray:
    days = int(purchases.day.max()) + 1
    counts = np.zeros((days, len(purchases.sku_price)))
    np.add.at(counts, (purchases.day, purchases.sku), 1.0)
    return counts


def _coverage(score: np.ndarray, truth: np.ndarray) -> float:
    best = np.argsort(-score, kind="stable")[:SIZE]
    return float(truth[best].sum() / max(truth.sum(), 1))


def _forecast(counts: np.ndarray, day: int) -> np.ndarray:
    """Expected lines of each SKU: ridge regression of the last 21 days' lines on decayed counts as of the days before."""
    days = range(day - 21, day)
    inputs = np.concatenate([_features(counts, each) for each in days])
    target = np.concatenate([counts[each] for each in days])
    known = inputs[:, -1] > 0
    design, lines = inputs[known], target[known]
    # Lines are counts: rows are weighted by the inverse of their expected size.
    weight = 1.0 / (design[:, 4] + 0.05)
    normal = design.T @ (design * weight[:, None]) + 1.0 * np.eye(design.shape[1])
    return np.asarray(_features(counts, day) @ np.linalg.solve(normal, design.T @ (lines * weight)))


def _features(counts: np.ndarray, day: int) -> np.ndarray:
    ages = np.arange(1, day + 1)
    decayed = []
    for half_life in HALF_LIVES:
        weight = 0.5 ** ((ages - 1) / half_life)
        decayed.append((weight / weight.sum()) @ counts[day - ages])
    same_weekday = counts[[day - WEEKDAY * back for back in (1, 2, 3, 4)]].mean(axis=0)
    return np.stack([*decayed[:4], *decayed[4:], same_weekday, counts[max(0, day - 60) : day].mean(axis=0)], axis=1)
