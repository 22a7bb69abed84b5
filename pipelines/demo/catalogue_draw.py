"""Draws the SKUs of the demo platform and their true values."""

from __future__ import annotations

import csv
from datetime import date
from importlib.resources import files

import numpy as np

from xuanpin.models.arrays import Array
from xuanpin.pipelines.demo.catalogue import (
    DAY,
    NEVER,
    SERIES,
    STYLES,
    TASTE_FACTORS,
    Category,
    PlatformCatalogue,
    Suppliers,
)
from xuanpin.pipelines.demo.scale import LAST_HISTORY_DAY, Scale

BRAND_HEADS = "禾木云栖青麦小满知秋南橘山屿半夏澄若谷初棠晚素"
BRAND_TAILS = "里坊舍记作集屋家野物"
BAD_SUPPLIER_SHARE, BAD_SKU_SHARE = 0.18, 0.16


def load_categories(count: int) -> list[Category]:
    """The first `count` leaf categories of categories.csv."""
    text = files("xuanpin.pipelines.demo").joinpath("categories.csv").read_text(encoding="utf-8")
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


def draw_catalogue(rng: np.random.Generator, scale: Scale) -> PlatformCatalogue:
    """Draw the SKUs and their truth; `rng` is used up in a fixed order."""
    n = scale.skus
    categories = load_categories(int(np.clip(n // 12, 3, 26)))
    suppliers = _draw_suppliers(rng, max(6, n // 12), scale)
    weight = 1.0 / (np.arange(len(categories)) + 6.0)
    category = rng.choice(len(categories), n, p=weight / weight.sum())
    supplier = rng.integers(0, len(suppliers.is_bad), n)
    is_clearance = rng.random(n) < 0.07
    dice = rng.integers(0, 1 << 30, (n, 5)).tolist()
    names = [_name(d, categories[c], suppliers.brands[s]) for d, c, s in zip(dice, category, supplier, strict=True)]
    brand, attribute, noun, title = (list(part) for part in zip(*names, strict=True))
    base = np.array([c.price for c in categories])[category]
    spread = np.array([c.spread for c in categories])[category]
    yuan = np.exp(np.log(base) + spread * rng.normal(size=n)) * np.where(is_clearance, 0.6, 1.0)
    is_bad = _draw_bad(rng, suppliers.is_bad[supplier], is_clearance)
    mean = np.array([c.fault for c in categories])[category]
    fault = np.where(
        is_bad, rng.uniform(0.20, 0.50, n), np.minimum(0.85 * mean * np.exp(0.45 * rng.normal(size=n)), 0.2)
    )
    catalogue = PlatformCatalogue(
        categories=categories, suppliers=suppliers, category=category, supplier=supplier, spu=np.arange(n),
        brand=brand, attribute=attribute, noun=noun, title=title,
        price=np.maximum(500, np.round(yuan).astype(np.int64) * 100 - 10),
        style=rng.integers(0, len(STYLES), (n, 2)), series=rng.integers(0, len(SERIES), (n, 2)),
        is_clearance=is_clearance, commission=np.round(rng.uniform(0.05, 0.25, n) + 0.1 * is_bad * rng.random(n), 4),
        attraction=0.85 * rng.normal(size=n) + 0.10 * is_bad, taste=rng.normal(size=(n, TASTE_FACTORS)),
        fault=fault, bad_from=np.full(n, NEVER), bad_fault=rng.uniform(0.5, 0.65, n),
        happy=1.5 - 4.0 * fault + 0.45 * rng.normal(size=n),
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
    is_bad = rng.permutation(count) < max(1, round(BAD_SUPPLIER_SHARE * count))
    return Suppliers(is_bad, brands, batch_from, batch_until, np.full(count, 0.30))


def _name(dice: list[int], category: Category, brands: list[str]) -> tuple[str, str, str, str]:
    """Brand, attribute, noun and title of a SKU from five dice."""
    attributes = category.attributes
    first = dice[0] % len(attributes)
    second = (first + 1 + dice[1] % (len(attributes) - 1)) % len(attributes)
    brand, attribute = brands[dice[2] % len(brands)], attributes[first]
    noun, spec = category.nouns[dice[3] % len(category.nouns)], category.specs[dice[4] % len(category.specs)]
    return brand, attribute, noun, f"{brand} {attributes[second]}{attribute}{noun} {spec}"


def _draw_bad(rng: np.random.Generator, supplier_bad: Array, is_clearance: Array) -> Array:
    """Which SKUs are bad: mostly those of bad suppliers and end-of-line SKUs; their number is fixed."""
    chance = np.where(supplier_bad, 0.50, 0.07) + 0.15 * is_clearance
    key = np.log(chance / (1.0 - chance)) + rng.logistic(size=len(chance))
    worst = np.argsort(-key, kind="stable")[: round(BAD_SKU_SHARE * len(chance))]
    is_bad = np.zeros(len(chance), dtype=bool)
    is_bad[worst] = True
    return is_bad


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


def _copy_near_duplicates(rng: np.random.Generator, catalogue: PlatformCatalogue) -> None:
    """Turn every twelfth SKU into another size or colour of an earlier one: same SPU, nearly the same title."""
    for sku in range(12, len(catalogue), 12):
        original = int(rng.integers(0, sku))
        for field in ("category", "supplier", "spu", "style", "series", "fault", "happy", "attraction", "taste"):
            getattr(catalogue, field)[sku] = getattr(catalogue, field)[original]
        catalogue.price[sku] = catalogue.price[original]
        catalogue.brand[sku], catalogue.attribute[sku], catalogue.noun[sku] = (
            catalogue.brand[original],
            catalogue.attribute[original],
            catalogue.noun[original],
        )
        specs = catalogue.categories[catalogue.category[sku]].specs
        catalogue.title[sku] = (
            catalogue.title[original].rsplit(" ", 1)[0] + " " + specs[rng.integers(len(specs))] + "【新包装】"
        )


def _plant_bad_batches(rng: np.random.Generator, catalogue: PlatformCatalogue, scale: Scale) -> None:
    """Let a few attractive, good SKUs turn bad on a day in the second half of the history or soon after."""
    good = np.flatnonzero((catalogue.fault < 0.12) & (catalogue.launched_on < np.datetime64(scale.first_day, "D")))
    best = good[np.argsort(-catalogue.attraction[good], kind="stable")][: max(6, len(catalogue) // 12)]
    hit = rng.choice(best, min(len(best), max(1, len(catalogue) // 60)), replace=False)
    opens = np.datetime64(scale.first_day, "D")
    catalogue.bad_from[hit] = opens + rng.integers(scale.days // 2, scale.days + 14, len(hit)) * DAY
