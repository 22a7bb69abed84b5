"""Which regrets of a SKU come from accounts that are alike: opened in the same weeks, or of the same size.

Whoever keeps accounts to sink a SKU opens them together or uses them equally often; buyers of a bad batch are as mixed
as those of other SKUs. A kind of account is compared with its share among all who regret something, and among those who
bought the same SKU and regret nothing: a SKU that such accounts buy anyway is no target. Source: the binomial test with
Bonferroni's correction, Dunn, "Multiple comparisons among means", J. Am. Stat. Assoc. 56 (1961).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betainc

from xuanpin.models.arrays import Flags, Floats
from xuanpin.models.risk.witnesses import FALSE_ALARMS

FEWEST_ALIKE = 4
"""Buyers of one kind below which they are taken as independent: four hardly move a SKU that is known."""
ALIKE_CORRELATION = 0.3
"""Correlation (0-1) of what accounts alike say: n of them are worth n / (1 + (n - 1) r) witnesses, at most 3.3.

Three real buyers take no SKU over the gate, so no ring does. As one witness they would not be heard where they are
honest: twelve members of a new group who all got a bad batch."""
SHARE_PRIOR = 10.0
"""Buyers, half of them of the kind, added to those of the platform: where few regret anything, nothing is unusual."""
KIND = ["sku_id", "period", "first_week", "account_size"]
"""Columns that name a kind of account of a SKU: the last of two periods, of two first weeks and of two sizes."""


def suspect_kinds(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `counts` whose kind of account regrets one SKU far more often than it regrets others.

    `counts` has a row a SKU and kind: KIND, `alike` of its `buyers` who regret it, `platform_alike` of all
    `platform_buyers` with a regret, and the number of `tests`. They get a column `platform_share` (0-1).
    """
    others = counts["platform_buyers"] - counts["buyers"]
    share = (counts["platform_alike"] - counts["alike"] + SHARE_PRIOR / 2.0) / (others + SHARE_PRIOR)
    judged = counts.assign(platform_share=share)
    return judged[_is_rare(judged, share.to_numpy(np.float64))].reset_index(drop=True)


def find_alike(suspects: pd.DataFrame) -> Flags:
    """Tell which `suspects` are rare also among the content buyers of their SKU, shape (rows,).

    `suspects` are rows of `suspect_kinds` with `content_alike` of `content_buyers`, who regret nothing.
    """
    own = suspects["content_alike"].to_numpy(np.float64) / (suspects["content_buyers"].to_numpy(np.float64) + 1.0)
    return _is_rare(suspects, np.maximum(own, suspects["platform_share"].to_numpy(np.float64)))


def _is_rare(counts: pd.DataFrame, share: Floats) -> Flags:
    """Whether so many alike are too many for chance, at FALSE_ALARMS a night, where a `share` (0-1) is usual."""
    alike, buyers = counts["alike"].to_numpy(np.float64), counts["buyers"].to_numpy(np.float64)
    # The binomial tail as an incomplete beta function: scipy.stats takes long to import.
    chance = betainc(alike, buyers - alike + 1.0, np.minimum(share, 1.0))
    return np.asarray(chance <= FALSE_ALARMS / counts["tests"].to_numpy(np.float64), dtype=np.bool_)
