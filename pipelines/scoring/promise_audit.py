"""Audit the promise from the outcomes of past lists, and tighten tomorrow's where it was not kept."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.arrays import Floats
from xuanpin.models.evaluation.promise_audit import ListedNights, ShareAudit, audit_share, needed_units, night_weights
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.detection import read_detection
from xuanpin.pipelines.scoring.evidence import codes, doubles

LINES_DAYS = 8
"""Days from a list date on which lines are delivered that were sold from this list; a younger night is not judged."""
KINDS = 3
"""Kinds of SKUs, equally many, by lines delivered before the lists audited: undecided SKUs count like their kind."""
LOWEST_ASKED = 0.2
"""Share of the promise that is asked at least, so that a list remains to learn from, 0-1."""
SMALLEST_CEILING = 1e-3
"""Observed regret rate, 0-1, that a ceiling stands for at least: outlier sources may add more than a ceiling is."""
AUDIT = pa.schema(
    [
        ("nights", pa.int64()),
        ("judged", pa.int64()),
        ("effective", pa.float64()),
        ("judged_share", pa.float64()),
        ("stated", pa.float64()),
        ("share", pa.float64()),
        ("lower", pa.float64()),
        ("bound", pa.float64()),
        ("since_on", pa.date32()),
        ("is_thin", pa.bool_()),
        ("is_contradicted", pa.bool_()),
        ("tightened_promise", pa.float64()),
    ]
)
"""One row: past `nights` and the blocks `judged` of their SKUs (see ShareAudit), the mean share of landmines that the
nights `stated`, what the audit found, and the promise to ask of tomorrow's list."""


def audit_promise(night: Night) -> list[dict[str, Any]]:
    """Audit the lists of the last nights; return rows of night.alarms, one where the stated shares are contradicted.

    Reads history.listed and predictions, night.int_delivery_days, int_witnessed_outcomes, int_outlier_lines and what
    the outcomes and changes steps have written. Writes night.int_promise_audit. Limits rest on lines and ceilings; the
    landmine probabilities of those nights are only what they are held against. Where the least share that the outcomes
    permit is above the stated one, the stated shares are too low, and the promise asked shrinks by as much as it looks:
    a list that states so little holds no more landmines than were promised. Thin evidence changes nothing.
    """
    settings = night.settings.scoring
    rows = night.engine.select(
        "int_audit_nights",
        as_of_date=night.as_of_date,
        first_on=night.as_of_date - timedelta(days=settings.calibration_days),
        horizon_days=settings.horizon_days,
        lines_days=LINES_DAYS,
    ).to_pandas()
    found = _audited(night, rows) if len(rows) else _nothing(settings.landmine_promise)
    night.engine.store("night.int_promise_audit", pa.Table.from_pylist([found], schema=AUDIT))
    return [_alarm(found, settings.landmine_promise)] if found["is_contradicted"] else []


def _nothing(promise: float) -> dict[str, Any]:
    empty = dict.fromkeys(AUDIT.names)
    return empty | {
        "nights": 0,
        "judged": 0,
        "effective": 0.0,
        "judged_share": 0.0,
        "is_thin": True,
        "is_contradicted": False,
        "tightened_promise": promise,
    }


def _audited(night: Night, rows: pd.DataFrame) -> dict[str, Any]:
    settings = night.settings.scoring
    ceiling = read_detection(night).regrets.observed(doubles(rows, "landmine_ceiling"))
    listed = listed_nights(rows, ceiling, settings.calibration_days)
    audit = audit_share(listed, settings.promise_confidence)
    stated = _stated(doubles(rows, "landmine_probability"), listed.weight)
    is_thin = audit.effective < needed_units(settings.landmine_promise, settings.promise_confidence)
    asked = settings.landmine_promise if is_thin else tightened(settings.landmine_promise, stated, audit)
    return {
        "nights": rows["list_date"].nunique(),
        **asdict(audit),
        "stated": stated,
        "since_on": rows["list_date"].min(),
        "is_thin": is_thin,
        "is_contradicted": asked < settings.landmine_promise,
        "tightened_promise": asked,
    }


def listed_nights(rows: pd.DataFrame, ceiling: Floats, days: int) -> ListedNights:
    """Return `rows` of int_audit_nights as the audit reads them, of lists at most `days` old.

    `ceiling` is the rate at which each SKU's regrets would be observed at its ceiling, 0-1. A list half of `days` older
    than the newest weighs half.
    """
    age = rows["list_age"].to_numpy(np.int64)
    nights_ago = age - age.min()
    weight = night_weights(nights_ago, days / 2.0) / doubles(rows, "places")
    earlier = doubles(rows, "earlier_lines")
    return ListedNights(
        sku=codes(rows, "sku_id"),
        nights_ago=nights_ago,
        due=doubles(rows, "exposure") * np.maximum(ceiling, SMALLEST_CEILING),
        seen=doubles(rows, "regretted_lines"),
        weight=weight / weight.sum(),
        kind=np.searchsorted(np.quantile(earlier, np.arange(1, KINDS) / KINDS), earlier).astype(np.int64),
    )


def tightened(promise: float, stated: float, audit: ShareAudit) -> float:
    """Return the share (0-1) to ask of tomorrow's list so that, of what is true, no more than `promise` is in it.

    Past lists `stated` a share of landmines, and the `audit` found what they held. Its lower limit decides whether they
    stated too little, and what it looks like by how much: a limit would stop half way. At least LOWEST_ASKED of the
    promise is asked.
    """
    if audit.lower <= stated:
        return promise
    return promise * max(stated / max(audit.share, audit.lower), LOWEST_ASKED)


def _stated(probability: Floats, weight: Floats) -> float:
    """Return the share that the lists stated; a SKU whose prediction is not kept says nothing."""
    known = ~np.isnan(probability)
    return float(np.average(probability[known], weights=weight[known])) if known.any() else 0.0


def _alarm(found: dict[str, Any], promise: float) -> dict[str, Any]:
    shares = ("share", "lower", "bound", "stated", "tightened_promise")
    numbers = ",".join(f"{name}={found[name]:.4f}" for name in shares)
    return {
        "level": "source",
        "entity_id": "predictions",
        "metric": "promise_audit",
        "since_on": found["since_on"],
        # Lists that hold more landmines than they state may still keep the promise.
        "severity": "warning" if found["share"] > promise else "info",
        "evidence": f"{numbers},skus={found['judged']}",
    }
