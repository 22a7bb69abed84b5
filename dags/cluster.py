"""Names the cluster of a night by a connection of Airflow, which keeps its token as it keeps other secrets."""

from __future__ import annotations

import os
from dataclasses import replace

from airflow.sdk import Connection

from xuanpin.pipelines.context import RunRequest
from xuanpin.pipelines.engine.cluster import TOKEN, cluster_address


def at_connection(request: RunRequest) -> RunRequest:
    """Return the request with the address of its cluster where settings name one by [engine] connection.

    Its password is the cluster's token: it goes into this process's environment, from which a session takes it, and
    into no setting. Raises AirflowNotFoundException where Airflow has no such connection.
    """
    chosen = request.settings.engine
    if chosen.kind == "duckdb" or chosen.connection is None:
        return request
    known = Connection.get(chosen.connection)
    os.environ.pop(TOKEN, None)
    if known.password:
        os.environ[TOKEN] = known.password
    is_encrypted = bool(known.extra_dejson.get("use_ssl"))
    address = cluster_address(known.host or "localhost", known.port, is_encrypted=is_encrypted)
    engine = chosen.model_copy(update={"address": address})
    return replace(request, settings=request.settings.model_copy(update={"engine": engine}))
