"""What an agent's groups are drawn to: features of goods and personas, tastes, visits and like-minded agents.

The expected units of SKU s for agent a beside a posted set S are  visits_a · v_as / (1 + sum over S of v),  with
v_as = exp(appeal_s + closeness_as) / outside. New agents have closeness from their persona alone, new SKUs appeal from
their attributes alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from xuanpin.models.affinity.choice_fit import fit_agents, fit_factors, fit_tastes
from xuanpin.models.affinity.conditional_logit import PostedSets, TasteFeatures, Tastes, closeness_of, log_likelihood
from xuanpin.models.affinity.factorization import Latent, no_latent
from xuanpin.models.affinity.repeat_purchase import NO_HABIT, Habit, Orders, fit_habit, with_habit
from xuanpin.models.affinity.visits import Showing, Traffic, fit_traffic, per_slot
from xuanpin.models.arrays import Flags, Floats, Ints

FARTHEST_PRICE = 3.0
"""Spreads from the centre beyond which a price counts no farther: squares of freak prices would outweigh all else."""
GATE_SHARE = 0.2
"""Share of the last occasions that decides which model is the champion."""


@dataclass(frozen=True)
class TagLists:
    """One list of words per row, as codes into distinct words; row i holds codes[starts[i] : starts[i + 1]]."""

    words: Sequence[str]
    codes: Ints
    starts: Ints

    def __len__(self) -> int:
        return len(self.starts) - 1

    def used(self) -> set[str]:
        """Words that some row has."""
        return {self.words[code] for code in np.unique(self.codes)}


def tag_lists(rows: Sequence[Sequence[str]]) -> TagLists:
    """Code plain lists of words."""
    words = sorted({word for row in rows for word in row})
    place = {word: code for code, word in enumerate(words)}
    codes = np.array([place[word] for row in rows for word in row], dtype=np.int64)
    return TagLists(words, codes, np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64))


@dataclass(frozen=True)
class Goods:
    """Attributes of SKUs, one entry each: category path `a/b`, list price, style and series tags."""

    category: Sequence[str]
    price: Floats
    style: TagLists
    series: TagLists


@dataclass(frozen=True)
class Personas:
    """Requirements of agents, one entry each; prices NaN where not set."""

    price_min: Floats
    price_max: Floats
    style: TagLists
    series: TagLists
    wanted: TagLists


@dataclass(frozen=True)
class PriceScale:
    """Centre and spread of log prices, so that later goods are measured like those of the fit."""

    centre: float
    spread: float

    def __call__(self, price: Floats) -> Floats:
        level = (np.log(np.maximum(price, 0.01)) - self.centre) / self.spread
        return np.asarray(np.clip(level, -FARTHEST_PRICE, FARTHEST_PRICE))


@dataclass(frozen=True)
class Affinity:
    """A fitted model: tastes on features, like-minded residual, visits and the pull of buying nothing.

    usual_load: 1 + attraction of each agent's usual set, relative to buying nothing; habit: strength
    of repeat buying (see habit.Habit; its scales are in the tastes).
    """

    tastes: Tastes
    latent: Latent
    traffic: Traffic
    usual_load: Floats
    champion: str
    habit: float


def price_scale(price: Floats) -> PriceScale:
    """Measure log prices of the goods to fit on; prices stay as they are where there are no goods."""
    if not len(price):
        return PriceScale(0.0, 1.0)
    logs = np.log(np.maximum(price, 0.01))
    return PriceScale(float(logs.mean()), max(float(logs.std()), 0.1))


def category_levels(paths: Sequence[str]) -> TagLists:
    """Every level of each category path: `a/b` has `a` and `a/b`."""
    levels = []
    for path in paths:
        parts = path.split("/")
        levels.append(["/".join(parts[: depth + 1]) for depth in range(len(parts))])
    return tag_lists(levels)


def taste_features(goods: Goods, personas: Personas, scale: PriceScale, vocabulary: Vocabulary) -> TasteFeatures:
    """Features of goods and personas over one vocabulary of attributes (see choice.TasteFeatures)."""
    level = scale(goods.price)
    price = sp.csr_array(np.stack([level, level**2], axis=1))
    category = multi_hot(category_levels(goods.category), vocabulary.category)
    style, series = multi_hot(goods.style, vocabulary.style), multi_hot(goods.series, vocabulary.series)
    sku = sp.csr_array(sp.hstack([category, style, series, price], format="csr"))
    widths = [category.shape[1], style.shape[1], series.shape[1], 1, 1]
    right = [price, _unit(style), _unit(series), category]
    left = [
        _price_wish(personas, scale),
        _unit(multi_hot(personas.style, vocabulary.style)),
        _unit(multi_hot(personas.series, vocabulary.series)),
        multi_hot(personas.wanted, vocabulary.category),
    ]
    return TasteFeatures(
        sku=sku,
        sku_family=np.repeat(np.arange(5), widths),
        left=sp.csr_array(sp.hstack(left, format="csr")),
        right=sp.csr_array(sp.hstack(right, format="csr")),
        pair_family=np.repeat(np.arange(4), [part.shape[1] for part in right]),
    )


@dataclass(frozen=True)
class Vocabulary:
    """The attributes that features know, sorted: category levels, style tags, series tags."""

    category: tuple[str, ...]
    style: tuple[str, ...]
    series: tuple[str, ...]

    @property
    def attributes(self) -> list[str]:
        """Name of each SKU attribute, in feature order."""
        named = [("category", self.category), ("style", self.style), ("series", self.series)]
        return [f"{kind}:{word}" for kind, words in named for word in words] + ["price:level", "price:square"]


def vocabulary_of(goods: Goods) -> Vocabulary:
    """Every attribute that some SKU has."""
    paths = category_levels(goods.category).used()
    style, series = goods.style.used(), goods.series.used()
    return Vocabulary(tuple(sorted(paths)), tuple(sorted(style)), tuple(sorted(series)))


def multi_hot(lists: TagLists, words: Sequence[str]) -> sp.csr_array:
    """Rows × words, 1 where the row's list has the word; other words are left out."""
    place = {word: column for column, word in enumerate(words)}
    column_of = np.array([place.get(word, -1) for word in lists.words], dtype=np.int64)
    columns = column_of[lists.codes] if len(column_of) else np.zeros(0, np.int64)
    known = columns >= 0
    starts = np.concatenate([[0], np.cumsum(known)])[lists.starts]
    flags = sp.csr_array((np.ones(int(known.sum())), columns[known], starts), shape=(len(lists), len(words)))
    flags.sum_duplicates()
    flags.data[:] = 1.0
    return flags


