"""Count agents' doubts of quality as votes of experts, weighed by how right their earlier doubts were."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from xuanpin.models.arrays import Floats, Ints
from xuanpin.models.risk.beta_binomial import posterior
from xuanpin.models.risk.doubts import (
    FEWEST_LINES,
    Judges,
    VoteCounts,
    Votes,
    chance_of_change,
    fit_judges,
    handed_down,
    odds_ratio,
    probability_bad,
)
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.scoring.detection import read_detection
from xuanpin.pipelines.scoring.estimates import Knowledge
from xuanpin.pipelines.scoring.evidence import doubles
from xuanpin.pipelines.scoring.rates import Prior

JUDGED_DAYS = 28
"""Days of deliveries after a vote by which it is judged, and of one vote: a bad batch lasts two to four weeks."""
SALES_DAYS = 56
"""Days of her groups' orders in which an agent's stake in a supplier shows."""
PUSHED_SHARE = 0.6
"""Share (0-1) of her units of a category above which an agent lives by one supplier."""
FEWEST_UNITS = 20
"""Units of a category below which an agent sells too few to live by a supplier."""
OUTCOMES = pa.schema(
    [
        ("sku_id", pa.string()),
        ("said_on", pa.date32()),
        ("lines", pa.float64()),
        ("bad", pa.decimal128(9, 8)),
        ("is_judged", pa.bool_()),
    ]
)
COUNTS = ("bad_doubted", "bad_taken", "good_doubted", "good_taken")


@dataclass(frozen=True)
class Doubts:
    """Hold what stands on each SKU in the order of the evidence, shape (skus,).

    `count` is how many agents doubt it; of their `judged` earlier doubts `right` were right; `ratio` is by how much
    they multiply the odds of a landmine, at least 1.
    """

    count: Ints
    judged: Ints
    right: Ints
    ratio: Floats

    @property
    def columns(self) -> dict[str, Ints | Floats]:
        """Return the columns of the estimates that describe the doubts."""
        return {
            "doubt_count": self.count,
            "doubts_judged": self.judged,
            "doubts_right": self.right,
            "doubt_ratio": self.ratio,
        }


@dataclass(frozen=True)
class _Record:
    """The agents who doubt, as judges: `rows` of counts, how many bad batches each has `right`, and which (`named`)."""

    rows: pd.DataFrame
    judges: Judges
    right: Ints
    named: pd.DataFrame

    def place(self, agent_ids: pd.Series[str]) -> Ints:
        return np.asarray(pd.Index(self.rows["agent_id"]).get_indexer(agent_ids), dtype=np.int64)


def read_doubts(night: Night, evidence: pd.DataFrame, prior: Prior) -> Doubts:
    """Read the doubts that stand tonight and weigh them by the records of their agents.

    `evidence` has one row a SKU and `prior` is that of its regret. Reads night.stg_match_answers, int_agent_daily,
    what the steps outcomes, faults and rates have written, and history.predictions. Writes night.int_quality_votes (a
    row an agent, SKU and period), int_last_words (what stands) and int_vote_outcomes (a row a SKU and day of a vote).
    """
    settings, as_of = night.settings.scoring, night.as_of_date
    first_on = as_of - timedelta(days=settings.doubt_record_days)
    count = night.engine.materialise("int_quality_votes", first_on=first_on, period_days=JUDGED_DAYS)
    night.engine.materialise("int_last_words", standing_after=as_of - timedelta(days=settings.doubt_days))
    night.engine.store(
        "night.int_vote_outcomes", _outcomes(night, evidence, prior) if count else OUTCOMES.empty_table()
    )
    if not count:
        none = np.zeros(len(evidence), dtype=np.int64)
        return Doubts(none, none, none, np.ones(len(evidence)))
    votes: pd.DataFrame = night.engine.select(
        "int_standing_votes",
        sales_after=as_of - timedelta(days=SALES_DAYS),
        pushed_share=PUSHED_SHARE,
        fewest_units=FEWEST_UNITS,
    ).to_pandas()
    return _weighed(votes, _record(night), evidence)


def with_doubts(known: Knowledge, doubts: Doubts) -> Knowledge:
    """Return `known` with the chance of a change that the `doubts` on a SKU leave, for those that are doubted.

    A SKU whose past is that of its kin is doubted as they are: a new name is no new batch.
    """
    heritage, lines = known.heritage, doubles(known.evidence, "regret_exposure")
    ratio = handed_down(doubts.ratio, heritage.heir, heritage.kin, lines)
    rows = np.flatnonzero(ratio > 1.0)
    if not len(rows):
        return known
    change, detection = known.change, known.detection.regrets
    ceiling = doubles(known.baselines, "landmine_ceiling")[rows]
    steady = replace(known.current("regret").at(rows), detection=detection)
    changed = replace(steady, alpha=change.alpha[rows], beta=change.beta[rows])
    alone = change.alone.copy()
    alone[rows] = chance_of_change(
        alone[rows],
        change.with_supplier[rows],
        steady.probability_above(ceiling),
        changed.probability_above(ceiling),
        ratio[rows],
    )
    return replace(known, change=replace(change, alone=alone))


def _outcomes(night: Night, evidence: pd.DataFrame, prior: Prior) -> pa.Table:
    """Return what each SKU turned out to be after each day on which agents judged it.

    What the gate had stopped by then teaches nothing of a judge: everybody could read it.
    """
    settings = night.settings.scoring
    results = night.engine.select(
        "int_vote_results",
        as_of_date=night.as_of_date,
        first_on=night.as_of_date - timedelta(days=settings.doubt_record_days),
        horizon_days=settings.horizon_days,
        judged_days=JUDGED_DAYS,
    )
    seen: pd.DataFrame = results.to_pandas()
    before, after = _probabilities(night, seen, pd.Index(evidence["sku_id"]).get_indexer(seen["sku_id"]), prior)
    known = doubles(seen, "known_probability")
    expected = np.where(np.isnan(known), before, known)
    bad = pa.array(np.round(probability_bad(expected, before, after), 8)).cast(pa.decimal128(9, 8))
    is_judged = (doubles(seen, "lines") >= FEWEST_LINES) & ~(known > settings.landmine_cap)
    columns = [results["sku_id"], results["said_on"], results["lines"], bad, pa.array(is_judged)]
    return pa.table(columns, schema=OUTCOMES)


def _probabilities(night: Night, seen: pd.DataFrame, skus: Ints, prior: Prior) -> tuple[Floats, Floats]:
    """Probabilities that the rates of `seen` are over the ceiling, without and with their lines; `skus` are places.

    Its past may no longer hold for a SKU that agents doubt: its prior is worth what that of a changed one is.
    """
    baselines = night.engine.read("night.int_sku_baselines", order_by=["sku_id"]).to_pandas()
    ceiling, mean = doubles(baselines, "landmine_ceiling")[skus], prior.mean[skus]
    detection, strength = read_detection(night).regrets, night.settings.scoring.changed_prior_lines
    lines, regrets = doubles(seen, "lines"), doubles(seen, "regrets")
    rates = (posterior(mean, strength, *counts) for counts in ((0.0 * regrets, 0.0 * lines), (regrets, lines)))
    before, after = (replace(rate, detection=detection).probability_above(ceiling) for rate in rates)
    return before, after


def _record(night: Night) -> _Record:
    rows: pd.DataFrame = night.engine.select("int_vote_records").to_pandas()
    named: pd.DataFrame = night.engine.select("int_named_batches").to_pandas()
    judges = fit_judges(VoteCounts(*(doubles(rows, name) for name in COUNTS)))
    right = rows["agent_id"].map(named["agent_id"].value_counts()).fillna(0).to_numpy()
    return _Record(rows, judges, np.asarray(right, dtype=np.int64), named)


def _weighed(standing: pd.DataFrame, record: _Record, evidence: pd.DataFrame) -> Doubts:
    skus, agent = pd.Index(evidence["sku_id"]), record.place(standing["agent_id"])
    sku = np.asarray(skus.get_indexer(standing["sku_id"]), dtype=np.int64)
    is_doubt = standing["is_doubt"].to_numpy(np.bool_)
    votes = Votes(sku, agent, is_doubt, doubles(standing, "lines"), _batches(standing, record, agent))

    def added(name: str) -> Ints:
        own = record.rows[name].to_numpy(np.int64)[agent[is_doubt]]
        return np.bincount(sku[is_doubt], own, len(skus)).astype(np.int64)

    ratio = odds_ratio(votes, record.judges, record.right, len(skus))
    count = np.bincount(sku[is_doubt], minlength=len(skus))
    return Doubts(count, added("judged_doubts"), added("right_doubts"), ratio)


def _batches(standing: pd.DataFrame, record: _Record, agent: Ints) -> Floats:
    """Count the bad batches behind each vote, shape (votes,), each shared with the judges who say the same of a SKU."""
    speaks = ~standing["has_stake"] & record.judges.proven(record.right)[agent]
    votes = standing[speaks].reset_index(names="vote")
    named = votes.merge(record.named, on="agent_id")
    alike = named.groupby(["sku_id", "is_doubt", "supplier_id", "period"])["vote"]
    share = 1.0 / alike.transform("size").to_numpy(np.float64)
    counts = np.bincount(named["vote"].to_numpy(np.int64), share, len(standing))
    return np.asarray(counts, dtype=np.float64)
