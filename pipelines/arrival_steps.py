"""The parts of the night's first step, each of which takes one kind of source in as soon as it has come."""

from __future__ import annotations

from xuanpin.pipelines.steps import Step, tables

ARRIVALS = (
    Step(
        "ingest_reference",
        "xuanpin.pipelines.ingest.arrivals:ingest_reference",
        reads=tables(
            "ops: arrivals, drops, known_names, privacy, quarantine; source: agents, groups, inventory, match_answers, "
            "overrides, products, supplier_offers"
        ),
        writes=tables(
            "ops: arrivals, drops, privacy, quarantine; source: agents, groups, "
            "inventory, match_answers, overrides, products, supplier_offers"
        ),
        files="reads drops of products, inventory, agents, groups, overrides, match_answers and supplier_offers",
    ),
    Step(
        "ingest_orders",
        "xuanpin.pipelines.ingest.arrivals:ingest_orders",
        reads=tables("ops: arrivals, drops, known_names, privacy, quarantine; source: groups, orders, products"),
        writes=tables("ops: arrivals, drops, known_names, quarantine; source: orders"),
        files="reads drops of orders",
    ),
    Step(
        "ingest_returns",
        "xuanpin.pipelines.ingest.arrivals:ingest_returns",
        reads=tables("ops: arrivals, drops, known_names, privacy, quarantine; source: orders, products, returns"),
        writes=tables("ops: arrivals, drops, quarantine; source: returns"),
        files="reads drops of returns",
    ),
    Step(
        "ingest_chat",
        "xuanpin.pipelines.ingest.arrivals:ingest_chat",
        reads=tables("ops: arrivals, drops, known_names, privacy, quarantine; source: chat_messages, groups, products"),
        writes=tables("ops: arrivals, drops, known_names, quarantine; source: chat_messages"),
        files="reads drops of messages",
    ),
)
"""The first step in parts, for a scheduler that takes each source in as it comes; `ingest` then finds nothing new."""
