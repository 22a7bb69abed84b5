"""The affinity model of posted sets, learnt as step `affinity` does."""

from __future__ import annotations

import numpy as np

from xuanpin.models.affinity.affinity_model import AffinityModel, fit_affinity_model, learn_taste
from xuanpin.models.affinity.conditional_logit import ChoiceFeatures, PostedSets, cells_of
from xuanpin.models.affinity.repeat_purchase import OrderDays
from xuanpin.models.affinity.teachers import posts_of_teachers
from xuanpin.models.affinity.visits import PostHistory


def fitted_model(
    posted: PostedSets, history: PostHistory, features: ChoiceFeatures, orders: OrderDays, taught: int
) -> AffinityModel:
    """Return the model whose shared taste is learnt from the first `taught` agents, units being bought one by one."""
    teachers = posts_of_teachers(posted, np.arange(taught))
    days = history.day[teachers.occasion]
    taste = learn_taste(teachers.posted, days, features, orders, last=history.last, batch=1.0)
    evidence = orders.evidence(history.last + 1, features.left.shape[0], features.sku.shape[0])
    own = cells_of(evidence, posted.agent, posted.sku)
    return fit_affinity_model(posted, history, features, taste, own, teachers=teachers.rows, batch=1.0)
