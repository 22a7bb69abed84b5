"""Stages what suppliers offer of end-of-line SKUs: the units of their lots that are left for the list date."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Ints
from xuanpin.models.assortment.offers import DailyOrders, Lots, units_left
from xuanpin.pipelines.context import Night


def stage_offers(night: Night) -> None:
    """Write night.int_sku_offers from the offers and orders known on the as-of date.

    Reads night.stg_supplier_offers, night.stg_products and, where a lot holds on the list date,
    history.order_line_timeline.
    """
    engine = night.engine
    lots = engine.select("int_offer_lots", list_date=night.list_date)
    left = _units_left(night, lots) if lots.num_rows else np.zeros(0, np.int64)
    engine.store("temp.int_offers_left", lots.append_column("units_left", pa.array(left, pa.int64())))
    engine.materialise("int_sku_offers", list_date=night.list_date)
    engine.drop("temp.int_offers_left")


def _units_left(night: Night, lots: pa.Table) -> Ints:
    orders = night.engine.select("int_offer_orders", as_of_date=night.as_of_date, list_date=night.list_date)
    names = pc.unique(lots["sku_id"])
    return units_left(
        Lots(
            sku=_places(lots["sku_id"], names),
            first_day=_days(lots["valid_from"]),
            last_day=_days(lots["valid_until"]),
            units=_whole(lots["offered_units"]),
        ),
        DailyOrders(
            sku=_places(orders["sku_id"], names),
            day=_days(orders["ordered_on"]),
            units=_whole(orders["ordered_units"]),
        ),
    )


def _places(names: pa.ChunkedArray, known: pa.Array) -> Ints:
    """Return the place of each name among the `known`; both are in one order, so places do not fall."""
    return _whole(pc.index_in(names, value_set=known))


def _days(dates: pa.ChunkedArray) -> Ints:
    """Return dates as days since 1970-01-01."""
    return _whole(dates.cast(pa.int32()))


def _whole(numbers: pa.ChunkedArray) -> Ints:
    return np.asarray(numbers.to_numpy(), dtype=np.int64)
