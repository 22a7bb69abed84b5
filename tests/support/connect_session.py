"""A session on a small cluster: Sail in this process, so that its workers import what the tests import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from pysail.spark import SparkConnectServer
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema


@contextmanager
def sail_session() -> Iterator[SparkSession]:
    """A session with the settings that the engine has, while the block runs."""
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    session = SparkSession.builder.remote("sc://{}:{}".format(*server.listening_address)).create()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.timestampType", "TIMESTAMP_NTZ")
    try:
        yield session
    finally:
        session.stop()
        server.stop()


def sent(session: SparkSession, rows: pa.Table) -> DataFrame:
    """The rows as a frame of the cluster, in their own types even where there is no row."""
    return session.createDataFrame(rows, from_arrow_schema(rows.schema))
