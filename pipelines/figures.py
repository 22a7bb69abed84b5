"""The figures of a run, each computed here and nowhere else: the same name is the same number wherever it is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from xuanpin.pipelines.context import Home
from xuanpin.pipelines.contracts.reason_codes import Language
from xuanpin.pipelines.republishing.holds import BRAKES
from xuanpin.pipelines.run_store import CurrentRun, read_table
from xuanpin.pipelines.run_store.sealing import PLACES

NEARLY_ALL_RETURNED = 1e-9
"""Smallest share kept that delivered units are computed from, so that nothing is divided by zero."""

ReadTable = Callable[[str, Sequence[str]], pa.Table]
"""Gives columns (all where none is named) of a published table: of a run, or of a night that is not published yet."""


@dataclass(frozen=True)
class RunFigures:
    """Hold what is said of a run as a whole.

    `listed` of `candidates` SKUs are on the list. `list_kept_units` are the units that customers are expected to keep
    of the whole list, with groups of agents choosing from it; `match_kept_units` those of tonight's `matches` alone.
    `list_regret_rate` and `match_regret_rate` are the shares of regretted among the units expected to be delivered by
    either (None where there are none). `landmine_share` is the expected share of landmines on the list, `promise_bound`
    the share that it does not exceed with `promise_confidence`, for a `promise` asked, and `can_promise` says whether
    it can be relied on; all four None in a run of a release that promised nothing. `satisfaction` is the mean of the
    list, `agents` have `slots`, `unmatched` listed SKUs reach none of them; `alarms` are subjects that alarms are told
    of, `checks` those of the data, `checks_passed` of them in order.
    """

    listed: int
    candidates: int
    list_kept_units: float
    list_regret_rate: float | None
    match_kept_units: float
    match_regret_rate: float | None
    landmine_share: float
    promise: float | None
    promise_confidence: float | None
    promise_bound: float | None
    can_promise: bool | None
    satisfaction: float
    agents: int
    slots: int
    matches: int
    unmatched: int
    alarms: int
    checks: int
    checks_passed: int

    @property
    def filled_share(self) -> float | None:
        """The share of the agents' slots that have a match, 0-1; None without slots."""
        return self.matches / self.slots if self.slots else None


def run_figures(read: ReadTable, alarms: int) -> RunFigures:
    """Return the figures of the run whose tables `read` gives; `alarms` are the subjects told (`rolled_up`)."""
    listed = read("sku_list", ())
    matched = matched_units(read)
    slots = read("agent_summary", ("slots_asked",))
    results = [result for result, table in _pairs(read, "run_quality", "result", "table_name") if table != BRAKES]
    return RunFigures(
        listed=listed.num_rows,
        candidates=read("sku_scorecard", ("sku_id",)).num_rows,
        list_kept_units=math.fsum(_rounded(listed, "expected_kept_units")),
        list_regret_rate=_list_regret_rate(listed, dict(_columns(listed, "sku_id", "expected_kept_units"))),
        match_kept_units=math.fsum(matched.values()),
        match_regret_rate=_list_regret_rate(listed, matched),
        landmine_share=_mean(listed, "landmine_probability"),
        **{name: _stated(listed, name) for name in ("promise", "promise_confidence", "promise_bound", "can_promise")},
        satisfaction=_mean(listed, "satisfaction"),
        agents=slots.num_rows,
        slots=pc.sum(slots["slots_asked"]).as_py() or 0,
        matches=read("agent_matches", ("sku_id",)).num_rows,
        unmatched=len(set(listed["sku_id"].to_pylist()) - matched.keys()),
        alarms=alarms,
        checks=len(results),
        checks_passed=results.count("pass"),
    )


def published_reader(home: Home, run: CurrentRun) -> ReadTable:
    """Return what reads the tables of a published `run`."""
    return lambda table, columns: read_table(home, run, table, columns)


