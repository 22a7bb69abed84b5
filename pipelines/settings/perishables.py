"""Settings of goods that perish: what counts as perishable, and what must keep for how long."""

from __future__ import annotations

from pydantic import Field

from xuanpin.pipelines.settings.section import Section


class PerishablesSettings(Section):
    """What must be ordered before a cut-off and eaten soon after pick-up; nothing of it matters where no SKU has a
    shelf life."""

    longest_days: int = Field(
        30, ge=1, description="longest shelf life of a SKU that counts as perishable; others wait without harm"
    )
    margin_hours: int = Field(
        12,
        ge=0,
        description="hours that a SKU must keep beyond arrival: customers fetch it in the evening and eat it then",
    )
    waiting_share: float = Field(
        0.95, ge=0.5, lt=1, description="share of a group's deliveries by whose waiting a SKU must keep"
    )
    waiting_days: int = Field(28, ge=1, description="days of deliveries and orders from which waiting is learnt")
    spoilage_days: int = Field(
        90, ge=7, description="days of deliveries from which spoilage by waiting hours is learnt; a season"
    )
    least_agents: float = Field(
        0.05,
        ge=0,
        le=1,
        description="share of active agents for whose groups a listed perishable SKU must keep, to be worth its place",
    )
