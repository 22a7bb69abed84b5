"""Runs statements of ours in a session of Spark Connect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.session import SparkSession
from pyspark.sql.functions import arrow_udf
from pyspark.sql.pandas.types import from_arrow_schema

from xuanpin.pipelines.engine.cluster.dialect import patterns_of, to_spark
from xuanpin.pipelines.engine.cluster.marks import Pattern


class SparkSql:
    """Our SQL in one `session`, whose views show the tables that statements read (see dialect.view_name)."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session
        self._known: set[Pattern] = set()

    def frame(self, sql: str, parameters: Mapping[str, Any]) -> DataFrame:
        """Return the rows of one SELECT (`sql`, of DuckDB) with the values of its `parameters`.

        Raises what dialect.to_spark raises.
        """
        for pattern in patterns_of(sql, parameters) - self._known:
            kind = "boolean" if pattern.replacement is None else "string"
            self._session.udf.register(pattern.function, arrow_udf(_function(pattern), kind))
            self._known.add(pattern)
        return self._session.sql(to_spark(sql, parameters))

    def send(self, rows: pa.Table) -> DataFrame:
        """Return rows of this machine, empty ones too, as the cluster has them; times of day become texts."""
        for place, column in enumerate(rows.schema):
            if pa.types.is_time(column.type):
                rows = rows.set_column(place, column.name, rows[column.name].cast(pa.time32("s")).cast(pa.string()))
        schema = from_arrow_schema(rows.schema, prefer_timestamp_ntz=True)
        return self._session.createDataFrame(rows, schema=schema)


def _function(pattern: Pattern) -> Callable[[pa.Array], pa.Array]:
    """Return the function of texts that a pattern is; it goes to workers whole, which need not have this program."""
    text, replacement = pattern.text, pattern.replacement

    def matches(texts: pa.Array) -> pa.Array:
        import pyarrow.compute as pc

        return pc.match_substring_regex(texts, text)

    def replaced(texts: pa.Array) -> pa.Array:
        import pyarrow.compute as pc

        return pc.replace_substring_regex(texts, text, replacement)

    return matches if replacement is None else replaced
