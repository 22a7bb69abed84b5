"""Learns from the platform's own lines how well regrets are seen, and hands it to the steps that come after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pandas as pd
import pyarrow as pa

from xuanpin.models.risk.detection import Seeing, Signs, added_by_outliers, happy_odds, learn_seeing
from xuanpin.pipelines.context import Night

SEEING = pa.schema(
    [
        ("recall", pa.float64()),
        ("false_rate", pa.float64()),
        ("added", pa.float64()),
        ("happy_odds", pa.float64()),
        ("transit_days", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Heard:
    """How regrets are seen, how many times likelier the happy speak, and mean days from order to delivery."""

    seeing: Seeing
    happy_odds: float
    transit_days: float


def learn_heard(night: Night, evidence: pd.DataFrame) -> Heard:
    """Learn from the last lines how well regrets are seen and votes represent; writes night.int_detection, one row.

    What proven culprits (a bad carrier, a serial returner) add is regret that customers live through: it is spread over
    all goods alike, since it sinks no single one.
    """
    first_on = night.as_of_date - timedelta(days=night.settings.scoring.signs_days)
    counted = night.engine.select("int_detection_counts", as_of_date=night.as_of_date, first_on=first_on)
    signs = Signs(**counted.to_pylist()[0])
    plain = Seeing(*learn_seeing(signs))
    seeing = replace(plain, added=_added_by_culprits(evidence) / plain.span)
    votes = float(evidence["happy_weight"].sum()) / max(float(evidence["kept_weight"].sum()), 1e-9)
    heard = Heard(seeing, happy_odds(signs, votes), signs.transit_days / max(signs.lines, 1.0))
    night.engine.store("night.int_detection", _stored(heard))
    return heard


def read_heard(night: Night) -> Heard:
    """Read what `learn_heard` has found this night."""
    row = night.engine.read("night.int_detection").to_pylist()[0]
    seeing = Seeing(row["recall"], row["false_rate"], row["added"])
    return Heard(seeing, row["happy_odds"], row["transit_days"])


def _stored(heard: Heard) -> pa.Table:
    seeing = heard.seeing
    row = {"recall": seeing.recall, "false_rate": seeing.false_rate, "added": seeing.added}
    spoken = {"happy_odds": heard.happy_odds, "transit_days": heard.transit_days}
    return pa.Table.from_pylist([row | spoken], schema=SEEING)


def _added_by_culprits(evidence: pd.DataFrame) -> float:
    names = ("regretted_lines", "regret_exposure", "excused_regrets", "excused_exposure")
    return added_by_outliers(*(float(evidence[name].sum()) for name in names))
