"""A session on a small cluster: Sail in this process, so that its workers import what the tests import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from tests.support.cluster import sail_address
from xuanpin.pipelines.engine.cluster.session import close_session, open_session
from xuanpin.pipelines.engine.cluster.types import struct_of


@contextmanager
def sail_session() -> Iterator[SparkSession]:
    """A session as the engine opens it, while the block runs."""
    session = open_session(sail_address())
    try:
        yield session
    finally:
        close_session(session)


def sent(session: SparkSession, rows: pa.Table) -> DataFrame:
    """The rows as a frame of the cluster, in their own types even where there is no row."""
    return session.createDataFrame(rows, struct_of(rows.schema))
