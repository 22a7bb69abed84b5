"""The engine on a cluster: large tables in a lake, their SQL and their Python on Spark, all else in the driver's
DuckDB."""

from xuanpin.pipelines.engine.cluster.address import TOKEN, cluster_address
from xuanpin.pipelines.engine.cluster.placed import on_cluster, refuse_lake

__all__ = ["TOKEN", "cluster_address", "on_cluster", "refuse_lake"]
