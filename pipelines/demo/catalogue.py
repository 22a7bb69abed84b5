"""The goods of the demo platform: what the exports say about them, and what is true about them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.demo.scale import LAST_HISTORY_DAY, Scale

Array = NDArray[Any]

STYLES = ("简约", "法式", "国风", "甜美", "通勤", "复古", "运动", "学院", "原木", "轻奢")
SERIES = (
    "宝妈必备", "早餐搭档", "换季上新", "囤货好物", "送礼", "亲子", "办公室", "露营", "养生", "宿舍", "健身", "应季",
)
BRAND_HEADS = "禾木云栖青麦小满知秋南橘山屿半夏澄若谷初棠晚素"
BRAND_TAILS = "里坊舍记作集屋家野物"
TASTE_FACTORS = 8
BAD_SUPPLIER_SHARE = 0.18
NEVER = np.datetime64("2199-01-01", "D")
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Category:
    """One leaf category: prices in CNY, rates per delivered line, `delay` the median days from delivery to return."""

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
    """Suppliers: a fault factor each, and for a few a bad batch between two days."""

    is_bad: Array
    brands: list[list[str]]
    batch_from: Array
    batch_until: Array
    batch_fault: Array


@dataclass
class Catalogue:
    """One entry a SKU in every array; `attraction`, `taste`, `fault`, `happy` and `bad_*` are truth that no export tells."""

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
        """The category's figure for each SKU."""
        return np.array([getattr(c, name) for c in self.categories])[self.category]

    def price_cents(self, day: np.datetime64) -> Array:
        """List price in cents on a day: some SKUs are repriced by a tenth once."""
        changed = np.where(self.repriced_on <= day, self.price * 9 // 10, self.price)
        return changed // 10 * 10

    def status(self, day: np.datetime64) -> Array:
        """Status code of each SKU at the end of a day: 0 active, 1 paused, 2 withdrawn."""
        paused = (self.paused_from <= day) & (day < self.paused_until)
        return np.where(self.withdrawn_on <= day, 2, np.where(paused, 1, 0))

    def is_sellable(self, day: np.datetime64) -> Array:
        """Which SKUs may be posted on a day: active, launched and in season."""
        in_season = (self.season_start <= day) & (day <= self.season_end)
        return (self.status(day) == 0) & (self.launched_on <= day) & in_season

    def sku_fault(self, sku: Array, day: Array) -> Array:
        """True probability that a unit shipped on `day` is at fault by the SKU itself, a batch that turned bad included."""
        return np.where(day >= self.bad_from[sku], self.bad_fault[sku], self.fault[sku])

    def supplier_fault(self, sku: Array, day: Array) -> Array:
        """True probability of a fault from the supplier's bad batch, zero outside its days."""
        supplier, batch = self.supplier[sku], self.suppliers
        inside = (batch.batch_from[supplier] <= day) & (day < batch.batch_until[supplier])
        return np.where(inside, batch.batch_fault[supplier], 0.0)


def load_categories(count: int) -> list[Category]:
    """The first `count` leaf categories of categories.csv."""
    text = files("pipelines.demo").joinpath("categories.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))[:count]
    return [
        Category(
            path=row["category"], domain=row["domain"], price=float(row["price"]), spread=float(row["spread"]),
            fault=float(row["fault"]), changed_mind=float(row["changed_mind"]), returned=float(row["returned"]),
            delay=float(row["delay"]), is_cold_chain=row["cold_chain"] == "1", is_styled=row["styled"] == "1",
            nouns=tuple(row["nouns"].split("|")), attributes=tuple(row["attributes"].split("|")),
            specs=tuple(row["specs"].split("|")),
        )
        for row in rows
    ]  # fmt: skip


def draw_catalogue(rng: np.random.Generator, scale: Scale) -> Catalogue:
    """Draw the goods and their truth; `rng` is used up in a fixed order."""
    n = scale.skus
    categories = load_categories(int(np.clip(n // 12, 3, 26)))
    suppliers = _draw_suppliers(rng, max(6, n // 12), scale)
    weight = 1.0 / (np.arange(len(categories)) + 6.0)
    category = rng.choice(len(categories), n, p=weight / weight.sum())
    supplier = rng.integers(0, len(suppliers.is_bad), n)
    is_clearance = rng.random(n) < 0.07
    names = [_draw_name(rng, categories[c], suppliers.brands[s]) for c, s in zip(category, supplier, strict=True)]
    brand, attribute, noun, title = (list(part) for part in zip(*names, strict=True))
    base = np.array([c.price for c in categories])[category]
    spread = np.array([c.spread for c in categories])[category]
    yuan = np.exp(np.log(base) + spread * rng.normal(size=n)) * np.where(is_clearance, 0.6, 1.0)
    is_bad = _draw_bad(rng, suppliers.is_bad[supplier], is_clearance)
    mean = np.array([c.fault for c in categories])[category]
    fault = np.where(is_bad, rng.uniform(0.22, 0.55, n), np.minimum(0.75 * mean * np.exp(0.45 * rng.normal(size=n)), 0.2))
    catalogue = Catalogue(
        categories=categories, suppliers=suppliers, category=category, supplier=supplier, spu=np.arange(n),
        brand=brand, attribute=attribute, noun=noun, title=title,
        price=np.maximum(500, np.round(yuan * 100 / 100).astype(np.int64) * 100 - 10),
        style=rng.integers(0, len(STYLES), (n, 2)), series=rng.integers(0, len(SERIES), (n, 2)),
        is_clearance=is_clearance, commission=np.round(rng.uniform(0.05, 0.25, n) + 0.1 * is_bad * rng.random(n), 4),
        attraction=0.75 * rng.normal(size=n) + 0.25 * is_bad, taste=rng.normal(size=(n, TASTE_FACTORS)),
        fault=fault, bad_from=np.full(n, NEVER), happy=1.5 - 4.0 * fault + 0.45 * rng.normal(size=n), bad_fault=rng.uniform(0.5, 0.65, n),
        restock_level=_draw_stock(rng, n, scale), **_draw_life(rng, n, scale),
    )  # fmt: skip
    _copy_near_duplicates(rng, catalogue)
    _plant_bad_batches(rng, catalogue, scale)
    return catalogue


def _draw_suppliers(rng: np.random.Generator, count: int, scale: Scale) -> Suppliers:
    heads, tails = rng.integers(0, len(BRAND_HEADS), (count, 2, 2)), rng.integers(0, len(BRAND_TAILS), (count, 2))
    brands = [
        [BRAND_HEADS[a] + BRAND_HEADS[b] + BRAND_TAILS[t] for (a, b), t in zip(pair, tail, strict=True)]
        for pair, tail in zip(heads, tails, strict=True)
    ]
    batch_from, batch_until = np.full(count, NEVER), np.full(count, NEVER)
    hit = rng.choice(count, max(1, count // 25), replace=False)
    batch_from[hit] = np.datetime64(scale.first_day, "D") + rng.integers(scale.days // 2, scale.days, len(hit)) * DAY
    batch_until[hit] = batch_from[hit] + 21 * DAY
    return Suppliers(rng.random(count) < BAD_SUPPLIER_SHARE, brands, batch_from, batch_until, np.full(count, 0.30))


def _draw_name(rng: np.random.Generator, category: Category, brands: list[str]) -> tuple[str, str, str, str]:
    brand = brands[rng.integers(len(brands))]
    first, second = rng.choice(len(category.attributes), 2, replace=False)
    attribute = category.attributes[first]
    noun = category.nouns[rng.integers(len(category.nouns))]
    spec = category.specs[rng.integers(len(category.specs))]
    return brand, attribute, noun, f"{brand} {category.attributes[second]}{attribute}{noun} {spec}"


def _draw_bad(rng: np.random.Generator, supplier_bad: Array, is_clearance: Array) -> Array:
    chance = np.where(supplier_bad, 0.50, 0.07) + 0.15 * is_clearance
    return rng.random(len(chance)) < chance


def _draw_stock(rng: np.random.Generator, n: int, scale: Scale) -> Array:
    weekly = 7.0 * scale.lines_per_day / n
    return np.maximum(6, np.round(8.0 * weekly * np.exp(0.8 * rng.normal(size=n)))).astype(np.int64)


def _draw_life(rng: np.random.Generator, n: int, scale: Scale) -> dict[str, Array]:
    first, days = np.datetime64(scale.first_day, "D"), scale.days
    launched = first + rng.integers(-200, 0, n) * DAY
    new = rng.random(n) < 0.35
    launched = np.where(new, first + rng.integers(1, days + 21, n) * DAY, launched)
    withdrawn = np.where(rng.random(n) < 0.05, launched + rng.integers(20, 400, n) * DAY, NEVER)
    paused_from = np.where(rng.random(n) < 0.05, first + rng.integers(0, days, n) * DAY, NEVER)
    season_start, season_end = _draw_seasons(rng, n)
    return {
        "launched_on": launched, "withdrawn_on": np.maximum(withdrawn, first + DAY), "paused_from": paused_from,
        "paused_until": np.where(paused_from < NEVER, paused_from + rng.integers(2, 12, n) * DAY, NEVER),
        "season_start": season_start, "season_end": season_end,
        "repriced_on": np.where(rng.random(n) < 0.15, first + rng.integers(1, days, n) * DAY, NEVER),
    }  # fmt: skip


def _draw_seasons(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    windows = [(date(2026, 9, 15), date(2027, 2, 28)), (date(2026, 5, 1), date(2026, 10, 15)),
               (date(2026, 10, 20), LAST_HISTORY_DAY), (date(2026, 12, 1), date(2027, 2, 10))]  # fmt: skip
    picked = np.where(rng.random(n) < 0.14, rng.choice(4, n, p=[0.6, 0.2, 0.1, 0.1]), -1)
    start, end = np.full(n, np.datetime64("1970-01-01", "D")), np.full(n, NEVER)
    for index, (opens, closes) in enumerate(windows):
        start[picked == index], end[picked == index] = np.datetime64(opens, "D"), np.datetime64(closes, "D")
    return start, end


def _copy_near_duplicates(rng: np.random.Generator, goods: Catalogue) -> None:
    """Turn every twelfth SKU into another size or colour of an earlier one: same SPU, nearly the same title."""
    for sku in range(12, len(goods), 12):
        twin = int(rng.integers(0, sku))
        for field in ("category", "supplier", "spu", "style", "series", "fault", "happy", "attraction", "taste"):
            getattr(goods, field)[sku] = getattr(goods, field)[twin]
        goods.price[sku] = goods.price[twin]
        goods.brand[sku], goods.attribute[sku], goods.noun[sku] = goods.brand[twin], goods.attribute[twin], goods.noun[twin]
        specs = goods.categories[goods.category[sku]].specs
        goods.title[sku] = goods.title[twin].rsplit(" ", 1)[0] + " " + specs[rng.integers(len(specs))] + "【新包装】"


def _plant_bad_batches(rng: np.random.Generator, goods: Catalogue, scale: Scale) -> None:
    """Let a few attractive, good SKUs turn bad on a day in the second half of the history or soon after."""
    good = np.flatnonzero((goods.fault < 0.12) & (goods.launched_on < np.datetime64(scale.first_day, "D")))
    best = good[np.argsort(-goods.attraction[good], kind="stable")][: max(6, len(goods) // 12)]
    hit = rng.choice(best, min(len(best), max(1, len(goods) // 60)), replace=False)
    opens = np.datetime64(scale.first_day, "D")
    goods.bad_from[hit] = opens + rng.integers(scale.days // 2, scale.days + 14, len(hit)) * DAY
