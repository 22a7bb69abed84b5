"""Runs calls that were taken down again on a cluster, and says where the answers differ."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pyarrow as pa
from pyspark.errors import PySparkException

from tests.parity.capture import Call
from tests.parity.compare import difference
from tools.spark_server import spark_server
from xuanpin.pipelines.engine.cluster.dialect import order_of, view_name
from xuanpin.pipelines.engine.cluster.session import close_session, open_session
from xuanpin.pipelines.engine.cluster.spark_sql import SparkSql
from xuanpin.pipelines.engine.failures import EngineError

SERVER = "XUANPIN_PARITY"
"""The variable that names a Spark Connect server: sc://…, else `spark` or `sail`, the default, for one of ours."""


@dataclass
class Cluster:
    """A session in which calls are repeated; `shown` are the rows that its views hold, by the name of the table."""

    sql: SparkSql
    shown: dict[str, pa.Table] = field(default_factory=dict)

    def difference(self, call: Call) -> str | None:
        """Repeat a call; say how its answer, or what went wrong, differs from DuckDB's, or None where it does not."""
        for table, rows in call.inputs.items():
            # Most tables are the same in many calls.
            if table not in self.shown or not self.shown[table].equals(rows):
                self.sql.send(rows).createOrReplaceTempView(view_name(table))
                self.shown[table] = rows
        try:
            found = self.sql.frame(call.file.text, call.parameters).toArrow()
        except (EngineError, PySparkException, pa.ArrowException) as error:
            return f"{type(error).__name__}: {str(error)[:400]}"
        return difference(call.result, found, is_ordered=order_of(call.file.text))


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Yield a session of the server that SERVER names."""
    with ExitStack() as opened:
        session = open_session(opened.enter_context(_address(os.environ.get(SERVER, "sail"))))
        opened.callback(close_session, session)
        yield Cluster(SparkSql(session))


@contextmanager
def _address(named: str) -> Iterator[str]:
    if named.startswith("sc://"):
        yield named
        return
    with spark_server("spark" if named == "spark" else "sail") as server:
        yield server.address
