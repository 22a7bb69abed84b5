"""Ranks goods for agents from purchases alone: a logistic regression on documented features of past windows.

For platforms without posts. Features of an agent-SKU pair as of a day: decayed own purchases of the SKU (three half-lives)
and of its category, days since the last one, share of the agent's purchases, EASE, item-neighbour and low-rank scores,
popularity long and short, price distance to what she buys, and how active she is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from models.likeness import ease, item_cosine, low_rank

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HALF_LIVES = (14.0, 45.0, 180.0)
"""Days after which a purchase counts half."""
CATALOGUE = 1500
"""Best-selling SKUs, beside those of the list, from which likeness is learnt."""
NEVER = 400.0
"""Days since the last purchase where there was none."""
FEATURES = (
    *(f"own_{int(days)}" for days in HALF_LIVES),
    "category_45",
    "recency",
    "own_share",
    "ease",
    "neighbours",
    "low_rank",
    "popularity_14",
    "popularity_180",
    "price_gap",
    "activity",
)


@dataclass(frozen=True)
class Purchases:
    """One row per purchase: agent and SKU (0-based), day number; sku_category and sku_price by SKU."""

    agent: Ints
    sku: Ints
    day: Ints
    sku_category: Ints
    sku_price: Floats
    agents: int

    def before(self, day: int) -> Purchases:
        """What had happened before a day."""
        past = self.day < day
        return Purchases(
            self.agent[past], self.sku[past], self.day[past], self.sku_category, self.sku_price, self.agents
        )

    def matrix(self, day: int, half_life: float) -> sp.csr_array:
        """Agent × SKU purchases before a day, decayed."""
        weight = 0.5 ** ((day - self.day) / half_life)
        return sp.csr_array((weight, (self.agent, self.sku)), shape=(self.agents, len(self.sku_price)))


def pair_features(purchases: Purchases, listed: Ints, day: int) -> Floats:
    """Features of every agent with every listed SKU as known before `day`: agents × listed × FEATURES."""
    past = purchases.before(day)
    own = [past.matrix(day, half_life) for half_life in HALF_LIVES]
    category = sp.csr_array(
        (np.ones(len(past.sku_price)), (np.arange(len(past.sku_price)), past.sku_category)),
        shape=(len(past.sku_price), int(past.sku_category.max(initial=0)) + 1),
    )
    by_category = (own[1] @ category).toarray()[:, past.sku_category[listed]]
    dense = [matrix[:, listed].toarray() for matrix in own]
    total = np.asarray(own[2].sum(axis=1)).ravel()[:, None]
    popularity = [np.asarray(matrix.sum(axis=0)).ravel()[listed][None, :] for matrix in (own[0], own[2])]
    shape = dense[0].shape
    columns = [
        *(np.log1p(matrix) for matrix in dense),
        np.log1p(by_category),
        np.log1p(_days_since(past, listed, day)),
        dense[2] / np.maximum(total, 1e-9),
        *_likeness(past, own[2], listed),
        *(np.broadcast_to(np.log1p(each), shape) for each in popularity),
        _price_gap(past, own[2], listed),
        np.broadcast_to(np.log1p(total), shape),
    ]
    return np.stack(columns, axis=2)


def _days_since(past: Purchases, listed: Ints, day: int) -> Floats:
    column = np.full(len(past.sku_price), -1)
    column[listed] = np.arange(len(listed))
    of_list = column[past.sku] >= 0
    last = np.full((past.agents, len(listed)), -np.inf)
    np.maximum.at(last, (past.agent[of_list], column[past.sku[of_list]]), past.day[of_list].astype(np.float64))
    return np.minimum(day - last, NEVER)


def _likeness(past: Purchases, own: sp.csr_array, listed: Ints) -> list[Floats]:
    bought = np.bincount(past.sku, minlength=len(past.sku_price))
    known = np.union1d(np.argsort(-bought, kind="stable")[:CATALOGUE], listed)
    place = np.searchsorted(known, listed)
    binary = sp.csr_array(own[:, known] > 0).astype(np.float64)
    logged = sp.csr_array(own[:, known]).log1p()
    return [
        binary @ ease(binary, 200.0)[:, place],
        (binary @ item_cosine(binary)[:, place]).toarray(),
        low_rank(logged, 64)[:, place],
    ]


def _price_gap(past: Purchases, own: sp.csr_array, listed: Ints) -> Floats:
    logs = np.log(np.maximum(past.sku_price, 0.01))
    total = np.asarray(own.sum(axis=1)).ravel()
    centre = np.where(total > 0, (own @ logs) / np.maximum(total, 1e-9), logs.mean())
    return np.abs(logs[listed][None, :] - centre[:, None])


@dataclass(frozen=True)
class Reranker:
    """A fitted ranking; scores are log-odds that the agent buys the SKU in a window."""

    model: Pipeline

    def score(self, features: Floats) -> Floats:
        """Log-odds of agents × SKUs."""
        flat = features.reshape(-1, features.shape[2])
        return np.asarray(self.model.decision_function(_expanded(flat))).reshape(features.shape[:2])


def fit_reranker(windows: list[tuple[Floats, NDArray[np.bool_]]]) -> Reranker:
    """Fit on past windows: (features as of the window's first day, whether the pair bought within it)."""
    flat = np.concatenate([features.reshape(-1, features.shape[2]) for features, _ in windows])
    bought = np.concatenate([label.ravel() for _, label in windows])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=300))
    return Reranker(model.fit(_expanded(flat), bought))


def _expanded(flat: Floats) -> Floats:
    """Features, their squares, and the products of own history with likeness and popularity."""
    own, like = flat[:, 1:2], flat[:, 6:7]
    return np.hstack([flat, flat[:, :9] ** 2, own * like, own * flat[:, 9:11], like * flat[:, 9:11]])
