"""Learns from the platform's own lines how well regrets are seen, so that rates can be told as they truly are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pyarrow as pa

from xuanpin.models.risk.detection import Seeing, Signs, happy_odds, learn_seeing
from xuanpin.pipelines.context import Night


def read_seeing(night: Night, evidence: pd.DataFrame) -> tuple[Seeing, float]:
    """How well regrets are seen, and how much likelier the happy speak than the lukewarm.

    The first is of the lines of `evidence` and kept in night.int_detection, one row, for the night's calibration. What
    proven culprits (a bad carrier, a serial returner) add is regret that customers live through: it is spread over all
    goods alike, since it sinks no single one.
    """
    settings = night.settings.scoring
    first_on = night.as_of_date - timedelta(days=settings.signs_days)
    night.engine.materialise("int_detection_counts", as_of_date=night.as_of_date, first_on=first_on)
    signs = Signs(**night.engine.read("night.int_detection_counts").to_pylist()[0])
    recall, false_rate = learn_seeing(signs)
    plain = Seeing(recall, false_rate)
    seeing = replace(plain, added=_added_by_culprits(evidence) / plain.span)
    row = {"recall": seeing.recall, "false_rate": seeing.false_rate, "added": seeing.added}
    night.engine.store("night.int_detection", pa.Table.from_pylist([row]))
    votes = float(evidence["happy_weight"].sum()) / max(float(evidence["kept_weight"].sum()), 1e-9)
    return seeing, happy_odds(signs, votes)


def _added_by_culprits(evidence: pd.DataFrame) -> float:
    """Regrets seen per line of the platform beyond what the goods explain, in the lines of culprits."""
    judged, excused = float(evidence["regret_exposure"].sum()), float(evidence["excused_exposure"].sum())
    usual = float(evidence["regretted_lines"].sum()) / max(judged, 1.0)
    excess = float(evidence["excused_regrets"].sum()) - usual * excused
    return min(max(excess, 0.0) / max(judged + excused, 1.0), 0.5)
