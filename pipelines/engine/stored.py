"""A step that stores what a SQL file selects and goes on with the same rows, so that it need not read them back."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from xuanpin.pipelines.engine.protocol import Engine


def select_and_store(engine: Engine, stem: str, **parameters: Any) -> pa.Table:
    """Run a SQL file, keep its rows as night.<stem> and return them in the order that the file gives.

    `parameters` are those that the file names. Raises LookupError for an unknown stem and TypeError where a
    parameter is missing.
    """
    rows = engine.select(stem, **parameters)
    engine.store(f"night.{stem}", rows)
    return rows
