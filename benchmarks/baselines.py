"""The same night's staging and aggregates in pandas and in Spark, for comparison with the whole night.

Both read the same Parquet drops and do what the night's SQL does before anything is learnt: the newest version of each
order line and return, their join, outcomes by SKU and day, lines by agent and SKU, and messages by SKU and day. Each
runs in a process of its own; Spark is the server of `make spark-server` on two local threads.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from benchmarks.meter import peak_mib
from tools.spark_server import SPARK_ENVIRONMENT, spark_server
from xuanpin.pipelines.engine.cluster.session import open_session

SPARK_IS_HERE = SPARK_ENVIRONMENT.exists()


@dataclass(frozen=True)
class Baseline:
    """Wall seconds, seconds of CPU, peak memory, and the `lines` that were counted, which show that all were read."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    lines: int


def pandas_baseline(sources: Path) -> Baseline:
    """Measure the work in pandas."""
    return _apart(_in_pandas, sources)


def spark_baseline(sources: Path) -> Baseline:
    """Measure the work in Spark on two local threads; the start of its server is left out of the seconds."""
    with spark_server("spark") as server:
        return _apart(partial(_in_spark, server.address), sources, server.process)


def _apart(work: Callable[[Path], tuple[float, int]], sources: Path, server: int | None = None) -> Baseline:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (work, sources, server))


def _measure(work: Callable[[Path], tuple[float, int]], sources: Path, server: int | None) -> Baseline:
    seconds, lines = work(sources)
    begun = [psutil.Process(), *([] if server is None else [psutil.Process(server)])]
    family = [process for first in begun for process in (first, *first.children(recursive=True))]
    cpu = sum(sum(process.cpu_times()[:2]) for process in family)
    return Baseline(seconds, cpu, sum(peak_mib(process.pid) for process in family), lines)


def _in_pandas(sources: Path) -> tuple[float, int]:
    import pandas as pd

    def newest(table: str, key: str, columns: list[str]) -> pd.DataFrame:
        rows = pd.read_parquet(sources / table, columns=[key, "updated_at", *columns])
        return rows.sort_values("updated_at").drop_duplicates(key, keep="last")

    started = time.perf_counter()
    lines = newest("orders", "order_line_id", ["agent_id", "sku_id", "quantity", "ordered_at", "delivered_at"])
    returns = newest("returns", "return_id", ["order_line_id", "quantity"])
    returned = returns.groupby("order_line_id")["quantity"].sum().rename("returned")
    judged = lines.join(returned, on="order_line_id")
    judged["day"] = judged["ordered_at"].dt.floor("D")
    judged["is_returned"] = judged["returned"].notna()
    judged.groupby(["sku_id", "day"]).agg(sold=("quantity", "sum"), returns=("is_returned", "sum"))
    judged.groupby(["agent_id", "sku_id"]).agg(lines=("quantity", "size"), returns=("is_returned", "sum"))
    chat = pd.read_parquet(sources / "chat_messages", columns=["message_id", "sku_id", "sent_at"])
    chat.groupby(["sku_id", chat["sent_at"].dt.floor("D")]).size()
    return time.perf_counter() - started, len(judged)


def _in_spark(address: str, sources: Path) -> tuple[float, int]:
    spark = open_session(address)
    for table in ("orders", "returns", "chat_messages"):
        spark.read.parquet(str(sources / table)).createOrReplaceTempView(table)
    started = time.perf_counter()
    spark.sql(_JUDGED).cache().createOrReplaceTempView("judged")
    lines = spark.table("judged").count()
    for statement in _AGGREGATES:
        # `noop` computes every row and writes none.
        spark.sql(statement).write.format("noop").mode("overwrite").save()
    return time.perf_counter() - started, lines


_JUDGED = """
with newest_lines as (
    select * from (
        select *, row_number() over (partition by order_line_id order by updated_at desc) as place from orders
    ) where place = 1
), newest_returns as (
    select * from (
        select *, row_number() over (partition by return_id order by updated_at desc) as place from returns
    ) where place = 1
), returned as (
    select order_line_id, sum(quantity) as returned from newest_returns group by order_line_id
)
select l.agent_id, l.sku_id, l.quantity, cast(l.ordered_at as date) as day, r.returned is not null as is_returned
from newest_lines as l left join returned as r on l.order_line_id = r.order_line_id
"""
_AGGREGATES = (
    "select sku_id, day, sum(quantity), count_if(is_returned) from judged group by sku_id, day",
    "select agent_id, sku_id, count(*), count_if(is_returned) from judged group by agent_id, sku_id",
    "select sku_id, cast(sent_at as date), count(*) from chat_messages group by sku_id, cast(sent_at as date)",
)
