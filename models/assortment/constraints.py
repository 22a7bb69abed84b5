"""The rules of a list as linear constraints: size, promise, mix, caps, reserved places, duplicates and change from
yesterday.

Caps given as shares widen to a group's own share of the candidates, so that a full list always exists: the widened
shares add up to at least one whatever the catalogue looks like.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from xuanpin.models.arrays import Flags, Floats, Ints, Strings
from xuanpin.models.assortment.categories import in_category, top_category
from xuanpin.models.assortment.list_risk import CountVariance, Listed, count_variance
from xuanpin.models.assortment.problem import Constraints, Tier
from xuanpin.models.assortment.promise import PROMISE, PromiseRule

Members = Mapping[str, Ints]
"""Positions of the candidates of each group, by the group's name in order."""


@dataclass(frozen=True)
class ListCandidates:
    """What the constraints look at, one entry a candidate (n each).

    `category` is a path (`a/b`), `supplier` an id; `spu` and `title_key` name groups of near-duplicates, empty where a
    SKU has none; `list_price` is in yuan, `landmine_probability` 0-1, `risk` what it consists of. `is_new` marks SKUs
    with few orders behind them, `is_clearance` and `is_cold_chain` what the catalogue says, `was_listed` the last list,
    `is_pinned` what somebody decided.
    """

    category: Strings
    supplier: Strings
    spu: Strings
    title_key: Strings
    list_price: Floats
    landmine_probability: Floats
    risk: Listed
    is_new: Flags
    is_clearance: Flags
    is_cold_chain: Flags
    was_listed: Flags
    is_pinned: Flags

    @property
    def size(self) -> int:
        """Number of candidates (n)."""
        return len(self.category)

    @cached_property
    def top_members(self) -> Members:
        """Return the candidates of each top category."""
        return _members(np.array([top_category(path) for path in self.category], dtype=object))

    @cached_property
    def supplier_members(self) -> Members:
        """Return the candidates of each supplier."""
        return _members(self.supplier)

    @cached_property
    def duplicates(self) -> Constraints:
        """Return the constraints on near-duplicates, which no setting changes."""
        rows = [*_near_duplicates("spu", self.spu), *_near_duplicates("title", self.title_key)]
        return stack_constraints(rows, self.size)

    @cached_property
    def variance(self) -> CountVariance:
        """Return the variance of the number of landmines among them."""
        return count_variance(self.risk, self.landmine_probability)


@dataclass(frozen=True)
class Limits:
    """The bounds of the constraints: counts of SKUs, or shares (0-1) of the list size; None leaves a constraint out.

    `landmine_promise` is the share of landmines that holds with `promise_confidence` (0-1), `list_floor` the fewest
    SKUs. `category_max_share` holds for top categories; `category_min` and `category_max` are counts by category
    path. `supplier_max_share` holds for each supplier, `cold_chain_max` for SKUs that need cooling. Candidates fall
    by price into `price_bands` equally large bands, each with at least `price_band_min_share`. `explore_share` and
    `clearance_share` are places reserved for new SKUs and for clearance; at most `max_change_share` may not have
    been on the last list.
    """

    list_size: int
    landmine_promise: float
    promise_confidence: float = 0.95
    list_floor: int = 0
    category_max_share: float = 1.0
    category_min: Mapping[str, int] = field(default_factory=dict)
    category_max: Mapping[str, int] = field(default_factory=dict)
    supplier_max_share: float = 1.0
    price_bands: int = 1
    price_band_min_share: float = 0.0
    cold_chain_max: int | None = None
    explore_share: float = 0.0
    clearance_share: float = 0.0
    max_change_share: float = 1.0


@dataclass(frozen=True)
class Constraint:
    """One constraint before assembly: its name and tier, and which candidates it counts (`columns`), how much of each.

    `sense` is +1 for at most, −1 for at least `bound`, which is in the unit of the coefficients (SKUs in most).
    """

    name: str
    tier: Tier
    sense: int
    bound: float
    columns: Ints
    coefficients: Floats


