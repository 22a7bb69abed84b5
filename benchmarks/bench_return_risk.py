"""How well next month's returns are foreseen on Online Retail: six rolling months, our rates against simpler ones.

Run: python -m benchmarks.bench_return_risk   (needs the public data folder beside the checkout)

At each cut a method sees lines sold and returns asked for by then. It is judged on the lines of the following month, by
the returns within 28 days of the sale: the whole cut of the data has seen that horizon for every month scored. A SKU's
category is the last word of its description where 20 SKUs share it; there are no suppliers in the set.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from xuanpin.models.evaluation.reliability import brier, calibration_slope, log_loss, reliability, worst_precision
from xuanpin.models.risk.beta_binomial import HierarchicalRate, pooled_rates, price_bands

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
HORIZON = 28
CUTS = pd.to_datetime(["2011-02-01", "2011-03-01", "2011-04-01", "2011-05-01", "2011-06-01", "2011-07-01"])


@dataclass(frozen=True)
class Month:
    """Evidence of each SKU at a cut, and what became of its lines in the month after; arrays of shape (skus,)."""

    kinds: pd.DataFrame
    price: np.ndarray
    lines: np.ndarray
    exposure: np.ndarray
    returned: np.ndarray
    next_lines: np.ndarray
    next_returned: np.ndarray
    earlier: tuple[np.ndarray, ...]


def read_lines() -> pd.DataFrame:
    """One row a sale line: SKU number, day of sale, days to its return (NaN if none), price and category."""
    lines = pd.read_parquet(DATA / "online_retail_lines_dev.parquet")
    sale = lines[~lines["is_cancellation"] & ~lines["is_non_product_code"] & (lines["quantity"] > 0)]
    sale = sale[sale["unit_price_gbp"] > 0].sort_values("line_id")
    returns = pd.read_parquet(DATA / "online_retail_matched_returns_dev.parquet")
    first = returns.groupby("sale_line_id")["days_to_return"].min()
    title = sale.groupby("stock_code")["description"].agg(lambda text: text.dropna().min()).fillna("")
    word = title.str.extract(r"([A-Z]+)\W*$")[0].fillna("")
    category = word.where(word.map(word.value_counts()) >= 20, "OTHER")
    return pd.DataFrame(
        {
            "sku": pd.factorize(sale["stock_code"], sort=True)[0],
            "sold_at": sale["invoice_ts"].to_numpy(),
            "delay": np.floor(first.reindex(sale["line_id"]).to_numpy()),
            "price": sale["unit_price_gbp"].astype(float).to_numpy(),
            "category": category.reindex(sale["stock_code"]).to_numpy(),
        }
    )


def delay_curve(delay: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Share of the returns within HORIZON that has shown by each age, right-truncation corrected as in the SQL."""
    shown = np.ones(HORIZON + 1)
    for day in range(HORIZON, 0, -1):
        at_risk = np.sum((delay <= day) & (age >= day))
        shown[day - 1] = shown[day] * (1.0 - np.sum(delay == day) / max(at_risk, 1))
    return shown


def seen_at(lines: pd.DataFrame, cut: pd.Timestamp, skus: int) -> tuple[np.ndarray, ...]:
    """Lines, thinned exposure and visible returns of each SKU at a cut."""
    past = lines[lines["sold_at"] < cut]
    age = (cut - past["sold_at"]).dt.days.to_numpy()
    sku, delay = past["sku"].to_numpy(), past["delay"].to_numpy()
    is_seen = (delay <= HORIZON) & (delay <= age)
    curve = delay_curve(delay[is_seen], age[is_seen])
    exposure = np.bincount(sku, curve[np.minimum(age, HORIZON)], skus)
    return np.bincount(sku, minlength=skus).astype(float), exposure, np.bincount(sku, is_seen, skus)


