"""Opens a session on a cluster that speaks Spark Connect."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xuanpin.pipelines.engine.cluster.address import TOKEN, with_token
from xuanpin.pipelines.engine.failures import EngineError
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import phrase

if TYPE_CHECKING:  # most platforms have no cluster
    from pyspark.sql import SparkSession

SETTINGS = {
    # Times inside are naive Beijing wall-clock, as in DuckDB.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    # Decimals keep the digits after their point, as in DuckDB. Spark would give some up wherever the digits before it
    # might not all find room, as in a difference of two sums, so that last digits of what is learnt were others.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    # Above 32 folders, of which a table has one a day, Spark lists each in a task of its own, which costs it far more
    # than the listing.
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "8",
    # Rows that are sent would be computed on one after another, in one thread of the server, while it plans.
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.ConvertToLocalRelation",
    # Below the largest number Spark measures a batch for a Python function after every row: a third of what its tasks
    # did while drops were read. Batches have 10,000 rows at most.
    "spark.sql.execution.arrow.maxBytesPerBatch": str(2**31 - 1),
}
_QUOTED = re.compile("'[^']*'")
TRIES_AGAIN = 5
"""Times that a call is made again where the server does not answer: for 17 seconds. A server that begins anew knows no
session of before, so the client's own ten minutes would only be waited for."""


def open_session(address: str) -> SparkSession:
    """Open a session of its own on the Spark Connect server at `address`, such as sc://localhost:15002.

    Raises UsageError where the extra `spark` is not installed or the server does not answer.
    """
    try:
        with warnings.catch_warnings():
            # pyspark warns of every pandas it was not made for; only Arrow goes to and fro here.
            warnings.simplefilter("ignore", FutureWarning)
            from pyspark.sql.connect.client.retries import DefaultPolicy
            from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise UsageError(
            phrase('[engine] kind = "spark" needs the extra of that name: pip install "xuanpin[spark]"')
        ) from error
    _be_quiet()
    # The error that follows says it.
    warnings.filterwarnings("ignore", message=r"\[RETRIES_EXCEEDED\]")
    url = with_token(address, os.environ.get(TOKEN))
    try:
        with failures_of_spark():
            session = SparkSession.builder.remote(url).create()
        session.client.set_retry_policies([DefaultPolicy(max_retries=TRIES_AGAIN)])
        _prepare(session)
    except EngineError as error:
        # What the client says may hold the token.
        raise UsageError(
            phrase(
                "no Spark Connect server answers at {address} ({error_class}); start it, or correct [engine] address",
                address=address,
                error_class=error.kind,
            )
        ) from None
    return session


def _be_quiet() -> None:
    """Keep the client from logging a statement that failed, with the values that it holds."""
    from pyspark.logger import PySparkLogger

    for name in ("DataFrameQueryContextLogger", "SQLQueryContextLogger", "pyspark.sql.connect.logging"):
        PySparkLogger.getLogger(name).disabled = True


def _prepare(session: SparkSession) -> None:
    try:
        with failures_of_spark():
            for name, value in SETTINGS.items():
                session.conf.set(name, value)
    except EngineError:
        close_session(session)
        raise


def close_session(session: SparkSession) -> None:
    """End a session; one whose server is gone has ended, and nobody waits for it."""
    session.client.set_retry_policies([])
    session.stop()


@contextmanager
def failures_of_spark() -> Iterator[None]:
    """Raise what Spark or the way to it raises within the block as an EngineError."""
    import grpc
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, grpc.RpcError) as error:
        # What Spark says quotes values and whole statements.
        told = _QUOTED.sub("'…'", str(error).partition("\n")[0])
        raise EngineError(told, type(error).__name__) from None
