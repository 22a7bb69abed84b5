"""Detect drift of SKUs, suppliers and categories for the worse; every alarm is one row of the findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.alarm_share import false_shares, false_starts, strongest
from xuanpin.models.risk.cusum import Alarm, Expectation, RateChange, cusum, expected_arrivals, expected_means
from xuanpin.pipelines.scoring.breaks import MOVED_BY
from xuanpin.pipelines.scoring.drift_inputs import METRICS, DriftInputs
from xuanpin.pipelines.scoring.evidence import doubles
from xuanpin.pipelines.scoring.rates import Prior

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
MEMBERS = {
    "sku": ("sku_id", "category"),
    "supplier": ("supplier_id", "department"),
    "category": ("category", "category"),
}
"""Columns of the evidence that say to which group of a level a SKU belongs: its entity and its delay curve."""
SMALLEST_MEAN = 1e-6
"""Prior mean of complaints, 0-1, where none has been observed: a CUSUM needs a positive rate."""


def expectations(evidence: pd.DataFrame, priors: Mapping[str, Prior]) -> dict[str, Expectation]:
    """Return the expectation of each metric from its prior in `priors`, one mean a SKU in the order of `evidence`."""
    expected = {name: Expectation(priors[name].mean, priors[name].strength) for name in ("return", "regret")}
    # Complaints have no hierarchy of their own: they are the platform's share of all regrets.
    share = float(evidence["complained_lines"].sum()) / max(float(evidence["regretted_lines"].sum()), 1.0)
    mean = np.maximum(expected["regret"].mean * share, SMALLEST_MEAN)
    return expected | {"complaint": Expectation(mean, expected["regret"].strength)}


@dataclass(frozen=True)
class AlarmLimits:
    """Hold what makes an alarm: the CUSUM's `threshold` in nats; that it is of the last `days`; and the `false_share`,
    0-1, that alarms for people may be expected to have."""

    threshold: float
    days: int
    false_share: float


def detect_drift(inputs: DriftInputs, of_groups: Mapping[str, Expectation], limits: AlarmLimits) -> pd.DataFrame:
    """Find the last alarm of every group and metric, one row each; `is_recent` marks those of the last days.

    `inputs` are the daily counts, `of_groups` has one mean a group, `limits` say what an alarm is. `is_raised` marks
    those of the CUSUM, which scoring acts on; the others are strong enough for people to read.
    """
    observed = [metric for metric in METRICS if inputs.outcomes[f"{metric}_arrived"].any()]
    with ThreadPoolExecutor() as cores:
        found = cores.map(lambda name: _detect_metric(inputs, name, of_groups[name], limits), observed)
        findings = pd.concat(list(found) or [_nothing_found(limits)], ignore_index=True)
    findings["is_recent"] = findings["day"] >= inputs.length - limits.days
    return findings


def of_groups(inputs: DriftInputs, evidence: pd.DataFrame, expected: Expectation) -> Expectation:
    """Return the expectation of each group of `inputs`: its SKUs' means weighted by their lines.

    `expected` has one mean a SKU in the order of `evidence`.
    """
    mean = np.empty(len(inputs.groups))
    # A group without a line keeps the plain mean of its SKUs.
    lines = doubles(evidence, "delivered_lines") + 1e-9
    for level, (entity, pool) in MEMBERS.items():
        here = inputs.groups["level"].to_numpy() == level
        groups = pd.MultiIndex.from_arrays([inputs.groups.loc[here, "entity_id"], inputs.groups.loc[here, "category"]])
        place = groups.get_indexer(pd.MultiIndex.from_arrays([evidence[entity], evidence[pool]])).astype(np.int64)
        mean[here] = expected_means(place, lines, expected.mean, len(groups))
    return Expectation(mean, expected.strength)


def alarm_rows(
    inputs: DriftInputs,
    findings: pd.DataFrame,
    changes: Mapping[str, RateChange],
    evidence: pd.DataFrame,
    limits: AlarmLimits,
) -> pa.Table:
    """Return the recent alarms of `findings` in the columns of the published table.

    A SKU's alarm dates from its break in `changes`, which have the order of `evidence`; `inputs` give the first day.
    Those above the share of false alarms of `limits` are a note, for scoring acts on them, and no warning.
    """
    place = {sku_id: row for row, sku_id in enumerate(evidence["sku_id"])}
    moved = {metric: name for name, metrics in MOVED_BY.items() for metric in metrics}
    rows = []
    for found in findings[findings["is_recent"]].sort_values(["level", "entity_id", "metric"]).to_dict("records"):
        since = int(found["start"])
        if found["level"] == "sku":
            broke = int(changes[moved[found["metric"]]].since[place[found["entity_id"]]])
            since = broke if broke >= 0 else since
        numbers = f"observed={found['observed']:.0f},expected={found['expected']:.1f},height={found['height']:.1f}"
        numbers += f",false_share={found['false_share']:.2f}"
        rows.append(
            {
                "level": found["level"],
                "entity_id": found["entity_id"],
                "metric": f"{found['metric']}_rate",
                "since_on": inputs.on(since),
                "severity": "warning" if found["false_share"] <= limits.false_share else "info",
                "evidence": f"raised_on={inputs.on(int(found['day']))},{numbers}",
            }
        )
    return pa.Table.from_pylist(rows, schema=ALARMS)


def _detect_metric(inputs: DriftInputs, metric: str, expectation: Expectation, limits: AlarmLimits) -> pd.DataFrame:
    """Return the alarms of one metric at every level, one row each."""
    found = []
    for level in MEMBERS:
        names, raised, strong, starts = [np.empty(0, dtype=object)], [], [], 0.0
        for entities, came, due in _arrivals_of(inputs, level, metric, expectation):
            names.append(entities)
            raised.append(cusum(came, due, limits.threshold))
            strong.append(strongest(came, due, limits.days))
            starts += false_starts(due, limits.days)
        alarms = _joined(raised), _joined(strong)
        share = false_shares(alarms[1], starts, inputs.length - limits.days)
        found.append(_found(level, np.concatenate(names), metric, alarms, share, limits))
    return pd.concat(found, ignore_index=True)


def _arrivals_of(
    inputs: DriftInputs, level: str, metric: str, expectation: Expectation
) -> Iterator[tuple[npt.NDArray[Any], Floats, Floats]]:
    """Yield the entities of a level with what came and what was due of them day by day, a block of SKUs at a time."""
    if level == "sku":
        for block in inputs.blocks("sku"):
            yield inputs.groups["entity_id"].to_numpy()[block], *_arrivals(inputs, block, metric, expectation)
        return
    inside = inputs.groups[inputs.groups["level"] == level]
    codes, names = pd.factorize(inside["entity_id"], sort=True)
    arrived, expected = np.zeros((len(names), inputs.length)), np.zeros((len(names), inputs.length))
    for block in inputs.blocks(level):
        came, due = _arrivals(inputs, block, metric, expectation)
        np.add.at(arrived, codes[block - inside.index[0]], came)
        np.add.at(expected, codes[block - inside.index[0]], due)
    yield np.asarray(names), arrived, expected


def _arrivals(inputs: DriftInputs, block: Ints, metric: str, expectation: Expectation) -> tuple[Floats, Floats]:
    arrived = inputs.dense(block, inputs.outcomes, f"{metric}_arrived")
    exposure = inputs.exposure(block, metric, inputs.delivered(block, metric))
    return arrived, expected_arrivals(exposure, arrived, expectation.mean[block], expectation.strength)


def _nothing_found(limits: AlarmLimits) -> pd.DataFrame:
    none = _joined([])
    return _found("sku", np.empty(0, dtype=object), "regret", (none, none), np.empty(0), limits)


def _joined(alarms: list[Alarm]) -> Alarm:
    """Return the alarms of all blocks as those of one."""
    if not alarms:
        return Alarm(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), *np.empty((3, 0)))
    return Alarm(*(np.concatenate([getattr(part, field.name) for part in alarms]) for field in fields(Alarm)))


def _found(
    level: str,
    entities: npt.NDArray[Any],
    metric: str,
    alarms: tuple[Alarm, Alarm],
    share: Floats,
    limits: AlarmLimits,
) -> pd.DataFrame:
    """Return the entities whose CUSUM raised an alarm, and SKUs whose strongest evidence is enough without it.

    `alarms` are these two kinds, of all entities, and `share` that of false ones at the strength of the second.
    """
    alarm, strong = alarms
    is_raised = alarm.day >= 0
    # A group whose one SKU is much worse would be named beside it; what the CUSUM finds of groups is slower and enough.
    shown = is_raised | ((level == "sku") & (share <= limits.false_share))
    facts = {
        field.name: np.where(is_raised, getattr(alarm, field.name), getattr(strong, field.name))[shown]
        for field in fields(Alarm)
    }
    rows = {"level": level, "entity_id": entities[shown], "metric": metric, **facts}
    return pd.DataFrame(rows | {"false_share": share[shown], "is_raised": is_raised[shown]})
