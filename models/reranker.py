"""Ranks goods for agents from purchases alone: a logistic regression on documented features of past windows.

For platforms without posts. Features of an agent-SKU pair as of a day: decayed own purchases of the SKU (three
half-lives and nearly undecayed) and of its category, days since the last one, share of the agent's purchases, EASE,
item-neighbour and low-rank scores, popularity long and short, price distance to what she buys, and how active she is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from models.likeness import ease, item_cosine, low_rank

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Window: TypeAlias = tuple[Floats, NDArray[np.bool_]]

HALF_LIVES = (14.0, 45.0, 180.0, 3650.0)
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
OWN = FEATURES.index("own_3650")
OWN_WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0)
CUT = 20
EASE, POPULAR = FEATURES.index("ease"), FEATURES.index("popularity_14")


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
    return np.asarray(np.minimum(day - last, NEVER))


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
    return np.asarray(np.abs(logs[listed][None, :] - centre[:, None]))


@dataclass(frozen=True)
class Reranker:
    """A fitted ranking: standardised log-odds that the agent buys the SKU, plus `own` times her own frequency."""

    model: Pipeline
    own: float

    def score(self, features: Floats) -> Floats:
        """Scores of agents × SKUs; only their order within an agent has a meaning."""
        flat = features.reshape(-1, features.shape[2])
        odds = self.model.decision_function(_expanded(flat))
        return np.asarray(_standard(odds) + self.own * _standard(flat[:, OWN])).reshape(features.shape[:2])


def fit_reranker(windows: list[Window]) -> Reranker:
    """Fit on past windows, newest first: (features as of the window's first day, whether the pair bought within it).

    The newest window, foretold from the others, decides how much own frequency counts beside the regression.
    """
    trial = _fit(windows[1:] or windows)
    features, bought = windows[0]
    judged = bought.any(axis=1)
    back_test = {own: ndcg(Reranker(trial, own).score(features[judged]), bought[judged], CUT) for own in OWN_WEIGHTS}
    return Reranker(_fit(windows), max(back_test, key=lambda own: back_test[own]))


def _fit(windows: list[Window]) -> Pipeline:
    flat = np.concatenate([features.reshape(-1, features.shape[2]) for features, _ in windows])
    bought = np.concatenate([label.ravel() for _, label in windows])
    return make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=300)).fit(_expanded(flat), bought)


def _standard(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-12))


def ndcg(score: Floats, bought: NDArray[np.bool_], cut: int) -> float:
    """Mean over agents of the discounted gain of the first `cut` SKUs over the best possible; ties go by column."""
    if not len(score):
        return 0.0
    order = np.argsort(-score, axis=1, kind="stable")[:, :cut]
    discount = 1.0 / np.log2(np.arange(2, order.shape[1] + 2))
    gain = (np.take_along_axis(bought, order, axis=1) * discount).sum(axis=1)
    best = np.cumsum(discount)[np.minimum(bought.sum(axis=1), order.shape[1]) - 1]
    return float((gain / best).mean())


def _expanded(flat: Floats) -> Floats:
    """Features, their squares, and the products of own history with likeness and popularity."""
    own, like = flat[:, 2:3], flat[:, EASE : EASE + 1]
    popular = flat[:, POPULAR : POPULAR + 2]
    return np.hstack([flat, flat[:, :POPULAR] ** 2, own * like, own * popular, like * popular])