def _unit(flags: sp.csr_array) -> sp.csr_array:
    """Rows of length 1, so that a product is the cosine of two sets of tags."""
    count = np.diff(flags.indptr)
    return sp.csr_array((flags.data / np.sqrt(np.repeat(count, count)), flags.indices, flags.indptr), shape=flags.shape)


def _price_wish(personas: Personas, scale: PriceScale) -> sp.csr_array:
    """Closeness to the middle of her band: -(z - c)² without its constant part; nothing where no band is set."""
    low, high = scale(personas.price_min), scale(personas.price_max)
    centre = np.where(np.isnan(low), high, np.where(np.isnan(high), low, (low + high) / 2))
    known = ~np.isnan(centre)
    return sp.csr_array(np.stack([np.where(known, 2 * np.nan_to_num(centre), 0.0), -known.astype(float)], axis=1))


def fit_affinity(
    posted: PostedSets, showing: Showing, features: TasteFeatures, orders: Orders, *, most: int, batch: float
) -> Affinity:
    """Fit all parts; showing: one entry per occasion of `posted`; batch: units that are bought together, at least 1.

    Shared effects are learnt from at most `most` agents, each agent's own effects from her posts. The champion among
    popularity, choice, and choice with like-minded agents is the one that, with habit, best foretells the last days.
    """
    # Units that come in batches are no independent witnesses.
    purchases = replace(posted, units=posted.units / batch)
    agent = posted.agent[posted.starts]
    teaching = _teachers(posted, most)
    teachers = purchases.only(teaching)
    champion, habit, first = _champion(teachers, showing.day[teaching[posted.starts]], features, orders)
    tastes, latent = _fit_champion(champion, first, teachers, features)
    if champion != "popularity" and not teaching.all():
        tastes, latent = fit_agents(purchases, features, tastes, latent)
    tastes = tastes.scaled(habit.appeal, habit.closeness)
    latent = Latent(habit.closeness * latent.agent, latent.sku)
    drawn = utility(tastes, latent, features, posted.agent, posted.sku)
    if habit.strength:
        own = orders.own(showing.last + 1, features.left.shape[0], features.sku.shape[0])
        drawn = with_habit(drawn, habit.strength, np.asarray(own[posted.agent, posted.sku]).ravel())
    row_attraction = np.exp(np.clip(drawn, -30, 30))
    attraction = posted.totals(np.where(_shown(posted, showing, row_attraction), row_attraction, 0.0))
    good = per_slot(attraction, showing.slots[agent], showing)
    traffic = fit_traffic(showing, agent, posted.totals(posted.units), attraction, good)
    unseen = np.where(showing.since <= showing.last, good * showing.slots, np.nan) / traffic.outside
    usual_load = _usual_load(agent, attraction / traffic.outside, unseen)
    return Affinity(tastes, latent, traffic, usual_load, champion, habit.strength)


