"""Learns how likely agents take what they are given from their answers, from their posts and from their silence."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import numpy as np
import scipy.sparse as sp

from xuanpin.models.affinity.conditional_logit import cells_of
from xuanpin.models.arrays import Flags, Floats, Ints
from xuanpin.models.matching.acceptance import AcceptanceModel, Prior, Shown, fit_acceptance
from xuanpin.models.matching.market import WORKERS
from xuanpin.models.matching.price_refusals import price_answers
from xuanpin.models.matching.silence import SilenceModel, fit_silence
from xuanpin.pipelines.choice_model.columns import doubles, integers
from xuanpin.pipelines.choice_model.lineup import Lineup
from xuanpin.pipelines.choice_model.store import ChoiceModel
from xuanpin.pipelines.context import Night
from xuanpin.pipelines.matching.acceptance import Acceptance, AnsweringAgents, SilentAgents
from xuanpin.pipelines.matching.answered import (
    Answered,
    Measures,
    attributes_of,
    fading,
    families_of,
    log_price,
    measures,
    read_answered,
    shown_chance,
    shown_rows,
)

SILENT_DAYS = 14
"""List dates whose matches tell what an agent does not post; after so many days she is asked again."""
PLAIN_MEANS, PLAIN_DEVIATIONS = (0.3, 0.0, 0.0, -0.5, -0.1, 1.0, -1.0), (0.5, 0.5, 0.5, 1.0, 0.3, 1.5, 1.5)
"""Log odds believed before any answer, of closeness, a dearer and a cheaper price, a recent post, regrets, and a SKU
that she took, or did not take, the last time."""
LEVEL_MEAN, LEVEL_DEVIATION, KIND_DEVIATION = 2.0, 2.0, 0.5
"""The same of the level (two log odds: 88 % are taken), and of each category, style and series."""
PRICE_MEANS, PRICE_DEVIATIONS = (-0.5, -0.5, 1.0, 3.0), (1.0, 1.0, 1.5, 1.5)
"""The same of the chance that a price suits: a dearer price, a cheaper one, a SKU that she took, and the level."""
AGENTS_AT_A_TIME = 10_000
"""Agents whose own effects are found together; bounds memory."""


def read_acceptance(night: Night, lineup: Lineup, model: ChoiceModel) -> Acceptance:
    """Learn what the agents of a lineup take of its SKUs; writes night.int_answer_history.

    `model` is the choice model that lined them up. Where no agent has answered yet, only silence speaks.
    """
    days = night.settings.matching.answer_days
    night.engine.materialise(
        "int_answer_history", as_of_date=night.as_of_date, answered_after=night.as_of_date - timedelta(days=days)
    )
    silence, silent = _silence(night, lineup)
    answered = read_answered(night, lineup, model)
    if not answered.is_said.any():
        return SilentAgents(silent)
    return _learnt(night, lineup, model, answered, silent, silence)


def _silence(night: Night, lineup: Lineup) -> tuple[SilenceModel, sp.csr_array]:
    """How often agents are seen to post, and the chance that they refuse a SKU of the list for good."""
    rows = night.engine.select("int_match_posts", matched_after=night.as_of_date - timedelta(days=SILENT_DAYS))
    agent, sku = lineup.agent_rows(rows["agent_id"]), lineup.sku_rows(rows["sku_id"])
    known, shape = (agent >= 0) & (sku >= 0), (len(lineup.agent_ids), len(lineup.sku_ids))
    given, posted = integers(rows, "days_given")[known], integers(rows, "days_posted")[known]
    model, chance = fit_silence(agent[known], given, posted, shape[0])
    return model, sp.csr_array((chance, (agent[known], sku[known])), shape=shape)


def _learnt(
    night: Night, lineup: Lineup, model: ChoiceModel, answered: Answered, silent: sp.csr_array, silence: SilenceModel
) -> AnsweringAgents:
    scores = replace(lineup.scores, skus=answered.skus, repeat_attraction=None)
    some = answered.of(_sample(answered, night.settings.matching.fitted_agents))
    measure = measures(night, lineup, scores.closeness_of(some.agent, some.sku))
    seen = shown_chance(answered, silence.posted)
    family, kinds = families_of(model.vocabulary), attributes_of(lineup.scores.skus, model)

    def shown_of(part: Answered) -> Shown:
        return shown_rows(part, scores, model, measure, seen, _weights(lineup, part, silent))

    judged = shown_of(some)
    fitted = fit_acceptance(judged.of(~some.is_price), family, _prior(kinds.shape[1]))
    took, left = _last_outcomes(night, lineup)
    return AnsweringAgents(
        silent=silent,
        sku_level=(kinds @ fitted.shared[len(PLAIN_MEANS) :]).astype(np.float32),
        plain=fitted.shared[: len(PLAIN_MEANS)],
        measure=measure,
        effects=_own_effects(answered, shown_of, fitted, family, len(lineup.agent_ids)),
        kinds=kinds.toarray().astype(np.float32),
        recent=_recent(night, lineup),
        took=took,
        left=left,
        prices=price_answers(
            (answered.agent, answered.sku),
            np.flatnonzero(answered.is_taken),
            np.flatnonzero(answered.is_price),
            log_price(answered.skus.price),
            log_price(lineup.scores.skus.price),
            measure.usual,
        ),
        price_weights=_price_weights(some, judged, measure),
    )


def _own_effects(
    answered: Answered, shown_of: Callable[[Answered], Shown], fitted: AcceptanceModel, family: Ints, agents: int
) -> sp.csr_array:
    """Agents × attributes, so many agents at a time that their rows fit in memory."""
    taught = answered.of(np.flatnonzero(~answered.is_price))

    def found(first: int) -> sp.csr_array:
        last = min(first + AGENTS_AT_A_TIME, agents)
        shown = shown_of(taught.of(np.flatnonzero((taught.agent >= first) & (taught.agent < last))))
        return fitted.own_effects(replace(shown, agent=shown.agent - first), family, last - first)

    with ThreadPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(found, range(0, agents, AGENTS_AT_A_TIME)))
    return sp.csr_array(sp.vstack(parts, format="csr"))


def _sample(answered: Answered, most: int) -> Ints:
    """Rows of so many agents, an even stride through those who have any."""
    people = np.unique(answered.agent)
    chosen = people[np.unique(np.linspace(0, len(people) - 1, min(len(people), most)).astype(np.int64))]
    return np.flatnonzero(np.isin(answered.agent, chosen))


def _prior(kinds: int) -> Prior:
    return Prior(
        np.array([*PLAIN_MEANS, LEVEL_MEAN, *np.zeros(kinds - 1)]),
        np.array([*PLAIN_DEVIATIONS, LEVEL_DEVIATION, *np.full(kinds - 1, KIND_DEVIATION)]),
    )


def _weights(lineup: Lineup, answered: Answered, silent: sp.csr_array) -> Floats:
    """What rows count: silence on a SKU that she refuses for good is explained by that."""
    listed = lineup.sku_rows_of(answered.sku_ids)[answered.sku]
    quiet = ~answered.is_said & ~answered.is_taken & (listed >= 0)
    weight = np.ones(len(answered.agent))
    weight[quiet] -= cells_of(silent, answered.agent[quiet], listed[quiet])
    return weight


def _last_outcomes(night: Night, lineup: Lineup) -> tuple[sp.csr_array, sp.csr_array]:
    """Agents × SKUs: 1 where she took a SKU the last time, and 1 where she did not."""
    rows = night.engine.select("int_last_outcomes")
    agent, sku = lineup.agent_rows(rows["agent_id"]), lineup.sku_rows(rows["sku_id"])
    known, shape = (agent >= 0) & (sku >= 0), (len(lineup.agent_ids), len(lineup.sku_ids))
    outcome = integers(rows, "taken_before")

    def marked(cells: Flags) -> sp.csr_array:
        return sp.csr_array((np.ones(int(cells.sum()), np.float32), (agent[cells], sku[cells])), shape=shape)

    return marked(known & (outcome == 1)), marked(known & (outcome == 0))


def _recent(night: Night, lineup: Lineup) -> sp.csr_array:
    posted_after = night.as_of_date - timedelta(days=SILENT_DAYS)
    rows = night.engine.select("int_last_posts", list_date=night.list_date, posted_after=posted_after)
    agent, sku = lineup.agent_rows(rows["agent_id"]), lineup.sku_rows(rows["sku_id"])
    known, shape = (agent >= 0) & (sku >= 0), (len(lineup.agent_ids), len(lineup.sku_ids))
    value = fading(doubles(rows, "days_since")[known]).astype(np.float32)
    return sp.csr_array((value, (agent[known], sku[known])), shape=shape)


def _price_weights(answered: Answered, shown: Shown, measure: Measures) -> Floats:
    """How the chance that a price suits falls with a dearer and a cheaper one, among all agents, and its level."""
    rows = np.flatnonzero(answered.is_taken | answered.is_price)
    gap = answered.gap(measure)[rows]
    took = answered.before[rows] == 1
    plain = np.stack([np.maximum(gap, 0.0), np.maximum(-gap, 0.0), took, np.ones(len(rows))], axis=1)
    judged = replace(
        shown.of(rows), seen=np.ones(len(rows)), shared=sp.csr_array(plain), own=sp.csr_array((len(rows), 0)),
        teaches=np.zeros((len(rows), 0), dtype=bool),
    )  # fmt: skip
    prior = Prior(np.array(PRICE_MEANS), np.array(PRICE_DEVIATIONS))
    return fit_acceptance(judged, np.zeros(0, np.int64), prior).shared
