"""What is known of matches that agents took or did not take, as the rows that the acceptance model is fitted to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from xuanpin.models.affinity.agent_sku_scoring import AgentSkuScorer, SkuRows
from xuanpin.models.affinity.features import Vocabulary
from xuanpin.models.arrays import BY_AGENT, Flags, Floats, Ints
from xuanpin.models.matching.acceptance import Shown
from xuanpin.pipelines.choice_model.columns import doubles, rows_of
from xuanpin.pipelines.choice_model.lineup import Lineup, other_skus
from xuanpin.pipelines.choice_model.store import ChoiceModel
from xuanpin.pipelines.context import Night

MOST_ROWS, MOST_OF_ONE = 6_000_000, 200
"""Rows of all agents and of one that are learnt from, the newest: bounds time and memory on a large platform."""
POSTED_DAYS = 4.0
"""Days in which the memory of a post falls to a third."""
TRUST_DAYS, USUAL_UNITS = 28, 50.0
"""Days of orders that make her trust the list or not, and the units that the platform's share of regret is worth."""
REGRET_STEP, MOST_STEPS = 0.05, 3.0
"""Share of regretted units that is one step of trust, and the steps beyond which more does not count."""
SHOWN_DAYS = 10.0
"""Matches taken by word that how often an agent is seen to post at all is worth."""
LOWEST_SHARE, FEWEST_KNOWN = 0.1, 10
"""Share of the agents of whom it is known who are seen least, and how many must be known: others are like them."""
SEEN_ALWAYS = 0.999
"""Highest chance that a post of an agent is seen."""
FAMILIES = ("one", "category", "style", "series")
"""Families of attributes on which agents have effects of their own."""
TAUGHT = {
    "style": ("one", "style", "series"),
    "not_my_groups": ("one", "category"),
    "posted_lately": ("one",),
    "doubt_quality": ("one",),
}
"""What a reason speaks of; any other answer speaks of all."""


@dataclass(frozen=True)
class Measures:
    """Measure agents and SKUs alike for evidence and for tonight.

    spread: standard deviation of closeness; usual: log price that each agent's groups usually pay; regrets: how much
    more than usual of what they got lately was regretted, in steps.
    """

    spread: float
    usual: Floats = field(metadata=BY_AGENT)
    regrets: Floats = field(metadata=BY_AGENT)


@dataclass(frozen=True)
class Answered:
    """Rows of evidence: `agent` (row of the lineup) and `sku` (row of `sku_ids`), and what is known of each.

    answer and reason: codes, empty where she did not say; posted: whether she was seen to post it, NaN where it could
    not be seen; recent: 1 just after a post of hers, 0 long after; before: 1 where she took the SKU the last time, 0
    where she did not, NaN where it was new to her; skus: what a scorer needs of `sku_ids`.
    """

    agent: Ints
    sku: Ints
    answer: pa.Array
    reason: pa.Array
    posted: Floats
    recent: Floats
    before: Floats
    sku_ids: pa.Array
    skus: SkuRows

    @property
    def is_said(self) -> Flags:
        """Whether she answered."""
        return np.asarray(pc.not_equal(self.answer, ""))

    @property
    def is_taken(self) -> Flags:
        """Whether she took it, by her word or by what was seen."""
        taken: Flags = np.asarray(pc.equal(self.answer, "accepted")) | (self.posted == 1)
        return taken

    @property
    def is_price(self) -> Flags:
        """Whether she declined it for its price."""
        return np.asarray(pc.equal(self.reason, "price")) & ~self.is_taken

    def gap(self, measure: Measures) -> Floats:
        """Return how much dearer each SKU is than its agent's usual price (of `measure`), in log price."""
        return log_price(self.skus.price)[self.sku] - measure.usual[self.agent]

    def of(self, rows: Ints) -> Answered:
        """Return some of the rows."""
        answer, reason = self.answer.take(pa.array(rows)), self.reason.take(pa.array(rows))
        names = ("agent", "sku", "posted", "recent", "before")
        parts: dict[str, Any] = {name: getattr(self, name)[rows] for name in names}
        return replace(self, answer=answer, reason=reason, **parts)


