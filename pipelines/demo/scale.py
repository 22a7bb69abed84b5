"""Defines how big a demo platform is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

LAST_HISTORY_DAY = date(2026, 11, 21)
VISIT_RATE = 0.28
PURCHASES_PER_VISIT = 0.45


@dataclass(frozen=True)
class Scale:
    """Size a platform: `agents`, `skus`, `days` of history up to LAST_HISTORY_DAY and about how many `order_lines`."""

    agents: int
    skus: int
    days: int
    order_lines: int

    @property
    def first_day(self) -> date:
        """Return the first day of the history."""
        return LAST_HISTORY_DAY - timedelta(days=self.days - 1)

    @property
    def lines_per_day(self) -> float:
        """Return about how many order lines a day has."""
        return self.order_lines / self.days

    @property
    def customers_per_agent(self) -> int:
        """Customers each agent needs so that their visits give about the asked number of order lines."""
        return max(6, round(self.lines_per_day / self.agents / (VISIT_RATE * PURCHASES_PER_VISIT)))


TINY = Scale(agents=8, skus=72, days=20, order_lines=900)
DEMO = Scale(agents=60, skus=600, days=90, order_lines=30_000)
SIM = Scale(agents=300, skus=1_500, days=60, order_lines=140_000)