def list_constraints(candidates: ListCandidates, limits: Limits, rule: PromiseRule) -> Constraints:
    """Return all constraints of a list over the candidates, hard ones first; a cap that cannot bind is left out.

    `rule` says what the promise takes of each candidate.
    """
    hard, suppliers = _hard(candidates, limits, rule), candidates.supplier_members
    caps = _group_caps("supplier", suppliers, limits.supplier_max_share, limits.list_size, candidates.size)
    before = [*hard, *_categories(candidates, limits), *caps]
    after = [*_price_bands(candidates, limits), *_places(candidates, limits), *_change(candidates, limits)]
    parts = [stack_constraints(before, candidates.size), candidates.duplicates]
    joint = rule.joint([row.name for row in hard].index(PROMISE), candidates.variance, limits.list_size)
    return replace(_one_below_the_other([*parts, stack_constraints(after, candidates.size)]), joint=joint)


def stack_constraints(rows: Iterable[Constraint], size: int) -> Constraints:
    """Stack constraints (`rows`) over `size` candidates into one sparse matrix."""
    rows = list(rows)
    counts = [len(row.columns) for row in rows]
    return Constraints(
        names=tuple(row.name for row in rows),
        tiers=np.array([row.tier for row in rows], dtype=np.int64),
        senses=np.array([row.sense for row in rows], dtype=np.int64),
        bounds=np.array([row.bound for row in rows], dtype=np.float64),
        matrix=sparse.csr_array(
            (
                np.concatenate([np.zeros(0), *(row.coefficients for row in rows)]),
                np.concatenate([np.zeros(0, dtype=np.int64), *(row.columns for row in rows)]),
                np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64),
            ),
            shape=(len(rows), size),
        ),
    )


def _one_below_the_other(parts: Sequence[Constraints]) -> Constraints:
    return Constraints(
        names=tuple(name for part in parts for name in part.names),
        tiers=np.concatenate([part.tiers for part in parts]),
        senses=np.concatenate([part.senses for part in parts]),
        bounds=np.concatenate([part.bounds for part in parts]),
        matrix=sparse.csr_array(sparse.vstack([part.matrix for part in parts], format="csr")),
    )


def at_most(name: str, members: Flags, bound: float, tier: Tier = Tier.RULE) -> Constraint:
    """Return the constraint `name` that lists at most `bound` of the members (n flags)."""
    columns = np.flatnonzero(members)
    return Constraint(name, tier, 1, float(bound), columns, np.ones(len(columns)))


def at_least(name: str, members: Flags, bound: float, tier: Tier = Tier.RULE) -> Constraint:
    """Return the constraint `name` that lists at least `bound` of the members (n flags)."""
    columns = np.flatnonzero(members)
    return Constraint(name, tier, -1, float(bound), columns, np.ones(len(columns)))


def widened_cap(share: float, members: int, candidates: int, list_size: int) -> int:
    """Return the cap in SKUs of a group of so many `members`: its share of `list_size`, or its share of the
    candidates where that is more."""
    return math.ceil(round(list_size * max(share, members / max(candidates, 1)), 9))


def _hard(candidates: ListCandidates, limits: Limits, rule: PromiseRule) -> list[Constraint]:
    everyone = np.arange(candidates.size)
    taken = rule.coefficients(candidates.landmine_probability, candidates.variance)
    rows = [
        Constraint("list_size", Tier.HARD, 1, float(limits.list_size), everyone, np.ones(candidates.size)),
        Constraint(PROMISE, Tier.HARD, 1, rule.bound, everyone, taken),
    ]
    if limits.list_floor:
        rows.append(at_least("list_floor", everyone >= 0, limits.list_floor, Tier.FLOOR))
    return rows


def _categories(candidates: ListCandidates, limits: Limits) -> list[Constraint]:
    tops = candidates.top_members
    rows = _group_caps("category", tops, limits.category_max_share, limits.list_size, candidates.size)
    for path, most in sorted(limits.category_max.items()):
        rows.append(at_most(f"category_max:{path}", in_category(candidates.category, path), most))
    for path, least in sorted(limits.category_min.items()):
        rows.append(at_least(f"category_min:{path}", in_category(candidates.category, path), least))
    return rows


