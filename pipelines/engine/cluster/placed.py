"""Puts an open warehouse on a cluster, or sees to it that it needs none."""

from __future__ import annotations

from pathlib import Path

from xuanpin.pipelines.engine.protocol import Engine
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.typed.phrase import phrase


def on_cluster(driver: Engine, warehouse: Path, *, address: str, lake: str, driver_rows: int) -> Engine:
    """Return the engine that works on the open warehouse `driver`, the file at `warehouse`, and on a cluster.

    `address` is that of a Spark Connect server, `lake` the folder in which it keeps large tables; a table that it makes
    comes to the driver where it has up to `driver_rows` rows. Rows of large tables that stand in the warehouse move
    into the lake. Raises UsageError where there is no such server, EngineError where it cannot work.
    """
    # Most platforms have no cluster and do not load what one needs.
    from xuanpin.pipelines.engine.cluster.session import close_session, open_session

    # The first to load pyspark keeps it quiet.
    session = open_session(address)
    try:
        from xuanpin.pipelines.engine.cluster.engine import PlacedEngine
        from xuanpin.pipelines.engine.cluster.lake import Lake

        journal = warehouse.with_name(f"{warehouse.name}.lake")
        return PlacedEngine(driver, session, Lake(session, lake, journal), driver_rows)
    except BaseException:
        # pyspark asks the first session that is open, not the one that is meant, to read types.
        close_session(session)
        raise


def refuse_lake(driver: Engine, warehouse: Path) -> None:
    """Raise UsageError where tables of the open warehouse `driver` stand in a lake, which DuckDB alone cannot read."""
    if driver.read("ops.lake", most=1).num_rows:
        raise UsageError(
            phrase(
                "the large tables of {warehouse} are in a lake: run this with the settings of its cluster, "
                '[engine] kind = "spark" and its address and lake',
                warehouse=warehouse,
            )
        )