def _teachers(posted: PostedSets, most: int) -> Flags:
    """Rows of the agents that shared effects are learnt from, spread evenly over all."""
    agents = np.unique(posted.agent)
    if len(agents) <= most:
        return np.ones(len(posted.agent), bool)
    return np.isin(posted.agent, agents[np.linspace(0, len(agents) - 1, most).astype(np.int64)])


def _shown(posted: PostedSets, showing: Showing, attraction: Floats) -> Flags:
    """Rows that were shown: all where posts tell; else as many as the agent shows, those that draw most."""
    order = np.lexsort((posted.sku, -attraction, posted.occasion))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    nth = place - posted.starts[posted.occasion]
    return np.asarray(showing.seen[posted.occasion] | (nth < showing.slots[posted.agent]))


def _usual_load(agent: Ints, carried: Floats, unseen: Floats) -> Floats:
    """1 + attraction of each agent's usual set relative to buying nothing; unseen: of sets nobody recorded, else NaN.

    The median set stands for one more day of each agent.
    """
    average = float(np.median(carried)) if len(carried) else 0.0
    days = np.bincount(agent, minlength=len(unseen))
    seen = (np.bincount(agent, weights=carried, minlength=len(unseen)) + average) / (days + 1)
    return np.asarray(1.0 + np.where(np.isnan(unseen), seen, unseen))


def utility(tastes: Tastes, latent: Latent, features: TasteFeatures, agent: Ints, sku: Ints) -> Floats:
    """Log attraction of agent-SKU rows."""
    return tastes.appeal(features)[sku] + closeness(tastes, latent, features, agent, sku)


def closeness(tastes: Tastes, latent: Latent, features: TasteFeatures, agent: Ints, sku: Ints) -> Floats:
    """The part of log attraction that is this agent's own, for agent-SKU rows."""
    shared = np.einsum("ij,ij->i", latent.agent[agent], latent.sku[sku])
    return np.asarray(closeness_of(tastes, features, agent, sku) + shared)


def _candidates(posted: PostedSets, features: TasteFeatures) -> dict[str, tuple[Tastes, Latent]]:
    """Three models of one likelihood, each going on from the one before."""
    tastes, alike = fit_tastes(posted, features), no_latent(features.left.shape[0], features.sku.shape[0])
    return {
        "popularity": (replace(tastes, agent=sp.csr_array(tastes.agent.shape)), alike),
        "choice": (tastes, alike),
        "choice_latent": fit_factors(posted, features, tastes),
    }


def _champion(
    posted: PostedSets, day: Ints, features: TasteFeatures, orders: Orders
) -> tuple[str, Habit, tuple[Tastes, Latent] | None]:
    """The model that best foretells the last days' choices after a fit on the days before.

    Returns its name, its habit and what was fitted; nothing fitted where there are no days to compare on.
    """
    days = np.unique(day)
    last = days[-max(1, round(len(days) * GATE_SHARE)) :]
    later = np.isin(day, last)[posted.occasion]
    train, test = posted.only(~later), posted.only(later)
    if len(days) < 2 or train.units.sum() == 0 or test.units.sum() == 0:
        return "popularity", NO_HABIT, None
    known = orders.own(int(last[0]), features.left.shape[0], features.sku.shape[0])
    own = np.asarray(known[test.agent, test.sku]).ravel()
    fits, scores = _candidates(train, features), dict[str, tuple[float, Habit]]()
    for name, fit in fits.items():
        appeal = fit[0].appeal(features)[test.sku]
        close = closeness(*fit, features, test.agent, test.sku)
        fitted = fit_habit(test, appeal, close, own)
        drawn = fitted.appeal * appeal + fitted.closeness * close
        scores[name] = log_likelihood(test, with_habit(drawn, fitted.strength, own)), fitted
    champion = max(scores, key=lambda name: scores[name][0])
    return champion, scores[champion][1], fits[champion]


def _fit_champion(
    champion: str, first: tuple[Tastes, Latent] | None, posted: PostedSets, features: TasteFeatures
) -> tuple[Tastes, Latent]:
    """The champion fitted to all days, going on from its fit to the days before the last."""
    tastes, alike = first or (None, no_latent(features.left.shape[0], features.sku.shape[0]))
    if champion == "choice_latent" and tastes is not None:
        return fit_factors(posted, features, tastes, alike)
    tastes = fit_tastes(posted, features, tastes)
    if champion == "popularity":
        tastes = replace(tastes, agent=sp.csr_array(tastes.agent.shape))
    return tastes, alike
