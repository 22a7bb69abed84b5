"""Which sources a night is without, by its settings and by what has come."""

from __future__ import annotations

from xuanpin.pipelines.context import Night
from xuanpin.pipelines.missing.prices import prices
from xuanpin.pipelines.settings.running import SourcesSettings

END_OF_DAY = "23:59:59.999999"
"""The time by which a row that the date of its file stamped is known again; exports write whole seconds."""


def stood_in(settings: SourcesSettings, table: str) -> bool:
    """Whether order lines stand in for the source `table`."""
    return bool(getattr(settings.tables, table).stand_in == "orders")


def may_be_missing(settings: SourcesSettings, table: str) -> bool:
    """Whether the settings accept that the source `table` is missing."""
    return getattr(settings.tables, table).stand_in is not None


def holds_for_all_days(night: Night, table: str) -> bool:
    """Whether the one file of a source `table` of snapshots has come: it is no older on any day."""
    if not getattr(night.settings.sources.tables, table).snapshot:
        return False
    return bool(night.engine.select("drop_ledger", table_name=table).num_rows == 1)


def missing_sources(night: Night) -> list[str]:
    """Return the source tables that the night is without, in the order of their prices.

    A table is missing where orders stand in for it, or where no row of it is known by the as-of date. One that may be
    missing without a price, as overrides, is left out.
    """
    seen = night.engine.select("seen_arrivals", as_of_date=night.as_of_date).to_pylist()
    arrived = {row["table_name"] for row in seen if row["rows"]}
    return [name for name in prices() if _is_missing(night, name, arrived)]


def _is_missing(night: Night, name: str, arrived: set[str]) -> bool:
    if name not in type(night.settings.sources.tables).model_fields:
        return False
    return name not in arrived or stood_in(night.settings.sources, name)
