"""The agents and SKUs that occur in posted sets, as rows of their own: a fit costs what it meets, not all there is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from xuanpin.models.affinity.conditional_logit import ChoiceEffects, ChoiceFeatures, PostedSets
from xuanpin.models.affinity.factorization import Factors
from xuanpin.models.arrays import Floats, Ints


@dataclass(frozen=True)
class MetRows:
    """Posted sets and features over the agents and SKUs that occur; agents, skus: which rows of `whole` these are."""

    posted: PostedSets
    features: ChoiceFeatures
    agents: Ints
    skus: Ints
    whole: ChoiceFeatures

    def widened(self, effects: ChoiceEffects, factors: Factors) -> tuple[ChoiceEffects, Factors]:
        """Return effects and factors over all agents and SKUs; those of agents and SKUs not met are 0."""
        agents, skus = self.whole.left.shape[0], self.whole.sku.shape[0]
        own = effects.agent.tocoo()
        cells, shape = (self.agents[own.coords[0]], own.coords[1]), (agents, self.whole.sku.shape[1])
        wide = replace(effects, sku=_spread(effects.sku, self.skus, skus), agent=sp.csr_array((own.data, cells), shape))
        return wide, Factors(_spread(factors.agent, self.agents, agents), _spread(factors.sku, self.skus, skus))


def met_rows(posted: PostedSets, features: ChoiceFeatures) -> MetRows:
    """Return `posted` over the agents and SKUs that occur in it."""
    agents, agent = np.unique(posted.agent, return_inverse=True)
    skus, sku = np.unique(posted.sku, return_inverse=True)
    met = replace(features, sku=features.sku[skus], left=features.left[agents], right=features.right[skus])
    return MetRows(replace(posted, agent=agent, sku=sku), met, agents, skus, features)


def _spread(values: Floats, rows: Ints, size: int) -> Floats:
    wide = np.zeros((size, *values.shape[1:]))
    wide[rows] = values
    return wide