def read_answered(night: Night, lineup: Lineup, model: ChoiceModel) -> Answered:
    """Read the evidence of night.int_answer_history on the agents of a lineup and SKUs that the `model` knows."""
    newest = max(1, min(MOST_OF_ONE, MOST_ROWS // max(len(lineup.agent_ids), 1)))
    rows = night.engine.select("int_answered_rows", newest=newest)
    sku_ids, skus = other_skus(night, model, night.engine.select("int_answered_skus"))
    agent, sku = lineup.agent_rows(rows["agent_id"]), rows_of(sku_ids, rows["sku_id"])
    known = (agent >= 0) & (sku >= 0)
    rows = rows.filter(pa.array(known))
    return Answered(
        agent=agent[known],
        sku=sku[known],
        answer=pc.fill_null(rows["answer"], "").combine_chunks(),
        reason=pc.fill_null(rows["reason_code"], "").combine_chunks(),
        posted=doubles(rows, "is_posted"),
        recent=fading(doubles(rows, "days_since")),
        before=doubles(rows, "taken_before"),
        sku_ids=sku_ids,
        skus=skus,
    )


def log_price(price: Floats) -> Floats:
    """Return the log of each `price` (yuan), of those below a fen that of a fen."""
    return np.log(np.maximum(price, 0.01))


def fading(days: Floats) -> Floats:
    """Return 1 for a SKU posted the day before, less the longer ago (`days`), and 0 where never (NaN)."""
    return np.nan_to_num(np.exp(-(days - 1.0) / POSTED_DAYS))


def measures(night: Night, lineup: Lineup, closeness: Floats) -> Measures:
    """Measure the agents of a lineup by what their groups buy; `closeness` is that of the evidence."""
    habits = night.engine.select("int_agent_habits", trusted_after=night.as_of_date - timedelta(days=TRUST_DAYS))
    row = lineup.agent_rows(habits["agent_id"])
    own, agents = row >= 0, len(lineup.agent_ids)
    price, units, faults = (np.zeros(agents) for _ in range(3))
    for values, column in ((price, "usual_price"), (units, "recent_units"), (faults, "recent_faults")):
        values[row[own]] = np.nan_to_num(doubles(habits, column)[own])
    mean = faults.sum() / max(units.sum(), 1.0)
    share = (faults + USUAL_UNITS * mean) / (units + USUAL_UNITS)
    return Measures(
        spread=max(float(closeness.std()), 1e-3) if len(closeness) else 1.0,
        usual=_usual_price(lineup, price),
        regrets=np.clip((share - mean) / REGRET_STEP, -MOST_STEPS, MOST_STEPS),
    )


def _usual_price(lineup: Lineup, paid: Floats) -> Floats:
    """Log of what her groups paid; else of the middle of her band; else of the middle price of the list."""
    low, high = lineup.scores.agents.price_min, lineup.scores.agents.price_max
    bounds = np.stack([np.where(np.isfinite(bound), bound, 0.0) for bound in (low, high)])
    middle = bounds.sum(axis=0) / np.maximum((bounds > 0).sum(axis=0), 1)
    listed = float(np.median(lineup.scores.skus.price)) if len(lineup.sku_ids) else 1.0
    price = np.where(paid > 0, paid, np.where(middle > 0, middle, listed))
    return log_price(price)


def attributes_of(skus: SkuRows, model: ChoiceModel) -> sp.csr_array:
    """Return a column of ones and the categories, styles and series that a `model` knows of SKUs: SKUs × attributes."""
    vocabulary = model.vocabulary
    kinds = len(vocabulary.category) + len(vocabulary.style) + len(vocabulary.series)
    first = skus.vector.shape[1] - len(vocabulary.attributes)
    ones = sp.csr_array(np.ones((skus.vector.shape[0], 1)))
    return sp.csr_array(sp.hstack([ones, skus.vector[:, first : first + kinds]], format="csr"))


def families_of(vocabulary: Vocabulary) -> Ints:
    """Return the place in FAMILIES of each attribute of a `vocabulary`."""
    sizes = (1, len(vocabulary.category), len(vocabulary.style), len(vocabulary.series))
    return np.repeat(np.arange(len(FAMILIES)), sizes)


def shown_rows(
    answered: Answered, scores: AgentSkuScorer, model: ChoiceModel, measure: Measures, seen: Floats, weight: Floats
) -> Shown:
    """Return the evidence as rows of the model.

    `scores` are those of the agents with the SKUs answered, by the choice `model`; `seen`: the chance, 0-1, that a post
    of each agent is seen; `measure` of these agents; `weight`, 0-1, of each row.
    """
    agent, sku, said = answered.agent, answered.sku, answered.is_said
    gap, attributes = answered.gap(measure), attributes_of(answered.skus, model)
    plain = np.stack(
        [
            scores.closeness_of(agent, sku) / measure.spread,
            np.maximum(gap, 0.0),
            np.maximum(-gap, 0.0),
            answered.recent,
            measure.regrets[agent],
            answered.before == 1,
            answered.before == 0,
        ],
        axis=1,
    )
    kinds = attributes[sku]
    return Shown(
        agent=agent,
        taken=answered.is_taken.astype(np.float64),
        seen=np.where(said, 1.0, seen[agent]),
        weight=weight,
        shared=sp.csr_array(sp.hstack([sp.csr_array(plain), kinds], format="csr")),
        own=kinds,
        teaches=_taught(answered),
    )


def _taught(answered: Answered) -> Flags:
    teaches = np.ones((len(answered.agent), len(FAMILIES)), dtype=bool)
    for reason, spoken_of in TAUGHT.items():
        rows = np.asarray(pc.equal(answered.reason, reason)) & ~answered.is_taken
        teaches[rows] = np.isin(FAMILIES, spoken_of)
    return teaches


def shown_chance(answered: Answered, posted: Floats) -> Floats:
    """Return how likely a post of each agent is seen, by what she took by word and was then seen to post or not.

    `posted` is how often each agent is seen to post what she does not refuse for good: a first guess, which is low. It
    is raised to what the lowest tenth of those show of whom it is known, where they are enough.
    """
    told = np.asarray(pc.equal(answered.answer, "accepted")) & ~np.isnan(answered.posted)
    agent, agents = answered.agent[told], len(posted)
    shown = np.bincount(agent, answered.posted[told], agents)
    days = np.bincount(agent, minlength=agents)
    known = days >= SHOWN_DAYS
    lowest = np.quantile(shown[known] / days[known], LOWEST_SHARE) if known.sum() >= FEWEST_KNOWN else 0.0
    guess = np.maximum(posted, lowest)
    return np.minimum((shown + SHOWN_DAYS * guess) / (days + SHOWN_DAYS), SEEN_ALWAYS)
