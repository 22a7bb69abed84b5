"""Reads real purchase sets into one shape: agents, SKUs, days, categories and prices as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse as sp


@dataclass(frozen=True)
class Purchases:
    """One row per purchase: agent and SKU (0-based), day number; sku_category and sku_price by SKU."""

    agent: np.ndarray
    sku: np.ndarray
    day: np.ndarray
    sku_category: np.ndarray
    sku_price: np.ndarray
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


COMPLETE_JOURNEY = """
select household_id as agent, product_id as sku, date_diff('day', date '2017-01-01', transaction_ts) as day,
    sales_value_usd / greatest(quantity, 1) as price, p.product_category as category
from read_parquet($file) join read_parquet($products) as p using (product_id)
order by agent, day, sku
"""
ONLINE_RETAIL = """
select customer_id as agent, stock_code as sku, date_diff('day', date '2010-12-01', invoice_ts) as day,
    unit_price_gbp as price, substr(stock_code, 1, 3) as category
from read_parquet($file)
where customer_id is not null
    and not is_cancellation and not is_non_product_code and quantity > 0 and unit_price_gbp > 0
order by agent, day, sku
"""


def read_purchases(data: Path) -> Purchases:
    """Purchases of a Complete Journey file (its products file beside it) or an Online Retail file."""
    columns = pq.read_schema(data).names
    sql, files = ONLINE_RETAIL, {"file": str(data)}
    if "household_id" in columns:
        sql, files["products"] = COMPLETE_JOURNEY, str(data.parent / "complete_journey_products.parquet")
    with duckdb.connect() as database:
        rows = database.sql(sql, params=files).to_arrow_table()
    agent, agents = _coded(rows["agent"])
    sku, skus = _coded(rows["sku"])
    category, _ = _coded(rows["category"])
    price = np.asarray(rows["price"].cast(pa.float64()).to_numpy())
    count = np.maximum(np.bincount(sku, minlength=skus), 1)
    of_sku = np.zeros(skus, np.int64)
    of_sku[sku] = category
    mean_price = np.bincount(sku, weights=price, minlength=skus) / count
    return Purchases(agent, sku, rows["day"].to_numpy().astype(np.int64), of_sku, mean_price, agents)


def _coded(column: pa.ChunkedArray) -> tuple[np.ndarray, int]:
    values, codes = np.unique(column.to_pandas().fillna("").to_numpy(), return_inverse=True)
    return codes.astype(np.int64), len(values)
