"""Estimate from the platform's own lines how well regrets are detected, and pass it to the later steps."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.risk.detection import Detection, DetectionCounts, added_by_outliers, estimate_detection, happy_odds
from xuanpin.models.risk.reader_error import (
    FEWEST_LABELS,
    LabelledVotes,
    ReaderError,
    error_by_labels,
    error_by_outcomes,
)
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.returns_gap import read_missing_days

DETECTION = pa.schema(
    [
        ("sensitivity", pa.float64()),
        ("false_positive_rate", pa.float64()),
        ("added", pa.float64()),
        ("happy_odds", pa.float64()),
        ("transit_days", pa.float64()),
        ("happy_shift", pa.float64()),
        ("happy_deviation", pa.float64()),
        ("is_calibrated", pa.bool_()),
    ]
)
STRATA = 8
"""Parts of the range of satisfaction within which labelled votes stand for the others."""


@dataclass(frozen=True)
class DetectionEstimate:
    """Hold how observed outcomes relate to true ones.

    `regrets` relates observed regrets to true ones, `happy_odds` is how many times likelier the happy write,
    `transit_days` the mean days from order to delivery, and `reader` how far the reading of votes can be off.
    """

    regrets: Detection
    happy_odds: float
    transit_days: float
    reader: ReaderError


def learn_detection(night: Night, evidence: pd.DataFrame) -> DetectionEstimate:
    """Estimate how regrets are detected and votes represent; write night.int_detection, one row.

    `evidence` has one row a SKU. Where returns are missing, only the days before them teach: complaints whose returns
    never came would look false. What outlier sources (a bad carrier, a serial returner) add is regret that customers
    live through: it is spread over all SKUs alike, since it is no single one's.
    """
    settings = night.settings.scoring
    believed_on = read_missing_days(night).believed_on(night.as_of_date)
    counted = night.engine.select(
        "int_detection_counts",
        as_of_date=night.as_of_date,
        believed_on=believed_on,
        first_on=believed_on - timedelta(days=settings.detection_days),
        horizon_days=settings.horizon_days,
        happy_from=settings.happy_from,
    )
    counts = DetectionCounts(**counted.to_pylist()[0])
    plain = Detection(*estimate_detection(counts))
    regrets = replace(plain, added=_added_by_outliers(evidence) / plain.span)
    votes = float(evidence["happy_weight"].sum()) / max(float(evidence["kept_weight"].sum()), 1e-9)
    reader, transit = _reader_error(night, counts, votes), counts.transit_days / max(counts.lines, 1.0)
    estimate = DetectionEstimate(regrets, happy_odds(counts, reader.judged(votes)), transit, reader)
    night.engine.store("night.int_detection", _stored(estimate))
    return estimate


def read_detection(night: Night) -> DetectionEstimate:
    """Read what `learn_detection` has stored this night."""
    row = night.engine.read("night.int_detection").to_pylist()[0]
    regrets = Detection(row["sensitivity"], row["false_positive_rate"], row["added"])
    reader = ReaderError(row["happy_shift"], row["happy_deviation"], row["is_calibrated"])
    return DetectionEstimate(regrets, row["happy_odds"], row["transit_days"], reader)


def _stored(estimate: DetectionEstimate) -> pa.Table:
    reader = estimate.reader
    row = asdict(estimate.regrets) | {
        "happy_odds": estimate.happy_odds,
        "transit_days": estimate.transit_days,
        "happy_shift": reader.shift,
        "happy_deviation": reader.deviation,
        "is_calibrated": reader.is_calibrated,
    }
    return pa.Table.from_pylist([row], schema=DETECTION)


def _reader_error(night: Night, counts: DetectionCounts, happy: float) -> ReaderError:
    """Take the error of reading from people's labels of votes where there are enough, else from outcomes.

    `happy` is the happy share of votes, 0-1.
    """
    happy_from = night.settings.scoring.happy_from
    rows = night.engine.select(
        "int_vote_strata", as_of_date=night.as_of_date, strata=STRATA, happy_from=happy_from
    ).to_pandas()
    labels = rows[rows["label"].notna()]
    if labels["votes"].sum() < FEWEST_LABELS:
        return error_by_outcomes(counts, happy)
    each = labels.loc[labels.index.repeat(labels["votes"])]
    labelled = LabelledVotes(
        each["stratum"].to_numpy(np.int64), each["is_happy"].to_numpy(bool), each["label"].to_numpy(np.int64) == 1
    )
    votes, read = (
        np.bincount(part["stratum"], part["votes"], STRATA).astype(np.float64)
        for part in (rows, rows[rows["is_happy"].to_numpy(bool)])
    )
    return error_by_labels(votes, read, labelled)


def _added_by_outliers(evidence: pd.DataFrame) -> float:
    names = ("regretted_lines", "regret_exposure", "excused_regrets", "excused_exposure")
    return added_by_outliers(*(float(evidence[name].sum()) for name in names))
