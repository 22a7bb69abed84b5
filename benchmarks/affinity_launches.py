"""Group-buy launches (BeiBei): which of all items an initiator launches, from her other launches.

One launch of a fifth of the initiators with two or more is held out; the blend's weights are chosen on launches held
out of the rest.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import scipy.sparse as sp

from benchmarks.affinity_baselines import item_cosine

BLOCK = 512
ROWS = """
select initiator_id, item_id
from read_parquet($file) order by source_file, row_no
"""
WEIGHTS = [(neighbours, again) for neighbours in (0.0, 1.0, 3.0, 10.0, 30.0) for again in (-1.0, 0.0, 1.0, 3.0, 6.0)]


def launches(data: Path, seed: int) -> list[dict[str, str | float]]:
    """HR@10 over the full catalogue: popularity, item neighbours, and the blend of both with own launches."""
    with duckdb.connect() as database:
        rows = database.sql(ROWS, params={"file": str(data)}).to_arrow_table()
    people, person = np.unique(rows["initiator_id"].to_numpy(), return_inverse=True)
    items, item = np.unique(rows["item_id"].to_numpy(), return_inverse=True)
    rng = np.random.default_rng(seed)
    outer = _held_out(person, rng, np.ones(len(person), bool))
    inner = _held_out(person, rng, ~outer)
    chosen = _best_weights(person, item, ~outer & ~inner, inner, len(people), len(items))
    score = _Scores(person, item, ~outer, len(people), len(items))
    trials = {"popularity": (0.0, 0.0), "item kNN": None, "blend": chosen}
    return [
        {"model": name, "HR@10": score.hit_rate(person[outer], item[outer], weights)}
        for name, weights in trials.items()
    ]


def _held_out(person: np.ndarray, rng: np.random.Generator, open_rows: np.ndarray) -> np.ndarray:
    """One random open launch of a fifth of the people who have at least two."""
    order = rng.permutation(np.flatnonzero(open_rows))
    first = order[np.unique(person[order], return_index=True)[1]]
    several = np.bincount(person[open_rows], minlength=person.max() + 1)[person[first]] >= 2
    picked = first[several & (rng.random(len(first)) < 0.2)]
    held = np.zeros(len(person), dtype=bool)
    held[picked] = True
    return held


class _Scores:
    """Popularity, neighbours and own launches of the training rows."""

    def __init__(self, person: np.ndarray, item: np.ndarray, train: np.ndarray, people: int, items: int) -> None:
        shape = (people, items)
        self.own = sp.csr_array((np.ones(int(train.sum())), (person[train], item[train])), shape=shape)
        self.likeness = item_cosine(self.own, shrink=5.0, keep=200)
        self.popular = np.log1p(np.bincount(item[train], minlength=items))

    def hit_rate(self, person: np.ndarray, item: np.ndarray, weights: tuple[float, float] | None) -> float:
        hits = 0
        for first in range(0, len(person), BLOCK):
            rows = person[first : first + BLOCK]
            own = self.own[rows]
            near = (own @ self.likeness).toarray()
            score = near if weights is None else self.popular + weights[0] * near + weights[1] * (own.toarray() > 0)
            target = item[first : first + BLOCK]
            best = np.argpartition(-score, 10, axis=1)[:, :10]
            hits += int((best == target[:, None]).any(axis=1).sum())
        return hits / max(len(person), 1)


def _best_weights(
    person: np.ndarray, item: np.ndarray, train: np.ndarray, test: np.ndarray, people: int, items: int
) -> tuple[float, float]:
    score = _Scores(person, item, train, people, items)
    some = np.flatnonzero(test)[:4000]
    return max(WEIGHTS, key=lambda weights: score.hit_rate(person[some], item[some], weights))
