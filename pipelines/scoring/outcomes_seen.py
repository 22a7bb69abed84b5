"""Which outcomes a night knows at all: where a platform sends none, its lines only look kept."""

from __future__ import annotations

from dataclasses import dataclass

from xuanpin.pipelines.context import Night

SEEN = "night.int_outcomes_seen"


@dataclass(frozen=True)
class OutcomesSeen:
    """Hold whether a night knows any `returns`, and any sign of `regrets`: returns or what is said in chat."""

    returns: bool
    regrets: bool

    def by_measure(self, measure: str) -> bool:
        """Whether outcomes of a rate (`measure`: return, plain_return or regret) are known."""
        return self.regrets if measure == "regret" else self.returns


def find_outcomes_seen(night: Night) -> OutcomesSeen:
    """Write night.int_outcomes_seen, one row, from night.int_sku_daily, int_complaints and int_window_mentions;
    return it."""
    night.engine.materialise("int_outcomes_seen")
    return read_outcomes_seen(night)


def read_outcomes_seen(night: Night) -> OutcomesSeen:
    """Read what `find_outcomes_seen` has written this night."""
    (row,) = night.engine.read(SEEN).to_pylist()
    return OutcomesSeen(row["returns_seen"], row["regrets_seen"])
