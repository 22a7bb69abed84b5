"""What every group of settings has in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from xuanpin.pipelines.typed.phrase import phrase

LARGEST = 2_147_483_647
"""A count beyond what the engine's integers hold."""
LONGEST_DAYS = 36_500
"""A century: more days would lead beyond the calendar of some library."""


class Section(BaseModel):
    """A group of settings; unknown keys are refused and values cannot change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields[str(info.field_name)]
        if isinstance(value, bool) and field.annotation in (int, float):
            raise ValueError(phrase("write a number"))
        return value

    @field_validator("*")
    @classmethod
    def _within_the_machine(cls, value: Any, info: ValidationInfo) -> Any:
        limit = LONGEST_DAYS if str(info.field_name).endswith("_days") else LARGEST
        if isinstance(value, int | float) and value > limit:
            raise ValueError(phrase("write at most {limit}", limit=limit))
        return value
