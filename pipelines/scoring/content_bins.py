"""Compare what was said of satisfaction on earlier nights with what buyers have done and written since."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from xuanpin.models.arrays import Floats
from xuanpin.models.evaluation.reliability import reliability
from xuanpin.models.risk.reader_error import SMALLEST
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.detection import DetectionEstimate, read_detection

FEWEST_VOTES = 20.0
"""Votes of a bin below which who is happy is not known of it."""
METRIC = "satisfaction"


def content_bins(night: Night) -> list[dict[str, object]]:
    """Return the rows of night.calibration of the metrics satisfaction and satisfaction_listed; `n` is lines.

    A line counts once it is as old as a kept line has to be.
    """
    chosen, feedback = night.settings.scoring, night.settings.feedback
    due = night.engine.select(
        "int_content_due",
        as_of_date=night.as_of_date,
        first_on=night.as_of_date - timedelta(days=chosen.calibration_days),
        last_on=night.as_of_date - timedelta(days=feedback.kept_days),
        happy_from=chosen.happy_from,
        trusted_from=feedback.trusted_from,
    ).to_pandas()
    known = read_detection(night)
    parts = ((METRIC, due), (f"{METRIC}_listed", due[due["is_listed"].to_numpy(bool)]))
    return [row for metric, held in parts for row in bins_of(metric, held, known)]


def bins_of(metric: str, due: pd.DataFrame, known: DetectionEstimate) -> list[dict[str, object]]:
    """Return the bins of one `metric` of the rows `due` of int_content_due; bins with few votes are left out.

    Content are those of the lines that were kept whom the votes of the bin would show to be happy, had all of them
    written and people read it: corrected by what is `known` of both, as the prediction was.
    """
    if not len(due):
        return []
    columns = ("satisfaction", "line_count", "kept_lines", "votes", "happy_votes")
    predicted, lines, kept, votes, happy = (due[name].to_numpy(np.float64) for name in columns)
    bins = reliability(predicted, kept, lines)
    # Equal predictions and lines give equal bins: the counts of each are its means times its lines.
    voted, content = (reliability(predicted, counts, lines).observed * bins.trials for counts in (votes, happy))
    share = _as_all(content / np.maximum(voted, 1.0), known)
    return [
        {
            "metric": metric,
            "bin": int(bins.bins[place]),
            "predicted": float(bins.predicted[place]),
            "observed": float(bins.observed[place] * share[place]),
            "n": round(float(bins.trials[place])),
        }
        for place in np.flatnonzero(voted >= FEWEST_VOTES)
    ]


def _as_all(share: Floats, known: DetectionEstimate) -> Floats:
    """Return the happy share of all who kept their line behind that of the votes."""
    judged = expit(logit(np.clip(share, SMALLEST, 1.0 - SMALLEST)) + known.reader.shift)
    return np.asarray(judged / (judged + known.happy_odds * (1.0 - judged)))