def months(lines: pd.DataFrame) -> Iterator[Month]:
    """The six cuts, each with an earlier cut's evidence for methods that learn from labelled months."""
    skus = int(lines["sku"].max()) + 1
    category = lines.groupby("sku")["category"].first().to_numpy()
    for cut in CUTS:
        past = lines[lines["sold_at"] < cut]
        price = np.full(skus, past["price"].median())
        mean = past.groupby("sku")["price"].median()
        price[mean.index.to_numpy()] = mean.to_numpy()
        kinds = pd.DataFrame(
            {"department": "gift", "category": category, "supplier_id": "", "price_band": price_bands(price)}
        )
        future = lines[(lines["sold_at"] >= cut) & (lines["sold_at"] < cut + pd.DateOffset(months=1))]
        came = (future["delay"] <= HORIZON).to_numpy()
        before = cut - pd.Timedelta(days=2 * HORIZON)
        label = past[(past["sold_at"] >= before) & (past["sold_at"] < cut - pd.Timedelta(days=HORIZON))]
        earlier = (
            *seen_at(lines, before, skus),
            np.bincount(label["sku"], minlength=skus).astype(float),
            np.bincount(label["sku"], (label["delay"] <= HORIZON), skus),
        )
        lines_, exposure, returned = seen_at(lines, cut, skus)
        yield Month(
            kinds, price, lines_, exposure, returned,
            np.bincount(future["sku"], minlength=skus).astype(float), np.bincount(future["sku"], came, skus), earlier,
        )  # fmt: skip


def shrunk(month: Month, exposure: np.ndarray) -> np.ndarray:
    """Hierarchical empirical Bayes on the given exposure."""
    folds = np.arange(len(exposure)) % 5
    model = HierarchicalRate().fit(month.kinds, month.returned, exposure, folds)
    return model.posterior(month.returned, exposure).mean


def boosted(month: Month) -> np.ndarray:
    """Gradient boosting on a SKU's own counts, category and price, learnt on the last month whose returns are in."""
    codes = pd.factorize(month.kinds["category"], sort=True)[0].astype(float)

    def features(lines: np.ndarray, exposure: np.ndarray, returned: np.ndarray) -> np.ndarray:
        return np.column_stack([lines, returned, returned / np.maximum(exposure, 1.0), codes, month.price])

    lines, exposure, returned, label_lines, label_returned = month.earlier
    weight = np.concatenate([label_returned, label_lines - label_returned])
    design = np.vstack([features(lines, exposure, returned)] * 2)
    outcome = np.repeat([1, 0], len(lines))
    model = HistGradientBoostingClassifier(
        categorical_features=[3], max_iter=60, learning_rate=0.05, min_samples_leaf=50, random_state=0
    )
    used = weight > 0
    model.fit(design[used], outcome[used], sample_weight=weight[used])
    return np.asarray(model.predict_proba(features(month.lines, month.exposure, month.returned))[:, 1])


def overall(month: Month) -> np.ndarray:
    """One rate for all."""
    return np.full(len(month.lines), month.returned.sum() / month.lines.sum())


def raw(month: Month) -> np.ndarray:
    """A SKU's own rate, kept away from 0 and 1 by one line at the overall rate."""
    return np.asarray((month.returned + overall(month)) / (month.lines + 1.0))


def category_mean(month: Month) -> np.ndarray:
    """The rate of the category."""
    groups = pd.factorize(month.kinds["category"], sort=True)[0]
    return pooled_rates(groups, np.zeros_like(groups), month.returned, month.exposure, 1.0)


METHODS: dict[str, Callable[[Month], np.ndarray]] = {
    "overall rate": overall,
    "raw rate": raw,
    "category mean": category_mean,
    "shrunk, no maturity": lambda month: shrunk(month, month.lines),
    "ours": lambda month: shrunk(month, month.exposure),
    "gradient boosting": boosted,
}


def main() -> None:
    """Print one row a method, means over the six months."""
    held = list(months(read_lines()))
    print(f"{'method':22s} log-loss   Brier   slope     ECE  worst-50  seconds")
    for name, method in METHODS.items():
        rows = []
        for month in held:
            started = time.process_time()
            predicted = method(month)
            seconds = time.process_time() - started
            sold = month.next_lines > 0
            guess, events, trials = predicted[sold], month.next_returned[sold], month.next_lines[sold]
            slope = calibration_slope(guess, events, trials) if len(np.unique(guess)) > 1 else np.nan
            is_bad = events / trials > 2.0 * events.sum() / trials.sum()
            enough = trials >= 10
            rows.append(
                [
                    log_loss(guess, events, trials),
                    brier(guess, events, trials),
                    slope,
                    reliability(guess, events, trials).expected_error,
                    worst_precision(guess[enough], is_bad[enough], 50),
                    seconds,
                ]
            )
        loss, square, slope, error, worst, seconds = np.mean(rows, axis=0)
        print(f"{name:22s} {loss:.5f}  {square:.5f}  {slope:6.3f}  {error:.4f}  {worst:8.3f}  {seconds:7.2f}")


if __name__ == "__main__":
    main()