def _members(groups: Strings) -> Members:
    """The positions of the members of each group, by name in order."""
    found: dict[str, list[int]] = {}
    for position, name in enumerate(groups.tolist()):
        found.setdefault(name, []).append(position)
    return {name: np.array(found[name], dtype=np.int64) for name in sorted(found)}


def _group_caps(kind: str, groups: Members, share: float, list_size: int, candidates: int) -> list[Constraint]:
    rows = []
    for name, members in groups.items():
        cap = widened_cap(share, len(members), candidates, list_size)
        if cap < min(len(members), list_size):
            rows.append(Constraint(f"{kind}:{name}", Tier.RULE, 1, float(cap), members, np.ones(len(members))))
    return rows


def _near_duplicates(kind: str, groups: Strings) -> list[Constraint]:
    """One SKU of each group: customers take near-duplicates for the same SKU."""
    return [
        Constraint(f"{kind}:{name}", Tier.RULE, 1, 1.0, members, np.ones(len(members)))
        for name, members in _members(groups).items()
        if name and len(members) > 1
    ]


def _price_bands(candidates: ListCandidates, limits: Limits) -> list[Constraint]:
    """At least a share of the list from each band of equally many candidates, cheapest band first."""
    least = math.floor(limits.price_band_min_share * limits.list_size)
    if limits.price_bands < 2 or least < 1 or candidates.size == 0:
        return []
    cuts = np.quantile(candidates.list_price, np.arange(1, limits.price_bands) / limits.price_bands)
    band = np.searchsorted(cuts, candidates.list_price, side="left")
    return [
        at_least(f"price_band:{number + 1}", band == number, least, Tier.WISH)
        for number in range(limits.price_bands)
        if np.any(band == number)
    ]


def _places(candidates: ListCandidates, limits: Limits) -> list[Constraint]:
    """Reserved places: new SKUs get theirs and no more, unless proven SKUs are too few to fill the list."""
    reserved = math.floor(limits.explore_share * limits.list_size)
    most = max(reserved, limits.list_size - _room_for_proven(candidates, limits))
    rows = [at_most("explore_max", candidates.is_new, most)]
    if reserved:
        rows.append(at_least("explore_min", candidates.is_new, reserved, Tier.WISH))
    clearance = math.floor(limits.clearance_share * limits.list_size)
    if clearance:
        rows.append(at_least("clearance_min", candidates.is_clearance, clearance, Tier.WISH))
    if limits.cold_chain_max is not None:
        rows.append(at_most("cold_chain_max", candidates.is_cold_chain, limits.cold_chain_max))
    return rows


def _room_for_proven(candidates: ListCandidates, limits: Limits) -> int:
    """How many places proven SKUs could take at most under the caps of their categories and of their suppliers."""
    families = (
        (candidates.top_members, limits.category_max_share),
        (candidates.supplier_members, limits.supplier_max_share),
    )
    return min(_fillable(groups, ~candidates.is_new, share, limits.list_size) for groups, share in families)


def _fillable(groups: Members, wanted: Flags, share: float, list_size: int) -> int:
    return sum(
        min(int(np.count_nonzero(wanted[members])), widened_cap(share, len(members), len(wanted), list_size))
        for members in groups.values()
    )


def _change(candidates: ListCandidates, limits: Limits) -> list[Constraint]:
    """Keep what may still be listed from the last list, all but the share that may change.

    A soft constraint: SKUs that became unsafe or sold out have left, and their replacements must not break a cap.
    """
    stays = min(int(np.count_nonzero(candidates.was_listed)), limits.list_size)
    kept = stays - math.floor(limits.max_change_share * limits.list_size)
    return [at_least("change_max", candidates.was_listed, kept, Tier.WISH)] if kept > 0 else []
