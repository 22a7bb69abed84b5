"""Step `match` of a simulated night that is told by the world how likely each agent takes each SKU, for comparison."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from xuanpin.models.arrays import BY_AGENT, Array, Ints, Singles
from xuanpin.pipelines.choice_model.lineup import Lineup
from xuanpin.pipelines.context import Night, StepCount
from xuanpin.pipelines.errors import UsageError
from xuanpin.pipelines.matching.inputs import MatchProblem, read_match_problem
from xuanpin.pipelines.matching.step import match_by
from xuanpin.pipelines.typed.phrase import phrase

CHANCES = "acceptance.npy"


@dataclass(frozen=True)
class KnownAcceptance:
    """Hold the chance, 0-1, that each agent of a lineup takes each of its SKUs (`chances`, agents × SKUs)."""

    chances: Singles = field(metadata=BY_AGENT)

    def chance(self, rows: Ints, closeness: Singles) -> Singles:
        """Return the chances of the agents at `rows`, whatever their `closeness` to SKUs."""
        return self.chances[rows]


def tell_chances(home: Path, chance: Array) -> None:
    """Write to the folder of a `home` the `chance`, 0-1, that agents take SKUs of the next list: agents × SKUs."""
    home.mkdir(parents=True, exist_ok=True)
    np.save(home / CHANCES, chance.astype(np.float32))


def match_knowing(night: Night) -> StepCount:
    """Match as step `match` does, by the chances that tell_chances wrote to the home.

    Raises UsageError where there are none.
    """
    path = night.home.root / CHANCES
    if not path.exists():
        raise UsageError(
            phrase("{path} does not exist: only a simulated night knows beforehand what agents take", path=path)
        )
    return match_by(night, lambda of: _told(read_match_problem(of), np.load(path)))


def _told(problem: MatchProblem, chances: Singles) -> MatchProblem:
    return replace(problem, taking=KnownAcceptance(_at(chances, problem.lineup)))


def _at(chances: Singles, lineup: Lineup) -> Singles:
    """The chances of the agents and SKUs of a lineup, whose ids are a letter and their position in the world."""
    agent, sku = ([int(name[1:]) for name in ids.to_pylist()] for ids in (lineup.agent_ids, lineup.sku_ids))
    return chances[np.ix_(np.array(agent, np.int64), np.array(sku, np.int64))]
