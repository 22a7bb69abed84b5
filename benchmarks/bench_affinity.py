"""Affinity on real purchases: rankings of a 200-SKU list, group-buy launches, and next-day lists.

python -m benchmarks.bench_affinity retail   --data FILE.parquet   (Complete Journey or Online Retail columns)
python -m benchmarks.bench_affinity launches --data FILE.parquet   (BeiBei columns)
python -m benchmarks.bench_affinity nextday  --data FILE.parquet
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from rich.console import Console
from rich.table import Table

from benchmarks.affinity_baselines import als, ease, item_cosine
from benchmarks.affinity_launches import launches
from benchmarks.affinity_nextday import nextday
from benchmarks.affinity_night import night_scores
from benchmarks.affinity_sets import Purchases, read_purchases

CUT = 20


def main() -> None:
    """Run the chosen measurement and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["retail", "launches", "nextday"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    lines = {"retail": retail, "launches": launches, "nextday": nextday}[arguments.what](arguments.data, arguments.seed)
    table = Table(*lines[0], title=f"{arguments.what}: {arguments.data.name}, seed {arguments.seed}")
    for line in lines:
        table.add_row(*(f"{value:.4f}" if isinstance(value, float) else str(value) for value in line.values()))
    Console().print(table)


def retail(data: Path, seed: int, listed: int = 200, days: int = 28) -> list[dict[str, str | float]]:
    """NDCG@20 and recall@20 on the best sellers before the last window, for agents who bought one of them in it."""
    purchases = read_purchases(data)
    end = int(purchases.day.max()) + 1
    start = end - days
    recent = (purchases.day >= start - days) & (purchases.day < start)
    bought = np.bincount(purchases.sku[recent], minlength=len(purchases.sku_price))
    sku_list = np.sort(np.argsort(-bought, kind="stable")[:listed])
    truth = _bought(purchases, sku_list, start, end)
    past = purchases.before(start)
    known = np.bincount(past.agent, minlength=past.agents) > 0
    judged = truth.any(axis=1) & known
    return [
        {
            "model": name,
            "NDCG@20": ndcg(score[judged], truth[judged], CUT),
            "recall@20": recall(score[judged], truth[judged]),
            "seconds": seconds,
        }
        for name, (score, seconds) in _entrants(purchases, sku_list, start).items()
    ]


def _entrants(purchases: Purchases, sku_list: np.ndarray, start: int) -> dict[str, tuple[np.ndarray, float]]:
    past = purchases.before(start)
    own = past.matrix(start, 1e9)
    total = np.bincount(past.sku, minlength=len(past.sku_price))
    top = np.union1d(np.argsort(-total, kind="stable")[:1500], sku_list)
    place = np.searchsorted(top, sku_list)
    binary = sp.csr_array(own[:, top] > 0).astype(np.float64)
    popular = np.broadcast_to(total[sku_list] / total.sum() * 1e-3, (past.agents, len(sku_list)))
    timed: dict[str, Callable[[], np.ndarray | None]] = {
        "popularity": lambda: popular,
        "own frequency": lambda: own[:, sku_list].toarray() + popular,
        "item kNN": lambda: (binary @ item_cosine(binary)[:, place]).toarray(),
        "EASE": lambda: binary @ ease(binary, 200.0)[:, place],
        "implicit ALS": lambda: als(binary, place),
        "the night": lambda: night_scores(purchases, sku_list, start),
    }
    entrants: dict[str, tuple[np.ndarray, float]] = {}
    for name, score in timed.items():
        begun = time.perf_counter()
        values = score()
        if values is not None:
            entrants[name] = (np.asarray(values), time.perf_counter() - begun)
    return entrants


def _bought(purchases: Purchases, sku_list: np.ndarray, first: int, end: int) -> np.ndarray:
    inside = (purchases.day >= first) & (purchases.day < end)
    cells = (purchases.agent[inside], purchases.sku[inside])
    shape = (purchases.agents, len(purchases.sku_price))
    return sp.csr_array((np.ones(int(inside.sum())), cells), shape=shape)[:, sku_list].toarray() > 0


def ndcg(score: np.ndarray, bought: np.ndarray, cut: int) -> float:
    """Mean over agents of the discounted gain of the first `cut` SKUs over the best possible; ties go by column."""
    if not len(score):
        return 0.0
    order = np.argsort(-score, axis=1, kind="stable")[:, :cut]
    discount = 1.0 / np.log2(np.arange(2, order.shape[1] + 2))
    gain = (np.take_along_axis(bought, order, axis=1) * discount).sum(axis=1)
    best = np.cumsum(discount)[np.minimum(bought.sum(axis=1), order.shape[1]) - 1]
    return float((gain / best).mean())


def recall(score: np.ndarray, truth: np.ndarray) -> float:
    """Mean share of what an agent bought that is among her first 20, at most 20 counted."""
    order = np.argsort(-score, axis=1, kind="stable")[:, :CUT]
    found = np.take_along_axis(truth, order, axis=1).sum(axis=1)
    return float((found / np.minimum(truth.sum(axis=1), CUT)).mean())


if __name__ == "__main__":
    main()
