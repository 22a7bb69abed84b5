"""What is expected of a list and what it promises, the same figures for the list as it is and for one that is tried."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from xuanpin.models.assortment.list_task import SolvedList
from xuanpin.pipelines import figures
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.selection.inputs import Inputs, kept_units
from xuanpin.pipelines.selection.promise import stated_share
from xuanpin.pipelines.selection.step import certificate
from xuanpin.pipelines.settings import Settings

RANKED = ("sku_id", "title", "return_rate", "regret_rate", "landmine_probability", "score")
"""Columns of night.sku_scores that are stated of a SKU of a list, and what it is ranked by."""
PROMISED = ("promise", "promise_confidence", "promise_bound", "can_promise")
"""Columns of a published list that say what it promises."""


@dataclass(frozen=True)
class ListedSku:
    """A SKU of a list: `sku_id`, `title` and place (`list_rank`, from 1), the units that customers are expected to keep
    (`expected_kept_units`), its `return_rate`, `regret_rate` and `landmine_probability` (0-1)."""

    sku_id: str
    title: str
    list_rank: int
    expected_kept_units: float
    return_rate: float
    regret_rate: float
    landmine_probability: float


@dataclass(frozen=True)
class Figures:
    """What is stated of a list.

    `listed` of `list_size` places are taken. `expected_kept_units` is the sum over its SKUs, `expected_regret_rate` the
    share of regretted among the units expected to be delivered (None for an empty list). `promise_bound` is the share
    of landmines that it does not exceed with `promise_confidence`, against the `promise` asked for; where it cannot be
    relied on (not `can_promise`), `promise_reasons` say why, coded. `covered_share` of agents' slots find a SKU that
    suits them; `short_segments` of `segments` find too few. `objective` and `gap` are those of the
    certificate, None for a list that was not solved for but made from another.
    """

    listed: int
    list_size: int
    expected_kept_units: float
    expected_regret_rate: float | None
    promise: float
    promise_confidence: float
    promise_bound: float
    can_promise: bool
    promise_reasons: tuple[str, ...]
    covered_share: float
    short_segments: int
    segments: int
    objective: float | None
    gap: float | None


def published_list(rows: pa.Table) -> tuple[ListedSku, ...]:
    """Return the SKUs of a published list in order of rank; `rows` are those of sku_list."""
    ordered = rows.sort_by("list_rank").to_pylist()
    return tuple(ListedSku(*(row[name] for name in ListedSku.__dataclass_fields__)) for row in ordered)


def solved_list(night: Night, inputs: Inputs, solved: SolvedList) -> tuple[ListedSku, ...]:
    """Return the SKUs of a list that was solved for, in the order in which it would be published."""
    units = kept_units(inputs, solved.solution.chosen, night.settings.assortment)
    positions = np.flatnonzero(inputs.admitted)[solved.solution.chosen]
    scores = night.engine.read("night.sku_scores", columns=RANKED, order_by=("sku_id",))
    rows = scores.take(pa.array(positions)).to_pylist()
    ranked = sorted(zip(rows, units[positions].tolist(), strict=True), key=lambda pair: _by_rank(pair[0]))
    return tuple(
        ListedSku(
            sku_id=row["sku_id"],
            title=row["title"],
            list_rank=place,
            expected_kept_units=kept,
            return_rate=row["return_rate"],
            regret_rate=row["regret_rate"],
            landmine_probability=row["landmine_probability"],
        )
        for place, (row, kept) in enumerate(ranked, start=1)
    )


def _by_rank(row: Mapping[str, Any]) -> tuple[float, str]:
    return -row["score"], row["sku_id"]


def published_figures(
    night: Night, skus: tuple[ListedSku, ...], settings: Settings, stated: Mapping[str, Any]
) -> Figures:
    """Return the figures of a published list, `stated` of it in its rows or its certificate, under its `settings`."""
    return _figures(
        night,
        skus,
        list_size=settings.assortment.list_size,
        **{name: stated[name] for name in PROMISED},
        promise_reasons=tuple(stated["promise_reasons"] or ()),
        objective=stated.get("objective"),
        gap=stated.get("gap"),
    )


def solved_figures(night: Night, inputs: Inputs, solved: SolvedList, skus: tuple[ListedSku, ...]) -> Figures:
    """Return the figures of a list that was solved for; `skus` are those on it."""
    share = stated_share(inputs, solved, night.settings.scoring)
    (proof,) = certificate(night, inputs, solved, share).to_pylist()
    return published_figures(night, skus, night.settings, proof | {"promise": proof["promise_asked"]})


def _figures(night: Night, skus: tuple[ListedSku, ...], **stated: Any) -> Figures:
    night.engine.store("night.planned_list", pa.table({"sku_id": pa.array([sku.sku_id for sku in skus], pa.string())}))
    (found,) = night.engine.select("plan_coverage").to_pylist()
    return Figures(
        listed=len(skus),
        expected_kept_units=math.fsum(sku.expected_kept_units for sku in skus),
        expected_regret_rate=regret_rate(skus),
        covered_share=found["filled"] / found["slots"] if found["slots"] else 1.0,
        short_segments=found["short_segments"],
        segments=found["segments"],
        **stated,
    )


def regret_rate(skus: tuple[ListedSku, ...]) -> float | None:
    """Return the share of regretted units among those expected to be delivered, 0-1; None where none is."""
    return figures.regret_rate(
        [sku.expected_kept_units for sku in skus],
        [sku.return_rate for sku in skus],
        [sku.regret_rate for sku in skus],
    )
