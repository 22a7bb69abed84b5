"""Watches SKUs, suppliers and categories for changes for the worse, and lets what is found move the rates."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.beta_binomial import HierarchicalRate
from xuanpin.models.risk.cusum import Alarm, Change, cusum, expected_arrivals
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.changes import MOVED_BY, Expectation, move_rates
from xuanpin.pipelines.scoring.drift_inputs import METRICS, Watch

ALARMS = pa.schema(
    [
        ("level", pa.string()),
        ("entity_id", pa.string()),
        ("metric", pa.string()),
        ("since_on", pa.date32()),
        ("severity", pa.string()),
        ("evidence", pa.string()),
    ]
)


def find_changes(
    night: Night, watch: Watch, evidence: pd.DataFrame, models: Mapping[str, HierarchicalRate]
) -> tuple[dict[str, Change], pd.DataFrame]:
    """Watch SKUs, suppliers and categories; returns what the changes do to each rate, and the alarms, one row each.

    `models` holds the fitted return and regret hierarchies in the order of `evidence`. Writes night.alarms.
    """
    settings = night.settings.scoring
    means, expectations = _expectations(watch, evidence, models)
    seen = [metric for metric in METRICS if watch.outcomes[f"{metric}_arrived"].any()]
    with ThreadPoolExecutor() as cores:
        found = cores.map(lambda name: _watch_metric(watch, name, expectations[name], settings.drift_threshold), seen)
        findings = pd.concat(list(found) or [_nothing_found()], ignore_index=True)
    findings["is_recent"] = findings["day"] >= watch.length - settings.alarm_days
    changes = move_rates(night, watch, findings, evidence, expectations, means)
    night.engine.store("night.alarms", _alarms(watch, findings, changes, evidence))
    return changes, findings


def _expectations(
    watch: Watch, evidence: pd.DataFrame, models: Mapping[str, HierarchicalRate]
) -> tuple[dict[str, Floats], dict[str, Expectation]]:
    """Prior mean of every SKU by metric, and the expectation of every group."""
    means = {metric: model.prior_mean_ for metric, model in models.items()}
    strengths = {metric: model.strength_ for metric, model in models.items()}
    # Complaints have no hierarchy of their own: they are the platform's share of all regrets.
    share = float(evidence["complained_lines"].sum()) / max(float(evidence["regretted_lines"].sum()), 1.0)
    means["complaint"], strengths["complaint"] = np.maximum(means["regret"] * share, 1e-6), strengths["regret"]
    of_groups = {name: Expectation(_of_groups(watch, evidence, mean), strengths[name]) for name, mean in means.items()}
    return means, of_groups


def _of_groups(watch: Watch, evidence: pd.DataFrame, mean: Floats) -> Floats:
    """Prior mean of each group: its SKUs' means weighted by their lines, shape (groups,)."""
    of_group = np.empty(len(watch.groups))
    lines = evidence["delivered_lines"].to_numpy(np.float64) + 1e-9
    keys = {
        "sku": ["sku_id", "category"],
        "supplier": ["supplier_id", "department"],
        "category": ["category", "category"],
    }
    for level, (entity, pool) in keys.items():
        here = watch.groups["level"].to_numpy() == level
        groups = pd.MultiIndex.from_arrays([watch.groups.loc[here, "entity_id"], watch.groups.loc[here, "category"]])
        place = groups.get_indexer(pd.MultiIndex.from_arrays([evidence[entity], evidence[pool]]))
        member = place >= 0
        total = np.bincount(place[member], lines[member], len(groups))
        of_group[here] = np.bincount(place[member], (lines * mean)[member], len(groups)) / total
    return of_group


def _watch_metric(watch: Watch, metric: str, expectation: Expectation, threshold: float) -> pd.DataFrame:
    """Alarms of one metric at every level, one row each."""
    found = []
    for block in watch.blocks("sku"):
        alarm = cusum(*_arrivals(watch, block, metric, expectation), threshold)
        found.append(_found("sku", watch.groups["entity_id"].to_numpy()[block], metric, alarm))
    for level in ("supplier", "category"):
        inside = watch.groups[watch.groups["level"] == level]
        codes, names = pd.factorize(inside["entity_id"], sort=True)
        arrived, expected = np.zeros((len(names), watch.length)), np.zeros((len(names), watch.length))
        for block in watch.blocks(level):
            came, due = _arrivals(watch, block, metric, expectation)
            np.add.at(arrived, codes[block - inside.index[0]], came)
            np.add.at(expected, codes[block - inside.index[0]], due)
        found.append(_found(level, np.asarray(names), metric, cusum(arrived, expected, threshold)))
    return pd.concat(found, ignore_index=True)


def _arrivals(watch: Watch, block: Ints, metric: str, expectation: Expectation) -> tuple[Floats, Floats]:
    arrived = watch.dense(block, watch.outcomes, f"{metric}_arrived")
    exposure = watch.exposure(block, metric, watch.delivered(block, metric))
    return arrived, expected_arrivals(exposure, arrived, expectation.mean[block], expectation.strength)


def _nothing_found() -> pd.DataFrame:
    none = np.empty(0)
    return _found(
        "sku",
        np.empty(0, dtype=object),
        "regret",
        Alarm(none.astype(np.int64), none.astype(np.int64), none, none, none),
    )


def _found(level: str, entities: npt.NDArray[Any], metric: str, alarm: Alarm) -> pd.DataFrame:
    raised = alarm.day >= 0
    return pd.DataFrame(
        {
            "level": level,
            "entity_id": entities[raised],
            "metric": metric,
            "day": alarm.day[raised],
            "start": alarm.start[raised],
            "height": alarm.height[raised],
            "observed": alarm.observed[raised],
            "expected": alarm.expected[raised],
        }
    )


def _alarms(watch: Watch, findings: pd.DataFrame, changes: Mapping[str, Change], evidence: pd.DataFrame) -> pa.Table:
    """The alarms raised lately, in the columns of the published table."""
    place = {sku_id: row for row, sku_id in enumerate(evidence["sku_id"])}
    moved = {metric: name for name, metrics in MOVED_BY.items() for metric in metrics}
    rows = []
    for found in findings[findings["is_recent"]].sort_values(["level", "entity_id", "metric"]).to_dict("records"):
        since = int(found["start"])
        if found["level"] == "sku":
            broke = int(changes[moved[found["metric"]]].since[place[found["entity_id"]]])
            since = broke if broke >= 0 else since
        numbers = f"observed={found['observed']:.0f},expected={found['expected']:.1f},height={found['height']:.1f}"
        rows.append(
            {
                "level": found["level"],
                "entity_id": found["entity_id"],
                "metric": f"{found['metric']}_rate",
                "since_on": watch.on(since),
                "severity": "warning",
                "evidence": f"raised_on={watch.on(int(found['day']))},{numbers}",
            }
        )
    return pa.Table.from_pylist(rows, schema=ALARMS)
