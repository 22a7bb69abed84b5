"""Who is left behind: agents with few matches night after night, and the weakest tenth beside agents of their size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

LEFT_BEHIND_NIGHTS = 3
"""List dates running with few matches from which an agent is left behind: one or two such nights may be chance."""


def weakest_share(sizes: Sequence[Mapping[str, Any]]) -> dict[str, float] | None:
    """Return mean kept units of the weakest tenth and of all agents, and their ratio, over the classes of `sizes`.

    Each class counts by its agents, so that the weakest tenth is that of agents of equal size. None without agents.
    """
    agents = sum(row["agents"] for row in sizes)
    if not agents:
        return None
    weakest, everyone = (
        math.fsum(row["agents"] * row[name] for row in sizes) / agents for name in ("weakest_kept_units", "kept_units")
    )
    return {"weakest": weakest, "everyone": everyone, "share": weakest / everyone if everyone else 0.0}
