"""A server that speaks Spark Connect in the process of the tests, and an engine on it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pysail.spark import SparkConnectServer

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.engine import Engine
from xuanpin.pipelines.engine.cluster import on_cluster
from xuanpin.pipelines.migration import open_home


@cache
def sail_address() -> str:
    """Start Sail on a free port, once a process, and return its address."""
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _RUNNING.append(server)
    host, port = server.listening_address
    return f"sc://{host}:{port}"


_RUNNING: list[SparkConnectServer] = []
"""Servers that live as long as the process."""


def open_on_sail(root: Path, driver_rows: int = 0) -> Engine:
    """Open a home in the folder `root` on Sail, its lake beside it."""
    home = Home(root / "home")
    engine = open_home(home, threads=1)
    lake = str(root / "lake")
    return on_cluster(engine, home.warehouse, address=sail_address(), lake=lake, driver_rows=driver_rows)
