"""Weigh each delivered line as a witness of its SKU: one buyer is one witness, and new buyers in a burst are none."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.arrays import Flags
from xuanpin.models.risk.witnesses import COUNTS, WitnessCounts
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.scoring.drift import ALARMS

PERIOD_DAYS = 28
"""Days of deliveries whose buyers are compared; periods are the calendar's, so that findings stay as they are."""
NEW_DAYS = 7
"""Days from the first to the last order below which a buyer is new: who opens accounts would have to wait so long."""
LEAST_PAID = 0.1
"""Share of the list price, 0-1, below which a line is no purchase: a trial price or a fake."""
FADING = 0.5
"""Weight of a buyer's line of a SKU relative to her next one; all of them together are one witness."""
BURSTS = pa.schema([("sku_id", pa.string()), ("period", pa.int32())])
LONE_AGENTS = pa.schema(
    [("sku_id", pa.string()), ("period", pa.int32()), ("agent_id", pa.string()), ("agent_weight", pa.float64())]
)
EPOCH = date(1970, 1, 1)


def weigh_witnesses(night: Night) -> StepCount:
    """Find new buyers, their bursts and agents that stand alone, and weigh the lines; returns cells and lines weighed.

    Reads history.order_line_timeline, night.stg_products, int_complaints and int_sku_outcomes. Writes
    night.int_new_buyers, int_first_time_bursts, int_lone_agents, int_witness_lines (lines that are less than one
    witness), int_witnessed_outcomes and int_witness_alarms.
    """
    dates: dict[str, Any] = {"as_of_date": night.as_of_date, "period_days": PERIOD_DAYS}
    night.engine.materialise("int_new_buyers", as_of_date=night.as_of_date, new_days=NEW_DAYS, least_paid=LEAST_PAID)
    cells = night.engine.select("int_witness_cells", **dates)
    counts = WitnessCounts(_numbers(cells))
    bursts = counts.bursts()
    skus = night.engine.read("night.int_sku_numbers", columns=["sku_id"], order_by=["sku_number"])["sku_id"]
    in_burst = _in_burst(counts.cells, bursts)
    night.engine.store("night.int_first_time_bursts", _burst_periods(counts.cells[in_burst], skus))
    night.engine.store("night.int_lone_agents", _lone_agents(cells, _without_bursts(counts.cells, in_burst), skus))
    night.engine.store("night.int_witness_alarms", _alarms(night, bursts, skus))
    weighed = night.engine.materialise(
        "int_witness_lines",
        fading=FADING,
        least_paid=LEAST_PAID,
        new_weight=counts.new_buyer_weight,
        **dates,
    )
    night.engine.materialise("int_witnessed_outcomes")
    return len(cells), weighed


def _numbers(cells: pa.Table) -> pd.DataFrame:
    """Return the counts of the `cells` without the ids of agents: millions of texts cost more than the sums."""
    frame: pd.DataFrame = cells.drop_columns(["agent_id"]).to_pandas()
    return frame.astype(dict.fromkeys(COUNTS, np.float64))


def _in_burst(cells: pd.DataFrame, bursts: pd.DataFrame) -> Flags:
    """Return which cells lie in the periods of a burst of their SKU, shape (cells,)."""
    inside = np.zeros(len(cells), dtype=np.bool_)
    sku, period = cells["sku"].to_numpy(), cells["period"].to_numpy()
    for own, first, last in zip(*(bursts[name].to_list() for name in ("sku", "first", "last")), strict=True):
        rows = slice(*np.searchsorted(sku, [own, own + 1]))
        inside[rows] |= (period[rows] >= first) & (period[rows] <= last)
    return inside


def _burst_periods(cells: pd.DataFrame, skus: pa.ChunkedArray) -> pa.Table:
    periods = cells[["sku", "period"]].drop_duplicates()
    return pa.table([skus.take(pa.array(periods["sku"])), periods["period"]], schema=BURSTS)


def _without_bursts(cells: pd.DataFrame, in_burst: Flags) -> WitnessCounts:
    """Return the cells with established buyers alone where new ones came in a burst: those count nothing already."""
    lines = cells["lines"] - np.where(in_burst, cells["new_lines"], 0.0)
    regrets = cells["regrets"] - np.where(in_burst, cells["new_regrets"], 0.0)
    return WitnessCounts(cells.assign(lines=lines, regrets=regrets))


def _lone_agents(cells: pa.Table, counts: WitnessCounts, skus: pa.ChunkedArray) -> pa.Table:
    weight = counts.lone_agents()
    own = cells.take(pa.array(weight.index))
    columns = [skus.take(own["sku"]), own["period"], own["agent_id"], pa.array(weight)]
    return pa.table(columns, schema=LONE_AGENTS)


def _alarms(night: Night, bursts: pd.DataFrame, skus: pa.ChunkedArray) -> pa.Table:
    """Return the alarms of bursts that reach into the days for which alarms are published, one a SKU."""
    newest = bursts.sort_values(["sku", "last", "first"]).drop_duplicates("sku", keep="last")
    shown_from = night.as_of_date - timedelta(days=night.settings.scoring.alarm_days)
    rows: list[dict[Hashable, Any]] = newest.to_dict("records")
    return pa.Table.from_pylist(
        [
            {
                "level": "sku",
                "entity_id": skus[row["sku"]].as_py(),
                "metric": "first_time_buyers",
                "since_on": _starts_on(row["first"]),
                "severity": "warning",
                "evidence": f"observed={row['observed']:.0f},expected={row['expected']:.1f},lines={row['lines']:.0f}",
            }
            for row in rows
            if _starts_on(row["last"] + 1) > shown_from
        ],
        schema=ALARMS,
    )


def _starts_on(period: int) -> date:
    return EPOCH + timedelta(days=period * PERIOD_DAYS)
