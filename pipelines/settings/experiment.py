"""Settings of a trial: which policy is tried on whom or what, and on which days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from xuanpin.pipelines.settings.deciding import MatchingSettings, ScoringSettings
from xuanpin.pipelines.settings.section import Section
from xuanpin.pipelines.typed.phrase import joined, phrase

TrialKind = Literal["switchback", "holdout"]
"""How the arms of a trial are drawn: blocks of SKUs that switch by day, or agents held out of the policy."""
TRIED: Mapping[TrialKind, tuple[str, ...]] = {
    "switchback": ("scoring.regret_cost", "matching.stock_margin"),
    "holdout": (
        "matching.floor_slots",
        "matching.category_share",
        "matching.repeat_share",
        "matching.exploration_share",
    ),
}
"""The settings that matching can apply SKU by SKU, and those that it can apply agent by agent."""
LONGEST_TRIAL = 92
"""Days of the longest trial: a quarter; the warehouse keeps its assignments for as long."""
BEFORE_DAYS = 28
"""Days before a trial by which agents are compared with themselves: four weeks hold every weekday equally often."""


class ExperimentSettings(Section):
    """A trial of a policy: matches of some SKUs or agents are made by other settings; none unless it has a name."""

    name: str = Field(
        "",
        max_length=60,
        description="name of the trial; its arms are drawn from it, so another name draws others; empty: no trial",
    )
    kind: TrialKind = Field(
        "switchback",
        description="switchback: blocks of SKUs change arms by day, for what shifts shared stock; holdout: a share of "
        "agents keeps the settings of the file",
    )
    starts_on: date | None = Field(None, description="first list date of the trial")
    ends_on: date | None = Field(None, description="last list date of the trial; 92 days at most")
    share: float = Field(0.1, gt=0, le=0.5, description="share of agents that a holdout keeps out of the policy")
    outcome_days: int = Field(
        10, ge=1, le=30, description="days after a list date at which its outcomes are counted, once, for both arms"
    )
    treatment: dict[str, dict[str, float]] = Field(
        {}, description="settings of the policy on trial by section, such as matching.stock_margin = 1.0"
    )

    @model_validator(mode="after")
    def _whole(self) -> ExperimentSettings:
        if not self.name:
            return self
        if self.starts_on is None or self.ends_on is None or not self.treatment:
            raise ValueError(phrase("write starts_on, ends_on and [experiment.treatment] for a trial with a name"))
        if not 0 <= (self.ends_on - self.starts_on).days < LONGEST_TRIAL:
            raise ValueError(phrase("write an ends_on up to {days} days from starts_on", days=LONGEST_TRIAL - 1))
        for key in self.changes:
            if key not in TRIED[self.kind]:
                raise ValueError(
                    phrase(
                        "{key} cannot be tried by a {kind}, which acts where matches are made; it can try {known}",
                        key=key,
                        kind=self.kind,
                        known=joined(TRIED[self.kind]),
                    )
                )
        _refuse_values(self.treatment)
        return self

    @property
    def changes(self) -> Mapping[str, float]:
        """What the policy on trial sets, by `section.key`."""
        return {f"{section}.{key}": value for section, keys in self.treatment.items() for key, value in keys.items()}

    @property
    def planned_days(self) -> int:
        """List dates of the whole trial; 0 where there is none."""
        if self.starts_on is None or self.ends_on is None:
            return 0
        return (self.ends_on - self.starts_on).days + 1

    def runs_on(self, list_date: date) -> bool:
        """Tell whether `list_date` is a day of the trial."""
        return bool(self.name and self.starts_on and self.ends_on and self.starts_on <= list_date <= self.ends_on)


def _refuse_values(treatment: Mapping[str, Mapping[str, float]]) -> None:
    """Raise ValueError where a value on trial is none that its setting may have."""
    for name, section in (("scoring", ScoringSettings), ("matching", MatchingSettings)):
        try:
            section.model_validate(treatment.get(name, {}))
        except ValidationError as error:
            keys = joined([f"{name}.{item['loc'][0]}" for item in error.errors()])
            raise ValueError(phrase("write values on trial that {keys} may have in the file", keys=keys)) from None
