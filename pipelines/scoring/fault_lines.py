"""Reads the lines among which faults are searched, batch by batch, into few bytes each: there are millions of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xuanpin.models.arrays import Array, Codes, Flags, Floats, Shorts
from xuanpin.models.risk.fault_attribution import LineKinds, on_grid
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.witnesses import read_new_weight

_NUMBERED = ("sku", "carrier", "agent")
_FIGURES = {"age_days": np.int16, "regret_days": np.int16, "is_damaged": np.bool_, "thousandths": np.int16}


@dataclass(frozen=True)
class FaultLines:
    """Hold recent lines, arrays of shape (lines,).

    `codes` are the level codes of each factor (-1 unknown); a customer's is her key, others are numbers in the order of
    ids. `age_days`, `regret_days` (-1 where not regretted), `is_damaged` and `thousandths` of its weight are those of
    int_attributed_lines; `kinds` are the lines' categories and ages. `skus` are the ids behind the codes of SKUs,
    `suppliers` the codes of theirs, `weeks` is how many weeks the lines span.
    """

    codes: dict[str, Codes]
    age_days: Shorts
    regret_days: Shorts
    is_damaged: Flags
    thousandths: Shorts
    kinds: LineKinds
    skus: pa.ChunkedArray
    suppliers: Codes
    weeks: int

    @property
    def is_regretted(self) -> Flags:
        """Return whether each line is regretted so far."""
        return np.asarray(self.regret_days >= 0)

    @property
    def owners(self) -> dict[str, Codes]:
        """Return the code of each SKU's supplier, and of each week's carrier."""
        weeks = np.arange(int(self.codes["carrier_week"].max(initial=-1)) + 1, dtype=np.int32)
        return {"sku": self.suppliers, "carrier_week": weeks // self.weeks}

    def factors(self, names: tuple[str, ...]) -> dict[str, Codes]:
        """Return the level codes of the factors in `names`, each of shape (lines,)."""
        return {name: self.codes[name] for name in names}


def read_fault_lines(night: Night) -> FaultLines:
    """Return the lines of the last `fault_days`; reads night.int_sale_lines and the tables that number its keys."""
    figures = _read_lines(night)
    codes = {factor: figures.pop(f"{factor}_key") for factor in (*_NUMBERED, "customer")}
    # A carrier may be bad always or only one week: its weeks are a factor of their own.
    weeks = int(figures["age_days"].max(initial=0)) // 7 + 1
    codes["carrier_week"] = codes["carrier"] * np.int32(weeks)
    codes["carrier_week"] += figures["age_days"] // 7
    codes["carrier_week"][codes["carrier"] < 0] = -1
    columns = ["sku_id", "category", "supplier_id", "category_number"]
    catalogue = night.engine.read("night.int_sku_numbers", columns=columns, order_by=["sku_number"])
    kinds = _kinds(night, catalogue, codes["sku"], figures["age_days"])
    return FaultLines(
        codes, **figures, kinds=kinds, skus=catalogue["sku_id"], suppliers=_codes(catalogue["supplier_id"]), weeks=weeks
    )


def _read_lines(night: Night) -> dict[str, Array]:
    """The columns of int_attributed_lines, keys as numbers."""
    numbers = _numbers_of_keys(night)
    batches = night.engine.batches(
        "int_attributed_lines",
        as_of_date=night.as_of_date,
        first_on=night.as_of_date - timedelta(days=night.settings.scoring.fault_days),
        new_weight=read_new_weight(night),
    )
    return _stacked(_in_few_bytes(batch, numbers) for batch in batches)


def _in_few_bytes(batch: pa.RecordBatch, numbers: Codes) -> dict[str, Array]:
    named = {f"{factor}_key": numbers[batch[f"{factor}_key"].to_numpy()] for factor in _NUMBERED}
    figures = {
        name: batch[name].to_numpy(zero_copy_only=False).astype(kind)
        for name, kind in {"customer_key": np.int32, **_FIGURES}.items()
    }
    return named | figures


def _stacked(batches: Iterable[dict[str, Array]]) -> dict[str, Array]:
    """The columns of all batches; a column of the batches is let go before the next is put together."""
    parts = list(batches)
    return {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}


def _kinds(night: Night, catalogue: pa.Table, sku: Codes, age_days: Shorts) -> LineKinds:
    """The lines' kinds: the category of a SKU by its number, and days since delivery as far as the delay curve goes."""
    numbers, category = _numbers(catalogue["category_number"]), _codes(catalogue["category"])
    curve = _regret_curve(night, int(numbers.max(initial=-1)) + 1)
    ages = curve.shape[1]
    categories = np.zeros(len(curve), dtype=np.int32)
    categories[numbers] = category
    kind = (numbers * np.int32(ages))[sku]
    kind += np.minimum(age_days, np.int16(ages - 1))
    return LineKinds(kind, np.repeat(categories, ages), curve.ravel())


def _numbers_of_keys(night: Night) -> Codes:
    """The number of each SKU, agent and carrier by its key; -1 at the end, where the key -1 finds it."""
    named = night.engine.read("night.int_source_numbers", columns=["name_key", "source_number"])
    keys = _numbers(named["name_key"])
    numbers = np.full(int(keys.max(initial=-1)) + 2, -1, dtype=np.int32)
    numbers[keys] = _numbers(named["source_number"])
    return numbers


def _codes(names: pa.ChunkedArray) -> Codes:
    """Codes of names, -1 where there is none."""
    return _numbers(pa.chunked_array([pc.fill_null(names.combine_chunks().dictionary_encode().indices, -1)]))


def _regret_curve(night: Night, categories: int) -> Floats:
    """The share of regrets that show by each day, shape (categories, horizon_days + 1), on the grid; none before
    anything was delivered."""
    columns = ["category_number", "day", "regret_share"]
    table = night.engine.read("night.int_number_curve", columns=columns, order_by=columns[:2])
    curve = np.zeros((categories, night.settings.scoring.horizon_days + 1))
    # Decimals one by one: Arrow's own cast is off by a last digit.
    curve[_numbers(table["category_number"]), _numbers(table["day"])] = [
        float(share) for share in table["regret_share"].to_pylist()
    ]
    return on_grid(curve)


def _numbers(column: pa.ChunkedArray) -> Codes:
    """Whole numbers of a column without nulls."""
    return np.asarray(column.to_numpy(), dtype=np.int32)