def matched_units(read: ReadTable) -> dict[str, float]:
    """Return the units that customers are expected to keep of each matched SKU, over its agents.

    Matches count in millionths of a unit, as they are published, so that the sum is exact in whatever order they come.
    """
    rows = read("agent_matches", ("sku_id", "expected_kept_units"))
    millionths = pc.cast(pc.round(pc.multiply(rows["expected_kept_units"], 10.0**PLACES)), pa.int64())
    sums = pa.table({"sku_id": rows["sku_id"], "kept": millionths}).group_by("sku_id").aggregate([("kept", "sum")])
    pairs = zip(sums["sku_id"].to_pylist(), sums["kept_sum"].to_pylist(), strict=True)
    return {sku_id: kept / 10**PLACES for sku_id, kept in sorted(pairs)}


def regret_rate(kept: Iterable[float], return_rates: Iterable[float], regret_rates: Iterable[float]) -> float | None:
    """Return the share of regretted among the units expected to be delivered, 0-1; None where none is.

    `kept` are units expected to be kept, SKU by SKU; `return_rates` and `regret_rates`, 0-1, are in the same order.
    """
    delivered = [units_delivered(units, returned) for units, returned in zip(kept, return_rates, strict=True)]
    total = math.fsum(delivered)
    regrets = math.fsum(units * rate for units, rate in zip(delivered, regret_rates, strict=True))
    return regrets / total if total else None


def units_delivered(kept: float, return_rate: float) -> float:
    """Return the units to deliver for `kept` of them to be kept at a `return_rate` of 0-1."""
    return kept / max(1.0 - return_rate, NEARLY_ALL_RETURNED)


def figure_rows(figures: RunFigures, language: Language) -> list[tuple[str, str]]:
    """Return the name of each figure in `language` and the figure as people read it, in the order of the catalogue."""
    return [(figure_name(key, language), figure_text(figures, key)) for key in _catalogue()]


def figure_name(key: str, language: Language) -> str:
    """Return the name of the figure `key` in `language`."""
    return str(_catalogue()[key][language])


def figure_text(figures: RunFigures, key: str) -> str:
    """Return the figure `key` as people read it; a dash where it is unknown."""
    value = getattr(figures, key)
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if _catalogue()[key]["form"] == "share" else f"{value:,.0f}"


def figure_value(figures: RunFigures, key: str) -> tuple[float | None, str]:
    """Return the figure `key` rounded as people read it, None where it is unknown, and its form: count or share."""
    value, form = getattr(figures, key), _catalogue()[key]["form"]
    return None if value is None else round(value, 3 if form == "share" else 0), form


def figures_shown() -> tuple[str, ...]:
    """Return the keys of the figures in the order of the catalogue."""
    return tuple(_catalogue())


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    text = files("xuanpin.pipelines").joinpath("figures.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return loaded


def _list_regret_rate(listed: pa.Table, kept: Mapping[str, float]) -> float | None:
    rates = {sku: tuple(found) for sku, *found in _columns(listed, "sku_id", "return_rate", "regret_rate")}
    units = {sku: kept[sku] for sku in sorted(kept.keys() & rates.keys())}
    return regret_rate(units.values(), *([rates[sku][place] for sku in units] for place in (0, 1)))


def _rounded(table: pa.Table, column: str) -> list[float]:
    """Return a column of doubles as it is published."""
    values: list[float] = pc.round(table[column], PLACES).to_pylist()
    return values


def _mean(table: pa.Table, column: str) -> float:
    rows = max(int(table.num_rows), 1)
    return math.fsum(_rounded(table, column)) / rows


def _stated(listed: pa.Table, name: str) -> Any:
    """Return what every row of the list says alike; None for an empty list and one of an earlier release."""
    return listed[name][0].as_py() if name in listed.column_names and listed.num_rows else None


def _columns(table: pa.Table, *names: str) -> list[tuple[Any, ...]]:
    is_double = [pa.types.is_floating(table.schema.field(name).type) for name in names]
    columns = [
        _rounded(table, name) if double else table[name].to_pylist()
        for name, double in zip(names, is_double, strict=True)
    ]
    return list(zip(*columns, strict=True))


def _pairs(read: ReadTable, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return _columns(read(table, columns), *columns)
