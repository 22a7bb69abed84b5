"""Counts for each agent what came of the SKUs that she recommended, and of those that she declined."""

from __future__ import annotations

from datetime import timedelta

from xuanpin.pipelines.context import Night

RECORD_DAYS = 28
"""List dates that an agent's record looks back on: as long as matches are remembered; most returns show by then."""
LEAST_CUSTOMERS = 5
"""Customers from which lines or voices are counted: of fewer, an agent could tell who it was."""
JUDGED_LINES = 10
"""Order lines of evidence from which a SKU that she declined is said to have turned out well."""


def count_agent_records(night: Night) -> None:
    """Write night.int_agent_records: lines kept and returned, voices, and SKUs declined, of each agent.

    Reads history.matched, order_line_timeline and predictions, night.int_window_mentions, stg_match_answers,
    sku_scores and int_danger_holds.
    """
    night.engine.materialise(
        "int_agent_records",
        as_of_date=night.as_of_date,
        told_after=night.as_of_date - timedelta(days=RECORD_DAYS),
        least_customers=LEAST_CUSTOMERS,
        judged_lines=JUDGED_LINES,
        trusted_from=night.settings.feedback.trusted_from,
        landmine_cap=night.settings.scoring.landmine_cap,
    )
