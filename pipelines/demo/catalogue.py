"""Holds the SKUs of the demo platform: exported attributes and hidden true values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xuanpin.models.arrays import Array

STYLES = ("简约", "法式", "国风", "甜美", "通勤", "复古", "运动", "学院", "原木", "轻奢")
SERIES = (
    "宝妈必备",
    "早餐搭档",
    "换季上新",
    "囤货好物",
    "送礼",
    "亲子",
    "办公室",
    "露营",
    "养生",
    "宿舍",
    "健身",
    "应季",
)
TASTE_FACTORS = 8
NEVER = np.datetime64("2199-01-01", "D")
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Category:
    """Describe one leaf category.

    `path`: levels with slashes; `domain`: of the phrases customers use; `price` (CNY) and `spread` (of its logarithm);
    `fault`, `changed_mind` and `returned`: rates per delivered line; `delay`: median days from delivery to return;
    `is_cold_chain` and `is_styled`: kind of its SKUs; `nouns`, `attributes` and `specs`: parts of titles.
    """

    path: str
    domain: str
    price: float
    spread: float
    fault: float
    changed_mind: float
    returned: float
    delay: float
    is_cold_chain: bool
    is_styled: bool
    nouns: tuple[str, ...]
    attributes: tuple[str, ...]
    specs: tuple[str, ...]


@dataclass
class Suppliers:
    """Hold the suppliers, one entry each.

    `is_bad`: sells more faulty SKUs; `brands`: names; `batch_from`, `batch_until` and `batch_fault`: days and fault
    probability of a bad batch.
    """

    is_bad: Array
    brands: list[list[str]]
    batch_from: Array
    batch_until: Array
    batch_fault: Array


@dataclass
class PlatformCatalogue:
    """Hold the SKUs, one entry a SKU in every array.

    `categories` and `suppliers` are described once, `category` and `supplier` are positions in them. Shown in the
    exports: `spu`, `brand`, `attribute`, `noun`, `title`, `price` (cents), `style`, `series`, `season_start`,
    `season_end`, `is_clearance`, `launched_on`, `withdrawn_on`, `paused_from`, `paused_until`, `repriced_on`,
    `commission` (share) and `restock_level` (units). Hidden truth: `attraction`, `taste`, `fault`, `happy`, and
    `bad_from` and `bad_fault` of a bad batch.
    """

    categories: list[Category]
    suppliers: Suppliers
    category: Array
    supplier: Array
    spu: Array
    brand: list[str]
    attribute: list[str]
    noun: list[str]
    title: list[str]
    price: Array
    style: Array
    series: Array
    season_start: Array
    season_end: Array
    is_clearance: Array
    launched_on: Array
    withdrawn_on: Array
    paused_from: Array
    paused_until: Array
    repriced_on: Array
    commission: Array
    attraction: Array
    taste: Array
    fault: Array
    happy: Array
    bad_from: Array
    bad_fault: Array
    restock_level: Array

    def __len__(self) -> int:
        return len(self.title)

    def field(self, name: str) -> Array:
        """Return the figure `name` of its category for each SKU."""
        return np.array([getattr(c, name) for c in self.categories])[self.category]

    def price_cents(self, day: np.datetime64) -> Array:
        """Return list prices in cents on a day: some SKUs are repriced by a tenth once."""
        changed = np.where(self.repriced_on <= day, self.price * 9 // 10, self.price)
        return changed // 10 * 10

    def status(self, day: np.datetime64) -> Array:
        """Return the status code of each SKU at the end of a day: 0 active, 1 paused, 2 withdrawn."""
        paused = (self.paused_from <= day) & (day < self.paused_until)
        return np.where(self.withdrawn_on <= day, 2, np.where(paused, 1, 0))

    def is_sellable(self, day: np.datetime64) -> Array:
        """Say which SKUs may be posted on a day: active, launched and in season."""
        in_season = (self.season_start <= day) & (day <= self.season_end)
        return np.asarray((self.status(day) == 0) & (self.launched_on <= day) & in_season)

    def sku_fault(self, sku: Array, day: Array) -> Array:
        """Return the true probability that a unit shipped on `day` has a fault of the SKU itself."""
        return np.where(day >= self.bad_from[sku], self.bad_fault[sku], self.fault[sku])

    def supplier_fault(self, sku: Array, day: Array) -> Array:
        """Return the true probability of a fault of `sku` on `day` from its supplier's bad batch, zero outside it."""
        supplier, batch = self.supplier[sku], self.suppliers
        inside = (batch.batch_from[supplier] <= day) & (day < batch.batch_until[supplier])
        return np.where(inside, batch.batch_fault[supplier], 0.0)
